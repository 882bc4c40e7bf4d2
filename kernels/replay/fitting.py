"""A case of the probe for a counterexample: its very call, from a caller that can be had.

A solver looks among all that the probe can prepare.  The facts that the counterexample names hold
(:mod:`kernels.cases.named`); numbers that only have to be big enough, or free, may differ and are
told.  What it does not name may be as the machine needs it.  A case counts only if the property
is broken by it, too, in the model's concrete reading.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from checker.calls.documents import leaves_by_path
from checker.calls.naming import spoken
from checker.readings.concrete import evaluate
from checker.readings.subjects import RANGES
from checker.smallest.cost import Values
from checker.smallest.shrink import not_default
from kernels.cases.caller import refused
from kernels.cases.case import Case
from kernels.cases.lines import line_of
from kernels.cases.named import as_named, the_call, wishes
from kernels.cases.possible import possible
from kernels.cases.prepared import values_for
from kernels.cases.searcher import Searcher
from kernels.machines.surroundings import Surroundings
from kernels.replay.beyond import BEYOND, NONE, Beyond, follow_ups, with_room
from model.algebra import both, no
from model.due import as_truth
from model.kernel import Kernel
from model.request import Entry
from properties.claim import Property, Subject

NO_CALLER = "no caller that the probe can prepare breaks it with this call"
NOT_KNOWN = "the solver gave up: whether a caller breaks it with this call is not known"


@dataclass(frozen=True, slots=True)
class Fitted:
    """A case that shows a counterexample, or why there is none.

    ``told`` says what differs from the counterexample's own numbers.
    """

    case: Case | None
    line: str = ""
    values: Values = field(default_factory=dict)
    reason: str = ""
    told: tuple[str, ...] = ()


def breaks_it(prop: Property, kernel: Kernel, made: Fitted) -> bool:
    """Return whether the call that the probe makes breaks the property, by the model."""
    return evaluate(prop, kernel, made.values).violation


def concrete(case: Case, machine: Surroundings) -> Values:
    """Return the situation of a case as leaf values, the model's defaults left out."""
    return not_default(values_for(case, machine))


def fit(prop: Property, kernel: Kernel, values: Values, machine: Surroundings) -> Fitted:
    """Return a case for a counterexample on a kernel and a machine."""
    reason = refused(values)
    if reason:
        return Fitted(None, reason=reason)
    entry = Entry(values.get("request.entry", Entry.FORK))
    gave_up = False
    for extra in BEYOND:
        if extra is NONE or extra.facts.keys() & values.keys():
            cases = _Open(kernel, machine, entry, extra)
            made = _fitted(prop, cases, values)
            if made is not None:
                return made
            gave_up = gave_up or cases.search.gave_up
    none = NOT_KNOWN if gave_up else NO_CALLER
    return Fitted(None, reason=_lacking(_Open(kernel, machine, entry, NONE), values) or none)


def another(prop: Property, kernel: Kernel, machine: Surroundings) -> Fitted | None:
    """Return any case of any entry point that breaks a property; ``None`` if none is known."""
    for entry in _ENTRIES_OF.get(prop.subject, ()):
        made = _fitted(prop, _Open(kernel, machine, entry, NONE))
        if made is not None:
            return made
    return None


_ENTRIES_OF = {
    Subject.CREATE: (Entry.FORK, Entry.CLONE, Entry.CLONE3, Entry.VFORK),
    Subject.UNSHARE: (Entry.UNSHARE,),
    Subject.SETNS: (Entry.SETNS,),
}


@dataclass(frozen=True)
class _Open:
    """One entry point's cases, left open, with words beyond them."""

    kernel: Kernel
    machine: Surroundings
    entry: Entry
    extra: Beyond

    @property
    def search(self) -> Searcher:
        """Return the searcher; made once."""
        return _searcher(self.kernel, self.machine, self.entry, self.extra)


@lru_cache(maxsize=16)
def _searcher(kernel: Kernel, machine: Surroundings, entry: Entry, extra: Beyond) -> Searcher:
    search = Searcher(kernel, machine, entry, extra.facts)
    search.add(extra.fits(search.case))
    return search


def _fitted(prop: Property, cases: _Open, named: Values | None = None) -> Fitted | None:
    """Return the nearest case that breaks a property and has the facts that are named."""
    search = cases.search
    claim = prop.statement(search.made, RANGES[prop.subject].outcome(search.made))
    wanted = [as_truth(both(claim.premise, no(claim.conclusion)))]
    if named is not None:
        wanted += [term for _path, term in _named(search, named)]
    case = search.nearest(wanted, map(as_truth, wishes(search.values, named or {})))
    return None if case is None else _checked(prop, cases, case, named or {})


def _named(search: Searcher, named: Values) -> Iterator[tuple[str, Any]]:
    """Yield each fact of a call, and that it is as it must be."""
    for path, truth in as_named(search.values, the_call(named)):
        yield path, as_truth(truth)


def _checked(prop: Property, cases: _Open, case: Case, named: Values) -> Fitted | None:
    """Return a case as the probe is told it, if it can be prepared and breaks the property."""
    extra, machine = cases.extra, cases.machine
    for plain in dict.fromkeys((with_room(case), case)):
        values = concrete(plain, machine) | extra.facts
        has = (truth for _path, truth in as_named(values, named))
        fine = both(possible(plain, machine), extra.fits(plain), *has)
        if fine is True and evaluate(prop, cases.kernel, values).violation:
            line = line_of(plain) + extra.words + follow_ups(plain, extra.words)
            return Fitted(plain, line, values, told=_told(named, values))
    return None


def _lacking(cases: _Open, named: Values) -> str:
    """Return which named facts no caller of the probe has; nothing if one has them all."""
    known = leaves_by_path()
    core = cases.search.in_the_way(_named(cases.search, named))
    told = [f"{path} = {spoken(known[path], named.get(path, known[path].default))}"
            for path in core]
    return f"the probe prepares no caller with {' and '.join(told)}" if told else ""


def _told(named: Values, values: Values) -> tuple[str, ...]:
    """Return the pids asked for that differ from those the counterexample names."""
    known = leaves_by_path()
    made = {path: values.get(path, known[path].default) for path in named}
    return tuple(
        f"{path} = {spoken(known[path], made[path])}, not {spoken(known[path], value)}"
        for path, value in named.items()
        if path.startswith(("request.tid", "request.set_tid_size")) and made[path] != value
    )
