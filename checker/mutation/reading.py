"""What a system's histories come to on kernels, those that are asked about together at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from checker.mutation.kept import KeptVerdict, statements_on
from checker.over_time.counter import Ledger
from checker.over_time.decide import Historian
from checker.over_time.explore import Explored, Library
from checker.over_time.finding import TimedFinding
from checker.over_time.watched import Watched
from checker.readings.noted import Seen
from model.kernel import Kernel
from model.over_time.step import TransitionSystem
from model.patch import Patch
from properties.over_time.claim import TimedProperty


@dataclass(frozen=True)
class GraphReading:
    """What is kept of a system on a kernel, and its graph."""

    system: str
    graph: Any
    size: str
    kept: dict[str, KeptVerdict]

    @property
    def closed(self) -> bool:
        """Return whether its graph has every state."""
        return bool(self.graph[2])


@dataclass
class GraphReadings:
    """The readings of some kernels: each system explored at once on all of them.

    One reading stands for all kernels on which a system and its statements come to the same.
    """

    kernels: Sequence[Kernel] = ()
    ledger: Ledger | None = None
    historian: Historian = field(init=False)
    _statements: dict[str, list[TimedProperty]] = field(default_factory=dict)
    _known: dict[str, list[tuple[Kernel, GraphReading]]] = field(default_factory=dict)
    _of: dict[tuple[str, int], tuple[Kernel, GraphReading]] = field(default_factory=dict)
    _looked_up: dict[tuple[str, int], tuple[Kernel, Seen]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.historian = Historian(Library(self.kernels), self.ledger or Ledger(self.kernels))

    def of(self, system: TransitionSystem, kernel: Kernel) -> GraphReading:
        """Return what a system comes to on a kernel."""
        where = system.name, id(kernel)
        if where not in self._of:
            self._of[where] = kernel, self._found(system, kernel)
        return self._of[where][1]

    def _found(self, system: TransitionSystem, kernel: Kernel) -> GraphReading:
        known = self._known.setdefault(system.name, [])
        for other, reading in known:
            if self.alike(system, other, kernel):
                return reading
        explored = self.historian.library.of(system, kernel)
        kept = {one.id: _kept(self.historian.decide(one, kernel)) for one in self._on(system)}
        known.append((kernel, GraphReading(system.name, graph(explored), explored.size, kept)))
        return known[-1][1]

    def alike(self, system: TransitionSystem, kernel: Kernel, other: Kernel) -> bool:
        """Return whether a system plainly comes to the same on two kernels.

        Where it is ``False`` their readings may still be equal.
        """
        library, finds_alike = self.historian.library, self.historian.finds_alike
        if library.of(system, kernel) is not library.of(system, other):
            return False
        return all(finds_alike(prop, kernel, other) for prop in self._on(system))

    def cut_off(self, system: TransitionSystem, kernel: Kernel, patch: Patch) -> bool:
        """Return whether a patch that is looked at could matter in what was not explored."""
        closed = self.historian.library.of(system, kernel).closed
        return not closed and self.looks_at(system, kernel, patch)

    def _on(self, system: TransitionSystem) -> list[TimedProperty]:
        if system.name not in self._statements:
            self._statements[system.name] = statements_on(system)
        return self._statements[system.name]

    def looks_at(self, system: TransitionSystem, kernel: Kernel, patch: Patch) -> bool:
        """Return whether what a system comes to on a kernel looks at a patch at all."""
        where = system.name, id(kernel)
        if where not in self._looked_up:
            watched, historian = Watched(kernel), Historian()
            for prop in self._on(system):
                historian.decide(prop, watched.kernel)
            historian.library.of(system, watched.kernel)
            self._looked_up[where] = kernel, watched.seen
        return patch in self._looked_up[where][1]


def _kept(finding: TimedFinding) -> KeptVerdict:
    steps = finding.trace.steps if finding.trace else []
    return KeptVerdict(finding.verdict, tuple(step.name for step in steps))


def graph(explored: Explored) -> tuple[frozenset[Any], frozenset[Any], bool]:
    """Return the states, the steps between them, and whether that is all."""
    keys = [explored.system.same(state) for state in explored.states]
    edges = frozenset((keys[a], keys[b], own) for a, b, own in explored.edges)
    return frozenset(keys), edges, explored.closed
