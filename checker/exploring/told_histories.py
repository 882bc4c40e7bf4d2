"""Histories that break a statement, as people read them and as JSON writes them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from checker.calls.story import fitted
from checker.exploring.histories import ExploredHistories, HistoryWay
from checker.exploring.told import NOT_HELD, claimed, file_name, term_document
from checker.over_time.trace import told as trace_lines
from properties.claim import Verdict


def lines(found: ExploredHistories, skipped: int = 0) -> Iterator[str]:
    """Yield what there is of histories of one system: each way with its steps, and the claim."""
    prop, name = found.prop, found.kernel.name
    under = f", {found.assumed}" if found.assumed else ""
    many = len(found.ways)
    ways = f", {many} way{'s' if many > 1 else ''} to break it" if many else ""
    system = f"{prop.system.about} (system {prop.system.name})"
    yield from fitted(f"{prop.id} on {name}, {system}{under}: {found.verdict.name}{ways}")
    shown = list(enumerate(found.ways, 1))[skipped:]
    for number, way in shown[:1] if skipped else shown:
        if len(shown) > 1 and not skipped:
            steps = " → ".join(step.name for step in way.trace.steps) or "where histories begin"
            yield from fitted(f"  {number}. {steps}")
        else:
            yield f"  {number}. broken by"
            yield from (f"    {line}" for line in trace_lines(way.trace))
            yield from claimed(way.terms)
    yield from _end(found, skipped)


def _end(found: ExploredHistories, skipped: int) -> Iterator[str]:
    if found.ways and skipped >= len(found.ways):
        yield f"  there is no other way: {len(found.ways)} shown before are all that were found"
    elif not found.complete:
        yield from fitted(f"  of {found.states} states, beyond which nobody looked")
    elif found.ways:
        yield from fitted(
            f"  these are all: in no other way does one step of this system lead from a state "
            f"that keeps it to one that breaks it ({found.states} states, every step from each)"
        )
    if found.verdict is Verdict.VACUOUS and not found.states:
        yield "  no history begins so: nothing was shown"
    elif found.verdict is Verdict.VACUOUS:
        which = " that is as assumed" if found.assumed else ""
        yield f"  no history{which} meets the premise: nothing was shown"
    if len(found.ways) > 1 and not skipped:
        yield "  --next tells the second in full, --next --next the third; --save DIR keeps each"
    if found.assumed:
        yield from fitted(f"  {NOT_HELD}: this is about the histories that are as assumed")


def document(found: ExploredHistories, skipped: int = 0) -> dict[str, Any]:
    """Return what there is of histories as JSON writes it."""
    return {
        "property": found.prop.id,
        "kernel": found.kernel.name,
        "system": found.prop.system.name,
        "assumed": found.assumed or None,
        "verdict": found.verdict.name,
        "reason": None,
        "complete": found.complete,
        "rests_on": [],
        "ways": [_way(way) for way in found.ways[skipped:]],
    }


def _way(way: HistoryWay) -> dict[str, Any]:
    made: dict[str, Any] = {"call": way.trace.document()["call"]}
    if way.terms is not None:
        made["premise"] = term_document(way.terms.premise)
        made["conclusion"] = term_document(way.terms.conclusion)
    return made


def saved(explored: list[ExploredHistories]) -> dict[str, str]:
    """Return a file per way: ``PROPERTY@KERNEL.json``, the next ones with a number."""
    files: dict[str, str] = {}
    for found in explored:
        for way in found.ways:
            front = f"{found.prop.id}@{file_name(found.kernel.name)}"
            number = sum(name.startswith(front) for name in files)
            more = f".{number + 1}" if number else ""
            files[f"{front}{more}.json"] = json.dumps(way.trace.document(), indent=2) + "\n"
    return files
