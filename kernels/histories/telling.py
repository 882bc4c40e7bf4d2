"""Reports of walks as lines for people."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from kernels.histories.walks import Walked, WalkReport

HEAD = (
    "| kernel | held against | system | histories | steps | facts compared | states met |"
    " kinds of step | disagree |"
)


def told(reports: list[WalkReport]) -> list[str]:
    """Return a table, and what it leaves out."""
    lines = [HEAD, "|---|---|---|---:|---:|---:|---:|---:|---:|"]
    for report in reports:
        lines += [_line(report, one) for one in report.walked]
    table = lines if len(lines) > 2 else []
    return [*table, *(line for report in reports for line in _rest(report))]


def _line(report: WalkReport, one: Walked) -> str:
    cells = (
        f"{report.where} ({report.release})",
        report.revision,
        one.system,
        one.histories,
        one.steps,
        one.facts,
        f"{len(one.states)} of {one.states_in_all}",
        f"{len(one.taken)} of {len(one.taken) + len(one.never)}",
        one.disagree,
    )
    return "| " + " | ".join(str(cell) for cell in cells) + " |"


def _rest(report: WalkReport) -> Iterator[str]:
    if report.skipped:
        yield f"{report.where}: skipped, not passed: {report.skipped}"
    if report.note:
        yield f"{report.where}: {report.note}"
    for one in report.walked:
        for name, why in one.never.items():
            yield f"{report.where}: {one.system}: not driven: {name} ({why})"
        for why, count in one.unprepared.most_common():
            yield f"{report.where}: {one.system}: broke off {count} times: {why}"
        if one.shortest is not None:
            history = "; ".join(one.shortest.steps) or "the set-up"
            yield f"{report.where}: {one.system}: DISAGREE after {history}"
            for item in one.shortest.differences:
                yield f"    {item.field}: model {item.model}, kernel {item.kernel}"


def document(reports: list[WalkReport]) -> dict[str, Any]:
    """Return the reports as one JSON document."""
    return {"kernels": [_as_json(report) for report in reports]}


def _as_json(report: WalkReport) -> dict[str, Any]:
    if report.skipped:
        return {"kernel": report.where, "skipped": report.skipped}
    return {
        "kernel": report.where,
        "release": report.release,
        "revision": report.revision,
        "note": report.note,
        "systems": [_system(one) for one in report.walked],
    }


def _system(one: Walked) -> dict[str, Any]:
    shortest = one.shortest
    return {
        "system": one.system,
        "histories": one.histories,
        "steps": one.steps,
        "facts": one.facts,
        "states_met": len(one.states),
        "states": one.states_in_all,
        "driven": dict(sorted(one.taken.items())),
        "not_driven": one.never,
        "broke_off": dict(one.unprepared),
        "disagree": one.disagree,
        "shortest_disagreement": shortest
        and {
            "history": list(shortest.steps),
            "differences": {
                item.field: {"model": item.model, "kernel": item.kernel}
                for item in shortest.differences
            },
        },
    }
