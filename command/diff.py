"""``cloneproof diff``: every difference between two kernels, with the commits that make it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import click

from checker.ground import problems
from checker.ground.problems import Problem
from command.names import all_kernels, known
from command.options import JOBS, OUTPUT, RECHECK, formats
from command.output import Progress, say, tell

if TYPE_CHECKING:
    from checker.compared.path import Step
    from checker.compared.promises import Turned
    from command.remembered import Answer
    from model.revisions import Revision


@click.command()
@click.argument("kernels", nargs=-1, metavar="KERNEL KERNEL", shell_complete=known(all_kernels))
@click.option("--properties", "verdicts", is_flag=True,
              help="Also which verdicts differ, of calls and of histories, and which commits "
                   "turn them.")
@click.option("--neighbours", "pairs", is_flag=True,
              help="Instead: each kernel beside its neighbour, held against what is kept.")
@click.option("--renew", is_flag=True, help="With --neighbours: rewrite what is kept.")
@JOBS
@RECHECK
@formats()
@OUTPUT
def diff(
    *, kernels: tuple[str, ...], verdicts: bool, pairs: bool, renew: bool, jobs: int | None,
    recheck: bool, style: str, output: str | None,
) -> int:
    """Show every difference between the calls of two kernels, or prove that there is none.

    Few calls cover all of them: each kind of difference with the smallest call that shows it,
    both outcomes, and the commit that makes it.

    \b
    Examples:
      cloneproof diff v6.3-rc1 series-11
      cloneproof diff v6.12 debian-6.12.117
      cloneproof diff v6.1 v6.1+KILL_SEQ --properties
      cloneproof diff ~/linux@v6.12 ~/linux     the sets of patches that two trees are read as
      cloneproof diff --neighbours       what every commit changes (half a minute)
    """
    if pairs or renew:
        return _neighbours(kernels, pairs, renew, output)
    if len(kernels) != 2:
        raise Problem("two kernels are compared: `cloneproof diff v6.1 v6.12`, or --neighbours")
    before, after = kernels
    from command.kernels_asked import kernel_of, which_kernels
    from command.remembered import remembered
    from command.trees_asked import is_tree, of_tree
    from reports.text import paragraph

    trees = {name: of_tree(name) for name in dict.fromkeys(kernels) if is_tree(name)}
    one, other = (
        trees[name].kernel if name in trees else kernel_of(name) for name in (before, after)
    )
    told = remembered(
        ("diff", verdicts, style), (one, other),
        lambda: _compared(one, other, verdicts, style, jobs), recheck,
    )
    tell(told.text, output)
    for line in which_kernels(tuple(name for name in kernels if name not in trees) or (one.name,)):
        say(line)
    for tree in trees.values():
        say(paragraph(tree.note))
    if all(tree.whole for tree in trees.values()):
        return told.code
    say("compared are the sets that tell the trees best: what no patch tells is not")
    return problems.UNANSWERED


def _compared(
    one: Revision, other: Revision, verdicts: bool, style: str, jobs: int | None
) -> Answer:
    from checker.compared.comparer import comparer
    from checker.compared.difference import difference
    from checker.compared.told import document, lines
    from command.remembered import Answer
    from properties.claim import Subject

    with Progress(len(Subject), "comparing") as advance:
        found = difference(one.kernel, other.kernel, comparer(), advance)
    turned, unknown = _turned(one, other, jobs) if verdicts else (None, list[str]())
    if style == "json":
        text = json.dumps({**document(found, comparer()), **_document(turned)}, indent=2)
    else:
        text = "\n".join([*lines(found, comparer()), *_lines(turned, unknown)])
    silent = found.unknown or unknown
    return Answer(text, problems.UNANSWERED if silent else problems.AS_EXPECTED)


def _neighbours(
    kernels: tuple[str, ...], pairs: bool, renew: bool, output: str | None
) -> int:
    """Tell what each commit between two neighbours changes; 1 for what is not as kept."""
    from checker.compared.guesses import TABLE
    from checker.compared.neighbours import between, neighbours, shown
    from checker.ground.files import write_together
    from checker.record.kept_words import table_path
    from reports.differences import differences, moved

    if kernels or not pairs:
        raise Problem("--neighbours takes no kernel, and --renew goes with it")
    named = neighbours()
    with Progress(len(named), "comparing") as advance:
        found = list(between(named, advance))
    cases = [one for each in found for one in shown(each)]
    made, path = differences(cases), table_path(TABLE)
    if renew:
        write_together({path: made})
    else:
        tell(made.rstrip("\n"), output)
    kept = path.read_text(encoding="utf-8") if path.exists() else ""
    wrong = [f"{'…'.join(one.kernels)}: {one.what}: {one.wrong}" for one in cases if one.wrong]
    for line in (*wrong, *moved(kept, made)):
        say(line)
    unknown = [line for each in found for line in each.unknown]
    for line in unknown:
        say(f"there may be more: {line}")
    if unknown:
        return problems.UNANSWERED
    return problems.BROKEN if wrong or kept != made else problems.AS_EXPECTED


def _turned(
    one: Revision, other: Revision, jobs: int | None
) -> tuple[list[tuple[Turned, list[Step]]], list[str]]:
    """Return the properties whose verdict differs, each with the commits that turn it."""
    from checker.compared.comparer import comparer
    from checker.compared.promises import calls, histories, of_calls
    from checker.compared.timeline import Judge
    from checker.questions.decide import decider
    from properties.catalogue import all_timed, statement_named

    with Progress(len(of_calls()), "verdicts of calls") as advance:
        of_one = calls(one, other, comparer(), decider(), advance)
    with Progress(len(list(all_timed())), "of histories") as advance:
        of_many = histories(one, other, jobs, advance)
    judge = Judge(decider(), comparer(), jobs)
    turned = [
        (each, judge.turning(statement_named(each.id), one, other))
        for each in (*of_one.turned, *of_many.turned)
    ]
    return turned, [*of_one.unknown, *of_many.unknown]


def _lines(
    turned: list[tuple[Turned, list[Step]]] | None, unknown: list[str]
) -> Iterator[str]:
    from reports.text import paragraph

    if turned is None:
        return
    yield ""
    yield "verdicts that differ:" if turned else "no verdict differs"
    for one, steps in turned:
        turn = f"{one.before.name} → {one.after.name}"
        yield paragraph(f"{one.id:<6} {one.sentence}: {turn}", "  ")
        names = ", ".join(f"{'+' if step.there else '-'} {step.patch.name}" for step in steps)
        yield paragraph(f"turned by {names}", "         ")
    if unknown:
        yield paragraph(f"not known: {', '.join(unknown)}")


def _document(turned: list[tuple[Turned, list[Step]]] | None) -> dict[str, Any]:
    if turned is None:
        return {}
    return {
        "verdicts": [
            {
                "property": one.id,
                "sentence": one.sentence,
                "verdicts": [one.before.name, one.after.name],
                "turned_by": [step.patch.name for step in steps],
            }
            for one, steps in turned
        ]
    }
