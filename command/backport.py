"""``cloneproof backport``: what a tree with other commits promises, and what it loses."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, TypeAlias

import click

from checker.ground import problems
from command.configured import as_configured
from command.names import CALLS, HISTORIES, all_kernels, known
from command.options import CONFIG, JOBS, OUTPUT, RECHECK, formats
from command.output import Progress, say, tell

if TYPE_CHECKING:
    from checker.compared.mending import Mended
    from checker.compared.promises import Compared, Turned
    from command.remembered import Answer
    from model.patch import Patch
    from model.revisions import Revision


@click.command()
@click.option("--base", "-k", required=True, metavar="KERNEL", shell_complete=known(all_kernels),
              callback=as_configured, help="The kernel that the tree begins with.")
@CONFIG
@click.option("--with", "more", multiple=True, metavar="COMMIT",
              help="A commit that is put to it, by its name or id; may be repeated, also with "
                   "commas between.")
@click.option("--without", "fewer", multiple=True, metavar="COMMIT",
              help="A commit that is taken from it.")
@click.option("--only", type=click.Choice([CALLS, HISTORIES]), help="Only these properties.")
@JOBS
@RECHECK
@formats()
@OUTPUT
def backport(
    *, base: str, more: tuple[str, ...], fewer: tuple[str, ...], only: str | None,
    jobs: int | None, recheck: bool, style: str, output: str | None,
) -> int:
    """Say what a tree promises that its base does not, what it loses, and what gives it back.

    The tree is a base with some commits more and some fewer. Every property is decided on both,
    but those that read the same on both; of each promise that is lost, the fewest further commits
    that give it back are found: of histories among sets of one or two.

    \b
    Examples:
      cloneproof backport --base v6.1 --with KILL_SEQ
      cloneproof backport --base v6.12 --without PIDFD_THREAD --only calls
    """
    from command.kernels_asked import kernel_of, which_kernels
    from command.remembered import remembered

    name = _named(base, more, fewer)
    tree = kernel_of(name)
    before = kernel_of(base)
    told = remembered(
        ("backport", only, style), (before, tree),
        lambda: _promised(before, tree, only, style, jobs), recheck,
    )
    tell(told.text, output)
    for line in which_kernels((base,)):
        say(line)
    return told.code


def _promised(
    before: Revision, tree: Revision, only: str | None, style: str, jobs: int | None
) -> Answer:
    from command.remembered import Answer

    found: dict[str, Compared] = {}
    if only != HISTORIES:
        found[CALLS] = _calls(before, tree)
    if only != CALLS:
        found[HISTORIES] = _histories(before, tree, jobs)
    again = _given_back(found.get(CALLS), tree)
    again |= _histories_given_back(found.get(HISTORIES), before, tree, jobs)
    if style == "json":
        text = json.dumps(_document(before, tree, found, again), indent=2)
    else:
        text = "\n".join(_lines(before, tree, found, again))
    unknown = any(one.unknown for one in found.values())
    return Answer(text, problems.UNANSWERED if unknown else problems.AS_EXPECTED)


def _named(base: str, more: tuple[str, ...], fewer: tuple[str, ...]) -> str:
    """Return the name of the tree; raise ``Problem`` for a commit that is none."""
    from checker.calls.patch_sets import patch_named

    put, taken = (
        [patch_named(part.strip()).name for one in some for part in one.split(",")]
        for some in (more, fewer)
    )
    return base + "".join(f"+{one}" for one in put) + "".join(f"-{one}" for one in taken)


def _calls(before: Revision, tree: Revision) -> Compared:
    from checker.compared.comparer import comparer
    from checker.compared.promises import calls, of_calls
    from checker.questions.decide import decider

    with Progress(len(of_calls()), "calls") as advance:
        return calls(before, tree, comparer(), decider(), advance)


def _histories(before: Revision, tree: Revision, jobs: int | None) -> Compared:
    from checker.compared.promises import histories
    from properties.catalogue import all_timed

    with Progress(len(list(all_timed())), "histories") as advance:
        return histories(before, tree, jobs, advance)


Again: TypeAlias = "dict[str, tuple[list[str], str]]"
"""The fewest further commits for each promise that is lost, and the same in words."""


def _given_back(found: Compared | None, tree: Revision) -> Again:
    """Return what gives back each promise of calls that is lost."""
    from checker.compared.mending import Mender
    from checker.questions.decide import decider
    from model.patches import PATCHES
    from properties.catalogue import by_id

    again: Again = {}
    for one in found.turned if found else []:
        if one.is_lost and one.call:
            mender = Mender(by_id(one.id), tree.kernel, decider(), _further(tree))
            mended = mender.fewest(one.call)
            sets = [[patch.name for patch in PATCHES if patch in some] for some in mended.sets]
            again[one.id] = (sets[0] if sets else []), _in_words(mended, sets)
    return again


def _further(tree: Revision) -> list[Patch]:
    from model.patches import COMMITS

    return [patch for patch in COMMITS if patch not in tree.patches]


def _histories_given_back(
    found: Compared | None, before: Revision, tree: Revision, jobs: int | None
) -> Again:
    """Return what gives back each promise of histories that is lost."""
    again: Again = {}
    for one in found.turned if found else []:
        if not one.is_lost:
            continue
        from checker.compared.mending_histories import fewest

        mended = fewest(one.id, before, tree, _further(tree), jobs)
        names = [patch.name for patch in _further(tree) if patch in mended.commits]
        if mended.unknown:
            told = f"what gives it back is not known: {mended.unknown[0]}"
        elif names:
            told = f"given back by {', '.join(names)}, and by no fewer"
        else:
            told = f"no {mended.tried} further commits give it back; more were not tried"
        again[one.id] = names, told
    return again


def _in_words(mended: Mended, sets: list[list[str]]) -> str:
    if sets:
        return f"given back by {', '.join(sets[0])}, and by no fewer"
    if mended.never:
        return "no further commits give it back, proved for every set of them"
    return f"what gives it back is not known: {mended.unknown or 'no set of few commits does'}"


def _lines(
    before: Revision, tree: Revision, found: dict[str, Compared], again: dict[str, Any]
) -> Iterator[str]:
    turned = [one for compared in found.values() for one in compared.turned]
    yield f"{tree.name}, beside {before.name}"
    heads = (
        ("loses", [one for one in turned if one.is_lost]),
        ("promises what its base does not", [one for one in turned if one.is_won]),
        ("and otherwise", [one for one in turned if not one.is_lost and not one.is_won]),
    )
    for head, some in heads:
        if some:
            yield f"{head}:"
        for one in some:
            yield from _told(one, again)
    if not turned:
        yield "no verdict differs"
    yield ""
    for of, compared in found.items():
        yield from _counted(of, compared)


def _told(one: Turned, again: dict[str, Any]) -> Iterator[str]:
    from checker.calls.brief import brief
    from reports.text import paragraph

    turn = f"{one.before.name} → {one.after.name}"
    yield paragraph(f"{one.id:<6} {one.sentence}: {turn}", "  ")
    if one.call and one.is_lost:
        yield paragraph(f"by {brief(one.call)}", "         ")
    if one.id in again:
        yield paragraph(again[one.id][1], "         ")


def _counted(of: str, compared: Compared) -> Iterator[str]:
    from reports.text import paragraph

    alike = f"{compared.alike} read the same on both; " if compared.alike else ""
    yield paragraph(
        f"{of}: {alike}{compared.decided} decided on both, {len(compared.turned)} differ")
    if compared.unknown:
        yield paragraph(f"not known: {', '.join(compared.unknown)}", "  ")


def _document(
    before: Revision, tree: Revision, found: dict[str, Compared], again: dict[str, Any]
) -> dict[str, Any]:
    from checker.calls.documents import to_document

    return {
        "base": before.name,
        "tree": tree.name,
        "patches": sorted(patch.name for patch in tree.patches),
        "verdicts": [
            {
                "property": one.id,
                "about": of,
                "sentence": one.sentence,
                "base": one.before.name,
                "tree": one.after.name,
                "call": to_document(one.call),
                "given_back_by": again[one.id][0] if one.id in again else None,
            }
            for of, compared in found.items()
            for one in compared.turned
        ],
        "read_alike": {of: compared.alike for of, compared in found.items()},
        "decided": {of: compared.decided for of, compared in found.items()},
        "unknown": [line for compared in found.values() for line in compared.unknown],
    }
