"""What places hold: reading and writing them, and local objects that become memory."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TypeVar

from source.c.ir import (
    ARRAY,
    FUNCTION,
    INT,
    RECORD,
    CType,
    Initial,
)
from source.review.context import sort_of
from source.review.places import BOOLEAN, TYPED, Place, Places, width_of
from source.review.terms import ADDRESS, Term, cells
from source.review.terms import RECORD as WHOLE
from source.review.world import Path, World, held, part_of

Made = TypeVar("Made")

SHARED = "write shared"
"""The step that writes a field which shares its memory: reads of that memory are not followed."""


@dataclass(frozen=True, slots=True)
class Filled:
    """The part of an object that an initialiser gives a value, by its name."""

    name: str


class Keeping(Places):
    """A run's reading and writing of places."""

    # --- reading -----------------------------------------------------------------------------

    def load(self, places: list[tuple[Term, Place]], line: int = 0) -> Term:
        """The value that is kept at a place."""
        apart = self._undecided(places)
        if apart is not None:
            one, two = self._each_way(apart, lambda: self.load(places, line))
            return self.terms.ite(apart, one, two)
        found = self._load(places[-1][1], line)
        for condition, place in reversed(places[:-1]):
            found = self.terms.ite(condition, self._load(place, line), found)
        return found

    def _load(self, place: Place, line: int) -> Term:
        type = place.type
        if type.kind in (ARRAY, FUNCTION):
            return place.address
        local = self._local(place)
        if type.volatile and not local:
            node = self.event("read once", (place.address,), writes=False)
            self.note("once", place, line, node)
            return self.yielded(node, type)
        if type.kind == RECORD:
            return self._load_record(place, local)
        width = width_of(type, place.bits)
        if place.odd:
            payload = (place.cells, place.path)
            kept = self.odd("read", (self.snapshot(), place.address), payload, width)
        elif local:
            kept = self.cell((place.object, place.path), width)
        else:
            kept = self._select(place, width)
        if kept.sort != width:
            kept = self.odd("as", (kept,), type.name, width)
        sign = type.signed if place.narrow is None else place.narrow
        return self.terms.resize(kept, sort_of(type), sign and type.name not in BOOLEAN)

    def _local(self, place: Place) -> bool:
        """Whether a place is of an object whose address has not left; others leave now."""
        leave = place.loose - self.now.out
        if self._undecided([(self.terms.true, place)]) is not None:
            leave |= {place.object}
        if place.odd and place.object >= 0:
            leave |= frozenset((place.object,)) - self.now.out
        if leave:
            self.give(leave)
        gone = place.object < 0 or self.now.left(place.object, self.terms) is self.terms.true
        return not gone

    def _undecided(self, places: list[tuple[Term, Place]]) -> Term | None:
        """On which inputs an object has left that has not on others; else nothing."""
        known = (self.terms.true, self.terms.false)
        for number in (p.object for _, p in places if p.object in self.now.some):
            left = self.now.left(number, self.terms)
            if left not in known:
                return left
        return None

    def _each_way(self, test: Term, do: Callable[[], Made]) -> tuple[Made, Made]:
        """What is made on the inputs for which a test holds, and on the others."""
        before, terms = self.now, self.terms
        made, worlds = [], []
        for way in (test, terms.no(test)):
            self.world = before.copy(terms.both(before.guard, way))
            made.append(do())
            worlds.append(self.world)
        self.world = self.join(*worlds)
        return made[0], made[1]

    def _select(self, place: Place, width: int) -> Term:
        if place.free:
            snapshot = self.known(self.snapshot())
            memory = self.terms.lift(
                lambda h: self.terms.make("memory", (h,), place.cells, cells(width)),
                snapshot,
                limit=1 << 20,
            )
            return self.select(memory, place.address, width)
        self.assume(TYPED)
        return self.select(self.memory(place.cells, width), place.address, width)

    def select(self, memory: Term, address: Term, width: int) -> Term:
        """What memory of a class holds at an address."""
        return self.known(held(self.terms, self.known(memory), address, width))

    def _load_record(self, place: Place, local: bool) -> Term:
        if local and (place.object, place.path) in self.now.cells and not self._written(place):
            return self.now.cells[(place.object, place.path)]
        leaves = self.layout.leaves(place.type)
        if leaves is None or place.odd:
            self._local(replace(place, odd=True))
            return self.odd("record", (self.snapshot(), place.address), place.type.name, WHOLE)
        values = tuple(self._load(self.deeper(place, p, t), 0) for p, t in leaves)
        return self.terms.make(
            "record", values, (place.type.name, tuple(p for p, _ in leaves)), WHOLE
        )

    def _written(self, place: Place) -> bool:
        """Whether parts of a local record were written after the whole."""
        end = len(place.path)
        return any(
            number == place.object and len(path) > end and path[:end] == place.path
            for number, path in self.now.cells
        )

    def deeper(self, place: Place, path: Path, type: CType) -> Place:
        """A part of the record at a place."""
        for at, written in enumerate(path):
            step = written
            if isinstance(written, str):
                step = self.layout.name_of(self.setting.side, place.type.name, written)
            inner = self.layout.fields(place.type.name).get(str(step))
            last = at == len(path) - 1
            kind = inner.type if inner else (type if last else CType("other"))
            if isinstance(step, int):
                index = self.terms.constant(step, ADDRESS)
                kind = type if last else CType("other")
                size = self.layout.size(kind)
                place = self.element(place, CType(INT, 64), index, size, kind)
                continue
            place = self.field(place, place.type.name, step, kind)
            if inner is not None and inner.type.kind == INT and inner.bits != inner.type.bits:
                place = replace(place, bits=inner.bits)
        return place

    # --- writing -----------------------------------------------------------------------------

    def write(self, places: list[tuple[Term, Place]], value: Term, line: int = 0) -> None:
        """A value is kept at a place."""
        apart = self._undecided(places)
        if apart is not None:
            self._each_way(apart, lambda: self.write(places, value, line))
            return
        if len(places) == 1:
            self.store(places[0][1], value, line)
            return
        before = self.world
        assert before is not None
        found = None
        for condition, place in places:
            guard = self.terms.both(before.guard, condition)
            if guard is not self.terms.false:
                self.world = before.copy(guard)
                self.store(place, value, line)
                found = self.join(found, self.world)
        self.world = found

    def store(self, place: Place, value: Term, line: int = 0) -> None:
        """A value is kept at one place."""
        type = place.type
        local = self._local(place)
        if place.narrow is not None and not self._fits(place, value):
            self.lost("a value that may not fit the field on the other side", line)
        if type.kind == ARRAY:
            self._store_array(place, value)
        elif type.kind == RECORD or value.sort == WHOLE:
            self._store_record(place, value, local)
        elif place.odd:
            self.opaque(SHARED if self.shared(place) else "write part", place.address, value)
        elif local:
            width = width_of(type, place.bits)
            self.now.cells[(place.object, place.path)] = self.terms.resize(value, width, False)
        else:
            self._put(place, value)
        if type.volatile and not local:
            node = self.event("write once", (place.address, value), writes=False)
            self.note("once", place, line, node)

    def _fits(self, place: Place, value: Term) -> bool:
        """Whether a value is what a narrower field holds of it, whatever the inputs are."""
        cut = self.terms.resize(value, place.bits, False)
        return self.terms.resize(cut, value.sort, bool(place.narrow)) is value

    def lost(self, text: str, line: int) -> None:
        """Note a place at which the run is not followed: nothing is proved then."""
        raise NotImplementedError

    def shared(self, place: Place) -> bool:
        """Whether a place is a field as it is declared that shares its memory, as its reads do."""
        address, found = place.address, False
        if address.op == "field address":
            known = self.layout.fields(address.payload[0]).get(address.payload[1])
            if known is None or known.type.bits != place.type.bits:
                return False
        while address.op == "field address":
            found = found or self.layout.shares(address.payload[0], address.payload[1])
            address = address.args[0]
        return found

    def _put(self, place: Place, value: Term) -> None:
        width = width_of(place.type, place.bits)
        if value.objects - self.now.out:
            self.give(value.objects - self.now.out)
        if place.free and self.now.memory.keys() - {place.cells}:
            self.settle()
        kept = self.terms.resize(value, width, False)
        memory = self.known(self.memory(place.cells, width))
        self.now.memory[place.cells] = self.stored(memory, place.address, kept)
        self.note("write", place, 0, place.address, kept)
        if place.free:
            self.settle()

    def stored(self, memory: Term, address: Term, value: Term) -> Term:
        """Memory with a value at an address."""

        def put(leaf: Term) -> Term:
            inner = leaf
            if leaf.op == "store" and leaf.args[1] is address:
                inner = leaf.args[0]
            if inner.op == "memory" and value.op == "select" and value.args == (inner, address):
                return inner
            return self.terms.make("store", (inner, address, value), None, leaf.sort)

        return self.terms.lift(put, memory, limit=1 << 20)

    def _store_array(self, place: Place, value: Term) -> None:
        self._local(replace(place, odd=True))
        self.opaque("write part", place.address, value)

    def _store_record(self, place: Place, value: Term, local: bool) -> None:
        if local:
            self._forget(place)
            self.now.cells[(place.object, place.path)] = value
            return
        leaves = self.layout.leaves(place.type)
        if leaves is None or place.odd:
            own = value.op == "odd record" and value.args == (self.snapshot(), place.address)
            if not own:
                self.opaque("write record", place.address, value)
            return
        for path, type in leaves:
            inner = self.deeper(place, path, type)
            sort = width_of(inner.type, inner.bits)
            self.store(inner, part_of(self.terms, value, path, sort))

    def _forget(self, place: Place) -> None:
        end = len(place.path)
        for number, path in list(self.now.cells):
            if number == place.object and path[:end] == place.path:
                del self.now.cells[(number, path)]

    def give(self, objects: frozenset[int]) -> None:
        """The addresses of local objects leave: what they hold becomes memory."""
        for number in sorted(objects):
            left = self.now.left(number, self.terms)
            if left is self.terms.false:
                self._give_all(number)
            else:
                self._give_rest(number, left)

    def _give_all(self, number: int) -> None:
        kept = self._taken_out(self.now, number)
        for path in sorted(kept, key=len):
            self._give(number, path, kept[path])

    def _give_rest(self, number: int, left: Term) -> None:
        """The address of an object leaves on the inputs for which it has not left before."""
        world, terms = self.now, self.terms
        gone = world.copy(terms.both(world.guard, left))
        self._taken_out(gone, number)
        rest = world.copy(terms.both(world.guard, terms.no(left)))
        if rest.guard is not terms.false:
            self.world = rest
            self._give_all(number)
        both = self.join(gone, self.world if self.world is rest else None)
        assert both is not None
        world.becomes(both)
        self.world = world

    def _taken_out(self, world: World, number: int) -> dict[Path, Term]:
        """What the parts of an object hold that is memory from here on."""
        kept = {p: v for (n, p), v in world.cells.items() if n == number}
        world.out |= {number}
        world.some.pop(number, None)
        for path in kept:
            del world.cells[(number, path)]
        return kept

    def _give(self, number: int, path: Path, value: Term) -> None:
        type = self.setting.objects.types[number]
        place = self.whole(number, type)
        if not path:
            kept = value if value.sort == WHOLE else value
            if type.kind in (RECORD, ARRAY) and value.sort == WHOLE and type.kind == ARRAY:
                self.opaque("write part", place.address, value)
                return
            self._keep(place, kept)
            return
        inner = CType("other", value.sort) if value.sort > 0 else CType(RECORD)
        self._keep(self._part(place, path, inner), value)

    def _part(self, place: Place, path: Path, type: CType) -> Place:
        found = self.deeper(place, path, type)
        return found if found.type.bits or found.type.kind == RECORD else replace(found, type=type)

    def _keep(self, place: Place, value: Term) -> None:
        if place.type.kind == RECORD or value.sort == WHOLE:
            self._store_record(replace(place, object=-1), value, False)
            return
        width = value.sort
        memory = self.memory(place.cells, width)
        self.now.memory[place.cells] = self.stored(memory, place.address, value)
        self.note("write", place, 0, place.address, value)

    def fill(self, place: Place, value: Initial) -> None:
        """Gives an object the value of a braced initialiser."""
        if self._local(place):
            self._forget(place)
            whole = self.terms.make("zero", (), None, WHOLE)
            self.now.cells[(place.object, place.path)] = whole
        else:
            self.store(place, self.terms.make("zero", (), None, WHOLE))
        for path, inner in value.items:
            kind = inner.type
            target = self._part(place, path, kind)
            if isinstance(inner, Initial):
                self.fill(replace(target, type=kind), inner)
            else:
                kept = self.value(inner)
                self.note("assign", Filled(".".join(map(str, path))), inner.line, kept)
                self.store(target, kept, inner.line)
