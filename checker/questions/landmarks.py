"""Holds the model, and the verdicts of a run, against the landmarks written by hand."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import cache, partial
from typing import Any

from checker.calls.documents import from_document
from checker.calls.naming import spoken
from checker.readings.kernelwise import by_value, having
from checker.readings.named import MANY, NamedKernels, named
from checker.readings.noted import Questions
from checker.record.ranges import KernelOrder
from checker.record.result import Result
from model.call import Situation
from model.errors import number
from model.evaluate import Outcome
from model.kernel import Kernel
from model.mistake import Mistake
from model.predict import predict
from model.records import Leaf, build, leaves
from model.revisions import REVISIONS
from model.vhost import VhostOutcome
from model.wellformed import well_formed
from model.words import errno_name
from properties.landmarks.catalogue import all_landmarks
from properties.landmarks.kernels import SpanError, in_span
from properties.landmarks.landmark import NO_SUCH_CALL, UNSAID, Answer, DecidedBy, Landmark

LEAKS = "leaks"
Says = Callable[[str], Any]
"""What a kernel of a name answers."""


def nobody_knows(_landmark: Landmark) -> bool:
    """Return that a landmark must be looked at."""
    return False


def broken_by_calls(
    kernels: Iterable[str], stands: Callable[[Landmark], bool] = nobody_knows
) -> list[str]:
    """Return a line for each landmark of calls that does not stand on these kernels.

    Of which it is known that it ``stands`` is not looked at.
    """
    wanted = list(kernels)
    return [
        line
        for landmark in landmarks_of(DecidedBy.CALL)
        if not stands(landmark)
        for line in broken(landmark, wanted, _by_model(landmark, wanted))
    ]


def broken_by_verdicts(results: list[Result], decided: DecidedBy, *, whole: bool) -> list[str]:
    """Return a line for each landmark of properties that the verdicts of a run contradict.

    In a ``whole`` run each such landmark has to be decided; else only those of the
    properties that were asked for.
    """
    found: dict[str, dict[str, Answer]] = {}
    for one in results:
        found.setdefault(one.property, {})[one.kernel] = one.verdict.value
    lines: list[str] = []
    for landmark in landmarks_of(decided):
        verdicts = found.get(landmark.of)
        if verdicts:
            lines += broken(landmark, list(verdicts), verdicts.get)
        elif whole:
            lines.append(f"landmark: {landmark.of}, {landmark.statement}: no verdict came back")
    return lines


def landmarks_of(*decided: DecidedBy) -> list[Landmark]:
    """Return the landmarks that are decided in one of these ways."""
    return [landmark for landmark in all_landmarks() if landmark.decided in decided]


def _by_model(landmark: Landmark, kernels: list[str]) -> Says:
    """Return what kernels answer, by their names; of many all are asked at once."""
    at_once = answers_at_once(landmark) if len(kernels) >= MANY else None
    if at_once is not None:
        return at_once.get
    says = asked_once(landmark)
    return lambda name: says(REVISIONS[name].kernel)


def asked_once(landmark: Landmark) -> Callable[[Kernel], Answer]:
    """Return what kernels answer; of all that are alike in what is looked up one is asked."""
    says = partial(answer, landmark, situation_of(landmark))
    questions = Questions()
    return lambda kernel: questions.answer(kernel, says)


def answers_at_once(landmark: Landmark) -> dict[str, Answer] | None:
    """Return what each kernel of the list answers, by name; ``None`` where one has to be asked."""
    if landmark.shows == LEAKS:
        return None
    start, kernels = situation_of(landmark), named()
    try:
        possible = having(kernels.every, well_formed(kernels.at_once(kernels.every), start))
        found = _on_each(landmark, start, kernels, possible) if possible else {}
    except (Mistake, TypeError):  # where plain Python decides; a true mistake is met again
        return None
    return {name: found.get(place, NO_SUCH_CALL) for place, name in enumerate(REVISIONS)}


def _on_each(
    landmark: Landmark, start: Situation, kernels: NamedKernels, possible: int
) -> dict[int, Answer]:
    """Return the answers of the kernels on which a call can be made, by their places."""
    outcome = predict(kernels.at_once(possible), start)
    part, _, fact = landmark.shows.partition(".")
    leaf, value = _shown(outcome, part, fact) if fact else (None, 0)
    found: dict[int, Answer] = {}
    for (errno, one), bits in by_value(possible, (number(outcome.errno), value)):
        said = spoken(leaf, one) if leaf and errno == 0 else errno_name(int(errno))
        found |= dict.fromkeys((at for at in kernels.places.values() if bits >> at & 1), said)
    return found


def situation_of(landmark: Landmark) -> Situation:
    """Return what the call of a landmark starts from; raise :class:`Problem` for a bad name."""
    return build(Situation, from_document(dict(landmark.situation)))


def answer(landmark: Landmark, start: Situation, kernel: Kernel) -> Answer:
    """Return what a kernel answers to a landmark's call, as the landmark writes it."""
    if not well_formed(kernel, start):
        return NO_SUCH_CALL
    outcome = predict(kernel, start)
    if landmark.shows == LEAKS:
        return ", ".join(name for name, kept in outcome.held.items() if kept) or "nothing"
    part, _, fact = landmark.shows.partition(".")
    if outcome.errno != 0 or not fact:
        return errno_name(int(outcome.errno))
    said: Answer = spoken(*_shown(outcome, part, fact))
    return said


def _shown(outcome: Outcome | VhostOutcome, part: str, fact: str) -> tuple[Leaf, Any]:
    """Return one fact of what a successful call leaves, and its value."""
    kind: Any
    if isinstance(outcome, VhostOutcome):
        record: Any = outcome.worker if part == "worker" else outcome.child
        kind, value = type(record), getattr(record, fact)
    else:
        effect = next(one for one in outcome.effects if one.field == fact)
        kind, value = outcome.record, effect.value(outcome.call)
    return _leaf(kind, fact), value


@cache
def _leaf(record: Any, fact: str) -> Leaf:
    return next(one for one in leaves(record) if one.path == fact)


def expected(landmark: Landmark) -> dict[str, list[Answer]]:
    """Return what a landmark expects of each kernel: one answer each, if it is well written."""
    found: dict[str, list[Answer]] = {name: [] for name in REVISIONS}
    for said, span in landmark.gives.items():
        for name in in_span(span, REVISIONS):
            found[name].append(said)
    return found


def broken(landmark: Landmark, kernels: list[str], says: Says) -> Iterator[str]:
    """Yield a line for each way in which a landmark does not stand, with its kernels.

    It says nothing of kernels that are not in the list.
    """
    about = f"landmark: {landmark.of + ', ' if landmark.of else ''}{landmark.statement}"
    try:
        wanted = expected(landmark)
    except SpanError as error:
        yield f"{about}: {error}"
        return
    ways: dict[str, list[str]] = {}
    for name in (one for one in kernels if one in wanted):
        wrong = _differs(wanted[name], says(name))
        if wrong:
            ways.setdefault(wrong, []).append(name)
    order = KernelOrder(tuple(REVISIONS))
    for wrong, names in ways.items():
        yield f"{about}: {wrong} on {order.ranges(names)}; source: {landmark.source}"


def _differs(wanted: list[Answer], seen: Any) -> str:
    """Return how an answer differs from the one expected; nothing where it does not."""
    if len(wanted) != 1:
        return "it says nothing" if not wanted else "it says two things"
    if wanted[0] in (seen, UNSAID):
        return ""
    return f"expected {wanted[0]}, the model says {seen},"
