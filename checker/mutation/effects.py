"""Mutants of effects: a field constant, turned around, a neighbour's, or chosen otherwise."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields, replace
from typing import Any

from checker.mutation.mutant import Mutant
from checker.mutation.source import variants
from model.algebra import no, when_word
from model.call import Call
from model.records import BOOL
from model.rows import Effect

ROOM = "effects"
Value = Callable[[Call], Any]


@dataclass(frozen=True, slots=True)
class _Field:
    width: int
    default: Any


def fields_of(record: type[Any]) -> dict[str, _Field]:
    """Return the width and the default of each field of a record of effects."""
    return {one.name: _Field(one.metadata["width"], one.default) for one in fields(record)}


def of_effects(of: str, effects: list[Effect], record: type[Any]) -> Iterator[Mutant]:
    """Yield the mutants of a list of effects, field by field."""
    known = fields_of(record)
    for place, effect in enumerate(effects):
        for change, value in _values(effect, effects, place, known):
            edits = {place: [replace(effect, value=value)]}
            yield Mutant(ROOM, of, effect.field, change, effects, edits)


def _values(
    effect: Effect, effects: list[Effect], place: int, known: dict[str, _Field]
) -> Iterator[tuple[str, Value]]:
    mine = known[effect.field]
    yield "always its default", lambda _call: mine.default
    if mine.width == BOOL:
        yield "always the other", lambda _call: not mine.default
        yield "negated", lambda call: no(effect.value(call))
    else:
        yield "its default turned around", _turned(effect.value, mine)
    neighbour = _neighbour(effects, place, known)
    if neighbour is not None:
        yield f"that of {neighbour.field}", neighbour.value
    for variant in variants(effect.value):
        yield variant.change, variant.function


def _turned(value: Value, mine: _Field) -> Value:
    """Return another value where it has its default, and the default elsewhere."""

    def turned(call: Call) -> Any:
        other = int(mine.default) ^ 1
        return when_word(mine.width, value(call) == mine.default, other, mine.default)

    return turned


def _neighbour(effects: list[Effect], place: int, known: dict[str, _Field]) -> Effect | None:
    """Return the next effect whose field has the same width."""
    width = known[effects[place].field].width
    others = effects[place + 1 :] + effects[:place]
    return next((one for one in others if known[one.field].width == width), None)
