"""Whether patterns accept a call, in any of the readings."""

from __future__ import annotations

from collections.abc import Iterable
from functools import reduce
from operator import or_

from checker.ground.json_text import short
from checker.ground.problems import Problem, nearest
from checker.scml.patterns import Anything, Array, Flags, Path, Pattern, Rule, Struct, Structs
from checker.scml.shown import (
    ALL,
    DESCRIPTOR,
    NULL,
    SIGNALS,
    Address,
    Argument,
    Bits,
    Fields,
    Hidden,
    Number,
    Numbers,
    Shown,
    arguments,
    without_a_name,
)
from model.algebra import Truth, Word, both, either, is_one_of, no
from model.call import Situation
from model.request import Entry


def accepts(rules: list[Rule], start: Situation, entry: Entry) -> Truth:
    """Return whether one of some rules for a call accepts it.

    Raises :class:`~checker.ground.problems.Problem` for a pattern that can be about no such
    argument, or about one of which nothing is known.
    """
    shown = arguments(start, entry)
    return either(*(Matching(rule, entry).all(list(rule.parameters), shown) for rule in rules))


class Matching:
    """A rule for a call as it is held against arguments."""

    def __init__(self, rule: Rule, entry: Entry) -> None:
        self._rule, self._entry = rule, entry

    def all(self, parameters: list[Pattern], shown: list[Argument]) -> Truth:
        """Return whether the arguments that are there are as the parameters, one by one."""
        if not parameters:
            return True if self._rule.open else no(either(*(one.there for one in shown)))
        if not shown:
            return False
        first, rest = shown[0], shown[1:]
        if first.there is False:
            return self.all(parameters, rest)
        stands = both(first.there, self._one(parameters[0], first.value))
        here = both(stands, self.all(parameters[1:], rest))
        if first.there is True:
            return here
        return either(here, both(no(first.there), self.all(parameters, rest)))

    def _one(self, pattern: Pattern, shown: Shown) -> Truth:
        if isinstance(pattern, Anything):
            return True
        if isinstance(shown, Hidden):
            return self._hidden(pattern, shown)
        if isinstance(pattern, Flags):
            return self._flags(pattern, shown)
        if isinstance(pattern, Struct):
            return self._struct(pattern, shown)
        if isinstance(pattern, Structs):
            return either(*(self._struct(one, shown) for one in pattern.structs))
        if isinstance(pattern, Array):
            return self._array(pattern, shown)
        assert isinstance(pattern, Path)
        raise self._wrong("no argument is the name of a file")

    def _hidden(self, pattern: Pattern, shown: Hidden) -> Truth:
        if shown.what == DESCRIPTOR and isinstance(pattern, Flags) and pattern.integer:
            return True
        raise self._wrong(f"what it says of {shown.what} cannot be decided: leave it open "
                          "(arguments go by their places, not by their names)")

    def _flags(self, pattern: Flags, shown: Shown) -> Truth:
        if isinstance(shown, Bits):
            return self._bits(pattern, shown)
        if isinstance(shown, Number):
            self._known(pattern, [])
            return True if pattern.integer else shown.word == 0
        if isinstance(shown, Address):
            return self._address(pattern, shown.word)
        if isinstance(shown, Numbers):
            return both(shown.word == 0, self._address(pattern, 0))
        return False

    def _bits(self, pattern: Flags, shown: Bits) -> Truth:
        """Return whether each bit is named, or is a number that may be; nothing is 0."""
        self._known(pattern, [*shown.names, *([] if shown.signal is None else SIGNALS)])
        named = _joined(bit for name, bit in shown.names.items() if name in pattern.names)
        unnamed = ALL - _joined(shown.names.values()) if pattern.integer else 0
        bits = (shown.word & (ALL - (named | unnamed))) == 0
        return bits if shown.signal is None else both(bits, self._signal(pattern, shown.signal))

    def _signal(self, pattern: Flags, signal: Word) -> Truth:
        numbers = [SIGNALS[name] for name in sorted(pattern.names) if name in SIGNALS]
        named = is_one_of(signal, (0, *numbers))
        return either(named, both(pattern.integer, without_a_name(signal)))

    def _address(self, pattern: Flags, word: Word) -> Truth:
        self._known(pattern, [])
        null = both(NULL in pattern.names, word == 0)
        return either(null, both(pattern.integer, word != 0))

    def _struct(self, pattern: Struct, shown: Shown) -> Truth:
        if isinstance(shown, Address):
            return shown.word == 0
        if not isinstance(shown, Fields):
            return False
        for name in pattern.fields:
            if name not in shown.fields:
                close = nearest(name, list(shown.fields))
                raise self._wrong(f"struct clone_args shows no field {short(name)}{close}")
        found = []
        for name, one in shown.fields.items():
            if name in pattern.fields:
                found.append(both(one.there, self._one(pattern.fields[name], one.value)))
            elif not pattern.open:
                found.append(no(one.there))
        return both(*found)

    def _array(self, pattern: Array, shown: Shown) -> Truth:
        if isinstance(shown, Address):
            return shown.word == 0
        if not isinstance(shown, Numbers):
            return False
        if not any(isinstance(one, Flags) and one.integer for one in pattern.elements):
            raise self._wrong("set_tid cannot be decided: write set_tid = [ <INTEGER> ]")
        return True

    def _known(self, pattern: Flags, names: list[str]) -> None:
        """Refuse names that no such argument can have: they would match nothing, silently."""
        for name in sorted(pattern.names - {NULL, *names}):
            close = nearest(name, names)
            what = f"{self._entry.name.lower()}() has no {short(name)} there{close}"
            raise Problem(f"{pattern.at}: {what}")

    def _wrong(self, what: str) -> Problem:
        return Problem(f"{self._rule.at}: {what}")


def _joined(bits: Iterable[int]) -> int:
    return reduce(or_, bits, 0)
