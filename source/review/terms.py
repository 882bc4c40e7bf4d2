"""Terms: what a run computes, each kept once, so that equal terms are one object.

A term has a sort: ``TRUTH``, a bit vector (its width), ``HISTORY`` (all that was done, in order),
``RECORD`` (a whole structure) or memory of a class of cells (``cells(width)``).
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any, Final

TRUTH: Final = 0
HISTORY: Final = -1
RECORD: Final = -2
ADDRESS: Final = 64


def cells(width: int) -> int:
    """The sort of memory whose cells have this width (``RECORD``: whole structures)."""
    return -1000 - width


def width_of(sort: int) -> int:
    """The width of the cells of memory of this sort."""
    return -1000 - sort


class TooLarge(Exception):
    """More terms than a run may make."""


class Term:
    """A term; ``payload`` is what is not a term in it (a constant's value, a name)."""

    __slots__ = ("args", "id", "objects", "op", "payload", "size", "sort")

    def __init__(
        self, number: int, op: str, args: tuple[Term, ...], payload: Any, sort: int
    ) -> None:
        self.id = number
        self.op = op
        self.args = args
        self.payload: Any = payload
        self.sort = sort
        self.size: int = min(1 + args[1].size + args[2].size, 1 << 30) if op == "ite" else 0
        self.objects = _objects(op, args, payload)

    @property
    def value(self) -> int:
        """The value of a constant."""
        assert isinstance(self.payload, int)
        return self.payload

    def __repr__(self) -> str:
        inner = ", ".join(f"#{a.id}" for a in self.args)
        return f"#{self.id} {self.op} {self.payload or ''}({inner}):{self.sort}"


STARTS: Final = {
    "object": 0xFFFFC90000000000,
    "global": 0xFFFFFFFF80000000,
    "text": 0xFFFFFFFFC0000000,
}
"""Where the addresses of each kind begin, if they are numbers."""


def address_number(term: Term) -> int:
    """The number that stands for an address: different ones have different numbers."""
    count = int(str(term.payload)) if term.op == "object" else term.id
    return STARTS[term.op] + count * (0x1000 if term.op == "object" else 0x400)


_NONE: Final[frozenset[int]] = frozenset()
_NO_ADDRESS: Final = frozenset({"call", "result", "output", "memory", "select", "store"})


def _objects(op: str, args: tuple[Term, ...], payload: Hashable) -> frozenset[int]:
    """The local objects whose address a value may give away."""
    if op == "object":
        assert isinstance(payload, int)
        return frozenset((payload,))
    if op in _NO_ADDRESS:
        return _NONE
    found = [a.objects for a in args if a.objects]
    return frozenset().union(*found) if found else _NONE


LIMIT: Final = 250_000


class Terms:
    """The store of terms of one comparison, shared by both sides."""

    def __init__(self) -> None:
        self._kept: dict[tuple[str, Hashable, int, tuple[Term, ...]], Term] = {}
        self._ite: dict[tuple[Term, Term, Term], Term] = {}
        self._narrow: dict[tuple[Term, Term], Term] = {}
        self._excluded: dict[Term, dict[int, Term]] = {}
        self.true = self.make("true", (), None, TRUTH)
        self.false = self.make("false", (), None, TRUTH)

    def __len__(self) -> int:
        return len(self._kept)

    def make(self, op: str, args: tuple[Term, ...], payload: Hashable, sort: int) -> Term:
        """The one term of this kind, without simplification."""
        key = (op, payload, sort, args)
        term = self._kept.get(key)
        if term is None:
            if len(self._kept) > LIMIT:
                raise TooLarge
            term = self._kept[key] = Term(len(self._kept), op, args, payload, sort)
        return term

    def constant(self, value: int, width: int) -> Term:
        """A constant of a width."""
        return self.make("const", (), value & ((1 << width) - 1), width)

    def variable(self, name: Hashable, sort: int) -> Term:
        """An input, free."""
        return self.make("var", (), name, sort)

    def truth(self, value: bool) -> Term:
        """A known truth value."""
        return self.true if value else self.false

    # --- decisions: truth values, and what depends on them, are ordered decision diagrams ----

    def atom(self, op: str, args: tuple[Term, ...], payload: Hashable = None) -> Term:
        """A condition that is not taken apart, as a decision."""
        atom = self.make(op, args, payload, TRUTH)
        if op == "eq" and args[1].op == "const":
            self._excluded.setdefault(args[0], {})[args[1].value] = atom
        return self.decision(atom)

    def decision(self, atom: Term) -> Term:
        """A condition of which a diagram is made, as a truth value."""
        return self._node(atom, self.true, self.false)

    def _node(self, atom: Term, high: Term, low: Term) -> Term:
        if high is low:
            return high
        if atom.op == "eq" and atom.args[1].op == "const":
            high = self._without(atom, high)
            if high is low:
                return high
        return self.make("ite", (atom, high, low), None, high.sort)

    def _without(self, atom: Term, high: Term) -> Term:
        """``high`` where the atom holds: its subject equals no other constant."""
        others = self._excluded.get(atom.args[0], {})
        if len(others) < 2 or high.op != "ite":
            return high
        for other in sorted(others.values(), key=lambda a: a.id):
            if other is not atom:
                high = self.cofactor(high, other, False)
        return high

    def cofactor(self, term: Term, atom: Term, value: bool) -> Term:
        """The term where the atom has the value."""
        return self._cofactor(term, atom, value, {})

    def _cofactor(self, term: Term, atom: Term, value: bool, seen: dict[Term, Term]) -> Term:
        if term.op != "ite" or term.args[0].id > atom.id:
            return term
        first, high, low = term.args
        if first is atom:
            return high if value else low
        if term not in seen:
            seen[term] = self._node(
                first,
                self._cofactor(high, atom, value, seen),
                self._cofactor(low, atom, value, seen),
            )
        return seen[term]

    def ite(self, test: Term, then: Term, other: Term) -> Term:
        """``then`` where the test holds, else ``other``: one ordered diagram."""
        if test is self.true or then is other:
            return then
        if test is self.false:
            return other
        key = (test, then, other)
        kept = self._ite.get(key)
        if kept is None:
            atom, yes, no = test.args
            if then.op == "ite" and then.args[0].id < atom.id:
                atom, yes, no = then.args[0], test, test
            if other.op == "ite" and other.args[0].id < atom.id:
                atom, yes, no = other.args[0], test, test
            high, low = _split(then, atom)
            right, wrong = _split(other, atom)
            high, low = self.ite(yes, high, right), self.ite(no, low, wrong)
            kept = self._ite[key] = self._node(atom, high, low)
        return kept

    def both(self, left: Term, right: Term) -> Term:
        """Conjunction."""
        return self.ite(left, right, self.false)

    def either(self, left: Term, right: Term) -> Term:
        """Disjunction."""
        return self.ite(left, self.true, right)

    def no(self, value: Term) -> Term:
        """Negation."""
        return self.ite(value, self.false, self.true)

    def narrow(self, term: Term, care: Term) -> Term:
        """A term equal to this one wherever ``care`` holds, and no larger than need be."""
        if term.op != "ite" or care.op != "ite":
            return term
        key = (term, care)
        kept = self._narrow.get(key)
        if kept is None:
            kept = self._narrow[key] = self._narrowed(term, care)
        return kept

    def _narrowed(self, term: Term, care: Term) -> Term:
        atom, high, low = term.args
        wanted, yes, no = care.args
        if wanted.id < atom.id:
            return self.narrow(term, self.either(yes, no))
        if wanted is not atom:
            return self._node(atom, self.narrow(high, care), self.narrow(low, care))
        if yes is self.false:
            return self.narrow(low, no)
        if no is self.false:
            return self.narrow(high, yes)
        return self._node(atom, self.narrow(high, yes), self.narrow(low, no))

    def lift(self, build: Callable[..., Term], *terms: Term, limit: int = 64) -> Term:
        """``build`` over the leaves of diagrams; over the whole where they are too large."""
        grown = 1
        for term in terms:
            grown *= term.size + 1
        if grown == 1 or grown > limit:
            return build(*terms)
        return self._lifted(build, terms, {})

    def _lifted(
        self,
        build: Callable[..., Term],
        terms: tuple[Term, ...],
        seen: dict[tuple[Term, ...], Term],
    ) -> Term:
        atom = _first(terms)
        if atom is None:
            return build(*terms)
        if terms not in seen:
            parts = [_split(t, atom) for t in terms]
            high = self._lifted(build, tuple(p[0] for p in parts), seen)
            low = self._lifted(build, tuple(p[1] for p in parts), seen)
            seen[terms] = self.ite(self._node(atom, self.true, self.false), high, low)
        return seen[terms]


def _first(terms: tuple[Term, ...]) -> Term | None:
    """The first decision of some diagrams; none where all are leaves."""
    first: Term | None = None
    for term in terms:
        if term.op == "ite" and (first is None or term.args[0].id < first.id):
            first = term.args[0]
    return first


def _split(term: Term, atom: Term) -> tuple[Term, Term]:
    if term.op == "ite" and term.args[0] is atom:
        return term.args[1], term.args[2]
    return term, term
