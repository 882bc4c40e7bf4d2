"""Counter invariants for any number of tasks, by a ghost count.

Each step is asked on its own, from every state: does it leave the kernel's count as far
from the true number of tasks as it was?  A step that does not is shown with the state it
starts from, which is not known to be reachable until a history is found.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import z3

from checker.over_time.symbolic import as_z3, constant, number
from checker.over_time.watched import Alike
from checker.space import space
from model.algebra import Truth, both, either, no
from model.call import Situation
from model.evaluate import Outcome, outcome_of
from model.kernel import Kernel
from model.predict import call_of
from model.records import BOOL, build, leaves
from model.revisions import REVISIONS
from model.system import ledger
from model.system.ledger import Commit
from model.wellformed import creates, well_formed

PATIENT = 60_000_000
CHARGE = "nproc charge"
CREATION = "a creating call ends, well or not"
Obligation = Callable[[Kernel, Commit], Truth]


@dataclass(frozen=True, slots=True)
class Kept:
    """Whether a step keeps the difference; if not, the start it does not keep it from."""

    step: str
    status: str
    start: Any = None
    lemma: str = ""
    """The declared lemma that excludes the start, where one does."""


OBLIGATIONS: dict[str, Obligation] = {
    "level": ledger.commit_keeps_the_difference,
    "never behind": ledger.commit_is_never_behind,
}


def conserved(kernel: Kernel, obligation: str = "level", lemmas: bool = True) -> list[Kept]:
    """Return, per kind of step, whether it keeps count and tasks together."""
    return [creation(kernel), *commits(kernel, obligation, lemmas)]


@lru_cache(maxsize=64)
def creation(kernel: Kernel) -> Kept:
    """Ask every creating call: a task that is not made leaves no charge, and takes none away.

    A task that is made is charged once, by the one row that charges: its charge is its own.
    """
    named = {revision.kernel for revision in REVISIONS.values()}
    if kernel in named and _creation_on_every_named_kernel():
        return Kept(CREATION, "kept")
    names = {
        leaf.path: z3.Bool(leaf.path) if leaf.width == BOOL else z3.BitVec(leaf.path, leaf.width)
        for leaf in leaves(Situation)
    }
    start = build(Situation, names)
    outcome = outcome_of(call_of(kernel, start))
    status, _ = _ask([well_formed(kernel, start), creates(start), _mischarged(outcome)])
    return Kept(CREATION, status)


def _mischarged(outcome: Outcome) -> Truth:
    return either(outcome.held[CHARGE], outcome.freed_twice[CHARGE])


@lru_cache(maxsize=1)
def _creation_on_every_named_kernel() -> bool:
    """Return whether no named kernel has such a call: one question with the kernel open."""
    every = space()
    asked = [
        every.well_formed,
        creates(every.start),
        every.is_one_of(list(REVISIONS.values())),
        _mischarged(every.outcome),
    ]
    return _ask(asked)[0] == "kept"


_COMMITS: Alike[list[Kept]] = Alike()


def commits(kernel: Kernel, obligation: str = "level", lemmas: bool = True) -> list[Kept]:
    """Ask commit_creds(), half-step by half-step, from any credential to any other."""
    return _COMMITS.of(
        (obligation, lemmas), kernel, lambda watched: _commits(watched.kernel, obligation, lemmas)
    )


def _commits(kernel: Kernel, obligation: str, lemmas: bool) -> list[Kept]:
    known = list(leaves(Commit))
    start = build(Commit, {leaf.path: constant(leaf, "0") for leaf in known})
    lemma = ledger.ucounts_are_those_of_the_real_uid
    given = [ledger.chains_are_functions_of_their_key(kernel, start)]
    if lemmas:
        given.append(lemma(kernel, start))
    obligations: list[tuple[str, Obligation]] = [
        ("commit_creds() moves the charge", OBLIGATIONS[obligation])
    ]
    if lemmas:
        obligations.append(("commit_creds() keeps the lemma", ledger.lemma_is_kept))
    found = []
    for name, asked in obligations:
        status, model = _ask([*given, no(asked(kernel, start))])
        shown = None
        excluded = ""
        if model is not None:
            values = {
                leaf.path: number(leaf, model.eval(constant(leaf, "0"), model_completion=True))
                for leaf in known
            }
            shown = build(Commit, values)
            excluded = "" if lemma(kernel, shown) else lemma.__name__.replace("_", " ")
        found.append(Kept(name, status, shown, excluded))
    return found


def _ask(truths: list[Truth]) -> tuple[str, z3.ModelRef | None]:
    solver = z3.SolverFor("QF_BV")
    solver.set("rlimit", PATIENT)
    solver.add(as_z3(both(*truths)))
    status = solver.check()
    if status == z3.unsat:
        return "kept", None
    return ("broken", solver.model()) if status == z3.sat else ("unknown", None)
