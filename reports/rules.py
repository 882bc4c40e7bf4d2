"""The kept hints of the least call that each rule decides: ``rules.md``.

Believed by nobody: each is evaluated on plain values before it shows that a rule can be reached.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby

from checker.calls.documents import to_document
from checker.questions.deciding import COLUMN, Decided, line_of
from checker.record.ranges import KernelOrder
from checker.record.result import EVERY_SET
from reports.kept import heading
from reports.least import call_word
from reports.markdown import rows


def rules_table(found: Iterable[Decided], kernels: tuple[str, ...]) -> str:
    """Return the table of the least call that each rule decides, by kernels of the list."""
    order = KernelOrder(kernels)
    lines: dict[str, list[Decided]] = {}
    for one in found:
        lines.setdefault(line_of(one.subject, one.rule), []).append(one)
    cells = [(line, _spans(some, order)) for line, some in lines.items()]
    made = rows(("rule", COLUMN), cells)
    return f"{heading('The least call that each rule decides', order, 'rule')}{made}\n"


def _spans(some: list[Decided], order: KernelOrder) -> str:
    words = groupby(some, lambda one: _word(one, order))
    runs = [(word, [one.kernel.name for one in run]) for word, run in words]
    return "; ".join(f"{word} {_label(names, order)}" for word, names in runs)


def _label(names: list[str], order: KernelOrder) -> str:
    return order.label(names) if names[0] in order.kernels else EVERY_SET


def _word(one: Decided, order: KernelOrder) -> str:
    """Return a call as one word, with the patches of a kernel that is not in the list."""
    word = call_word(to_document(one.values))
    if one.kernel.name in order.kernels:
        return word
    return f"{word},on={'+'.join(sorted(patch.name for patch in one.kernel.patches()))}"
