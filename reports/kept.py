"""Tables under version control: a word per property and kernel (checker.record.kept_words)."""

from __future__ import annotations

from collections.abc import Callable
from itertools import groupby

from checker.record.kept_words import NAMED
from checker.record.ranges import KernelOrder
from checker.record.result import Result
from reports.eras import by_property
from reports.markdown import rows, text_cell


def kept_table(
    results: list[Result], title: str, column: str, word: Callable[[Result], str]
) -> str:
    """Return the table that keeps a word of each result; an empty word keeps nothing."""
    order = KernelOrder.of(results)
    lines = [
        (group[0].property, text_cell(group[0].sentence), spans)
        for group in by_property(results)
        if (spans := _spans(group, order, word))
    ]
    made = rows(("id", "property", column), lines)
    return f"{heading(title, order)}{made}\n"


def heading(title: str, order: KernelOrder, line: str = "property") -> str:
    """Return the lines above a kept table; they name its kernels."""
    return (
        f"# {title}\n\nWritten by make, checked in CI to be current; do not edit.  "
        f"One line per {line}.\n\n{NAMED}{', '.join(order.kernels)}.\n\n"
    )


def _spans(group: list[Result], order: KernelOrder, word: Callable[[Result], str]) -> str:
    runs = [(said, [one.kernel for one in run]) for said, run in groupby(group, word)]
    return "; ".join(f"{said} {order.label(names)}" for said, names in runs if said)
