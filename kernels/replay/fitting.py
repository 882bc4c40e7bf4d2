"""A case of the probe for a counterexample: its very call, from a caller that can be had.

The facts that the counterexample names hold; numbers that only have to be big enough, or free,
may differ and are told.  What it does not name may be as the machine needs it.  A case counts
only if the property is broken by it, too, in the model's concrete reading.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from checker.calls.documents import leaves_by_path
from checker.calls.naming import spoken
from checker.readings.concrete import evaluate
from checker.readings.space import as_z3
from checker.readings.subjects import RANGES
from kernels.cases.case import ENTRIES, Case
from kernels.cases.generate.rows import Searcher
from kernels.cases.lines import line_of
from kernels.cases.numbers import is_a_number
from kernels.cases.possible import possible
from kernels.cases.prepared import values_for
from kernels.cases.translate import translate
from kernels.machines.surroundings import Surroundings
from kernels.replay.beyond import BEYOND, NONE, Beyond, follow_ups, with_room, without_room
from model import words
from model.algebra import both, no, same
from model.call import Situation
from model.kernel import Kernel
from model.predict import call_of
from model.records import Leaf, build, leaves, values_of
from model.request import Entry
from properties.claim import Property, Subject

Values = dict[str, Any]

NO_CALLER = "no caller that the probe can prepare breaks it with this call"
_ARGUMENTS = tuple(
    f"request.{name}" for name in ("flags", "exit_signal", "stack_size", "usize", "tail")
)
_ADDRESSES = tuple(
    f"request.{name}" for name in ("stack", "pidfd", "parent_tid", "child_tid", "set_tid", "cgroup")
)
_NEVER = tuple(
    f"current.{name}"
    for name in ("overridden", "mm", "files", "fs_in_exec", "flags", "traced", "mempolicy")
)
"""Facts that no search can give to user space: a translation that fails for them is final."""


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


def fitted(
    prop: Property, kernel: Kernel, case: Case, machine: Surroundings, wanted: Values | None = None
) -> Fitted | None:
    """Return the case with the words beyond it that make it break the property, if any do."""
    for extra in BEYOND:
        for plain in _variants(case, extra):
            values = concrete(plain, machine) | extra.facts
            if extra.fits(plain) and evaluate(prop, kernel, values).violation:
                line = line_of(plain) + extra.words + follow_ups(plain, extra.words)
                return Fitted(plain, line, values, told=_told(wanted or {}, values))
    return None


def _variants(case: Case, extra: Beyond) -> tuple[Case, ...]:
    return tuple(dict.fromkeys((with_room(case), case))) if extra is NONE else (without_room(case),)


def concrete(case: Case, machine: Surroundings) -> Values:
    """Return the situation of a case as leaf values, the model's defaults left out."""
    known = leaves_by_path()
    return {
        path: value
        for path, value in values_for(case, machine).items()
        if value != known[path].default
    }


def fit(prop: Property, kernel: Kernel, values: Values, machine: Surroundings) -> Fitted:
    """Return a case for a counterexample on a kernel and a machine."""
    found = translate(values, kernel, machine)
    if found.case is not None:
        made = fitted(prop, kernel, found.case, machine, values)
        if made:
            return made
    reason = found.reason if found.case is None else NO_CALLER
    if values.get("request.entry", 0) not in ENTRIES:
        return Fitted(None, reason=reason)
    if any(path in _NEVER or path.startswith("chance.") for path in values):
        return Fitted(None, reason=reason)
    made = _searched(prop, kernel, values, machine) or _beyond(prop, kernel, values, machine)
    return made or Fitted(None, reason=reason)


def _beyond(prop: Property, kernel: Kernel, values: Values, machine: Surroundings) -> Fitted | None:
    """Return a case whose caller has, by words beyond it, facts that no case can say."""
    for extra in BEYOND:
        rest = {path: value for path, value in values.items() if path not in extra.facts}
        if len(rest) < len(values):
            found = translate(rest, kernel, machine)
            made = found.case and fitted(prop, kernel, found.case, machine, values)
            if made and has_all(made.values, values):
                return made
    return None


def has_all(made: Values, values: Values) -> bool:
    """Return whether a situation has the facts that a counterexample names, numbers apart."""
    known = leaves_by_path()
    return all(
        made.get(path, known[path].default) == value
        for path, value in values.items()
        if not is_a_number(path)
    )


def another(prop: Property, kernel: Kernel, machine: Surroundings) -> Fitted | None:
    """Return any case of any entry point that breaks a property; ``None`` if there is none."""
    for entry in _ENTRIES_OF.get(prop.subject, ()):
        case = _search(prop, kernel, machine, entry, [])
        if case is not None:
            return _plainest(prop, kernel, case, machine, {}, {})
    return None


_ENTRIES_OF = {
    Subject.CREATE: (Entry.FORK, Entry.CLONE, Entry.CLONE3, Entry.VFORK),
    Subject.UNSHARE: (Entry.UNSHARE,),
    Subject.SETNS: (Entry.SETNS,),
}


def _searched(
    prop: Property, kernel: Kernel, values: Values, machine: Surroundings
) -> Fitted | None:
    """Return a case found by a solver: the plainest caller who has the named facts."""
    entry = Entry(values.get("request.entry", 0))
    named = {
        path: value
        for path, value in (_arguments(values) | values).items()
        if path != "request.entry" and not is_a_number(path)
    }
    plain = {"current.real_cred.uid": 1000, "current.real_cred.cap_effective": 0} | named
    for facts in (plain, named):
        case = _search(prop, kernel, machine, entry, _facts(kernel, machine, entry, facts))
        if case is not None:
            return _plainest(prop, kernel, case, machine, facts, values)
    return None


def _plainest(
    prop: Property, kernel: Kernel, case: Case, machine: Surroundings, *facts_and_named: Values
) -> Fitted | None:
    """Return the case with everything taken away that it does not need to break the property."""
    facts, named = facts_and_named
    best = fitted(prop, kernel, case, machine, named)
    for leaf in leaves(Case):
        values = dict(values_of(best.case)) if best and best.case else {}
        if not values or values[leaf.path] == leaf.default or leaf.path == "call.entry":
            continue
        for simpler in _simpler(leaf, values):
            trial = build(Case, values | {leaf.path: simpler})
            if possible(trial, machine) is True and _has(concrete(trial, machine), facts):
                better = fitted(prop, kernel, trial, machine, named)
                if better:
                    best = better
                    break
    return best


def _simpler(leaf: Leaf, values: Values) -> Iterator[Any]:
    """Yield values that are easier to prepare than the one that a solver chose."""
    yield leaf.default
    if leaf.path == "call.made":
        asked = int(values["call.flags"]) & int(values["call.made"])
        yield from (asked & ~words.NEWUSER, asked)
    elif leaf.width == 8:
        yield from (one for one in (1, 2) if one < values[leaf.path])


def _has(values: Values, facts: Values) -> bool:
    known = leaves_by_path()
    return all(
        bool(values.get(path, known[path].default)) == bool(value)
        if path in _ADDRESSES
        else values.get(path, known[path].default) == value
        for path, value in facts.items()
    )


def _arguments(values: Values) -> Values:
    """Return the arguments that the call leaves at their defaults; needed addresses are free."""
    known = leaves_by_path()
    flags = int(values.get("request.flags", 0))
    free = {
        "request.pidfd": words.PIDFD,
        "request.parent_tid": words.PIDFD | words.PARENT_SETTID,
        "request.cgroup": words.INTO_CGROUP,
    }
    return {
        path: known[path].default
        for path in (*_ARGUMENTS, *_ADDRESSES)
        if not flags & free.get(path, 0)
    }


def _facts(kernel: Kernel, machine: Surroundings, entry: Entry, facts: Values) -> list[Any]:
    found = _open(kernel, machine, entry).values
    known = leaves_by_path()
    return [
        as_z3(_fact(path, found.get(path, known[path].default), value))
        for path, value in facts.items()
    ]


def _fact(path: str, term: Any, value: Any) -> Any:
    """Return that a leaf has a value; of an address only whether there is one."""
    if path in _ADDRESSES:
        return term != 0 if value else term == 0
    return same(term, value) if isinstance(value, bool) else term == value


@dataclass
class _Open:
    """One entry point's cases, left open: the searcher, the situation and its call."""

    search: Searcher
    values: Values
    call: Any


@lru_cache(maxsize=16)
def _open(kernel: Kernel, machine: Surroundings, entry: Entry) -> _Open:
    search = Searcher(kernel, machine, entry)
    case = build(Case, {**search.constants, "call.entry": int(entry)})
    values = values_for(case, machine)
    return _Open(search, values, call_of(kernel, build(Situation, values)))


def _search(
    prop: Property, kernel: Kernel, machine: Surroundings, entry: Entry, terms: list[Any]
) -> Case | None:
    found = _open(kernel, machine, entry)
    claim = prop.statement(found.call, RANGES[prop.subject].outcome(found.call))
    case = found.search.ask(*_literals(found.search, [as_z3(_broken(claim)), *terms]))
    good = case is not None and possible(case, machine) is True
    return case if good else None


def _broken(claim: Any) -> Any:
    return both(claim.premise, no(claim.conclusion))


_COUNT = iter(range(10**9))


def _literals(search: Searcher, terms: list[Any]) -> list[Any]:
    """Return literals for terms, which an unsat core can then name."""
    import z3

    literals = [z3.Bool(f"wanted:{next(_COUNT)}") for _ in terms]
    for literal, term in zip(literals, terms, strict=True):
        search.solver.add(z3.Implies(literal, term))
    return literals


def _told(named: Values, values: Values) -> tuple[str, ...]:
    """Return the pids asked for that differ from those the counterexample names."""
    known = leaves_by_path()
    made = {path: values.get(path, known[path].default) for path in named}
    return tuple(
        f"{path} = {spoken(known[path], made[path])}, not {spoken(known[path], value)}"
        for path, value in named.items()
        if path.startswith(("request.tid", "request.set_tid_size")) and made[path] != value
    )
