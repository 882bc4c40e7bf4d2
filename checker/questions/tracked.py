"""The model with a literal per row: it says of each rejection and effect whether it stands.

A question of the whole model assumes :attr:`Tracked.whole`, under which all of them stand; one
of what a proof rests on assumes some, and holds whichever of the others do.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property
from typing import Any

from checker.engines.sat import Constraint, Sat
from checker.readings.put import Putting
from checker.readings.space import space
from checker.readings.subjects import RANGES
from model.algebra import both, implies, when
from model.call import Call
from model.due import as_truth
from model.kernel import Kernel
from model.node import Term
from model.patches import PATCHES
from model.predict import call_of
from model.rows import Condition, Rejection
from model.terms import open_truth, open_word
from properties.claim import Subject

WHOLE = open_truth("every row stands")


class TrackedKernel(Kernel):
    """The open kernel, with a literal per rule and per effect."""

    __slots__ = ("definitions", "first", "literals", "values", "walks")

    def __init__(self) -> None:
        super().__init__("", {patch: space().kernel[patch] for patch in PATCHES})
        self.literals: dict[str, Any] = {}
        """What lets a rejection or an effect stand, by name, as far as they came up."""
        self.definitions: dict[str, tuple[Any, Any, Any]] = {}
        """What an effect decides, by the name of the second: it is the third if the first stands.

        Who asserts one takes it out.
        """
        self.values: list[tuple[Any, Any, Any]] = []
        """The same with the value that the effect declares."""
        self.first: dict[tuple[str, Any], Any] = {}
        self.walks: list[int] = []
        """A number for each table that was read so far: how many outcomes were asked for."""

    def _literal(self, name: str) -> Any:
        return self.literals.setdefault(name, open_truth(f"row:{name}"))

    def rows(self, table: list[Any]) -> list[tuple[Any, Any]]:
        """Return the table with each rejection under its literal."""
        self.walks.append(len(table))
        return [
            (self._tracked(row), self.stands(row.where))
            if isinstance(row, Rejection)
            else (row, True)
            for row in table
        ]

    def _tracked(self, row: Rejection) -> Rejection:
        return replace(row, condition=self._under(row.name, row.condition))

    def _under(self, name: str, condition: Condition) -> Condition:
        def tracked(call: Call) -> Any:
            return both(self._literal(name), as_truth(condition(call)))

        return tracked

    def decides(self, field: str, value: Any) -> Any:
        """Return a constant that equals the effect's value while its literal holds.

        Of two calls that are decided alike it is told that their constants are equal, too.
        """
        if not isinstance(value, Term):
            return value
        name, literal = f"p.{field}!{len(self.values)}", self._literal(f"p.{field}")
        free = open_word(name, value.width) if value.width else open_truth(name)
        alike = self.first.setdefault((field, value.serial), free)
        self.definitions[name] = literal, free, value if alike is free else alike
        self.values.append((literal, free, value))
        return free


class Tracked:
    """Every call on every kernel, as an engine knows it, with a literal per row."""

    def __init__(self, engine: Sat) -> None:
        self.engine = engine
        self.kernel = TrackedKernel()
        self.call = call_of(self.kernel, space().start)
        self._outcomes: dict[Subject, Any] = {}
        self._known: dict[str, Constraint] = {}
        self._decided, self._put = Putting((), ()), 0

    @cached_property
    def whole(self) -> Constraint:
        """Return that every row stands."""
        return self.engine.constraint(WHOLE)

    @property
    def subjects(self) -> frozenset[Subject]:
        """Return the subjects of which outcomes were asked for."""
        return frozenset(self._outcomes)

    def outcome(self, subject: Subject) -> Any:
        """Return the outcome of every call of a subject at once."""
        if subject not in self._outcomes:
            made = self._outcomes[subject] = RANGES[subject].outcome(self.call)
            self.constraint(made.ok)  # all its tables are read now
        return self._outcomes[subject]

    def constraint(self, *truths: Any) -> Constraint:
        """Return the conjunction of truths about the outcomes as one constraint."""
        made = self.engine.constraint(both(*map(as_truth, truths)))
        self._define()
        return made

    def as_decided(self, truth: Any) -> Any:
        """Return a truth with what effects decide, where they stand, in the place of constants."""
        new = self.kernel.values[self._put :]
        self._put += len(new)
        values = [when(literal, value, free) for literal, free, value in new]
        self._decided.also([free for _, free, _ in new], values)
        return self._decided.put(truth)

    def literals(self) -> dict[str, Constraint]:
        """Return that a row stands, of each that came up, by ``row:`` and its name."""
        return self._known

    def inputs(self) -> list[Any]:
        """Return what is open beside the call: each patch, and whether each row stands."""
        patches = [self.kernel[one] for one in PATCHES if not isinstance(self.kernel[one], bool)]
        return [*patches, *self.kernel.literals.values()]

    def _define(self) -> None:
        """Assert what the literals mean, and the constants of effects that the engine met."""
        left, met = self.kernel.definitions, self.engine.blaster.inputs
        while names := left.keys() & met.keys():
            for name in sorted(names):
                literal, free, value = left.pop(name)
                self.engine.define(implies(literal, free == value))
        new = list(self.kernel.literals.items())[len(self._known) :]
        for name, literal in new:
            self._known[f"row:{name}"] = self.engine.constraint(literal)
            self.engine.define(implies(WHOLE, literal))
