"""What children carry, and the calls round their making, held against one kernel."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random
from typing import Any

from kernels.cases.generate.random_calls import SEED
from kernels.conformance.tasks import calls, makers
from kernels.conformance.tasks.held import Held, held, observed
from kernels.conformance.tasks.makers import Children
from kernels.conformance.tasks.played import played
from model.around.calls import CALLS, refusals
from model.kernel import Kernel

EACH = 1000
"""So many children, and so many calls of each kind, where nobody wants fewer."""
_SHARE = 40
"""One in so many cases of a cut is a child, and one a call of each kind."""
_SHOWN = 10


@dataclass
class Tasks:
    """What came of one kernel's children and calls."""

    children: Children
    calls: Held

    @property
    def agree(self) -> bool:
        """Return whether something was compared, and all of it agrees."""
        compared = bool(self.children.compared and self.calls.calls)
        return compared and not self.children.different and not self.calls.wrong


def tasks(where: str, kernel: Kernel, most: int | None, full: int) -> Tasks:
    """Return what a kernel's tasks came to, two boots of a guest; the same tasks each time.

    ``most`` is a cut of all cases, if there is one; ``full`` the capabilities that root has there.
    """
    count = EACH if most is None else max(1, most // _SHARE)
    chance = Random(SEED)
    made = makers.lines(count, chance, full)
    children = makers.compared(made, played(where, [line for line, _flags in made], processors=2))
    scripts = calls.scripts(count, chance, full)
    rows = played(where, [script.line for script in scripts])
    return Tasks(children, held(kernel, observed(scripts, rows)))


def lines(found: Tasks) -> Iterator[str]:
    """Yield a report for people."""
    children, seen = found.children, found.calls
    yield (f"{children.compared} children of random makers: {children.agree} have all that the "
           f"model says they carry, {len(children.different)} differ")
    rows = sum(len(refusals(call)) for call in CALLS)
    yield (f"{seen.calls.total()} calls round task creation, of {len(seen.calls)} kinds: "
           f"{seen.agree.total()} agree, {len(seen.wrong)} differ; "
           f"{rows - len(seen.uncovered())} of {rows} refusals shown")
    yield from (f"not shown: {row} ({call})" for call, row in seen.uncovered())
    wrong = [*children.different, *seen.wrong]
    yield from (f"DISAGREE {one}" for one in wrong[:_SHOWN])
    if len(wrong) > _SHOWN:
        yield f"and {len(wrong) - _SHOWN} more"


def document(found: Tasks) -> dict[str, Any]:
    """Return the same as JSON writes it."""
    children, seen = found.children, found.calls
    return {
        "children": {
            "compared": children.compared, "agree": children.agree, "refused": children.refused,
            "different": children.different,
            "values": {name: len(values) for name, values in children.values.items()},
        },
        "calls": {
            name: {"compared": seen.calls[name], "agree": seen.agree[name]}
            for name in CALLS if seen.calls[name]
        },
        "refusals": [
            {"call": call, "rule": row.name, "agree": seen.rows[call, row.name]}
            for call in CALLS for row in refusals(call)
        ],
        "different": seen.wrong,
    }
