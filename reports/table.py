"""The text table: one row per property, what is not as expected first."""

from __future__ import annotations

from checker.record.ranges import KernelOrder
from checker.record.result import Result
from reports.calls import evidence
from reports.colours import coloured
from reports.eras import Era, by_property, eras, eras_text, totals, unexpected
from reports.text import grid, paragraph

_WIDTHS = (10, 10, 36, 38)


def table(results: list[Result], *, colour: bool = False) -> str:
    """Return the summary of a run, at most 100 columns wide."""
    if not results:
        return "nothing was checked\n"
    order = KernelOrder.of(results)
    parts = [_summary(results, order), *(_explained(era) for era in unexpected(results))]
    scope = paragraph(f"kernels: {order.ranges(order.kernels)}")
    text = "\n\n".join(parts) + f"\n\n{scope}\n{paragraph(totals_line(results))}\n"
    return coloured(text) if colour else text


def _summary(results: list[Result], order: KernelOrder) -> str:
    rows = [_row(group, order) for group in by_property(results)]
    rows.sort(key=lambda row: row[0] != "UNEXPECTED")
    return grid(("", "id", "property", "verdicts"), rows, _WIDTHS)


def _row(group: list[Result], order: KernelOrder) -> tuple[str, ...]:
    fine = all(result.as_expected for result in group)
    first = group[0]
    mark = "UNEXPECTED" if not fine else "ok" if any(one.expected for one in group) else "-"
    return mark, first.property, first.sentence, eras_text(eras(group, order))


def _explained(era: Era) -> str:
    result = era.first
    head = (
        f"{result.property} on {era.kernels}: "
        f"expected {result.expectation}, got {result.verdict.value}"
    )
    shown = evidence(result)
    lines = [paragraph(head), *([paragraph(shown, "  ")] if shown else [])]
    return "\n".join(lines)


def totals_line(results: list[Result]) -> str:
    """Return ``proved 9, refuted 1, …; as expected 10, not 0``."""
    counts = totals(results)
    verdicts: tuple[str, ...] = ("proved", "refuted", "vacuous", "unknown", "timeout", "error")
    if "bounded" in counts:
        verdicts = (*verdicts[:3], "bounded", *verdicts[3:])
    each = ", ".join(f"{name} {counts[name]}" for name in verdicts)
    open_ = f", undeclared {counts['undeclared']}" if "undeclared" in counts else ""
    return f"{each}; as expected {counts['as_expected']}, not {counts['not_as_expected']}{open_}"
