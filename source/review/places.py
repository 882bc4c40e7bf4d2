"""Places: local objects, fields, elements, what pointers point to; reading and writing them."""

from __future__ import annotations

from dataclasses import dataclass, replace

from source.c.ir import (
    ARRAY,
    FUNCTION,
    INT,
    POINTER,
    RECORD,
    Address,
    Compound,
    CType,
    Deref,
    Expression,
    Global,
    Index,
    Initial,
    Local,
    Member,
    Text,
)
from source.review.context import Context, sort_of
from source.review.terms import ADDRESS, Term, cells
from source.review.terms import RECORD as WHOLE
from source.review.world import Path, held, part_of

BOOLEAN = ("_Bool", "bool")

TYPED = (
    "a field is only reached through its own record's type: a pointer to one type does not "
    "overlap another's fields"
)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a value is kept: its class of cells and its address.

    ``object`` and ``path`` tell the part of a local object, where it is one; ``loose`` is one
    that must be memory because the part is not known.  ``odd`` places overlap others in ways
    that are not followed.
    """

    type: CType
    cells: str
    address: Term
    object: int = -1
    path: Path = ()
    loose: frozenset[int] = frozenset()
    bits: int = 0
    odd: bool = False
    free: bool = False


def width_of(type: CType, bits: int) -> int:
    """The width in which a value is kept."""
    if bits:
        return bits
    return 1 if type.name in BOOLEAN else sort_of(type)


class Places(Context):
    """A run's reading and writing of places."""

    def value(self, expression: Expression) -> Term:
        """The value of an expression, with all that its evaluation does."""
        raise NotImplementedError

    def initialise(self, place: Place, value: Expression) -> None:
        """Gives an object its first value."""
        raise NotImplementedError

    # --- which place -------------------------------------------------------------------------

    def place(self, e: Expression) -> list[tuple[Term, Place]]:
        """The places that an expression may name, each with the condition for it."""
        true = self.terms.true
        match e:
            case Local():
                return [(true, self.whole(self.object_of(e), e.type))]
            case Global():
                address = self.terms.make("global", (), e.name, ADDRESS)
                return [(true, Place(e.type, "global " + e.name, address))]
            case Member():
                return [(c, self._field(p, e)) for c, p in self.place_of_record(e.base)]
            case Index():
                return self._element(e)
            case Deref():
                return self.pointed(self.value(e.pointer), e.type)
            case Compound():
                return [(true, self._compound(e))]
            case Text():
                address = self.terms.make("text", (), e.text, ADDRESS)
                return [(true, Place(e.type, "text", address))]
            case _:
                return self._temporary(e)

    def object_of(self, e: Local) -> int:
        """The object of a local variable."""
        return self.object(e.number, e.name, e.type)

    def object(self, number: int, name: str, type: CType) -> int:
        """The object of a declaration in the function that is being run."""
        key = (*self.frame.key, number)
        return self.setting.objects.of(self.setting.side, key, name, type)

    def whole(self, number: int, type: CType) -> Place:
        """A local object as a place."""
        address = self.terms.make("object", (), number, ADDRESS)
        return Place(type, f"object {number}", address, number)

    def _temporary(self, e: Expression) -> list[tuple[Term, Place]]:
        number = self.object(-1 - id(e), "", e.type)
        place = self.whole(number, e.type)
        self.store(place, self.value(e))
        return [(self.terms.true, place)]

    def _compound(self, e: Compound) -> Place:
        number = self.object(-1 - id(e), "(literal)", e.type)
        place = self.whole(number, e.type)
        self.initialise(place, e.value)
        return place

    def place_of_record(self, base: Expression) -> list[tuple[Term, Place]]:
        """The places of the record that a field is taken of."""
        return self.place(base)

    def _field(self, base: Place, e: Member) -> Place:
        place = self.field(base, e.record, e.name, e.type)
        return replace(place, bits=e.bits)

    def field(self, base: Place, record: str, name: str, type: CType) -> Place:
        """A field of the record at a place."""
        offset = self.layout.offset(record, name)
        address = self.terms.field_address(base.address, record, name, offset)
        odd = base.odd or self.layout.shares(record, name)
        path = (*base.path, name)
        return Place(type, f"{record}.{name}", address, base.object, path, base.loose, 0, odd)

    def _element(self, e: Index) -> list[tuple[Term, Place]]:
        size = self.layout.size(e.type)
        if e.base.type.kind == ARRAY:
            places = self.place(e.base)
            index = self.value(e.index)
            return [(c, self.element(p, e.index.type, index, size, e.type)) for c, p in places]
        pointer = self.value(e.base)
        index = self.value(e.index)
        return self.pointed(self.moved(pointer, index, e.index.type, size, e.type.name), e.type)

    def element(
        self, base: Place, kind: CType, index: Term, size: int | None, type: CType
    ) -> Place:
        """An element of the array at a place."""
        address = self.moved(base.address, index, kind, size, type.name)
        if base.object >= 0 and index.op == "const":
            return replace(base, type=type, address=address, path=(*base.path, index.value))
        loose = base.loose | ({base.object} if base.object >= 0 else frozenset())
        return replace(base, type=type, address=address, object=-1, path=(), loose=loose)

    def moved(self, pointer: Term, index: Term, kind: CType, size: int | None, name: str) -> Term:
        """A pointer moved by a number of elements."""
        wide = self.terms.resize(index, ADDRESS, kind.signed)
        if size is None:
            return self.terms.add(pointer, self.odd("size", (wide,), name, ADDRESS))
        return self.terms.add(pointer, self.terms.times(wide, size))

    def pointed(self, pointer: Term, type: CType) -> list[tuple[Term, Place]]:
        """The places that a pointer may point to, each with the condition for it."""
        pointer = self.known(pointer)
        found: dict[Term, Term] = {}
        self._leaves(pointer, self.terms.true, found)
        return [(condition, self._at(leaf, type)) for leaf, condition in found.items()]

    def _leaves(self, pointer: Term, guard: Term, found: dict[Term, Term]) -> None:
        if pointer.op != "ite":
            found[pointer] = self.terms.either(found.get(pointer, self.terms.false), guard)
            return
        atom, high, low = pointer.args
        test = self.terms.decision(atom)
        self._leaves(high, self.terms.both(guard, test), found)
        self._leaves(low, self.terms.both(guard, self.terms.no(test)), found)

    def _at(self, pointer: Term, type: CType) -> Place:
        place = self._root(pointer)
        if type.kind == RECORD:
            return replace(place, type=type)
        if place.free or type.kind == ARRAY:
            return replace(place, type=type, cells=f"* {type.name}" if place.free else place.cells)
        kept = place.type
        element = kept.name[: kept.name.rfind("[")].strip() if kept.kind == ARRAY else ""
        bits = type.bits if kept.kind != ARRAY or element == type.name else 0
        wrong = kept.kind == RECORD or (kept.kind in (INT, POINTER) and kept.bits != type.bits)
        if wrong or (kept.kind == ARRAY and not bits):
            loose = place.loose | ({place.object} if place.object >= 0 else frozenset())
            return replace(place, type=type, odd=True, object=-1, loose=loose)
        if type.volatile or kept.kind == ARRAY:
            return replace(place, type=type)
        return replace(place, type=replace(type, name=kept.name) if kept.bits else type)

    def _root(self, pointer: Term) -> Place:
        """The place whose address a term is, as far as the term tells."""
        unknown = CType("other")
        if pointer.op == "object":
            number = int(str(pointer.payload))
            return self.whole(number, self.setting.objects.types[number])
        if pointer.op == "global":
            return Place(unknown, f"global {pointer.payload}", pointer)
        if pointer.op == "field address":
            record, name, _ = pointer.payload
            known = self.layout.fields(record).get(name)
            inner = self._root(pointer.args[0])
            place = self.field(inner, record, name, known.type if known else unknown)
            bits = known.bits if known and known.type.kind == INT else 0
            whole = known is None or bits in (0, known.type.bits)
            return replace(place, address=pointer, odd=place.odd or not whole)
        if pointer.op == "sum":
            inside = [a for a in pointer.args if a.op in ("object", "global", "field address")]
            if len(inside) == 1:
                place = self._root(inside[0])
                loose = place.loose | ({place.object} if place.object >= 0 else frozenset())
                return replace(place, address=pointer, object=-1, path=(), loose=loose)
        return Place(unknown, "", pointer, free=True, loose=pointer.objects)

    def whole_of(self, place: Place) -> Place | None:
        """What is known to lie at a pointer's target: an object or a field; else nothing."""
        found = self._root(place.address)
        known = found.type.bits and not found.free and not found.loose
        return found if known else None

    # --- addresses ---------------------------------------------------------------------------

    def address(self, e: Expression) -> Term:
        """The address of a place."""
        if e.type.kind == FUNCTION:
            return self.value(e)
        places = self.place(e)
        found = places[-1][1].address
        for condition, place in reversed(places[:-1]):
            found = self.terms.ite(condition, place.address, found)
        return found

    def address_of(self, e: Address) -> Term:
        """``&`` of a place."""
        return self.address(e.place)

    # --- reading -----------------------------------------------------------------------------

    def load(self, places: list[tuple[Term, Place]], line: int = 0) -> Term:
        """The value that is kept at a place."""
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
            return self.result(node, sort_of(type))
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
        return self.terms.resize(kept, sort_of(type), type.signed and type.name not in BOOLEAN)

    def _local(self, place: Place) -> bool:
        """Whether a place is of an object whose address has not left; others leave now."""
        leave = place.loose - self.now.out
        if place.odd and place.object >= 0:
            leave |= frozenset((place.object,)) - self.now.out
        if leave:
            self.give(leave)
        return place.object >= 0 and place.object not in self.now.out

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
        for at, step in enumerate(path):
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
        if type.kind == ARRAY:
            self._store_array(place, value)
        elif type.kind == RECORD or value.sort == WHOLE:
            self._store_record(place, value, local)
        elif place.odd:
            self.opaque("write part", place.address, value)
        elif local:
            width = width_of(type, place.bits)
            self.now.cells[(place.object, place.path)] = self.terms.resize(value, width, False)
        else:
            self._put(place, value)
        if type.volatile and not local:
            node = self.event("write once", (place.address, value), writes=False)
            self.note("once", place, line, node)

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
        world = self.now
        for number in sorted(objects):
            kept = {p: v for (n, p), v in world.cells.items() if n == number}
            world.out |= {number}
            for path in kept:
                del world.cells[(number, path)]
            for path in sorted(kept, key=len):
                self._give(number, path, kept[path])

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
                self.store(target, self.value(inner), inner.line)


__all__ = ["BOOLEAN", "POINTER", "Place", "Places", "width_of"]
