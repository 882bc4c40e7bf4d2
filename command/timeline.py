"""``cloneproof timeline``: the verdict of a property, kernel by kernel, and what turned it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import click

from checker.ground import problems
from command.options import JOBS, KERNELS, OUTPUT, STATEMENT, formats
from command.output import tell

if TYPE_CHECKING:
    from checker.compared.timeline import Stretch


@click.command()
@STATEMENT
@KERNELS
@JOBS
@formats()
@OUTPUT
def timeline(
    name: str, kernels: tuple[str, ...], jobs: int | None, style: str, output: str | None
) -> int:
    """Tell the verdict of PROPERTY on each kernel, and the commits that turned it.

    \b
    Examples:
      cloneproof timeline P70
      cloneproof timeline P61e -k v5.15,v6.1,v6.4
    """
    from checker.calls.kernel_names import revision_named
    from checker.compared.comparer import comparer
    from checker.compared.timeline import Judge
    from checker.compared.timeline import timeline as timeline_of
    from checker.questions.decide import decider
    from command.index import load_no_more_than_is_named
    from command.names import kernels_named, statement_named
    from properties.claim import ANSWERS

    load_no_more_than_is_named((name,))
    prop = statement_named(name)
    chosen = [revision_named(one) for one in kernels_named(kernels)]
    found = timeline_of(prop, chosen, Judge(decider(), comparer(), jobs))
    if style == "json":
        tell(json.dumps(_document(prop, found), indent=2), output)
    else:
        tell("\n".join(_lines(prop, found)), output)
    unknown = [one for one in found if one.verdict not in ANSWERS]
    return problems.UNANSWERED if unknown else problems.AS_EXPECTED


def _lines(prop: Any, found: list[Stretch]) -> Iterator[str]:
    from checker.compared.told import commit_line
    from reports.text import paragraph

    yield f"{prop.id}: {prop.sentence}"
    for one in found:
        first, last = one.kernels[0], one.kernels[-1]
        yield f"  {one.verdict.name:<8} {first if first == last else f'{first} … {last}'}"
        if one.turns:
            yield f"           since {one.after}"
        for step in one.turns:
            yield paragraph(commit_line(step.patch, step.there), "           ")


def _document(prop: Any, found: list[Stretch]) -> dict[str, Any]:
    return {
        "property": prop.id,
        "sentence": prop.sentence,
        "stretches": [
            {
                "kernels": list(one.kernels),
                "verdict": one.verdict.name,
                "since": one.after or None,
                "turned_by": [
                    {"patch": step.patch.name, "commit": step.patch.commit, "there": step.there}
                    for step in one.turns
                ],
            }
            for one in found
        ],
    }
