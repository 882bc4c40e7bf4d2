"""The kept verdict table ``reports/verdicts.md``: a change of verdict is one changed line."""

from __future__ import annotations

from checker.record.ranges import KernelOrder
from checker.record.result import Result
from reports.eras import by_property, eras, eras_text
from reports.kept import heading
from reports.markdown import rows, text_cell


def verdicts(results: list[Result]) -> str:
    """Return the table that is kept under version control; it holds no number that moves."""
    order = KernelOrder.of(results)
    lines = [_line(group, order) for group in by_property(results)]
    made = rows(("id", "property", "verdicts", "as expected"), lines)
    return f"{heading('Verdicts', order)}{made}\n"


def _line(group: list[Result], order: KernelOrder) -> tuple[str, ...]:
    first = group[0]
    fine = all(result.as_expected for result in group)
    found = eras_text(eras(group, order))
    return first.property, text_cell(first.sentence), found, "yes" if fine else "**no**"
