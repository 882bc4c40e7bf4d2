"""What a system's histories come to on a kernel, and which patches that rests on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from checker.mutation.kept import Kept, statements_on
from checker.over_time.decide import Historian
from checker.over_time.explore import Explored
from checker.over_time.finding import TimedFinding
from model.kernel import Kernel
from model.over_time.step import System
from model.patch import Patch


class _Noted:
    """What a kernel knows, noting what is looked up, on copies with a patch decided too."""

    def __init__(self, known: Any, seen: set[Any]) -> None:
        self._known, self.seen = known, seen

    def __getitem__(self, key: Any) -> Any:
        self.seen.add(key)
        return self._known[key]

    def __or__(self, others: Mapping[Any, Any]) -> _Noted:
        return _Noted(_Either(dict(others), self), self.seen)


class _Either:
    def __init__(self, first: dict[Any, Any], then: Any) -> None:
        self._first, self._then = first, then

    def __getitem__(self, key: Any) -> Any:
        return self._first[key] if key in self._first else self._then[key]


@dataclass(frozen=True)
class Reading:
    """What is kept of a system on a kernel, its graph, and the patches that were looked at."""

    system: str
    patches: dict[Patch, bool]
    """Whoever has and lacks the same of these has the same histories and verdicts."""
    graph: Any
    size: str
    kept: dict[str, Kept]

    def speaks_of(self, kernel: Kernel) -> bool:
        """Return whether a kernel answers alike to all that was looked up."""
        return all(kernel[patch] is there for patch, there in self.patches.items())


@dataclass
class Readings:
    """The readings of a run: each system read once for all kernels that answer alike."""

    _known: dict[str, list[Reading]] = field(default_factory=dict)

    def of(self, system: System, kernel: Kernel) -> Reading:
        """Return what a system comes to on a kernel."""
        known = self._known.setdefault(system.name, [])
        found = next((one for one in known if one.speaks_of(kernel)), None)
        if found is None:
            found = _read(system, kernel)
            known.append(found)
        return found


def _read(system: System, kernel: Kernel) -> Reading:
    seen: set[Any] = set()
    noting = kernel.through(_Noted(kernel, seen))
    historian = Historian()
    kept = {prop.id: _kept(historian.decide(prop, noting)) for prop in statements_on(system)}
    explored = historian.library.of(system, noting)
    patches = {one: bool(kernel[one]) for one in seen if isinstance(one, Patch)}
    return Reading(system.name, patches, graph(explored), explored.size, kept)


def _kept(finding: TimedFinding) -> Kept:
    steps = finding.trace.steps if finding.trace else []
    return Kept(finding.verdict, tuple(step.name for step in steps))


def graph(explored: Explored) -> tuple[frozenset[Any], frozenset[Any], bool]:
    """Return the states, the steps between them, and whether that is all."""
    keys = [explored.system.same(state) for state in explored.states]
    edges = frozenset((keys[a], keys[b], own) for a, b, own in explored.edges)
    return frozenset(keys), edges, explored.closed
