"""What a system of histories looks at on a kernel: which patches, in whatever way it asks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from checker.over_time import stepwise
from checker.over_time.explore import Explored, explore
from model.kernel import Kernel
from model.patch import Patch
from model.system.step import System
from properties.catalogue import all_timed
from properties.system.claim import TimedProperty


class OnKernel(Protocol):
    """A named kernel, or one with a patch turned round."""

    @property
    def kernel(self) -> Kernel:
        """Return the kernel."""


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
    """The patches that a system's histories and statements look at, and its graph."""

    system: str
    patches: frozenset[Patch]
    graph: Any


_KNOWN: dict[tuple[str, frozenset[Patch]], Reading] = {}


def reading(system: System, where: OnKernel) -> Reading:
    """Return what a system looks at on a kernel, remembered by the kernel's patches."""
    key = system.name, where.kernel.patches()
    if key not in _KNOWN:
        _KNOWN[key] = _read(system, where.kernel)
    return _KNOWN[key]


def _read(system: System, kernel: Kernel) -> Reading:
    seen: set[Any] = set()
    noting = kernel.through(_Noted(kernel, seen))
    explored = explore(system, noting)
    for prop in all_timed():
        if prop.system is system:
            _ask(prop, noting, explored)
    patches = frozenset(one for one in seen if isinstance(one, Patch))
    return Reading(system.name, patches, graph(explored))


def _ask(prop: TimedProperty, noting: Kernel, explored: Explored) -> None:
    if prop.how.of_steps:
        list(stepwise.seen(prop, noting, explored))
        return
    for state in explored.states:
        prop.statement(noting, state)


def graph(explored: Explored) -> tuple[frozenset[Any], frozenset[Any], bool]:
    """Return the states, the steps between them, and whether that is all."""
    keys = [explored.system.same(state) for state in explored.states]
    edges = frozenset((keys[a], keys[b], own) for a, b, own in explored.edges)
    return frozenset(keys), edges, explored.closed
