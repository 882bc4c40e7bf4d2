"""Expressions: their values, and what evaluating them does."""

from __future__ import annotations

from dataclasses import replace

from source.c.ir import (
    ARRAY,
    FUNCTION,
    INT,
    OTHER,
    POINTER,
    VOID,
    Address,
    Assign,
    Binary,
    Block,
    Call,
    Choose,
    Compound,
    Constant,
    Convert,
    CType,
    Deref,
    Do,
    Expression,
    FunctionName,
    Global,
    Index,
    Initial,
    Inside,
    Local,
    Member,
    Statement,
    Step,
    Text,
    Unary,
    Unread,
)
from source.review.context import Scope, sort_of
from source.review.keeping import Keeping
from source.review.nodes import quiet
from source.review.places import BOOLEAN, Place
from source.review.terms import ADDRESS, Term
from source.review.terms import RECORD as WHOLE

_PLACES = (Local, Global, Member, Index, Deref, Compound)
_COMPARED = {"<", ">", "<=", ">="}
_BITS = {"&": "and", "|": "or", "^": "xor"}


_READERS: dict[type, str] = {
    Convert: "_convert",
    Binary: "_binary",
    Unary: "_unary",
    Call: "call",
    Address: "address_of",
    Assign: "_assign",
    Step: "_step",
    Choose: "_choose",
    Inside: "_inside",
    Initial: "_braced",
    Unread: "unread",
}


class Values(Keeping):
    """A run's evaluation of expressions."""

    def call(self, e: Call) -> Term:
        """A call."""
        raise NotImplementedError

    def statement(self, s: Statement) -> None:
        """A statement."""
        raise NotImplementedError

    def close(self, scope: Scope) -> None:
        """The end of a scope."""
        raise NotImplementedError

    def unread(self, e: Unread) -> Term:
        """What is not understood."""
        raise NotImplementedError

    def value(self, expression: Expression) -> Term:
        """The value of an expression, with all that its evaluation does."""
        if self.world is None:
            return self._never(expression.type)
        found = self._value(expression)
        if self.world is None:
            return self._never(expression.type)
        return self.known(found)

    def _never(self, type: CType) -> Term:
        sort = sort_of(type)
        return self.terms.make("zero", (), None, sort) if sort < 1 else self.terms.constant(0, sort)

    def _value(self, e: Expression) -> Term:
        if isinstance(e, Constant):
            return self.terms.constant(e.value, sort_of(e.type))
        if isinstance(e, FunctionName):
            return self.terms.make("global", (), e.name, ADDRESS)
        if isinstance(e, Text):
            return self.terms.make("text", (), e.text, ADDRESS)
        read = getattr(self, _READERS.get(type(e), "_read"))
        found = read(e)
        assert isinstance(found, Term)
        return found

    def _read(self, e: Expression) -> Term:
        places = self.place(e)
        return self.load(places, e.line)

    def _braced(self, e: Initial) -> Term:
        number = self.object(-1 - id(e), "(literal)", e.type)
        place = self.whole(number, e.type)
        self.fill(place, e)
        return self.load([(self.terms.true, place)])

    def initialise(self, place: Place, value: Expression) -> None:
        """Gives an object its first value."""
        if isinstance(value, Initial):
            self.fill(place, value)
        else:
            self.store(place, self.value(value), value.line)

    # --- conversions -------------------------------------------------------------------------

    def _convert(self, e: Convert) -> Term:
        old, new = e.value.type, e.type
        if old.kind == ARRAY and isinstance(e.value, (*_PLACES, Text)):
            return self.address(e.value)
        value = self.value(e.value)
        if new.kind == VOID or value.sort == WHOLE or old.kind in (ARRAY, FUNCTION):
            return value
        if OTHER in (new.kind, old.kind):
            return self._strange(value, old, new)
        return self.converted(value, old, new)

    def _strange(self, value: Term, old: CType, new: CType) -> Term:
        if sort_of(old) == sort_of(new) and old.name == new.name:
            return value
        return self.odd("convert", (value,), (old.name, new.name), sort_of(new))

    def converted(self, value: Term, old: CType, new: CType) -> Term:
        """A value of one type as another."""
        if new.name in BOOLEAN:
            return self.terms.from_truth(self.terms.to_truth(value), sort_of(new))
        return self.terms.resize(value, sort_of(new), old.signed)

    # --- operators ---------------------------------------------------------------------------

    def _unary(self, e: Unary) -> Term:
        if e.operator == "!":
            return self.terms.from_truth(self.terms.no(self.truth(e.value)), sort_of(e.type))
        value = self.value(e.value)
        if e.type.kind == OTHER:
            return self.odd("unary", (value,), e.operator, sort_of(e.type))
        if e.operator == "-":
            return self.terms.times(value, -1)
        return self.terms.complement(value) if e.operator == "~" else value

    def truth(self, e: Expression) -> Term:
        """Whether an expression is not 0."""
        if isinstance(e, Unary) and e.operator == "!":
            return self.terms.no(self.truth(e.value))
        return self.terms.to_truth(self.value(e))

    def _binary(self, e: Binary) -> Term:
        if e.operator in ("&&", "||"):
            return self.terms.from_truth(self._connected(e), sort_of(e.type))
        if e.operator == ",":
            self.value(e.left)
            return self.value(e.right)
        left = self.value(e.left)
        right = self.value(e.right)
        if OTHER in (e.left.type.kind, e.right.type.kind):
            return self.odd("binary", (left, right), e.operator, sort_of(e.type))
        if e.operator in _COMPARED or e.operator in ("==", "!="):
            test = self._compare(e.operator, left, right, e.left.type.signed)
            return self.terms.from_truth(test, sort_of(e.type))
        return self.computed(e.operator, left, right, e.left.type, e.right.type)

    def _connected(self, e: Binary) -> Term:
        guide = self.guide
        if guide is None or self.connecting or not (quiet(e.left) and quiet(e.right)):
            return self._connected_in_order(e)
        self.guide = None
        whole = self._connected_in_order(e)
        self.guide, self.connecting = guide, True
        first = guide.count()
        found = self._connected_in_order(e)
        self.connecting = False
        guide.as_one(first, whole, (found, self.terms.no(found)))
        return found

    def _connected_in_order(self, e: Binary) -> Term:
        left = self.truth(e.left)
        if self.world is None:
            return self.terms.false
        if self.guide is None and quiet(e.right):
            right = self.truth(e.right)
            join = self.terms.both if e.operator == "&&" else self.terms.either
            return join(left, right)
        yes, no = self.fork(left, e.left, e.line)
        go, stay = (yes, no) if e.operator == "&&" else (no, yes)
        short = self.terms.truth(e.operator == "||")
        self.world = go
        right = self.truth(e.right) if go is not None else short
        ended = self.world
        if ended is None and stay is None:
            self.world = None
            return short
        self.world = self.join(ended, stay)
        if ended is None:
            return short
        if stay is None:
            return right
        return self.terms.ite(stay.guard, short, right)

    def _compare(self, operator: str, left: Term, right: Term, sign: bool) -> Term:
        terms = self.terms
        if left.sort != right.sort:
            right = terms.resize(right, left.sort, sign)
        match operator:
            case "==":
                return terms.equal(left, right)
            case "!=":
                return terms.no(terms.equal(left, right))
            case "<":
                return terms.less(left, right, sign)
            case ">":
                return terms.less(right, left, sign)
            case "<=":
                return terms.no(terms.less(right, left, sign))
            case _:
                return terms.no(terms.less(left, right, sign))

    def computed(self, op: str, left: Term, right: Term, kind: CType, other: CType) -> Term:
        """An arithmetic operation, or one on a pointer."""
        terms = self.terms
        if kind.kind in (POINTER, ARRAY) and op in ("+", "-"):
            return self._pointer(op, left, right, kind, other)
        if other.kind in (POINTER, ARRAY) and op == "+":
            return self._pointer(op, right, left, other, kind)
        right = terms.resize(right, left.sort, other.signed)
        if op in _BITS:
            return terms.bits(_BITS[op], left, right)
        match op:
            case "+":
                return terms.add(left, right)
            case "-":
                return terms.subtract(left, right)
            case "*":
                return terms.multiply(left, right)
            case "<<":
                return terms.binary("shl", left, right)
            case ">>":
                return terms.binary("ashr" if kind.signed else "lshr", left, right)
            case "/":
                return terms.binary("sdiv" if kind.signed else "udiv", left, right)
            case "%":
                return terms.binary("srem" if kind.signed else "urem", left, right)
            case _:
                return self.odd("binary", (left, right), op, left.sort)

    def _pointer(self, op: str, left: Term, right: Term, kind: CType, other: CType) -> Term:
        size = self.layout.pointee(kind)
        if other.kind in (POINTER, ARRAY):
            far = self.terms.subtract(left, right)
            if size is None:
                return self.odd("count", (far,), kind.name, ADDRESS)
            return self.terms.binary("sdiv", far, self.terms.constant(size, ADDRESS))
        if op == "-":
            wide = self.terms.resize(right, ADDRESS, other.signed)
            right, other = self.terms.times(wide, -1), CType(INT, ADDRESS, True)
        return self.moved(left, right, other, size, kind.name)

    # --- writing -----------------------------------------------------------------------------

    def _assign(self, e: Assign) -> Term:
        if isinstance(e.value, Initial) and not e.operator:
            value = self._braced(e.value)
        else:
            value = self.value(e.value)
        if self.world is None:
            return value
        places = self.place(e.place)
        if self.world is None:
            return value
        if e.operator:
            value = self._compound_value(e, self.load(places, e.line), value)
        self.note("assign", e, e.line, value)
        self.write(places, value, e.line)
        return self._as_kept(value, e.place)

    def _compound_value(self, e: Assign, old: Term, value: Term) -> Term:
        kind = e.computed or e.type
        if e.type.kind == POINTER:
            return self.computed(e.operator, old, value, e.type, e.value.type)
        if OTHER in (kind.kind, e.type.kind):
            return self.odd("binary", (old, value), e.operator, sort_of(e.type))
        wide = self.converted(old, e.place.type, kind)
        done = self.computed(e.operator, wide, value, kind, e.value.type)
        return self.converted(done, kind, e.type)

    def _as_kept(self, value: Term, place: Expression) -> Term:
        """What an assignment yields: the value as the place holds it."""
        if isinstance(place, Member) and place.bits and value.sort > 0:
            cut = self.terms.resize(value, place.bits, False)
            return self.terms.resize(cut, value.sort, place.type.signed)
        return value

    def _step(self, e: Step) -> Term:
        places = self.place(e.place)
        old = self.load(places, e.line)
        one = self.terms.constant(1, sort_of(e.type))
        kind = e.place.type
        new = self.computed(e.operator[0], old, one, kind, replace(CType(INT), bits=one.sort))
        if kind.name in BOOLEAN:
            new = self.converted(new, kind, kind)
        self.note("assign", e, e.line, new)
        self.write(places, new, e.line)
        return self._as_kept(new, e.place) if e.before else old

    # --- choices -----------------------------------------------------------------------------

    def _choose(self, e: Choose) -> Term:
        if e.then is None:
            first = self.value(e.test)
            test = self.terms.to_truth(first)
        else:
            first, test = None, self.truth(e.test)
        if self.world is None:
            return self._never(e.type)
        yes, no = self.fork(test, e, e.line, "test")
        self.world = yes
        then = self._branch(first, e) if yes is not None else None
        yes, self.world = self.world, no
        other = self.value(e.other) if no is not None else None
        no = self.world
        self.world = self.join(yes, no)
        if yes is None or then is None:
            return other if other is not None and no is not None else self._never(e.type)
        if no is None or other is None:
            return then
        return self.terms.ite(yes.guard, then, other)

    def _branch(self, first: Term | None, e: Choose) -> Term:
        if e.then is not None:
            return self.value(e.then)
        assert first is not None
        return self.converted(self.known(first), e.test.type, e.type) if first.sort > 0 else first

    def _inside(self, e: Inside) -> Term:
        scope = Scope(id(e))
        self.frame.scopes.append(scope)
        found = self._never(e.type)
        for statement in e.body[:-1]:
            self.statement(statement)
        if e.body:
            last = e.body[-1]
            if isinstance(last, Do):
                found = self.value(last.value)
            elif isinstance(last, Block) or not isinstance(last, Do):
                self.statement(last)
        self.close(scope)
        self.frame.scopes.pop()
        return found
