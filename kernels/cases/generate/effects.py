"""Cases for effects: a successful call for every value that a field can come to."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from kernels.cases.case import Case
from kernels.cases.searcher import Searcher
from model.records import BOOL, leaves
from model.request import Entry
from model.rows import Effect
from model.tables import table_of

_SMALL = 8


def effects_of(entry: Entry) -> tuple[list[Effect], type[Any]]:
    """Return the effects of an entry point and their record."""
    table = table_of(entry)
    return table.effects, table.record


def alternatives(search: Searcher) -> Iterator[Case]:
    """Yield, for each field and each small value, a call that succeeds with it."""
    effects, record = effects_of(search.entry)
    widths = {leaf.path: leaf.width for leaf in leaves(record)}
    for effect in effects:
        value = effect.value(search.call)
        if isinstance(value, (bool, int)):
            continue
        width = widths[effect.field]
        if width == BOOL:
            wanted = [value, value == False]  # noqa: E712 - a symbolic truth
        elif width <= _SMALL:
            wanted = [value == number for number in range(3)]
        else:
            wanted = [value == 0, value != 0]
        for term in wanted:
            case = search.where(term)
            if case is not None:
                yield case
