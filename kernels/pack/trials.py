"""What a pack holds a kernel against: calls that its rules decide, alone and two at once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import TypeAlias

from kernels.cases.case import ENTRIES, Case
from kernels.cases.generate.coverage import CHANCE, LATE, why_never
from kernels.cases.generate.rows import pairs_of_rows
from kernels.cases.outcomes import call_for, predicted, rejecting, standing
from kernels.cases.possible import possible
from kernels.cases.searcher import Searcher
from kernels.machines.surroundings import Surroundings
from model.entries import ENTRIES as BY_ENTRY
from model.entries import Ends
from model.kernel import Kernel
from model.request import Entry
from model.rows import Rejection

MACHINE = Surroundings()
"""The machine that a pack is made for; what another one lacks is found out where it runs."""

Rule: TypeAlias = "tuple[str, str]"
"""A rule's sentence, and its place in the kernel."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """A rule that refuses a call, and the errno that it gives."""

    rule: Rule
    errno: int


@dataclass(frozen=True, slots=True)
class Trial:
    """A call from a caller; who refuses it, the one that decides first; nobody: it succeeds."""

    case: Case
    refusals: tuple[Refusal, ...]

    @property
    def errno(self) -> int:
        """Return the errno that the kernel gives, 0 for success."""
        return self.refusals[0].errno if self.refusals else 0


@dataclass(frozen=True, slots=True)
class Untried:
    """A rule that no call shows: at which entry points it could be, and why it is not."""

    entries: tuple[str, ...]
    rule: Rule
    why: str


@dataclass
class Trials:
    """All that is tried, and what is not with the reason."""

    tried: list[Trial] = field(default_factory=list)
    untried: list[Untried] = field(default_factory=list)


def trial(kernel: Kernel, case: Case) -> Trial:
    """Return a case with who refuses it on a kernel.

    That the first of them decides is what the model predicts: raises :class:`AssertionError` else.
    """
    entry = Entry(int(case.call.entry))
    call = call_for(kernel, case, entry, MACHINE)
    rows = [row for row in standing(kernel, entry) if row.condition(call) is True]
    refusals = tuple(
        Refusal((row.name, row.at), int(row.errno(call) if callable(row.errno) else row.errno))
        for row in rows
    )
    found = Trial(case, refusals)
    assert found.errno == int(predicted(kernel, case, MACHINE).errno), case
    return found


def trials(kernel: Kernel, entries: Iterable[Entry] = tuple(ENTRIES)) -> Trials:
    """Return what a kernel is held against: a plain call of each entry, rules, pairs of them."""
    found = Trials()
    shown: dict[Entry, set[str]] = {}
    for entry in entries:
        search = Searcher(kernel, MACHINE, entry)
        least = {row: search.least(row) for row in search.rows}
        single = {row: case for row, case in least.items() if case is not None}
        shown[entry] = set(single)
        plain = search.where()
        cases = dict.fromkeys([*([plain] if plain else []), *single.values()])
        found.tried += [trial(kernel, case) for case in cases]
        pairs = (case for case in pairs_of_rows(search, list(single)) if case not in cases)
        told = (trial(kernel, shallow(kernel, case)) for case in pairs)
        found.tried += filter(competes, told)
    found.untried = list(_untried(kernel, shown))
    return found


def shallow(kernel: Kernel, case: Case) -> Case:
    """Return a case in as few nested namespaces as leave it to the same rules.

    A solver may put a caller as deep as it likes, and each level costs a kernel dear.
    """
    refusing = rejecting(kernel, case, MACHINE)

    def does(one: Case) -> bool:
        return possible(one, MACHINE) is True and rejecting(kernel, one, MACHINE) == refusing

    for fewer in (_in_fewer_userns, _in_fewer_pidns):
        case = next(filter(does, fewer(case)), case)
    return case


def _in_fewer_userns(case: Case) -> Iterator[Case]:
    for depth in range(int(case.caller.userns)):
        yield replace(case, caller=replace(case.caller, userns=depth))


def _in_fewer_pidns(case: Case) -> Iterator[Case]:
    for depth in range(int(case.caller.pid_level)):
        yield replace(case, caller=replace(case.caller, pid_level=depth))


def competes(one: Trial) -> bool:
    """Return whether two faults compete in a call: one more rule gives another errno."""
    return any(refusal.errno != one.errno for refusal in one.refusals)


def _untried(kernel: Kernel, shown: dict[Entry, set[str]]) -> Iterator[Untried]:
    """Yield the rules that no entry point shows, each once for those that share a table."""
    tables: dict[Ends, list[Entry]] = {}
    for entry in shown:
        tables.setdefault(BY_ENTRY[entry].ends, []).append(entry)
    for entries in tables.values():
        seen = set().union(*(shown[entry] for entry in entries))
        never = [row for row in standing(kernel, entries[0]) if row.name not in seen]
        reasons = [_reasons(kernel, entry, never) for entry in entries]
        names = tuple(ENTRIES[entry] for entry in entries)
        for row in never:
            why = min((told[row.name] for told in reasons), key=_vague)
            yield Untried(names, (row.name, row.at), why)


def _reasons(kernel: Kernel, entry: Entry, never: list[Rejection]) -> dict[str, str]:
    return dict(why_never(kernel, entry, [row.name for row in never], MACHINE))


def _vague(why: str) -> int:
    """What is said of one entry point in particular says more than what holds at most of them."""
    return {CHANCE: 2, LATE: 1}.get(why, 0)
