"""Places: local objects, fields, elements and what pointers point to."""

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
    Field,
    Global,
    Index,
    Local,
    Member,
    Text,
)
from source.review.context import Context, sort_of
from source.review.terms import ADDRESS, Term
from source.review.world import Path

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
    narrow: bool | None = None


def width_of(type: CType, bits: int) -> int:
    """The width in which a value is kept."""
    if bits:
        return bits
    return 1 if type.name in BOOLEAN else sort_of(type)


class Places(Context):
    """A run's finding of places."""

    def value(self, expression: Expression) -> Term:
        """The value of an expression, with all that its evaluation does."""
        raise NotImplementedError

    def initialise(self, place: Place, value: Expression) -> None:
        """Gives an object its first value."""
        raise NotImplementedError

    def store(self, place: Place, value: Term, line: int = 0) -> None:
        """A value is kept at one place."""
        raise NotImplementedError

    def yielded(self, node: Term, type: CType) -> Term:
        """What a step yields; one that says yes or no yields 1 or 0."""
        width = sort_of(type)
        asks = type.name.removeprefix("volatile ") in BOOLEAN
        return (
            self.terms.resize(self.result(node, 1), width, False)
            if asks
            else self.result(node, width)
        )

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
        name = self.layout.name_of(self.setting.side, e.record, e.name)
        place = self.field(base, e.record, name, e.type)
        return replace(place, bits=place.bits or e.bits)

    def field(self, base: Place, record: str, name: str, type: CType) -> Place:
        """A field of the record at a place."""
        offset = self.layout.offset(record, name)
        address = self.terms.field_address(base.address, record, name, offset)
        odd = base.odd or self.layout.shares(record, name)
        path = (*base.path, name)
        place = Place(type, f"{record}.{name}", address, base.object, path, base.loose, 0, odd)
        narrow = self.layout.narrow(record, name)
        return place if narrow is None else self._narrowed(place, narrow)

    def _narrowed(self, place: Place, narrow: Field) -> Place:
        """A field of another width on each side: as a bit field where one side has one."""
        if narrow.bits == narrow.type.bits:
            return replace(place, odd=True)
        self.assume(f"{place.cells} holds on both sides what fits the narrower one")
        return replace(place, bits=narrow.bits, narrow=narrow.type.signed)

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
            whole = (known is None or bits in (0, known.type.bits)) and place.narrow is None
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


__all__ = ["BOOLEAN", "POINTER", "TYPED", "Place", "Places", "width_of"]
