"""All mutants of one declared thing at once: what stands there depends on which one is chosen.

A place that mutants edit gets one entry for all that stays a single row in the same place of
the ladders, and guarded entries for what moves, doubles or enters elsewhere.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, TypeAlias

from checker.mutation.mutant import Position
from model.algebra import Truth, both, either, no, when, when_word
from model.call import Call
from model.patch import ALWAYS
from model.rows import Effect, Rejection

Edit: TypeAlias = "tuple[Truth, list[Any]]"
"""Whether a mutant is chosen, and what stands at the place then."""
Widths: TypeAlias = "dict[str, int]"


def merged(declared: Any, edits: dict[Position, list[Edit]], widths: Widths) -> Any:
    """Return what is declared with every edit under its mutant's truth."""
    if isinstance(declared, dict):
        return {
            function: [
                (label, _guarded(gives, edits.get((function, label), [])))
                for label, gives in ladder
            ]
            for function, ladder in declared.items()
        }
    return [
        item
        for place, one in enumerate(declared)
        for item in _place(one, edits.get(place, []), widths)
    ]


def _place(one: Any, edits: list[Edit], widths: Widths) -> list[Any]:
    if not edits:
        return [one]
    if isinstance(one, Effect):
        return [_effect(one, edits, widths[one.field])]
    if isinstance(one, Rejection):
        return _rejection(one, edits)
    if not hasattr(one, "condition"):
        return [_assumption(one, edits)]
    return _guarded([one], edits)


def _guarded(items: list[Any], edits: list[Edit]) -> list[Any]:
    """Return the items while no edit is made, and each edit's own while it is."""
    if not edits:
        return items
    kept = [(no(either(*(chosen for chosen, _ in edits))), items), *edits]
    return [_only(item, chosen) for chosen, listed in kept for item in listed]


def _only(item: Any, chosen: Truth) -> Any:
    """Return a row that stands only while a truth holds."""

    def condition(call: Call) -> Truth:
        return both(chosen, item.condition(call))

    return replace(item, condition=condition)


def _effect(one: Effect, edits: list[Edit], width: int) -> Effect:
    def value(call: Call) -> Any:
        chosen_value = one.value(call)
        for chosen, (other,) in edits:
            chosen_value = _either_value(width, chosen, other.value(call), chosen_value)
        return chosen_value

    return replace(one, value=value)


def _either_value(width: int, chosen: Truth, then: Any, otherwise: Any) -> Any:
    return when_word(width, chosen, then, otherwise) if width else when(chosen, then, otherwise)


def _rejection(one: Rejection, edits: list[Edit]) -> list[Any]:
    alike = [(chosen, rows[0]) for chosen, rows in edits if _stays(one, rows)]
    gone = [chosen for chosen, rows in edits if not _stays(one, rows)]
    others = [_only(row, chosen) for chosen, rows in edits if not _stays(one, rows) for row in rows]
    first = replace(
        one,
        condition=_condition(one, alike, no(either(*gone))),
        errno=_errno(one, [(chosen, row) for chosen, row in alike if row.errno is not one.errno]),
        where=ALWAYS,
    )
    return [first, *others]


def _stays(one: Rejection, rows: list[Any]) -> bool:
    return len(rows) == 1 and rows[0].name == one.name and rows[0].unwinds == one.unwinds


def _condition(
    one: Rejection, alike: list[tuple[Truth, Rejection]], there: Truth
) -> Callable[[Call], Truth]:
    def condition(call: Call) -> Truth:
        refused = _refuses(one, call)
        for chosen, row in alike:
            if row.condition is not one.condition or _ungated(row, one):
                refused = when(chosen, _refuses(row, call), refused)
        return both(there, refused)

    return condition


def _ungated(row: Rejection, one: Rejection) -> bool:
    return row.where != one.where


def _refuses(row: Rejection, call: Call) -> Truth:
    return both(call.kernel.stands(row.where), row.condition(call))


def _errno(one: Rejection, others: list[tuple[Truth, Rejection]]) -> Any:
    if not others:
        return one.errno

    def errno(call: Call) -> Any:
        code = _code(one, call)
        for chosen, row in others:
            code = when_word(16, chosen, _code(row, call), code)
        return code

    return errno


def _code(row: Rejection, call: Call) -> Any:
    return int(row.errno) if isinstance(row.errno, int) else row.errno(call)


def _assumption(one: Any, edits: list[Edit]) -> Any:
    def assumption(kernel: Any, start: Any) -> Truth:
        truth: Truth = one(kernel, start)
        for chosen, instead in edits:
            other = instead[0](kernel, start) if instead else True
            truth = when(chosen, other, truth)
        return truth

    return assumption
