"""Runs a function on plain values: a second opinion that shares nothing with the engine.

Memory is made up as it is read, by a seed; so is what a call that is not followed yields.  Calls
are followed into headers and into what reads otherwise on the two sides.  What others see is the
list of calls with their arguments and with all that was written until then, the returned value,
and what was written in the end.  In a ``wild`` world each such call may have changed everything.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from source.c import ir
from source.c.unit import Unit
from tests.source.review.plain_frame import Frame
from tests.source.review.plain_world import (
    DEEPEST,
    END,
    LOCALS,
    WORD,
    NotFollowed,
    Place,
    World,
    likely,
    mixed,
    size_of,
    wrapped,
)


@dataclass
class Side:
    """One side's run: its functions, what it wrote, what others saw of it."""

    world: World
    unit: Unit
    changed: frozenset[str]
    written: dict[int, int] = field(default_factory=dict)
    """Byte by byte, by address."""
    events: list[Any] = field(default_factory=list)
    epoch: Any = 0
    steps: int = 0
    outs: dict[int, Any] = field(default_factory=dict)

    def run(self, function: ir.FunctionBody) -> tuple[Any, ...]:
        """Return all that others see of a call of the function."""
        given = [self._given(one) for one in function.parameters]
        value = self.call(function, given, 0)
        return value, tuple(self.events), self.seen()

    def _given(self, one: ir.Parameter) -> Any:
        if one.type.kind in ("int", "pointer"):
            drawn = likely(mixed(self.world.seed, "parameter", one.number))
            return wrapped(drawn, one.type)
        return bytes(
            mixed(self.world.seed, one.number, at) & 255 for at in range(size_of(one.type) // 8)
        )

    def seen(self) -> tuple[tuple[int, int], ...]:
        """Return what stands written in memory that is no local variable's."""
        return tuple(
            (at, byte)
            for at, byte in sorted(self.written.items())
            if not LOCALS <= at < END and byte != self._fresh(at)
        )

    # --- memory ------------------------------------------------------------------------------

    def _fresh(self, at: int) -> int:
        if LOCALS <= at < END:
            out = self.outs.get(at >> 12)
            return (self.world.cell(at >> 3, ("local", out)) >> (8 * (at & 7))) & 255
        return (self.world.cell(at >> 3, self.epoch) >> (8 * (at & 7))) & 255

    def bytes_at(self, at: int, size: int) -> bytes:
        """Return what memory holds."""
        return bytes(
            self.written.get(one, None) if one in self.written else self._fresh(one)
            for one in (each & WORD for each in range(at, at + size))
        )  # type: ignore[misc]

    def load(self, place: Place) -> Any:
        """Return the value of a place."""
        if place.type.kind not in ("int", "pointer"):
            return self.bytes_at(place.byte, size_of(place.type) >> 3)
        bits = place.bits or size_of(place.type)
        first, last = place.byte, place.byte + (((place.at & 7) + bits + 7) >> 3)
        whole = int.from_bytes(self.bytes_at(first, last - first), "little")
        value = (whole >> (place.at & 7)) & ((1 << bits) - 1)
        if place.bits:
            return value - (1 << bits) if place.type.signed and value >> (bits - 1) else value
        return wrapped(value, place.type)

    def store(self, place: Place, value: Any) -> None:
        """Write a value to a place."""
        if isinstance(value, bytes):
            for offset, byte in enumerate(value):
                self.written[(place.byte + offset) & WORD] = byte
            return
        bits = place.bits or size_of(place.type)
        first, last = place.byte, place.byte + (((place.at & 7) + bits + 7) >> 3)
        whole = int.from_bytes(self.bytes_at(first, last - first), "little")
        mask = ((1 << bits) - 1) << (place.at & 7)
        whole = (whole & ~mask) | ((int(value) << (place.at & 7)) & mask)
        for offset, byte in enumerate(whole.to_bytes(last - first, "little")):
            self.written[(first + offset) & WORD] = byte

    # --- calls -------------------------------------------------------------------------------

    def call(self, function: ir.FunctionBody, given: list[Any], depth: int) -> Any:
        """Return what a function that is followed returns."""
        if depth > DEEPEST or function.troubles:
            raise NotFollowed(function.name)
        return Frame(self, function, given, depth).value()

    def outside(self, name: str, given: list[Any], kind: ir.CType) -> Any:
        """Return what a call yields that is not followed: others see it."""
        locals_ = sorted(
            {one >> 12 for one in given if isinstance(one, int) and LOCALS <= one < END}
        )
        inside = tuple(
            (page, at & 4095, byte)
            for page in locals_
            for at, byte in sorted(self.written.items())
            if at >> 12 == page
        )
        event = (name, tuple(given), inside, self.seen())
        self.events.append(event)
        count = len(self.events)
        drawn = self.world.result((name, tuple(given)), count)
        for page in locals_:
            self.outs[page] = (name, count)
            for at in [one for one in self.written if one >> 12 == page]:
                del self.written[at]
        if self.world.wild:
            for at in [one for one in self.written if not LOCALS <= one < END]:
                del self.written[at]
            self.epoch = count
        if kind.kind in ("int", "pointer"):
            return wrapped(drawn, kind)
        return (
            b""
            if kind.kind == "void"
            else bytes(mixed(drawn, at) & 255 for at in range(size_of(kind) >> 3))
        )


def differs(units: tuple[Unit, Unit], name: str, rounds: int = 60) -> tuple[int, int]:
    """Return in how many worlds two sides part, and in how many both were followed."""
    base, head = (unit.function(name) for unit in units)
    assert base is not None and head is not None
    names = {*units[0].functions, *units[1].functions}
    changed = frozenset(one for one in names if units[0].digest(one) != units[1].digest(one))
    parted = followed = 0
    for seed in range(rounds):
        world = World(seed, wild=seed % 2 == 1)
        try:
            one, other = (
                Side(world, unit, changed).run(unit.function(name))  # type: ignore[arg-type]
                for unit in units
            )
        except (NotFollowed, RecursionError):
            continue
        followed += 1
        parted += one != other
    return parted, followed
