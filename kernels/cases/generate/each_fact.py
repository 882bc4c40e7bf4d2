"""For each thing that a case can say: so many cases in which it is not as an ordinary one has it.

A case is mixed from two that are known: the call of one from the caller of another, or a caller
who has also what another has.  What results is kept if the probe can prepare it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cache
from random import Random
from typing import Any

from kernels.cases.case import Case
from kernels.cases.generate.all_cases import Generated, asks_for_pids
from kernels.cases.generate.random_calls import SEED
from kernels.cases.possible import possible
from kernels.machines.surroundings import Surroundings
from model.records import build, leaves

SOURCE = "each fact"

TRIES = 20
"""How many mixtures are tried for each case that is wanted, before it is left at what there is."""

Values = dict[str, Any]


@cache
def ordinary() -> Values:
    """Return what an ordinary case says, by what it can say: all but the entry point."""
    return {leaf.path: leaf.default for leaf in leaves(Case) if leaf.path != "call.entry"}


def special(case: Case) -> Values:
    """Return what a case says that an ordinary one does not."""
    return {path: said for path, plain in ordinary().items() if (said := _of(case, path)) != plain}


def _of(case: Case, path: str) -> Any:
    part, name = path.split(".")
    return getattr(getattr(case, part), name)


def counted(cases: Iterable[Case]) -> Counter[str]:
    """Return in how many cases each thing is not as an ordinary one has it."""
    return Counter(path for case in cases for path in special(case))


def with_each(count: int, found: Generated, machine: Surroundings) -> Generated:
    """Return the cases, and more until each thing is special in ``count`` of them.

    The same ones each time.  There may be fewer of a thing that goes with few others.
    """
    mixer = _Mixer(list(found.cases), machine)
    sources = dict(found.cases)
    have = counted(sources)
    for path in sorted(ordinary(), key=lambda path: have[path]):
        for case in mixer.mixed(path, TRIES * max(0, count - have[path])):
            if case not in sources:
                sources[case] = SOURCE
                have.update(special(case).keys())
            if have[path] >= count:
                break
    return replace(found, cases=dict(sorted(sources.items(), key=asks_for_pids)))


@dataclass(frozen=True)
class _Mixer:
    """Known cases, and the machine that has to be able to prepare what is made of them."""

    known: list[Case]
    machine: Surroundings

    def mixed(self, path: str, tries: int) -> Iterator[Case]:
        """Yield cases in which a thing is special, of so many that are tried."""
        chance = Random(f"{SEED} {path}")
        with_it = [case for case in self.known if path in special(case)]
        for _ in range(tries if with_it else 0):
            case = _mixture(chance, chance.choice(with_it), chance.choice(self.known), path)
            if path in special(case) and possible(case, self.machine) is True:
                yield case


def _mixture(chance: Random, one: Case, other: Case, path: str) -> Case:
    """Return a case with a thing of one, and much of another."""
    how = chance.random()
    if how < 0.4:
        return Case(one.call, other.caller) if path.startswith("call.") else \
            Case(other.call, one.caller)
    also = special(other)
    if how < 0.6 or one.call.entry != other.call.entry:
        also = {name: said for name, said in also.items() if name.startswith("caller.")}
    some = {name: said for name, said in also.items() if chance.random() < 0.5}
    return build(Case, {"call.entry": one.call.entry} | some | special(one))
