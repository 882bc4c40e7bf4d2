"""Terms: what rules come to where the facts of a call are left open.

A term is an input by its name, a number, or an operator of SMT-LIB on terms, a truth or a word.
Two terms that are written alike are one and the same object, which lives as long as the process:
``is`` says whether they are alike.  ``==`` and the other operators of Python make terms; a plain
number beside a word is a number of its width.  What is obvious is worked out at once, so that a
truth may come out plain.  Nothing is decided here: Python's ``if``, ``in`` or ``hash`` on a term
raise :class:`~model.mistake.Plain`, and what does not fit, in width or sort, raises ``Mistake``.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, NoReturn, TypeAlias

from model.mistake import Mistake, here, told
from model.node import BOOL, INPUT, INT, KNOWN, NUMBER, Term, refuse


class TruthTerm(Term):
    """A truth that is open."""

    __slots__ = ()
    __hash__ = Term.__hash__

    def __eq__(self, other: object) -> Truth:  # type: ignore[override]
        if other is True or other is False:
            return self if other else negation(self)
        if not isinstance(other, TruthTerm):
            _unfit(self, other)
        return True if other is self else _truth("=", self, other)

    def __ne__(self, other: object) -> Truth:  # type: ignore[override]
        return negation(self == other)


class WordTerm(Term):
    """A number that is open: a word of ``width`` bits, or a whole number."""

    __slots__ = ()
    __hash__ = Term.__hash__

    def __int__(self) -> int:
        refuse("takes for a number", self)

    __index__ = __int__

    def __eq__(self, other: object) -> Truth:  # type: ignore[override]
        right = _beside(self, other)
        if right is self or (self.kind == NUMBER and right.kind == NUMBER):
            return right is self
        return _truth("=", self, right)

    def __ne__(self, other: object) -> Truth:  # type: ignore[override]
        return negation(self == other)

    if not TYPE_CHECKING:  # a rule says below() or signed_below(), which the type checker asks for

        def __lt__(self, other: Word) -> Truth:
            return less(self, _beside(self, other), by_sign=True)

        def __gt__(self, other: Word) -> Truth:
            return less(_beside(self, other), self, by_sign=True)

        def __le__(self, other: Word) -> Truth:
            return negation(self > other)

        def __ge__(self, other: Word) -> Truth:
            return negation(self < other)

    def __and__(self, other: Word) -> WordTerm:
        if other is self:
            return self
        ones = _ones(self.width)
        return _folded("bvand", operator.and_, self, other, neutral=ones, absorbing=0)

    __rand__ = __and__

    def __or__(self, other: Word) -> WordTerm:
        if other is self:
            return self
        ones = _ones(self.width)
        return _folded("bvor", operator.or_, self, other, neutral=0, absorbing=ones)

    __ror__ = __or__

    def __xor__(self, other: Word) -> WordTerm:
        if other is self:
            return number(0, self.width)
        return _folded("bvxor", operator.xor, self, other, neutral=0)

    __rxor__ = __xor__

    def __add__(self, other: Word) -> WordTerm:
        kind = "+" if self.width == INT else "bvadd"
        return _folded(kind, operator.add, self, other, neutral=0)

    __radd__ = __add__

    def __sub__(self, other: Word) -> WordTerm:
        return difference(self, _beside(self, other))

    def __rsub__(self, other: Word) -> WordTerm:
        return difference(_beside(self, other), self)

    def __mul__(self, other: Word) -> WordTerm:
        kind = "*" if self.width == INT else "bvmul"
        return _folded(kind, operator.mul, self, other, neutral=1, absorbing=0)

    __rmul__ = __mul__

    def __lshift__(self, places: int) -> WordTerm:
        if places < 0 or self.width == INT:
            _wrong(f"no shift by {places} of {_sort(self.width)}")
        if not 0 < places < self.width:
            return self if places == 0 else number(0, self.width)
        return concat(extract(self, self.width - 1 - places, 0), number(0, places))

    def __rshift__(self, places: int) -> WordTerm:
        """Shift a signed word: the sign stays."""
        places = min(places, self.width - 1)
        return sign_extend(extract(self, self.width - 1, places), places)


Word: TypeAlias = int | WordTerm
Truth: TypeAlias = bool | TruthTerm


def _wrong(what: str) -> NoReturn:
    raise Mistake(f"{here() or 'somewhere'}: {what}")


def _unfit(left: Term, other: object) -> NoReturn:
    _wrong(f"beside {str(left)[:60]!r} {_sort(left.width)} is due, not {told(other)}")


def _sort(width: int) -> str:
    return {BOOL: "a truth", INT: "a whole number"}.get(width, f"a word of {width} bits")


def _ones(width: int) -> int:
    return (1 << width) - 1 if width > 0 else -1


# ---- leaves ------------------------------------------------------------------------------


def open_truth(name: str) -> TruthTerm:
    """Return the truth that goes by a name."""
    key = (INPUT, name, BOOL)
    found: TruthTerm | None = KNOWN.get(key)
    if found is None:
        found = KNOWN[key] = TruthTerm(INPUT, BOOL, (), (), name)
    return found


def open_word(name: str, width: int) -> WordTerm:
    """Return the word that goes by a name (``width`` in bits, or :data:`INT`)."""
    key = (INPUT, name, width)
    found: WordTerm | None = KNOWN.get(key)
    if found is None:
        found = KNOWN[key] = WordTerm(INPUT, width, (), (), name)
    return found


def number(value: int, width: int) -> WordTerm:
    """Return a number as a word; raise ``Mistake`` if it is none of that width, in either sign."""
    value = int(value)
    if width != INT:
        if not -(1 << width) <= 2 * value < 2 << width:
            _wrong(f"{value} is no word of {width} bits")
        value &= (1 << width) - 1
    key = (NUMBER, width, value)
    found: WordTerm | None = KNOWN.get(key)
    if found is None:
        found = KNOWN[key] = WordTerm(NUMBER, width, (), (value,), "")
    return found


def _wrapped(value: int, width: int) -> WordTerm:
    return number(value if width == INT else value & _ones(width), width)


def signed(value: int, width: int) -> int:
    """Return the number that an unsigned one of some bits is by two's complement."""
    return value - (1 << width) if width > 0 and value >> (width - 1) else value


# ---- operators ---------------------------------------------------------------------------


def _beside(left: WordTerm, other: object) -> WordTerm:
    """Return the other operand as a term of the same width."""
    if isinstance(other, WordTerm):
        if other.width != left.width:
            _unfit(left, other)
        return other
    if not isinstance(other, int) or isinstance(other, bool):
        _unfit(left, other)
    return number(other, left.width)


def _folded(
    kind: str,
    plainly: Callable[[int, int], int],
    one: WordTerm,
    other: object,
    *,
    neutral: int,
    absorbing: int | None = None,
) -> WordTerm:
    """Return an operator on two words in either order, a number last.

    Beside the ``neutral`` number a word stays what it is, beside the ``absorbing`` nothing of it
    is left.
    """
    left, right = one, _beside(one, other)
    if left.kind == NUMBER:
        left, right = right, left
    if right.kind == NUMBER:
        value = right.numbers[0]
        if left.kind == NUMBER:
            return _wrapped(plainly(left.numbers[0], value), left.width)
        if value == neutral:
            return left
        if value == absorbing:
            return right
    return _word(kind, left, right)


def _truth(kind: str, *operands: Term) -> TruthTerm:
    key = (kind, *[one.serial for one in operands])
    found: TruthTerm | None = KNOWN.get(key)
    if found is None:
        found = KNOWN[key] = TruthTerm(kind, BOOL, operands, (), "")
    return found


def _word(kind: str, left: WordTerm, right: WordTerm) -> WordTerm:
    """Return an operator on two words of one width, that gives another of it."""
    key = (kind, left.serial, right.serial)
    found: WordTerm | None = KNOWN.get(key)
    if found is None:
        if left.width == INT and kind not in ("+", "-", "*"):
            _wrong(f"{kind} of a whole number")
        found = KNOWN[key] = WordTerm(kind, left.width, (left, right), (), "")
    return found


def difference(left: WordTerm, right: WordTerm) -> WordTerm:
    """Return ``left - right``, both of one width."""
    if left is right:
        return number(0, left.width)
    if right.kind == NUMBER:
        if left.kind == NUMBER:
            return _wrapped(left.numbers[0] - right.numbers[0], left.width)
        if right.numbers[0] == 0:
            return left
    return _word("-" if left.width == INT else "bvsub", left, right)


def less(left: WordTerm, right: Word, *, by_sign: bool) -> Truth:
    """Return ``left < right``, unsigned or signed; whole numbers have a sign."""
    other = _beside(left, right)
    if left is other:
        return False
    if left.kind == NUMBER and other.kind == NUMBER:
        return _value(left, by_sign) < _value(other, by_sign)
    if left.width == INT:
        return _truth("<", left, other)
    if not by_sign and other.kind == NUMBER and other.numbers[0] == 0:
        return False
    return _truth("bvslt" if by_sign else "bvult", left, other)


def _value(term: Term, by_sign: bool) -> int:
    return signed(term.numbers[0], term.width) if by_sign else term.numbers[0]


def negation(truth: Truth) -> Truth:
    """Return that a truth is not."""
    if truth is True or truth is False:
        return not truth
    if truth.kind == "not":
        inner: Any = truth.operands[0]
        return inner  # type: ignore[no-any-return]
    return _truth("not", truth)


def conjunction(truths: Sequence[TruthTerm]) -> Truth:
    """Return that all of some open truths hold."""
    return _joined("and", truths, False)


def disjunction(truths: Sequence[TruthTerm]) -> Truth:
    """Return that one of some open truths holds."""
    return _joined("or", truths, True)


def _joined(kind: str, truths: Sequence[TruthTerm], both_ways: bool) -> Truth:
    """Return truths joined, each once; one beside its negation decides them all."""
    kept: dict[int, TruthTerm] = {}
    for truth in truths:
        if not isinstance(truth, TruthTerm):
            _unfit(truths[0], truth)
        kept[truth.serial] = truth
    for truth in kept.values():
        if truth.kind == "not" and truth.operands[0].serial in kept:
            return both_ways
    if len(kept) == 1:
        return next(iter(kept.values()))
    return _truth(kind, *kept.values())


def choice(condition: TruthTerm, then: Any, otherwise: Any) -> Any:
    """Return ``then`` where the condition holds, else ``otherwise``: words, or open truths.

    One of two words may be a plain number.  Choices of one and the same in a row are one choice.
    """
    if not isinstance(then, Term):
        then = _beside(otherwise, then)
    elif isinstance(then, WordTerm):
        otherwise = _beside(then, otherwise)
    if then is otherwise:
        return then
    if not isinstance(condition, TruthTerm) or type(then) is not type(otherwise):
        _unfit(condition if isinstance(condition, TruthTerm) else then, otherwise)
    if otherwise.kind == "ite" and otherwise.operands[1] is then:
        either: Any = disjunction((condition, otherwise.operands[0]))
        return then if either is True else choice(either, then, otherwise.operands[2])
    if then.kind == "ite" and then.operands[2] is otherwise:
        both: Any = conjunction((condition, then.operands[0]))
        return otherwise if both is False else choice(both, then.operands[1], otherwise)
    key = ("ite", condition.serial, then.serial, otherwise.serial)
    found = KNOWN.get(key)
    if found is None:
        parts = (condition, then, otherwise)
        found = KNOWN[key] = type(then)("ite", then.width, parts, (), "")
    return found


# ---- other widths ------------------------------------------------------------------------


def extract(word: WordTerm, high: int, low: int) -> WordTerm:
    """Return the bits from ``high`` down to ``low``, both included."""
    if not 0 <= low <= high < word.width:
        _wrong(f"no bits {high} to {low} in {_sort(word.width)}")
    if high - low + 1 == word.width:
        return word
    if word.kind == NUMBER:
        return _wrapped(word.numbers[0] >> low, high - low + 1)
    return _sized("extract", high - low + 1, (word,), (high, low))


def concat(high: WordTerm, low: WordTerm) -> WordTerm:
    """Return two words as one."""
    if INT in (high.width, low.width):
        _wrong("a whole number has no bits that others could follow")
    width = high.width + low.width
    if high.kind == NUMBER and low.kind == NUMBER:
        return number(high.numbers[0] << low.width | low.numbers[0], width)
    return _sized("concat", width, (high, low), ())


def zero_extend(word: WordTerm, more: int) -> WordTerm:
    """Return an unsigned word with so many bits more."""
    return _extended("zero_extend", word, more, word.numbers[0] if word.kind == NUMBER else 0)


def sign_extend(word: WordTerm, more: int) -> WordTerm:
    """Return a signed word with so many bits more."""
    return _extended("sign_extend", word, more, _value(word, True) if word.kind == NUMBER else 0)


def _extended(kind: str, word: WordTerm, more: int, value: int) -> WordTerm:
    if more == 0:
        return word
    if more < 0 or word.width == INT:
        _wrong(f"{more} bits more than {_sort(word.width)}")
    if word.kind == NUMBER:
        return number(value, word.width + more)
    return _sized(kind, word.width + more, (word,), (more,))


def _sized(
    kind: str, width: int, operands: tuple[WordTerm, ...], numbers: tuple[int, ...]
) -> WordTerm:
    key = (kind, numbers, *[one.serial for one in operands])
    found: WordTerm | None = KNOWN.get(key)
    if found is None:
        found = KNOWN[key] = WordTerm(kind, width, operands, numbers, "")
    return found
