"""Bit vectors as C computes them: operations on terms, folded and put in one order."""

from __future__ import annotations

from collections.abc import Callable

from source.review.masks import Bits, peeled
from source.review.terms import ADDRESS, RECORD, TRUTH, Term, Terms


def signed(value: int, width: int) -> int:
    """The value as a signed number of this width."""
    return value - (1 << width) if value >> (width - 1) & 1 else value


def _folded(op: str, left: int, right: int, width: int) -> int | None:
    """What an operation on constants comes to; nothing where C leaves it open."""
    one, two = signed(left, width), signed(right, width)
    if op in ("udiv", "urem", "sdiv", "srem") and right == 0:
        return None
    match op:
        case "shl" | "lshr" | "ashr" if right >= width:
            return None
        case "shl":
            return left << right
        case "lshr":
            return left >> right
        case "ashr":
            return one >> right
        case "udiv":
            return left // right
        case "urem":
            return left % right
        case "sdiv":
            return abs(one) // abs(two) * (1 if (one < 0) == (two < 0) else -1)
        case "srem":
            return (abs(one) % abs(two)) * (-1 if one < 0 else 1)
        case _:
            return None


MOST_BITS = 1024
"""Pairs of leaves of which bits are joined one by one: conditions are often joined so."""

LAST_ERROR = 4095
"""The largest errno that an error pointer holds."""

NO_END = "no pointer to a structure is so near the last address that a later field is at 0"


class Arithmetic(Terms):
    """The store of terms, with the operations on bit vectors.

    A test of up to ``most_bits`` bits is a test of each of them.
    """

    def __init__(self, most_bits: int = 1) -> None:
        super().__init__()
        self.most_bits = most_bits
        self.assumed: dict[str, None] = {}
        """What comparisons rest on, a sentence each."""

    # --- sums --------------------------------------------------------------------------------

    def add(self, left: Term, right: Term) -> Term:
        """Addition, without a carry out."""
        return self.lift(lambda a, b: self.sum(((1, a), (1, b)), 0, a.sort), left, right)

    def subtract(self, left: Term, right: Term) -> Term:
        """Subtraction."""
        return self.lift(lambda a, b: self.sum(((1, a), (-1, b)), 0, a.sort), left, right)

    def times(self, value: Term, factor: int) -> Term:
        """A multiple by a constant."""
        return self.lift(lambda a: self.sum(((factor, a),), 0, a.sort), value)

    def sum(self, parts: tuple[tuple[int, Term], ...], offset: int, width: int) -> Term:
        """The sum of multiples and a constant, in one normal form."""
        found: dict[Term, int] = {}
        mask = (1 << width) - 1
        for factor, part in parts:
            offset += _collect(found, factor, part)
        kept = sorted((t.id, t, f & mask) for t, f in found.items() if f & mask)
        offset &= mask
        if not kept:
            return self.constant(offset, width)
        if len(kept) == 1 and kept[0][2] == 1:
            return self._displaced(kept[0][1], offset, width)
        return self.make(
            "sum", tuple(t for _, t, _ in kept), (tuple(f for *_, f in kept), offset), width
        )

    def _displaced(self, term: Term, offset: int, width: int) -> Term:
        """A term plus a constant; a field's address minus its offset is the record's."""
        if not offset:
            return term
        if term.op == "field address":
            at = term.payload[2]
            if at is not None and (at + offset) & ((1 << width) - 1) == 0:
                return term.args[0]
        return self.make("sum", (term,), ((1,), offset), width)

    def multiply(self, left: Term, right: Term) -> Term:
        """Multiplication."""
        return self.lift(self._multiply, left, right)

    def _multiply(self, left: Term, right: Term) -> Term:
        if right.op == "const":
            return self.sum(((right.value, left),), 0, left.sort)
        if left.op == "const":
            return self.sum(((left.value, right),), 0, left.sort)
        one, two = sorted((left, right), key=lambda t: t.id)
        return self.make("mul", (one, two), None, left.sort)

    # --- bits --------------------------------------------------------------------------------

    def bits(self, op: str, left: Term, right: Term) -> Term:
        """``and``, ``or``, ``xor``."""
        return self.lift(lambda a, b: self._bits(op, a, b), left, right, limit=MOST_BITS)

    def _bits(self, op: str, left: Term, right: Term) -> Term:
        if left.sort == 1 and "const" not in (left.op, right.op):
            return self._bit(op, self.to_truth(left), self.to_truth(right))
        width, full = left.sort, (1 << left.sort) - 1
        known = full if op == "and" else 0
        found: dict[Term, int] = {}
        for term in (left, right):
            for part in term.args if term.op == op else (term,):
                if part.op == "const":
                    known = _bitwise(op, known, part.value)
                else:
                    found[part] = found.get(part, 0) + 1
        kept = [t for t, n in found.items() if op != "xor" or n % 2]
        if (op == "and" and known == 0) or (op == "or" and known == full) or not kept:
            return self.constant(known, width)
        if len(kept) == 1 and known == (full if op == "and" else 0):
            return kept[0]
        if op == "and" and len(kept) == 1 and kept[0].op == "zext":
            narrow = (1 << kept[0].args[0].sort) - 1
            if known & narrow == narrow:
                return kept[0]
        kept.sort(key=lambda t: t.id)
        if known != (full if op == "and" else 0):
            kept.append(self.constant(known, width))
        return self.make(op, tuple(kept), None, width)

    def _bit(self, op: str, left: Term, right: Term) -> Term:
        """An operation on single bits, which are conditions."""
        if op == "xor":
            return self.from_truth(self.ite(left, self.no(right), right), 1)
        return self.from_truth((self.both if op == "and" else self.either)(left, right), 1)

    def complement(self, value: Term) -> Term:
        """``~``."""
        return self.bits("xor", value, self.constant(-1, value.sort))

    def binary(self, op: str, left: Term, right: Term) -> Term:
        """Shifts, division and remainder; what C leaves open is open."""
        return self.lift(lambda a, b: self._binary(op, a, b), left, right)

    def _binary(self, op: str, left: Term, right: Term) -> Term:
        if right.op == "const":
            if left.op == "const":
                known = _folded(op, left.value, right.value, left.sort)
                if known is not None:
                    return self.constant(known, left.sort)
            if right.value == 0 and op in ("shl", "lshr", "ashr"):
                return left
            if op == "shl" and right.value < left.sort:
                return self.sum(((1 << right.value, left),), 0, left.sort)
            if right.value == 1 and op in ("udiv", "sdiv"):
                return left
        return self.make(op, (left, right), None, left.sort)

    # --- widths ------------------------------------------------------------------------------

    def resize(self, value: Term, width: int, sign: bool) -> Term:
        """The value in another width, extended by its sign or by zeros."""
        if value.sort == width or value.sort < 1:
            return value
        return self.lift(lambda a: self._resize(a, width, sign), value, limit=256)

    def _resize(self, value: Term, width: int, sign: bool) -> Term:
        if value.op == "const":
            known = signed(value.value, value.sort) if sign else value.value
            return self.constant(known, width)
        if width < value.sort:
            return self._cut(value, width)
        if value.op in ("zext", "sext"):
            zeros = value.op == "zext"
            if zeros or sign:
                return self._resize(value.args[0], width, not zeros)
        return self.make("sext" if sign else "zext", (value,), None, width)

    def _cut(self, value: Term, width: int) -> Term:
        if value.op in ("zext", "sext"):
            inner = value.args[0]
            if inner.sort >= width:
                return self.resize(inner, width, False)
            return self._resize(inner, width, value.op == "sext")
        if value.op == "cut":
            value = value.args[0]
        if value.op in ("and", "or", "xor"):
            cut = [self._resize(a, width, False) for a in value.args]
            done = cut[0]
            for one in cut[1:]:
                done = self._bits(value.op, done, one)
            return done
        if value.op == "sum":
            factors, offset = value.payload
            parts = tuple(
                (f, self._resize(a, width, False)) for f, a in zip(factors, value.args, strict=True)
            )
            return self.sum(parts, offset, width)
        return self.make("cut", (value,), None, width)

    # --- comparisons -------------------------------------------------------------------------

    def equal(self, left: Term, right: Term) -> Term:
        """Equality of two values of one sort."""
        if left is right:
            return self.true
        return self.lift(self._equal, left, right, limit=4000)

    def _equal(self, left: Term, right: Term) -> Term:
        if left is right:
            return self.true
        if left.sort == TRUTH:
            return self.ite(left, right, self.no(right))
        if left.sort == RECORD:
            one, two = sorted((left, right), key=lambda t: t.id)
            return self.atom("eq", (one, two))
        return self._zero(self.sum(((1, left), (-1, right)), 0, left.sort))

    def _zero(self, gap: Term) -> Term:
        if gap.op == "const":
            return self.truth(gap.value == 0)
        if gap.op != "sum":
            return self._is(gap, 0)
        factors, offset = gap.payload
        mask = (1 << gap.sort) - 1
        if len(factors) == 1 and factors[0] in (1, mask):
            known = -offset if factors[0] == 1 else offset
            return self._is(gap.args[0], known & mask)
        if len(factors) == 2 and sorted(factors) == [1, mask]:
            return self._pair(gap, factors, offset)
        if factors[0] > mask >> 1:
            gap = self.times(gap, -1)
        return self.atom("eq", (gap, self.constant(0, gap.sort)))

    def _pair(self, gap: Term, factors: tuple[int, ...], offset: int) -> Term:
        one, two = gap.args if factors[0] == 1 else gap.args[::-1]
        if {one.op, two.op} <= {"object", "global", "text"}:
            return self.false
        if one.op == two.op == "field address" and offset == 0 and one.payload == two.payload:
            return self.equal(one.args[0], two.args[0])
        if one.op == two.op and one.op in ("zext", "sext") and offset == 0:
            inner = one.args[0], two.args[0]
            if inner[0].sort == inner[1].sort:
                return self.equal(*inner)
        if one.id > two.id:
            one, two, offset = two, one, -offset
        return self.atom("eq", (one, self.sum(((1, two),), -offset, two.sort)))

    def _is(self, term: Term, known: int) -> Term:
        """Whether a term that is no sum equals a constant."""
        width = term.sort
        if term.op in ("object", "global", "text") and known == 0:
            return self.false
        if term.op == "field address" and known == 0:
            return self._no_field(term)
        if term.op in ("zext", "sext"):
            inner = term.args[0]
            cut = known & ((1 << inner.sort) - 1)
            back = signed(cut, inner.sort) if term.op == "sext" else cut
            if back & ((1 << width) - 1) != known:
                return self.false
            return self.equal(inner, self.constant(cut, inner.sort))
        if term.op == "xor" and term.args[-1].op == "const":
            rest = self._bits("xor", term, term.args[-1])
            return self.equal(rest, self.constant(known ^ term.args[-1].value, width))
        if term.op == "and" and term.args[-1].op == "const":
            return self._masked(peeled(term, (1 << width) - 1, known))
        found = self.atom("eq", (term, self.constant(known, width)))
        return found if known else self.both(found, self.no(self._error_in(term)))

    def _masked(self, bits: Bits | None) -> Term:
        """Whether some bits of a term are as known: if they are few, each is asked by itself."""
        if bits is None:
            return self.false
        term, mask, known = bits
        if mask == (1 << term.sort) - 1:
            return self.equal(term, self.constant(known, term.sort))
        if mask.bit_count() > self.most_bits:
            some = self._bits("and", term, self.constant(mask, term.sort))
            return self.atom("eq", (some, self.constant(known, term.sort)))
        found = self.true
        for at in range(term.sort):
            if mask >> at & 1:
                bit = self._bits("and", term, self.constant(1 << at, term.sort))
                clear = self.atom("eq", (bit, self.constant(0, term.sort)))
                found = self.both(found, self.no(clear) if known >> at & 1 else clear)
        return found

    def _no_field(self, address: Term) -> Term:
        """Whether a field has the address 0: only the first one may, of a record at 0."""
        if address.payload[2] == 0:
            return self.equal(address.args[0], self.constant(0, ADDRESS))
        self.assumed[NO_END] = None
        return self.false

    def less(self, left: Term, right: Term, sign: bool) -> Term:
        """``left < right``."""
        return self.lift(lambda a, b: self._less(a, b, sign), left, right, limit=4000)

    def _less(self, left: Term, right: Term, sign: bool) -> Term:
        width = left.sort
        low = -(1 << (width - 1)) if sign else 0
        high = (1 << (width - 1)) - 1 if sign else (1 << width) - 1
        if left is right:
            return self.false
        if left.op == right.op == "const":
            return self.truth(_known(left, sign) < _known(right, sign))
        if left.op == "const":
            known = _known(left, sign)
            if known == high:
                return self.false
            return self.no(self._less(right, self.constant(known + 1, width), sign))
        if right.op == "const":
            known = _known(right, sign)
            if known == low:
                return self.false
            if known == low + 1:
                return self.equal(left, self.constant(low, width))
            if known == high:
                return self.no(self.equal(left, self.constant(high, width)))
        return self._narrower(left, right, sign)

    def _narrower(self, left: Term, right: Term, sign: bool) -> Term:
        """A comparison of extended values, in the width that they had."""
        most = _at_most(left)
        if right.op == "const" and most is not None and (not sign or most < 1 << (left.sort - 1)):
            if _known(right, sign) > most:
                return self.true
            if _known(right, sign) <= 0:
                return self.false
        if left.op == "zext" or right.op == "zext":
            inner = max(t.args[0].sort for t in (left, right) if t.op == "zext")
            cut = [self._fitting(t, inner) for t in (left, right)]
            if cut[0] is not None and cut[1] is not None and inner < left.sort:
                return self.less(cut[0], cut[1], False)
        if left.op == right.op == "sext" and left.args[0].sort == right.args[0].sort:
            return self.less(left.args[0], right.args[0], sign)
        if sign and left.op == "sext" and right.op == "const":
            width = left.args[0].sort
            known = _known(right, True)
            if -(1 << (width - 1)) <= known < 1 << (width - 1):
                return self.less(left.args[0], self.constant(known, width), True)
            return self.truth(known > 0)
        found = self.atom("slt" if sign else "ult", (left, right))
        if sign and right.op == "const" and right.value == 0:
            return self.either(self._error_in(left), found)
        return found

    def _error_in(self, number: Term) -> Term:
        """Whether a number is cut out of an error pointer: then it is below 0."""
        if number.op != "cut" or number.args[0].sort != ADDRESS or number.sort < 16:
            return self.false
        pointer = number.args[0]
        return self.no(self._less(pointer, self.constant(-LAST_ERROR, ADDRESS), False))

    def _fitting(self, term: Term, width: int) -> Term | None:
        """The term in fewer bits, where it fits without a sign."""
        if term.op == "zext" and term.args[0].sort <= width:
            return self._resize(term.args[0], width, False)
        if term.op == "const" and term.value < 1 << width:
            return self.constant(term.value, width)
        return None

    def field_address(self, base: Term, record: str, name: str, offset: int | None) -> Term:
        """The address of a field, from its record's."""
        payload = (record, name, offset)
        return self.lift(lambda a: self.make("field address", (a,), payload, ADDRESS), base)

    def from_truth(self, value: Term, width: int) -> Term:
        """1 or 0."""
        return self.ite(value, self.constant(1, width), self.constant(0, width))

    def to_truth(self, value: Term) -> Term:
        """Whether a value is not 0."""
        if value.sort == TRUTH:
            return value
        return self.no(self.equal(value, self.constant(0, value.sort)))


def _at_most(term: Term) -> int | None:
    """The largest value of a term that has only its low bits; nothing for another one."""
    if term.op == "zext":
        return (1 << term.args[0].sort) - 1
    if term.op == "and" and term.args[-1].op == "const":
        return int(term.args[-1].value)
    return None


def _known(term: Term, sign: bool) -> int:
    return signed(term.value, term.sort) if sign else term.value


_BITWISE: dict[str, Callable[[int, int], int]] = {
    "and": lambda a, b: a & b,
    "or": lambda a, b: a | b,
    "xor": lambda a, b: a ^ b,
}


def _bitwise(op: str, left: int, right: int) -> int:
    return _BITWISE[op](left, right)


def _collect(found: dict[Term, int], factor: int, part: Term) -> int:
    """Adds a multiple to the parts of a sum; returns what is constant of it."""
    if part.op == "const":
        return factor * part.value
    if part.op != "sum":
        found[part] = found.get(part, 0) + factor
        return 0
    factors, offset = part.payload
    for inner, term in zip(factors, part.args, strict=True):
        found[term] = found.get(term, 0) + factor * inner
    return factor * int(offset)
