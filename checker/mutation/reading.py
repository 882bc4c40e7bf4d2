"""What a system's histories come to on a kernel, and what of the kernel that rests on."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from checker.mutation.kept import KeptVerdict, statements_on
from checker.over_time.decide import Historian
from checker.over_time.explore import Explored
from checker.over_time.finding import TimedFinding
from checker.over_time.watched import Watched
from model.kernel import Kernel
from model.over_time.step import TransitionSystem


@dataclass(frozen=True)
class GraphReading:
    """What is kept of a system on a kernel, its graph, and what was looked up meanwhile."""

    system: str
    seen: dict[Any, Any]
    """Patches, and the name: whoever has the same of these has the same histories and verdicts."""
    graph: Any
    size: str
    kept: dict[str, KeptVerdict]

    def speaks_of(self, kernel: Kernel) -> bool:
        """Return whether a kernel answers alike to all that was looked up."""
        return all(kernel[key] is there for key, there in self.seen.items())

    @property
    def closed(self) -> bool:
        """Return whether its graph has every state."""
        return bool(self.graph[2])


@dataclass
class GraphReadings:
    """The readings of a run: each system read once for all kernels that answer alike."""

    _known: dict[str, list[GraphReading]] = field(default_factory=dict)

    def of(self, system: TransitionSystem, kernel: Kernel) -> GraphReading:
        """Return what a system comes to on a kernel."""
        known = self._known.setdefault(system.name, [])
        found = next((one for one in known if one.speaks_of(kernel)), None)
        if found is None:
            found = _read(system, kernel)
            known.append(found)
        return found


def _read(system: TransitionSystem, kernel: Kernel) -> GraphReading:
    watched, historian = Watched(kernel), Historian()
    props = statements_on(system)
    kept = {prop.id: _kept(historian.decide(prop, watched.kernel)) for prop in props}
    explored = historian.library.of(system, watched.kernel)
    return GraphReading(system.name, watched.seen, graph(explored), explored.size, kept)


def _kept(finding: TimedFinding) -> KeptVerdict:
    steps = finding.trace.steps if finding.trace else []
    return KeptVerdict(finding.verdict, tuple(step.name for step in steps))


def graph(explored: Explored) -> tuple[frozenset[Any], frozenset[Any], bool]:
    """Return the states, the steps between them, and whether that is all."""
    keys = [explored.system.same(state) for state in explored.states]
    edges = frozenset((keys[a], keys[b], own) for a, b, own in explored.edges)
    return frozenset(keys), edges, explored.closed
