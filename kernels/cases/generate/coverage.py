"""Which rows user space can meet, and why no case shows some of them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import z3

from checker.engines.in_z3 import in_z3
from checker.readings.space import all_leaves, space
from kernels.cases.caller import POINTER_STEPS
from kernels.cases.outcomes import standing
from kernels.machines.surroundings import Surroundings
from model.algebra import Truth, Word, either
from model.call import Call, Situation
from model.due import as_truth
from model.kernel import Kernel
from model.patches import WITHOUT_CGROUP_PIDS, WITHOUT_PID_NS
from model.predict import call_of
from model.records import build
from model.request import Entry
from model.tables import table_of
from model.wellformed import well_formed

CHANCE = "never here, or only by chance: a failing allocation, a security module, a race"
LATE = "never the first to reject at this entry point"
MISSING = "A CASE IS MISSING"

SILENT_ROWS = {
    "pid asked for two levels up is not permitted": (
        "needs two nested pid namespaces owned below a third that is not; the loop of "
        "alloc_pid() is the one that the level below shows"
    ),
    "sharer of the root is inside execve": "a race with execve of a task that shares fs",
    "autoreaped task makes a sibling": "needs a caller that was made with CLONE_AUTOREAP",
    "mount namespace is anonymous": "user space gets no file of such a namespace",
    "pids are exhausted": "needs as many tasks as there are pids, on the whole machine",
}
"""Rows that user space can meet but the probe does not show, and why."""

RESTARTED = {
    "signal is pending before the fork": (
        "the kernel restarts the call: user space sees the second attempt"
    ),
}
"""Rows of chance whose errno never reaches user space."""

GUEST_ROWS = {
    "machine has all the threads it may": "a global sysctl: in virtual machines only",
    "debian forbids unprivileged user namespaces": "a global sysctl: in virtual machines only",
    "cgroup controls its children": "needs a domain controller on cgroup v2",
    "cgroup lies outside the delegation": "needs cgroup v2 mounted with nsdelegate",
}
"""Rows that a shared machine cannot show."""


ROWS_WITHOUT = {
    "init makes itself a sibling": (
        WITHOUT_PID_NS,
        "without CONFIG_PID_NS the only init is the machine's, which the probe leaves alone",
    ),
    "cgroup lies outside the delegation": (
        WITHOUT_CGROUP_PIDS,
        "the probe makes its cgroup namespace in the cgroup that bounds its tasks",
    ),
}
"""Rows that the probe cannot show on a kernel that is built without an option, and why."""


def why_never(
    kernel: Kernel, entry: Entry, rows: list[str], machine: Surroundings
) -> Iterator[tuple[str, str]]:
    """Yield rows that no case shows with the reason, by what the model says of any call.

    Nothing happens by chance there but faults on pointers that the caller chose.
    """
    start, call = _quiet_call(kernel, entry)
    solver = z3.SimpleSolver()
    solver.set("rlimit", 20_000_000)
    solver.add(in_z3(as_truth(well_formed(kernel, start))), in_z3(_at_pointers(start.chance.fails)))
    for row in standing(kernel, entry):
        rejects = in_z3(as_truth(row.condition(call)))
        if row.name in rows:
            yield row.name, _reason(solver, rejects, row.name, machine)
        solver.add(z3.Not(rejects))


def _at_pointers(fails: Word) -> Truth:
    return either(*(fails == int(step) for step in POINTER_STEPS))


def _reason(solver: Any, rejects: Any, row: str, machine: Surroundings) -> str:
    alone = z3.SimpleSolver()
    alone.add(rejects, in_z3(_at_pointers(space().constants["chance.fails"])))
    if alone.check() == z3.unsat:
        return RESTARTED.get(row, CHANCE)
    if row in SILENT_ROWS:
        return SILENT_ROWS[row]
    if solver.check(rejects) == z3.unsat:
        return LATE
    option, why = ROWS_WITHOUT.get(row, (None, ""))
    if option is not None and machine[option]:
        return why
    return MISSING if machine.guest else GUEST_ROWS.get(row, MISSING)


def _quiet_call(kernel: Kernel, entry: Entry) -> tuple[Situation, Call]:
    """Return every call of an entry point, from every state, without chance."""
    plain = {
        leaf.path: leaf.default
        for leaf in all_leaves()
        if leaf.path.startswith("chance.") and leaf.path != "chance.fails"
    }
    start = build(Situation, {**space().constants, **plain, "request.entry": int(entry)})
    return start, table_of(entry).reads(call_of(kernel, start))
