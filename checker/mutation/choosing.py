"""The symbolic space with a choice of mutant in it: every call, kernel and mutant at once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any

from checker.engines.sat import Answer, Constraint, Sat
from checker.mutation.catalogue import RECORDS
from checker.mutation.effects import fields_of
from checker.mutation.merged import Widths, merged
from checker.mutation.mutant import Mutant, Position
from checker.readings.space import all_leaves
from model.algebra import Truth, Word, at_most
from model.kernel import Kernel
from model.patches import PATCHES
from model.terms import WordTerm, open_word

CHOICE = "mutant"
_WIDTH = 12
PATIENCE = 400_000_000
"""Propagations for one query about many mutants."""
NONE = 0
"""The choice of no mutant at all."""


def open_choice() -> WordTerm:
    """Return the number of the mutant that is chosen, left open."""
    return open_word(CHOICE, _WIDTH)


class Choosing(Kernel):
    """A kernel that reads whatever mutants change by the choice of a mutant.

    Kernel and choice are left open, or columns: a mutant of its own for each of many calls.
    """

    __slots__ = ("_made", "_of")

    def __init__(self, mutants: Sequence[Mutant], kernel: Kernel, choice: Word) -> None:
        super().__init__("", {patch: kernel[patch] for patch in PATCHES})
        self._of = _by_declared(mutants, choice)
        self._made: dict[int, Any] = {}

    def read(self, declared: Any) -> Any:
        """Return what is declared, each edit under its mutant's choice."""
        key = id(declared)
        if key not in self._of:
            return declared
        if key not in self._made:
            self._made[key] = merged(declared, self._of[key], _widths(declared))
        return self._made[key]


def _by_declared(
    mutants: Sequence[Mutant], choice: Word
) -> dict[int, dict[Position, list[tuple[Truth, list[Any]]]]]:
    found: dict[int, dict[Position, list[tuple[Truth, list[Any]]]]] = {}
    for number, mutant in enumerate(mutants, 1):
        for place, rows in mutant.edits.items():
            places = found.setdefault(id(mutant.declared), {})
            places.setdefault(place, []).append((choice == number, rows))
    return found


def _widths(declared: Any) -> Widths:
    record = RECORDS.get(id(declared))
    return {} if record is None else {k: one.width for k, one in fields_of(record).items()}


def fixed(engine: Sat, values: Iterable[tuple[str, int]]) -> list[Constraint]:
    """Return that leaves have these values, as far as an engine was asked about them."""
    inputs = engine.blaster.inputs
    return [
        _literal(bit if value >> place & 1 else -bit)
        for path, value in values
        for place, bit in enumerate(inputs.get(path, ()))
    ]


@cache
def _literal(literal: int) -> Constraint:
    """Return a literal as a constraint: there are millions of questions about few of them."""
    return Constraint(None, literal)


def every_leaf(values: Iterable[tuple[str, Any]]) -> list[tuple[str, int]]:
    """Return every leaf of a call with its number, defaults included."""
    known: dict[str, Any] = {leaf.path: leaf.default for leaf in all_leaves()} | dict(values)
    return [(path, int(value)) for path, value in known.items()]


class Chooser(Sat):
    """The SAT engine, which also tells which mutant an answer chose."""

    def __init__(self, base: list[Truth], count: int) -> None:
        super().__init__(base, quick=PATIENCE)
        self.chosen = NONE
        self._choice = open_choice()
        self.define(at_most(self._choice, count))
        self._bits = self.blaster.bits(self._choice)
        self._is = [self.constraint(self.chooses(number)) for number in range(count + 1)]

    def chooses(self, number: int) -> Truth:
        """Return that a mutant is chosen, as a truth."""
        return self._choice == number

    def only(self, number: int) -> Constraint:
        """Return that a mutant is chosen (``NONE`` for none)."""
        return self._is[number]

    def but(self, number: int) -> Constraint:
        """Return that a mutant is not chosen."""
        literal = self._is[number].literal
        assert literal is not None
        return Constraint(None, -literal)

    def forget(self, number: int) -> None:
        """Choose a mutant no more."""
        self._solver.add_clause([self.but(number).literal])

    def fixed(self, values: Iterable[tuple[str, int]]) -> list[Constraint]:
        """Return that leaves have these values, as far as anything asks for them."""
        return fixed(self, values)

    def _patiently(self, truths: list[Truth | None]) -> Answer:
        """Give up: an answer of another solver would not say which mutant it chose."""
        del truths
        return Answer("unknown", reason="resource limit of the SAT solver")

    def _answer(self, model: list[int]) -> Answer:
        self.chosen = sum(1 << place for place, bit in enumerate(self._bits) if model[bit - 1] > 0)
        return super()._answer(model)
