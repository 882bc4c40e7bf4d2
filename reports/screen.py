"""A whole run on one screen: totals, what is not as expected and why, the headline's answer."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from checker.record.ranges import KernelOrder
from checker.record.result import EVERY_SET, Result
from reports.calls import evidence
from reports.eras import Era, by_property, eras, eras_text, totals, unexpected
from reports.text import WIDTH, count, paragraph

MOST = 6
"""What is not as expected, before the rest is counted only."""

REST = (
    "the rest: --full shows every statement, `cloneproof verify ID` one with what it rests on or "
    "what breaks it; reports/verdicts.md and reports/histories.md keep all, --save and --record "
    "write this run"
)


def screen(results: list[Result], headline: Sequence[str]) -> str:
    """Return a run in at most 24 lines of a page's width; ``headline`` are ids that are told."""
    if not results:
        return "nothing was checked\n"
    told = _headline(results, headline)
    parts = [_totals(results), _unexpected(results), told, [paragraph(REST)]]
    return "\n\n".join("\n".join(lines) for lines in parts if lines) + "\n"


def _totals(results: list[Result]) -> list[str]:
    """Return how much was asked, and what came back of each kind."""
    counts = totals(results)
    properties = count(len({one.property for one in results}), "property")
    order = KernelOrder.of(results)
    kernels = count(len(order.kernels), "kernel")
    wrong = counts["not_as_expected"]
    how = f"{wrong} NOT AS EXPECTED" if wrong else "all as expected"
    if not counts["as_expected"] and not wrong:
        how = "all answered"
    verdicts = ("proved", "refuted", "vacuous", "bounded", "unknown", "timeout", "error")
    each = ", ".join(f"{name} {counts[name]}" for name in verdicts if counts.get(name))
    open_ = f"; of {counts['undeclared']} nothing is declared" if "undeclared" in counts else ""
    return [
        paragraph(f"{properties} on {kernels}, {count(len(results), 'verdict')}: {how}"),
        paragraph(f"{each}{open_}", "  "),
        paragraph(f"kernels: {order.ranges(order.kernels)}", "  "),
    ]


def _unexpected(results: list[Result]) -> list[str]:
    """Return what is not as expected, with what shows it; the first ones, and how many more."""
    found = unexpected(results)
    lines = [line for era in found[:MOST] for line in _era(era)]
    more = [f"… and {len(found) - MOST} more"] if len(found) > MOST else []
    return lines + more


def _era(era: Era) -> Iterator[str]:
    one = era.first
    head = (f"UNEXPECTED  {one.property} on {era.kernels}: {one.verdict.value}, "
            f"expected {one.expectation}: {one.sentence}")
    yield _cut(head)
    if shown := evidence(one):
        yield _cut(f"            {shown}")


def _headline(results: list[Result], ids: Sequence[str]) -> list[str]:
    """Return what each headline came to."""
    order = KernelOrder.of([one for one in results if one.kernel != EVERY_SET])
    found = {group[0].property: group for group in by_property(results)}
    lines = []
    for name in ids:
        if name in found:
            group = found[name]
            lines.append(f"{name:<5} {group[0].sentence}:")
            lines.append(paragraph(eras_text(eras(group, order)), "      "))
    return lines


def _cut(line: str) -> str:
    return line if len(line) <= WIDTH else f"{line[: WIDTH - 1]}…"
