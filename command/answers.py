"""What one engine alone said, and how steps are reached, as text."""

from __future__ import annotations

import json
from itertools import groupby
from typing import Any

from checker.over_time.stepping import REFUSED, TakenStep, dead
from checker.record.ranges import KernelOrder
from checker.record.result import NO_ANSWER, Result
from properties.claim import Verdict
from reports.eras import by_property, eras, eras_text
from reports.text import grid, paragraph

CONTRADICTS, WEAKER, AGREES = "CONTRADICTS", "says less", "ok"


def contradicts(result: Result) -> bool:
    """Return whether a verdict and the declared one cannot both be true.

    BOUNDED is less than any other: nothing was found, and nothing was proved of histories that
    are longer.  Said of what is declared REFUTED it only did not look far enough; but a history
    that breaks what is declared BOUNDED is against it, as nobody knew of one.
    """
    if result.verdict in NO_ANSWER:
        return result.verdict is Verdict.ERROR
    if result.as_expected or result.verdict is Verdict.BOUNDED:
        return False
    return result.expected is not Verdict.BOUNDED or result.verdict is Verdict.REFUTED


def answers(results: list[Result]) -> str:
    """Return what an engine said of each property, what contradicts first."""
    order = KernelOrder.of(results)
    rows = [_row(group, order) for group in by_property(results)]
    rows.sort(key=lambda row: (CONTRADICTS, WEAKER, AGREES).index(row[0]))
    table = grid(("", "id", "property", "verdicts"), rows, (11, 8, 36, 38))
    marks = [_mark([result]) for result in results]
    said = ", ".join(f"{mark} {marks.count(mark)}" for mark in (AGREES, WEAKER, CONTRADICTS))
    return f"{table}\n\n{paragraph(said)}\n"


def _row(group: list[Result], order: KernelOrder) -> tuple[str, ...]:
    return _mark(group), group[0].property, group[0].sentence, eras_text(eras(group, order))


def _mark(group: list[Result]) -> str:
    if any(contradicts(result) for result in group):
        return CONTRADICTS
    return AGREES if all(result.as_expected for result in group) else WEAKER


def steps_table(found: list[TakenStep]) -> str:
    """Return per step its shortest histories and the kernels on which it is never taken."""
    lines: list[str] = []
    for system, ours in groupby(found, lambda one: one.system):
        lines += [f"{system}:"]
        for step, each in groupby(ours, lambda one: one.step):
            lines += [f"  {step}", *_ways(list(each))]
    lines += [""] + [_dead(*step) for step in dead(found)]
    taken = len({(one.system, one.step) for one in found if not one.never})
    every = len({(one.system, one.step) for one in found})
    return "\n".join(lines) + f"\n\n{taken} of {every} steps are taken on one of these kernels\n"


def _dead(system: str, step: str) -> str:
    why = REFUSED.get((system, step))
    return f"never: {system}: {step}" + (f": {why}" if why else "")


def _ways(each: list[TakenStep]) -> list[str]:
    kernels: dict[Any, list[str]] = {}
    for one in each:
        kernels.setdefault((one.history, one.never), []).append(one.kernel)
    order = KernelOrder(tuple(one.kernel for one in each))
    return [
        line
        for (history, never), names in kernels.items()
        for line in _way(history, never, order.ranges(names))
    ]


def _way(history: tuple[str, ...], never: str, where: str) -> list[str]:
    if never:
        return [f"    {where}: never: {never}"]
    if len(history) == 1:
        return [f"    {where}: at once"]
    before = (f"      {place}. {name}" for place, name in enumerate(history[:-1], 1))
    return [f"    {where}: after", *before]


def steps_json(found: list[TakenStep]) -> str:
    """Return the same as JSON."""
    entries = [
        {
            "system": one.system,
            "kernel": one.kernel,
            "step": one.step,
            **({"never": one.never} if one.never else {"history": list(one.history)}),
        }
        for one in found
    ]
    return json.dumps(entries, indent=2, ensure_ascii=False) + "\n"
