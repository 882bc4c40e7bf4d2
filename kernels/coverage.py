"""Which rows user space can meet, and why no case shows some of them."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import z3

from checker.space import all_leaves, as_z3, space
from kernels.case import ENTRIES
from kernels.machine import Machine
from kernels.nondeterminism import SILENT_ROWS
from kernels.outcomes import TABLES, standing
from model.call import Call, Situation
from model.kernel import Kernel
from model.predict import call_of
from model.records import BOOL, build
from model.request import Entry
from model.wellformed import well_formed

CHANCE = "only by chance: a failing allocation, a security module or a race"
_NOT_CHANCE = ("chance.fails",)
_POINTER_STEPS = (0, 1, 2, 33, 38)


def entry_of(word: str) -> Entry:
    """Return the entry point by its word in a case."""
    return next(entry for entry, name in ENTRIES.items() if name == word)


def why_never(
    kernel: Kernel, entry: Entry, rows: list[str], machine: Machine
) -> dict[str, str]:
    """Return, for rows that no case shows, why: what the model says of any call at all.

    The empty reason is none: user space could meet the row, and a case is missing.
    """
    start, call = _any_call(kernel, entry)
    table = standing(kernel, entry)
    solver = z3.SolverFor("QF_BV")
    solver.set("rlimit", 20_000_000)
    solver.add(as_z3(well_formed(kernel, start)))
    found: dict[str, str] = {}
    earlier: list[Any] = []
    for row in table:
        rejects = as_z3(row.condition(call))
        if row.name in rows:
            first = z3.And(rejects, *(z3.Not(one) for one in earlier))
            found[row.name] = _reason(solver, first, row.name, machine)
        earlier.append(rejects)
    return found


def _reason(solver: Any, first: Any, row: str, machine: Machine) -> str:
    if solver.check(first) == z3.unsat:
        return "never the first to reject at this entry point"
    if solver.check(first, *_quiet()) == z3.unsat:
        return SILENT_ROWS.get(row, CHANCE)
    if row in SILENT_ROWS:
        return SILENT_ROWS[row]
    if not machine.guest and row in _GUEST_ROWS:
        return _GUEST_ROWS[row]
    return ""


_GUEST_ROWS = {
    "machine has all the threads it may": "a global sysctl: in virtual machines only",
    "debian forbids unprivileged user namespaces": "a global sysctl: in virtual machines only",
    "cgroup controls its children": "needs a domain controller on cgroup v2",
}


@lru_cache(maxsize=1)
def _quiet() -> list[Any]:
    """Nothing happens by chance but faults on pointers that the caller chose."""
    terms = []
    for leaf in all_leaves():
        if not leaf.path.startswith("chance.") or leaf.path == "chance.errno":
            continue
        term = space().constants[leaf.path]
        if leaf.path in _NOT_CHANCE:
            terms.append(z3.Or([term == step for step in _POINTER_STEPS]))
        else:
            terms.append(term == (z3.BoolVal(leaf.default) if leaf.width == BOOL else leaf.default))
    return terms


def _any_call(kernel: Kernel, entry: Entry) -> tuple[Situation, Call]:
    """Return every call of an entry point, from every state."""
    constants = {**space().constants, "request.entry": int(entry)}
    start = build(Situation, constants)
    return start, TABLES[entry].reads(call_of(kernel, start))
