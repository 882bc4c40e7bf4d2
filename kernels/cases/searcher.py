"""Cases by a solver: one that does what is asked, or the plainest that is as near as can be.

What can be asked for is declared: what the probe can prepare (:mod:`kernels.cases.possible`),
what the kernel then finds (:mod:`kernels.cases.prepared`), and which states there are.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import z3

from checker.engines.in_z3 import in_z3
from checker.readings.space import constant
from checker.smallest.lower import lower
from kernels.cases.case import Case
from kernels.cases.outcomes import standing
from kernels.cases.possible import possible
from kernels.cases.prepared import values_for
from kernels.machines.surroundings import Surroundings
from model.algebra import Truth, both, implies, no
from model.call import Call, Situation
from model.due import as_truth
from model.kernel import Kernel
from model.predict import call_of
from model.records import BOOL, Leaf, build, leaves
from model.request import Entry
from model.tables import table_of
from model.terms import open_truth
from model.wellformed import well_formed

_LEAVES = tuple(leaf for leaf in leaves(Case) if leaf.path != "call.entry")
BUDGET = 3_000_000


@dataclass
class Searcher:
    """A solver over the cases of one entry point on one kernel.

    ``beyond`` are facts that words beyond a case bring about.  ``case`` is the open case, ``call``
    its call as the entry point's table reads it, ``rows`` are the rules that can refuse it.
    """

    kernel: Kernel
    machine: Surroundings
    entry: Entry
    beyond: Mapping[str, Any] = field(default_factory=dict)
    constants: dict[str, Any] = field(init=False)
    case: Case = field(init=False)
    call: Call = field(init=False)
    rows: list[str] = field(init=False)
    gave_up: bool = field(init=False, default=False)
    """Whether the budget ended before the last question was answered: then nothing is known."""

    def __post_init__(self) -> None:
        self.constants = {leaf.path: constant(leaf) for leaf in _LEAVES}
        self.case = self._built(self.constants)
        self.call = table_of(self.entry).reads(call_of(self.kernel, self._start()))
        self.solver = z3.SimpleSolver()
        self.solver.set("rlimit", BUDGET)
        self.add(possible(self.case, self.machine))
        self.add(well_formed(self.kernel, self._start()))
        self._literals = {}
        for row in standing(self.kernel, self.entry):
            rejects = as_truth(row.condition(self.call))
            if not z3.is_false(z3.simplify(in_z3(rejects))):
                literal = open_truth(f"rejects:{row.name}")
                self.add(literal == rejects)
                self._literals[row.name] = literal
        self.rows = list(self._literals)
        self._plain = [self._is_plain(group) for group in _GROUPS]

    def add(self, *truths: Truth) -> None:
        """Demand truths of every case from now on."""
        self.solver.add(*(in_z3(as_truth(one)) for one in truths))

    def _check(self, *truths: Truth) -> Any:
        return self.solver.check(*map(in_z3, truths))

    def _start(self) -> Situation:
        return build(Situation, {**values_for(self.case, self.machine), **self.beyond})

    @cached_property
    def made(self) -> Call:
        """Return the call of the open case, as statements read it."""
        return call_of(self.kernel, self._start())

    @cached_property
    def values(self) -> dict[str, Any]:
        """Return the situation of the open case, each leaf that cases set."""
        return {**values_for(self.case, self.machine), **self.beyond}

    def _is_plain(self, group: tuple[str, ...]) -> Any:
        literal = open_truth("plain:" + group[0])
        same = [self._is(leaf, leaf.default) for leaf in _LEAVES if leaf.path.startswith(group)]
        self.add(implies(literal, both(*same)))
        return literal

    def _is(self, leaf: Leaf, value: Any) -> Any:
        return self.constants[leaf.path] == value

    def _built(self, values: Mapping[str, Any]) -> Case:
        return build(Case, {**values, "call.entry": int(self.entry)})

    def ask(self, *terms: Any) -> Case | None:
        """Return a case on which the terms hold, plain where it can be; None if none is known."""
        model = self._near(terms, self._plain)
        return None if model is None else self._built(self._found(model))

    def _near(self, terms: Iterable[Any], wished: Iterable[Any]) -> z3.ModelRef | None:
        """Return a model in which terms hold, and of the wished literals those in nobody's way.

        What is blamed is given up at once, be it one literal or many.
        """
        terms, wished, self.gave_up = list(terms), list(wished), False
        while True:
            status = self._check(*terms, *wished)
            if status == z3.sat:
                return self.solver.model()
            blamed = {str(term) for term in self.solver.unsat_core()}
            kept = [term for term in wished if term.name not in blamed]
            self.gave_up = status != z3.unsat
            if self.gave_up or len(kept) == len(wished):
                return None
            wished = kept

    def _found(self, model: z3.ModelRef) -> dict[str, Any]:
        return {leaf.path: _value(model, leaf, self.constants[leaf.path]) for leaf in _LEAVES}

    def nearest(self, terms: Iterable[Any], wishes: Iterable[Any]) -> Case | None:
        """Return the plainest case on which the terms hold; ``None`` if none is known.

        A wish comes true unless it is in the way of the terms or of earlier wishes.  Of the cases
        that are left it is the one that is plain longest, leaf by leaf as declared.
        """
        with self._apart():
            self.add(*terms)
            model = self._granted(list(wishes))
            if model is None:
                return None
            values = self._found(model)
            for leaf in _LEAVES:
                values = self._plainer(leaf, values)
                self.add(self._is(leaf, values[leaf.path]))
        return self._built(values)

    def _granted(self, wishes: list[Any]) -> z3.ModelRef | None:
        """Add each wish that is in nobody's way, and return a model; ``None`` if there is none."""
        named = {f"wish:{number}": wish for number, wish in enumerate(wishes)}
        model = self._near((), [*self._literals_for(named), *self._plain])
        if model is None:
            return None
        for wish in wishes:
            if not z3.is_true(model.eval(in_z3(wish), model_completion=True)):
                if self._check(wish) != z3.sat:
                    continue
                model = self.solver.model()
            self.add(wish)
        return model

    def _plainer(self, leaf: Leaf, values: dict[str, Any]) -> dict[str, Any]:
        """Return a case found whose leaf is at its default, or as near as the solver finds."""
        best = values

        def does(value: Any) -> bool:
            nonlocal best
            found = bool(self._check(self._is(leaf, value)) == z3.sat)
            if found:
                best = self._found(self.solver.model())
            return found

        if values[leaf.path] != leaf.default and not does(leaf.default) and leaf.width != BOOL:
            lower(leaf, values[leaf.path], does)
        return best

    def in_the_way(self, terms: Iterable[tuple[str, Any]]) -> list[str]:
        """Return the names of terms that no case has together; none if one has them all."""
        named = dict(terms)
        with self._apart():
            literals = self._literals_for(named)
            if self._check(*literals) != z3.unsat:
                return []
            blamed = {str(term) for term in self.solver.unsat_core()}
        return [name for name in named if name in blamed]

    @contextmanager
    def _apart(self) -> Iterator[None]:
        self.solver.push()
        try:
            yield
        finally:
            self.solver.pop()

    def _literals_for(self, wishes: Mapping[str, Any]) -> list[Any]:
        """Return literals for wishes by name, which an unsat core can then name."""
        literals = [open_truth(name) for name in wishes]
        for literal, wish in zip(literals, wishes.values(), strict=True):
            self.add(implies(literal, wish))
        return literals

    def alone(self, row: str) -> Case | None:
        """Return a case that the row alone rejects."""
        others = [no(term) for name, term in self._literals.items() if name != row]
        return self.ask(self._literals[row], *others)

    def least(self, row: str) -> Case | None:
        """Return the plainest case that the row alone rejects; else one that it rejects first."""
        others = (no(term) for name, term in self._literals.items() if name != row)
        return self.nearest([self._literals[row], *others], []) or self.first(row)

    def first(self, row: str, *also: str) -> Case | None:
        """Return a case that the row rejects first (and rows of ``also`` would reject too)."""
        before = self.rows[: self.rows.index(row)]
        return self.ask(
            self._literals[row],
            *(no(self._literals[name]) for name in before),
            *(self._literals[name] for name in also),
        )

    def where(self, *terms: Any) -> Case | None:
        """Return a case that no row rejects and on which the terms hold."""
        return self.ask(*(no(term) for term in self._literals.values()), *terms)


def _value(model: z3.ModelRef, leaf: Leaf, term: Any) -> int | bool:
    """Return the value that a model gives a leaf; the default where it gives none."""
    value = model[in_z3(term)]
    if value is None:
        return leaf.default
    if leaf.width == BOOL:
        return bool(z3.is_true(value))
    number: int = value.as_signed_long() if leaf.signed else value.as_long()
    return number


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
