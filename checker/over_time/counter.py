"""The ledger's proofs: an invariant of one count, for any number of tasks and calls.

The invariant is the property's own.  It is asked of each element as histories begin; with each
way in which a kind of call can go, from any entry that has it: it still holds when the call
begins, after each of its half-steps and when it is done.  For any set of calls under way it
then follows call by call.  These numbers are whole ones: what is assumed keeps them from
wrapping.  What a property says must be a consequence of it, whatever the number of tasks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from checker.over_time.agreed import SAT, UNKNOWN, UNSAT, Agreed, Once
from checker.over_time.symbolic import constant, plain
from checker.over_time.watched import Alike, Watched
from checker.over_time.ways import Ways, ways
from checker.readings.space import exactly
from model.algebra import Truth, both, either, implies, no, signed_below
from model.due import as_truth
from model.kernel import Kernel
from model.over_time import ledger
from model.over_time.ledger import CallShare, LedgerCall, LedgerView, UcountsElement
from model.over_time.step import Machine
from model.patch import Patch
from model.patches import PATCHES
from model.records import Leaf, build, leaves, values_of
from model.revisions import REVISIONS
from model.terms import open_truth
from properties.claim import Claim
from properties.over_time.claim import Each, TimedProperty
from properties.over_time.ledger import ASSUMED, VIEWS

LEMMA = "ucounts are those of the real uid"


@dataclass(frozen=True, slots=True)
class Preserved:
    """Whether something keeps the invariant: ``kept``, ``broken``, or ``unknown``; and why."""

    what: str
    status: str
    why: str = ""


def _status(found: Agreed) -> str:
    return {UNSAT: "kept", SAT: "broken", UNKNOWN: "unknown"}[found.status]


def _open(record: type[Any], whole: bool = False) -> Any:
    return build(record, {leaf.path: constant(leaf, "any", whole) for leaf in leaves(record)})


def _plain(record: type[Any], model: Any, whole: bool = False) -> Any:
    def value(leaf: Leaf) -> Any:
        return plain(leaf, constant(leaf, "any", whole), model)

    return build(record, {leaf.path: value(leaf) for leaf in leaves(record)})


def _assumed(entry: UcountsElement) -> Truth:
    return both(*(one.holds(entry) for one in ASSUMED))


@dataclass
class Ledger:
    """The proofs of one run: what was asked once is not asked again.

    ``others`` are kernels whose ways are told at once with those of the named ones.
    """

    others: Sequence[Kernel] = ()
    _kept: Alike[list[Preserved]] = field(default_factory=Alike)
    _possible: Alike[bool] = field(default_factory=Alike)
    _on_known: dict[int, tuple[LedgerCall, Ways]] = field(default_factory=dict)
    _once: Once = field(default_factory=Once)

    def asked_of(self, kernel: Kernel, prop: TimedProperty) -> list[Preserved]:
        """Return whether the property's invariant is kept, and its statement follows."""
        return self._kept.of(prop, kernel, lambda watched: self._asked_of(watched, prop))

    def _asked_of(self, watched: Watched, prop: TimedProperty) -> list[Preserved]:
        assert prop.each is not None
        seen = self._seen(watched, prop)
        kept = watched.ask(self.proved, prop.each, seen.view)
        return [seen.begins(), *kept, seen.follows()]

    def _seen(self, watched: Watched, prop: TimedProperty) -> LedgerState:
        return LedgerState(prop, VIEWS[prop.system.name], watched.kernel, self)

    def premise_is_possible(self, kernel: Kernel, prop: TimedProperty) -> bool:
        """Return whether some state of any number of tasks, reachable or not, has the premise."""
        return self._possible.of(
            prop, kernel, lambda watched: self._seen(watched, prop).premise_is_possible()
        )

    def proved(self, kernel: Kernel, each: Each, view: LedgerView) -> list[Preserved]:
        """Return, for the begin of histories and each kind of call, whether it is kept."""
        key = each, id(view)
        return self._kept.of(key, kernel, lambda watched: self._asked_of_all(watched, each, view))

    def _asked_of_all(self, watched: Watched, each: Each, view: LedgerView) -> list[Preserved]:
        calls = (self._keeps(watched, call, each) for call in view.calls)
        return [*_begin(each, watched.kernel), *calls]

    def _keeps(self, watched: Watched, call: LedgerCall, each: Each) -> Preserved:
        """Ask about the ways on any known kernel; where that does not do, this kernel's."""
        if watched.ask(self._is_known):
            kept = self._all_keep(call, each, watched.kernel, self._ways_on_known(call))
            if kept.status == "kept":
                return kept
        return self._all_keep(call, each, watched.kernel, watched.ask(_ways, call))

    def _ways_on_known(self, call: LedgerCall) -> Ways:
        if id(call) not in self._on_known:
            kernel, known = self._any_known
            self._on_known[id(call)] = call, ways(kernel, call, _lemma, known)
        return self._on_known[id(call)][1]

    def _is_known(self, kernel: Kernel) -> bool:
        """Return whether a kernel has exactly the patches of a known one."""
        return kernel.name in REVISIONS and kernel.patches() in self._sets

    @cached_property
    def _sets(self) -> dict[frozenset[Patch], None]:
        named = (one.patches for one in REVISIONS.values())
        return dict.fromkeys([*named, *(one.patches() for one in self.others)])

    @cached_property
    def _any_known(self) -> tuple[Kernel, Any]:
        return _any_of(self._sets)

    def _all_keep(self, call: LedgerCall, each: Each, kernel: Kernel, found: Ways) -> Preserved:
        if found.why:
            return Preserved(call.name, "unknown", found.why)
        if not all(way.lemma for way in found.known):
            return Preserved(call.name, "broken", f"the lemma is lost: {LEMMA}")
        entry = _open(UcountsElement, whole=True)
        points = _points(found)
        had = both(_assumed(entry), each(kernel, entry))
        lost = either(*(_loses(each, kernel, entry, point) for point in points))
        answer = self.asked(as_truth(both(had, lost)), whole=True)
        if answer.status == UNSAT:
            return Preserved(f"{call.name}, {len(found.known)} ways [{call.at}]", "kept")
        if answer.status == UNKNOWN:
            return Preserved(call.name, "unknown", answer.reason)
        before = _plain(UcountsElement, answer.model, whole=True)
        return Preserved(call.name, "broken", _told(each, kernel, before, found))

    def asked(self, question: Any, *, whole: bool) -> Agreed:
        """Return what both solvers say."""
        return self._once.agreed([question], whole=whole)


def _begin(each: Each, kernel: Kernel) -> list[Preserved]:
    return [
        Preserved(f"where histories begin, {name}", "kept" if each(kernel, entry) else "broken")
        for name, entry in ledger.histories_begin().items()
    ]


def _ways(kernel: Kernel, call: LedgerCall) -> Ways:
    return ways(kernel, call, _lemma)


def _lemma(kernel: Kernel, task: Any) -> Truth:
    return ledger.ucounts_are_those_of_the_real_uid(kernel, task)


Point = tuple[bool, CallShare]
"""Whether the caller of a way is among the tasks, and what the call has added at some point."""


def _points(found: Ways) -> list[Point]:
    """Return the points of all ways, each once."""
    points: dict[Any, Point] = {}
    for way in found.known:
        for share in ledger.shares(list(way.halves)):
            points.setdefault((way.among, share.added), (way.among, share))
    return list(points.values())


def _loses(each: Each, kernel: Kernel, entry: UcountsElement, point: Point) -> Truth:
    """Return that an entry does not have the invariant with a call at this point."""
    among, share = point
    there = implies(among, signed_below(0, entry.tasks))
    return both(there, no(each(kernel, share.with_it(entry))))


def _told(each: Each, kernel: Kernel, entry: UcountsElement, found: Ways) -> str:
    """Return where a plain entry loses the invariant."""
    lost = (share for among, share in _points(found) if _loses(each, kernel, entry, (among, share)))
    share = next(lost)
    return f"{share.where!r} ({_changes(entry, share.with_it(entry))})"


def _changes(before: UcountsElement, after: UcountsElement) -> str:
    old, new = dict(values_of(before)), dict(values_of(after))
    return ", ".join(f"{name} {old[name]} → {new[name]}" for name in old)


def _any_of(sets: Iterable[frozenset[Patch]]) -> tuple[Kernel, Any]:
    """Return a kernel left open, and that it has exactly one of some sets of patches."""
    kernel = Kernel("any", {patch: open_truth(f"patch:{patch.name}") for patch in PATCHES})
    return kernel, either(*(exactly(kernel, patches) for patches in sets))


@dataclass(frozen=True)
class LedgerState:
    """A state of a system as the ledger sees it: its tasks, and any number of others."""

    prop: TimedProperty
    view: LedgerView
    kernel: Kernel
    ledger: Ledger

    def begins(self) -> Preserved:
        """Return whether the system begins with the invariant at each entry."""
        assert self.prop.each is not None
        first = self.prop.system.start(Machine(self.kernel))
        kept = all(self.prop.each(self.kernel, entry) for entry in self.view.entries(first))
        return Preserved(f"where {self.prop.system.name} begins", "kept" if kept else "broken")

    def follows(self) -> Preserved:
        """Return whether the statement follows from the invariant at each entry."""
        return self._never(lambda claim: both(claim.premise, no(claim.conclusion)))

    def premise_is_possible(self) -> bool:
        """Return whether some such state, reachable or not, has the premise."""
        return self._never(lambda claim: claim.premise).status != "kept"

    def _never(self, wrong: Callable[[Claim], Truth]) -> Preserved:
        state = _open(self.view.state)
        terms = [self._given(state), wrong(self.prop.statement(self.kernel, state))]
        found = self.ledger.asked(as_truth(both(*terms)), whole=False)
        if found.status != SAT:
            return Preserved("the statement", _status(found), found.reason)
        plain = _plain(self.view.state, found.model)
        return Preserved("the statement", "broken", f"it is false of {self._numbers(plain)}")

    def _given(self, state: Any) -> Truth:
        each, entries = self.prop.each, self.view.entries(state)
        assert each is not None
        tasks = self.view.tasks(state)
        return both(
            *(both(each(self.kernel, entry), _assumed(entry)) for entry in entries),
            *(no(signed_below(other, 0)) for other in self.view.others(state)),
            *(implies(there, _lemma(self.kernel, task)) for there, task in tasks),
        )

    def _numbers(self, state: Any) -> str:
        entries = self.view.entries(state)
        return "; ".join(f"a count of {one.count} for {one.tasks} tasks" for one in entries)
