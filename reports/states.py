"""The kept table ``reports/states.md``: how many states and steps each system has, how deep.

A step that is changed, whether a statement looks at it or not, changes a number.
"""

from __future__ import annotations

from dataclasses import replace

from checker.record.result import Result
from reports.kept import kept_table

SIZES = "states/steps/depth"


def states(results: list[Result]) -> str:
    """Return the table that is kept of the systems that results speak of."""
    of_one = {(one.system, one.kernel): one for one in reversed(results) if one.size}
    made = [
        replace(one, property=name, sentence=name)
        for (name, _kernel), one in of_one.items()
    ]
    return kept_table(made, "Sizes of histories", SIZES, lambda one: one.size)
