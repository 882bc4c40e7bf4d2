"""All cases for one kernel, from the model: rows, pairs, effects, boundaries, random calls."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from checker.calls.kernel_names import revision_named
from checker.ground.pool import each
from kernels.cases.case import ENTRIES, Case
from kernels.cases.generate.coverage import why_never
from kernels.cases.generate.effects import alternatives
from kernels.cases.generate.grid import (
    boundary_values,
    every_flag_from_every_caller,
    pairs_of_flags,
)
from kernels.cases.generate.random_calls import random_cases
from kernels.cases.generate.rows import pairs_of_rows, single_rows
from kernels.cases.lines import line_of
from kernels.cases.outcomes import standing
from kernels.cases.possible import possible
from kernels.cases.searcher import Searcher
from kernels.machines.surroundings import Surroundings
from model.request import Entry
from model.revisions import Revision

RANDOM = 2000


@dataclass
class Generated:
    """The cases for a kernel and where each came from; the rows that some case shows.

    ``reachable`` are pairs of an entry point's word and a row's name, ``never`` those that no
    case shows with the reason; ``left_out`` counts combinations that cannot be prepared.
    """

    cases: dict[Case, str] = field(default_factory=dict)
    reachable: list[tuple[str, str]] = field(default_factory=list)
    never: list[tuple[str, str, str]] = field(default_factory=list)
    left_out: int = 0

    def add(self, cases: Iterable[Case], source: str, machine: Surroundings) -> None:
        """Add the cases that the probe can prepare and that are new."""
        for case in cases:
            if case in self.cases:
                continue
            if possible(case, machine) is True:
                self.cases[case] = source
            else:
                self.left_out += 1


def generate(revision: Revision, machine: Surroundings) -> Generated:
    """Return the cases for a kernel on a machine; cases that ask for pids come last.

    A pid below 300 is free for certain once that many pids were given out.
    """
    found = Generated()
    slowest_first: list[Entry | None] = [
        *sorted(ENTRIES, key=lambda entry: entry != Entry.CLONE3), None,
    ]
    made = {
        slowest_first[place]: parts
        for place, parts in each(lambda one: _of(revision, machine, one), slowest_first)
    }
    for entry in (*ENTRIES, None):
        reachable, never, parts = made[entry]
        if entry is not None:
            found.never += [(ENTRIES[entry], row, reason) for row, reason in never]
            found.reachable += [(ENTRIES[entry], row) for row in reachable]
        for source, cases in parts.items():
            found.add(cases, source, machine)
    found.cases = dict(sorted(found.cases.items(), key=asks_for_pids))
    return found


def asks_for_pids(one: tuple[Case, str]) -> bool:
    """Return whether a case asks for pids."""
    return int(one[0].call.set_tid_size) != 0


_Parts = tuple[list[str], list[tuple[str, str]], dict[str, list[Case]]]


def _of(revision: Revision, machine: Surroundings, entry: Entry | None) -> _Parts:
    """Return what comes from an entry point's rules, or from values where there is none."""
    if entry is None:
        return [], [], _from_values(machine)
    return _from_rows(revision.name, machine, entry)


def _from_rows(revision: str, machine: Surroundings, entry: Entry) -> _Parts:
    kernel = revision_named(revision).kernel
    search = Searcher(kernel, machine, entry)
    single = [(row, case) for row, case in single_rows(search) if case is not None]
    reachable = [row for row, _case in single]
    missing = [row.name for row in standing(kernel, entry) if row.name not in reachable]
    never = list(why_never(kernel, entry, missing, machine))
    return reachable, never, {
        "row": [case for _row, case in single],
        "pair": list(pairs_of_rows(search, reachable)),
        "effect": list(alternatives(search)),
    }


def _from_values(machine: Surroundings) -> dict[str, list[Case]]:
    return {
        "boundary": list(boundary_values(machine)),
        "caller": list(every_flag_from_every_caller()),
        "flags": list(pairs_of_flags()),
        "random": _random(machine),
    }


def _random(machine: Surroundings) -> list[Case]:
    """Hypothesis belongs to the tests' requirements; without it there are no random cases."""
    try:
        return random_cases(RANDOM, machine)
    except ImportError:
        return []


def lines(cases: Iterable[Case]) -> Iterator[str]:
    """Yield the probe's lines, each with its number as its id."""
    for number, case in enumerate(cases):
        yield f"id={number} {line_of(case)}"
