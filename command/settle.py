"""The halves of the catalogue in a run, what each is held against, and how the run ends."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from checker.ground import problems
from checker.ground.problems import Problem
from command import kept
from command import names as known
from command.kept import Book, MustAnswer, totals
from command.names import CALLS, HISTORIES
from command.output import Options
from command.own import Own, told_of

if TYPE_CHECKING:
    from checker.record.deciding import Deciding

MORE = 30
"""Lines before the rest is counted only."""

Advance = Callable[[int], None]
Stands = Callable[[Any], bool]


@dataclass(frozen=True)
class Landmarks:
    """The landmarks that a run was held against: how many, and a line for each broken one."""

    held: int
    broken: list[str]


@dataclass(frozen=True)
class CatalogueHalf:
    """The calls or the histories that were asked for: how they are decided and held.

    ``decide`` takes the ids to decide and the options of the command, and returns how that is
    done; ``how`` returns what its answers depend on beside the statements; ``stand`` returns
    the landmarks that speak of what came back, told which of calls are known to stand; ``own`` is
    the file that declares the statements, if that is one's own.
    """

    of: str
    ids: list[str]
    book: Book
    decide: Callable[[list[str], Options], Deciding]
    how: Callable[[Options], tuple[str, ...]]
    stand: Callable[[list[Any], Stands | None], Landmarks]
    own: Path | None = None


def halves(
    names: tuple[str, ...], kernels: tuple[str, ...], only: str | None, renew: bool, own: Own
) -> list[CatalogueHalf]:
    """Return what was asked for; with no name everything, and then also landmarks of calls.

    What a file of one's ``own`` declares is a half of its own: nothing is kept of it.  Raises
    :class:`~checker.ground.problems.Problem` for an unknown name, or a table that is lost.
    """
    chosen = known.kernels_named(kernels)
    asked = known.statements_named(names or own.ids, only if names else None)
    names = names or own.ids
    found = []
    for of, ids in zip((CALLS, HISTORIES), asked, strict=True):
        if only not in (None, of):
            continue
        make, asked_of, tables = _OF[of]
        ours = [one for one in ids if one not in own.ids]
        theirs = [one for one in ids if one in own.ids]
        if ours or not names:
            book = Book.opened(tables(), asked_of(ours, chosen, names, kernels), renew)
            found.append(make(ours, chosen, book, None))
        if theirs:
            book = Book.opened((), asked_of(theirs, chosen, names, kernels), renew)
            found.append(make(theirs, chosen, book, own.file))
    if not found:
        raise Problem(f"{own.file} declares no statement of {only}")
    return found


def _calls(ids: list[str], chosen: list[str], book: Book, own: Path | None) -> CatalogueHalf:
    def decide(some: list[str], options: Options) -> Deciding:
        from checker.questions.run import deciding

        core = options.get("core")
        return deciding(some, chosen, blame=core is not False, anew=core is True)

    def how(options: Options) -> tuple[str, ...]:
        return CALLS, *map(known.kernel_key, chosen), f"core {options.get('core')}"

    whole = book.asked.every_property
    marks = partial(call_landmarks, chosen, whole)
    return CatalogueHalf(CALLS, ids, book, decide, how, marks, own)


def _histories(ids: list[str], chosen: list[str], book: Book, own: Path | None) -> CatalogueHalf:
    def decide(some: list[str], _options: Options) -> Deciding:
        from checker.over_time.results import deciding

        return deciding(some, chosen)

    def how(_options: Options) -> tuple[str, ...]:
        return HISTORIES, *map(known.kernel_key, chosen)

    marks = partial(history_landmarks, book.asked.every_property)
    return CatalogueHalf(HISTORIES, ids, book, decide, how, marks, own)


def decided(
    todo: list[tuple[CatalogueHalf, list[str]]], options: Options, advance: Advance
) -> list[list[Any]]:
    """Return the results of some statements of each half; all are decided side by side."""
    from checker.record.deciding import decide_all

    with ExitStack() as own:
        for half, _ in todo:
            own.enter_context(told_of(half.own))
        kinds = [half.decide(some, options) for half, some in todo if some]
        found = iter(decide_all(kinds, jobs=options["jobs"], progress=advance))
    return [next(found) if some else [] for _, some in todo]


def calls_asked(ids: list[str], chosen: list[str], names: Any, kernels: Any) -> MustAnswer:
    """Return what must be answered of calls, by the names given on the command line."""
    from checker.record.result import EVERY_SET
    from properties.catalogue import by_id

    pairs = [
        (name, kernel)
        for name in ids
        for kernel in ([EVERY_SET] if by_id(name).of_patch is not None else chosen)
    ]
    return MustAnswer(tuple(dict.fromkeys(pairs)), not names, not kernels)


def histories_asked(ids: list[str], chosen: list[str], names: Any, kernels: Any) -> MustAnswer:
    """Return what must be answered of histories, by the names given on the command line."""
    pairs = [(name, kernel) for name in ids for kernel in chosen]
    return MustAnswer(tuple(dict.fromkeys(pairs)), not names, not kernels)


_OF: dict[
    str, tuple[Callable[..., CatalogueHalf], Callable[..., MustAnswer], Callable[[], Any]]
] = {
    CALLS: (_calls, calls_asked, lambda: kept.CALLS),
    HISTORIES: (_histories, histories_asked, lambda: kept.HISTORIES),
}
"""How each half is decided, what it must answer, and the tables that keep it."""


def call_landmarks(
    chosen: list[str], whole: bool, results: list[Any], stands: Stands | None = None
) -> Landmarks:
    """Return the landmarks of properties of calls; those of calls if the ``whole`` was asked."""
    from checker.questions.landmarks import broken_by_calls, broken_by_verdicts, landmarks_of
    from properties.landmarks.landmark import DecidedBy

    broken = broken_by_verdicts(results, DecidedBy.PROPERTY, whole=whole)
    if whole:
        known = (chosen,) if stands is None else (chosen, stands)
        broken = broken_by_calls(*known) + broken
    return Landmarks(len(landmarks_of(DecidedBy.CALL, DecidedBy.PROPERTY)), broken)


def history_landmarks(
    whole: bool, results: list[Any], _stands: Stands | None = None
) -> Landmarks:
    """Return the landmarks of histories; each must be decided if the ``whole`` was asked for."""
    from checker.questions.landmarks import broken_by_verdicts, landmarks_of
    from properties.landmarks.landmark import DecidedBy

    broken = broken_by_verdicts(results, DecidedBy.HISTORY, whole=whole)
    return Landmarks(len(landmarks_of(DecidedBy.HISTORY)), broken)


def code(results: list[Any]) -> int:
    """Return the exit code of verdicts alone: 0 only if each is the declared one."""
    from properties.claim import ANSWERS, Verdict

    if any(result.verdict is Verdict.ERROR for result in results):
        return problems.INTERNAL
    wrong = [result for result in results if not result.as_expected]
    if any(result.verdict in ANSWERS for result in wrong):
        return problems.BROKEN
    return problems.UNANSWERED if wrong else problems.AS_EXPECTED


def settled(
    came: list[tuple[CatalogueHalf, list[Any]]], code: int, stands: Stands | None = None
) -> tuple[list[str], int]:
    """Return what is to be said of a run, having renewed what it was to renew, and its exit code.

    ``code`` is that of the verdicts alone; whatever else is wrong makes it 1, unless
    the engine itself failed.  ``stands`` says of which landmarks of calls it is known.
    """
    stood = [half.stand(results, stands) for half, results in came]
    wrong = [
        line
        for (half, results), marks in zip(came, stood, strict=True)
        for line in half.book.wrong(results) + marks.broken
    ]
    lines = undeclared([one for _, results in came for one in results])
    lines += _shown([line for _, results in came for line in _declared(results)] + wrong)
    renewing = any(half.book.renewing for half, _ in came)
    if renewing and not wrong and code == problems.AS_EXPECTED:
        lines += _shown([line for half, results in came for line in half.book.renew(results)])
    elif renewing:
        lines += _shown(["not renewed: verdicts are kept only where all is as expected"])
    elif wrong:
        lines += _shown(["once it is understood, `make report` keeps what is new"])
    else:
        pairs = zip([half for half, _ in came], stood, strict=True)
        lines += _shown([_counted(*pair) for pair in pairs if pair[0].book.asked.everything])
    return lines, problems.BROKEN if wrong and code != problems.INTERNAL else code


def undeclared(results: list[Any]) -> list[str]:
    """Return what kernels are that are not in the list, and where a declaration reads otherwise.

    A declaration tells its verdict by patches: it was made for the kernels of the list, and
    on others is no more than a hint.
    """
    from checker.calls.kernel_names import resolution
    from properties.catalogue import statement_named
    from reports.text import paragraph

    found = {one.kernel: resolution(one.kernel) for one in results if one.expected is None}
    lines = [f"{name}: {one.told}; no verdict is declared for it, or kept"
             for name, one in found.items()]
    for one in (one for one in results if one.expected is None):
        hint = statement_named(one.property).expect.on(found[one.kernel].kernel)
        if hint is not one.verdict and one.as_expected:
            lines.append(f"{one.property} on {one.kernel}: {one.verdict.value}; its declaration, "
                         f"by patches, made for the kernels of the list, reads {hint.value}")
    return [paragraph(line) for line in lines]


def _declared(results: list[Any]) -> list[str]:
    """Return where each statement is declared whose verdict is not the declared one."""
    from model.mistake import place_of
    from properties.catalogue import statement_named

    names = dict.fromkeys(one.property for one in results if not one.as_expected)
    return [
        f"{place_of(statement_named(name).statement)}: {name} is not as declared" for name in names
    ]


def _counted(half: CatalogueHalf, marks: Landmarks) -> str:
    return f"{half.of}: {totals(half.book.asked)}, as kept; {marks.held} landmarks stand"


def _shown(lines: list[str]) -> list[str]:
    """Return lines as they are said: folded, and those beyond :data:`MORE` counted only."""
    from reports.text import paragraph

    more = [f"… and {len(lines) - MORE} more"] if len(lines) > MORE else []
    return [paragraph(line) for line in lines[:MORE] + more]
