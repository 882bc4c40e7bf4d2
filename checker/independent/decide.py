"""Verdicts of single calls by another solver, from the text of the obligations alone.

What it answers with yes is a call that is evaluated on plain values, kernel by kernel; only what
it finds impossible rests on it.  Nothing of the first engine is used: neither its encoding nor
its solver, nor what it found.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from checker.independent.obligations import BROKEN, PREMISE, Obligation, expected
from checker.independent.printer import Printer
from checker.independent.solvers import SAT, UNSAT, Said, Solver
from checker.readings.concrete import Evaluation, evaluate
from checker.readings.space import all_leaves
from checker.record.result import EVERY_SET
from model.kernel import Kernel
from model.patches import PATCHES
from model.records import BOOL
from model.revisions import Revision
from properties.claim import Property, Verdict

Keep = Callable[[str, str, str], None]


@dataclass
class Opinion:
    """A verdict with its reason, and the call that shows it where one does."""

    verdict: Verdict
    reason: str = ""
    values: dict[str, Any] = field(default_factory=dict)


@dataclass
class SolverJudge:
    """Decides properties by a solver; ``keep`` gets whose each question was, answer and text."""

    solver: Solver
    keep: Keep = lambda _identity, _status, _text: None

    def verdicts(self, prop: Property, revisions: list[Revision]) -> dict[str, Opinion]:
        """Return an opinion by kernel, or one for every admissible set of patches."""
        if prop.of_patch is not None:
            return self._group(prop, ())
        found: dict[str, Opinion] = {}
        for group in expected(prop).values():
            asked = tuple(one for one in group if one in revisions)
            found |= self._group(prop, asked) if asked else {}
        return found

    def _group(self, prop: Property, group: tuple[Revision, ...]) -> dict[str, Opinion]:
        """Decide kernels of which the same is expected; each may turn out otherwise."""
        found, left = self._exhausted(Obligation(prop, group, BROKEN), Verdict.REFUTED)
        if left is None:
            return found
        met, never = self._exhausted(Obligation(prop, left, PREMISE), Verdict.PROVED)
        names = _names(prop, never) if never is not None else ()
        return found | met | dict.fromkeys(names, Opinion(Verdict.VACUOUS))

    def _exhausted(
        self, asked: Obligation, verdict: Verdict
    ) -> tuple[dict[str, Opinion], tuple[Revision, ...] | None]:
        """Ask until no call is left; return the kernels with one, and those without any.

        The latter is ``None`` if there are none, or if all the rest is undecided.
        """
        found: dict[str, Opinion] = {}
        left = asked.revisions
        while True:
            said = self._ask(Obligation(asked.prop, left, asked.asks))
            if said.status == UNSAT:
                return found, left
            hit = _opinion(asked, left, said, verdict)
            found |= hit
            left = tuple(one for one in left if one.name not in hit)
            if not left:
                return found, None

    def _ask(self, asked: Obligation) -> Said:
        printer = Printer()
        printer.ask(asked.term())
        text = asked.claim().text(printer.script, printer.script.questions[0])
        said = self.solver(text)
        self.keep(asked.prop.id, said.status, text)
        return said


def _names(prop: Property, revisions: tuple[Revision, ...]) -> tuple[str, ...]:
    return Obligation(prop, revisions, BROKEN).kernels


def _opinion(
    asked: Obligation, left: tuple[Revision, ...], said: Said, verdict: Verdict
) -> dict[str, Opinion]:
    """Return what an answer other than ``unsat`` says of at least one kernel."""
    everywhere = _names(asked.prop, left)
    if said.status != SAT or said.values is None:
        return dict.fromkeys(everywhere, Opinion(Verdict.TIMEOUT, "the solver gave up"))
    values = _facts(said.values)
    shown = Opinion(verdict, values=values)
    kernels = {one.name: one.kernel for one in left} or {EVERY_SET: _kernel(said.values)}
    hit = {
        name: shown
        for name, kernel in kernels.items()
        if _shows(asked.asks, evaluate(asked.prop, kernel, values))
    }
    wrong = Opinion(Verdict.ERROR, "the solver's call is none on plain values")
    return hit or dict.fromkeys(everywhere, wrong)


def _shows(asks: str, seen: Evaluation) -> bool:
    return seen.violation if asks == BROKEN else seen.witness


def _kernel(values: dict[str, int | bool]) -> Kernel:
    return Kernel.of("open", [one for one in PATCHES if values.get(f"patch:{one.name}")])


def _facts(values: dict[str, int | bool]) -> dict[str, Any]:
    """Return the facts of a call that differ from an ordinary one."""
    found = {}
    for leaf in all_leaves():
        value = values.get(leaf.path, leaf.default)
        if leaf.width != BOOL and leaf.signed and value >> (leaf.width - 1) == 1:
            value -= 1 << leaf.width
        if value != leaf.default:
            found[leaf.path] = value
    return found
