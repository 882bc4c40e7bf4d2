"""Cases for rows: a call that a row alone rejects, and one that each pair of rows rejects."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import z3

from checker.readings.space import as_z3, constant, value_in
from kernels.cases.case import Case
from kernels.cases.outcomes import call_for, rejecting, standing
from kernels.cases.possible import possible
from kernels.cases.prepared import situation
from kernels.machines.surroundings import Surroundings
from model.call import Call
from model.kernel import Kernel
from model.records import BOOL, Leaf, build, leaves
from model.request import Entry
from model.wellformed import well_formed

_LEAVES = tuple(leaf for leaf in leaves(Case) if leaf.path != "call.entry")
BUDGET = 3_000_000


@dataclass
class Searcher:
    """A solver over the cases of one entry point on one kernel."""

    kernel: Kernel
    machine: Surroundings
    entry: Entry
    constants: dict[str, Any] = field(init=False)
    call: Call = field(init=False)
    rows: list[str] = field(init=False)

    def __post_init__(self) -> None:
        self.constants = {leaf.path: constant(leaf) for leaf in _LEAVES}
        case = build(Case, {**self.constants, "call.entry": int(self.entry)})
        self.call = call_for(self.kernel, case, self.entry, self.machine)
        self.solver = z3.SimpleSolver()
        self.solver.set("rlimit", BUDGET)
        self.solver.add(as_z3(possible(case, self.machine)))
        self.solver.add(as_z3(well_formed(self.kernel, situation(case, self.machine))))
        self._literals = {}
        for row in standing(self.kernel, self.entry):
            rejects = as_z3(row.condition(self.call))
            if not z3.is_false(z3.simplify(rejects)):
                literal = z3.Bool(f"rejects:{row.name}")
                self.solver.add(literal == rejects)
                self._literals[row.name] = literal
        self.rows = list(self._literals)
        self._plain = [self._is_plain(group) for group in _GROUPS]

    def _is_plain(self, group: tuple[str, ...]) -> Any:
        literal = z3.Bool("plain:" + group[0])
        same = [_is_default(leaf, self.constants[leaf.path]) for leaf in _LEAVES
                if leaf.path.startswith(group)]
        self.solver.add(z3.Implies(literal, z3.And(same)))
        return literal

    def ask(self, *terms: Any) -> Case | None:
        """Return a case on which the terms hold, plain where it can be; None if there is none."""
        wished = list(self._plain)
        while True:
            status = self.solver.check(*terms, *wished)
            if status == z3.sat:
                return self._case(self.solver.model())
            blamed = {str(term) for term in self.solver.unsat_core()}
            kept = [term for term in wished if str(term) not in blamed]
            if status != z3.unsat or len(kept) == len(wished):
                return None
            wished = kept

    def _case(self, model: z3.ModelRef) -> Case:
        values = {leaf.path: value_in(model, leaf, self.constants[leaf.path]) for leaf in _LEAVES}
        return build(Case, {**values, "call.entry": int(self.entry)})

    def alone(self, row: str) -> Case | None:
        """Return a case that the row alone rejects."""
        others = [z3.Not(term) for name, term in self._literals.items() if name != row]
        return self.ask(self._literals[row], *others)

    def first(self, row: str, *also: str) -> Case | None:
        """Return a case that the row rejects first (and rows of ``also`` would reject too)."""
        before = self.rows[: self.rows.index(row)]
        return self.ask(
            self._literals[row],
            *(z3.Not(self._literals[name]) for name in before),
            *(self._literals[name] for name in also),
        )

    def where(self, *terms: Any) -> Case | None:
        """Return a case that no row rejects and on which the terms hold."""
        return self.ask(*(z3.Not(term) for term in self._literals.values()), *terms)


_GROUPS = (
    ("caller.sig", "caller.alt", "caller.nnp", "caller.seccomp", "caller.oom", "caller.exit"),
    ("caller.threadkey", "caller.ioctx", "caller.semundo"),
    ("caller.threads", "caller.with_"),
    ("caller.userns", "caller.by_user", "caller.no_uid", "caller.no_gid"),
    ("caller.max0",),
    ("caller.pidns",),
    ("caller.pid_level",),
    ("caller.timens",),
    ("caller.chroot",),
    ("caller.nproc_room",),
    ("caller.pids_room",),
    ("caller.deadline",),
    ("caller.no_threads", "caller.no_userns_clone"),
    ("caller.has_caps", "caller.caps"),
    ("caller.ruid_u", "caller.euid_u"),
    ("call.set_tid", "call.tid"),
    ("call.usize", "call.tail"),
    ("call.stack",),
    ("call.cgroup",),
    ("call.args_bad",),
)
"""Facts that are left at their defaults together, unless a case needs one of them."""


def _is_default(leaf: Leaf, term: Any) -> Any:
    return term == (z3.BoolVal(leaf.default) if leaf.width == BOOL else leaf.default)


def single_rows(search: Searcher) -> Iterator[tuple[str, Case | None]]:
    """Yield, for each row, a case that it alone (else: first) rejects; None if it never does."""
    for row in search.rows:
        yield row, search.alone(row) or search.first(row)


def pairs_of_rows(search: Searcher, reachable: list[str]) -> Iterator[Case]:
    """Yield cases until each pair of rows that can both reject does so on one of them.

    The first of the two is the first of all: a third row that rejects comes later.
    """
    shown: set[tuple[str, str]] = set()
    for place, row in enumerate(reachable):
        for other in reachable[place + 1 :]:
            case = None if (row, other) in shown else search.first(row, other)
            if case is not None:
                first, *more = rejecting(search.kernel, case, search.machine)
                shown |= {(first, one) for one in more}
                yield case
