"""What a proof rests on: an unsat core over named rules, effects and patches.

Every rejection and every effect gets a literal that lets it stand, every patch of the
kernel one that says whether it is there.  The core names those without which the proof
would not go through; it holds whichever of the other rows and patches stand.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Any

from checker.engines.sat import Sat
from checker.readings.space import space
from checker.readings.subjects import RANGES
from model.algebra import both, implies, no
from model.call import Call
from model.due import as_truth
from model.kernel import Kernel
from model.node import Term
from model.patches import BY_NAME, PATCHES
from model.predict import call_of
from model.rows import Condition, Rejection
from model.terms import open_truth, open_word
from properties.claim import Property, Subject


class TrackedKernel(Kernel):
    """The open kernel, with a literal per rule and per effect."""

    __slots__ = ("definitions", "literals")

    def __init__(self) -> None:
        super().__init__("", {patch: space().kernel[patch] for patch in PATCHES})
        self.literals: dict[str, Any] = {}
        self.definitions: list[Any] = []

    def _literal(self, name: str) -> Any:
        return self.literals.setdefault(name, open_truth(f"row:{name}"))

    def rows(self, table: list[Any]) -> list[tuple[Any, Any]]:
        """Return the table with each rejection under its literal."""
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
        """Return a constant that equals the effect's value while its literal holds."""
        if not isinstance(value, Term):
            return value
        name = f"p.{field}!{len(self.definitions)}"
        free = open_word(name, value.width) if value.width else open_truth(name)
        self.definitions.append(implies(self._literal(f"p.{field}"), free == value))
        return free


class _Blamer:
    def __init__(self, subject: Subject) -> None:
        self.kernel = TrackedKernel()
        found = space()
        self.call = call_of(self.kernel, found.start)
        self.outcome = RANGES[subject].outcome(self.call)
        ranged = as_truth(RANGES[subject].holds_for(found.start))
        self.engine = Sat([found.well_formed, ranged])
        self._defined = 0

    def core(self, prop: Property, kernel: Kernel) -> tuple[str, ...]:
        claim = prop.statement(self.call, self.outcome)
        broken = self.engine.constraint(
            both(as_truth(claim.premise), no(as_truth(claim.conclusion)))
        )
        self._define()
        assumed = [self.engine.constraint(term) for term in self._assumptions(kernel)]
        core = self.engine.core(broken, assumed)
        return tuple(sorted(_name(one.truth) for one in core))

    def _define(self) -> None:
        """Assert what the effects' literals mean, as far as they came up since."""
        for term in self.kernel.definitions[self._defined :]:
            self.engine.define(term)
        self._defined = len(self.kernel.definitions)

    def _assumptions(self, kernel: Kernel) -> list[Any]:
        patches = [
            self.kernel[patch] if kernel[patch] is True else no(self.kernel[patch])
            for patch in PATCHES
        ]
        return [*self.kernel.literals.values(), *patches]


def _name(term: Any) -> str:
    return f"no {term.operands[0].name}" if term.kind == "not" else str(term.name)


@cache
def _blamer(subject: Subject) -> _Blamer:
    return _Blamer(subject)


def rests_on(prop: Property, kernel: Kernel) -> tuple[str, ...]:
    """Return what the proof of a property on a kernel rests on; empty if no core was found.

    Entries are ``row:<sentence>``, ``row:p.<field>``, ``patch:<NAME>`` and
    ``no patch:<NAME>``.
    """
    return _blamer(prop.subject).core(prop, kernel)


def carries_over(core: tuple[str, ...], kernel: Kernel) -> bool:
    """Return whether a core found on one kernel is a proof on another as it stands."""
    for entry in core:
        name = entry.removeprefix("no ").removeprefix("patch:")
        if name in BY_NAME and kernel[BY_NAME[name]] is entry.startswith("no "):
            return False
    return True
