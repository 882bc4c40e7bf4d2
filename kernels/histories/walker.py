"""Which histories are driven: random ones, or as many as take every step from every state.

States that differ only in which task has which slot count as one, as in exploration.
"""

from __future__ import annotations

import random
from collections import Counter, deque
from collections.abc import Hashable, Iterator
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from checker.over_time.watched import Watched
from kernels.histories.drive import Drive, History, without_task
from model.kernel import Kernel
from model.over_time.step import Step

Way: TypeAlias = "list[tuple[Step, Any]]"
Edge: TypeAlias = "tuple[Hashable, str, Hashable]"
"""A state, what is done there, and the state after it."""

MOST = 20_000
"""States after which a graph is cut off."""


@dataclass
class Graph:
    """The states that can be driven to, and what can be done in each."""

    start: Hashable
    out: dict[Hashable, list[Edge]] = field(default_factory=dict)

    @property
    def edges(self) -> set[Edge]:
        """Return every step from every state."""
        return {edge for edges in self.out.values() for edge in edges}

    def path(self, source: Hashable, wanted: set[Hashable]) -> list[Edge]:
        """Return a shortest way from a state to one that is wanted; nothing if there is none."""
        came: dict[Hashable, Edge | None] = {source: None}
        todo = deque([source])
        while todo:
            here = todo.popleft()
            if here in wanted:
                return _back(came, here)
            for edge in self.out.get(here, ()):
                if edge[2] not in came:
                    came[edge[2]] = edge
                    todo.append(edge[2])
        return []


def _back(came: dict[Hashable, Edge | None], here: Hashable) -> list[Edge]:
    path: list[Edge] = []
    while (edge := came[here]) is not None:
        path.append(edge)
        here = edge[0]
    return path[::-1]


class Walker:
    """Chooses the histories of one system on one kernel of the model."""

    def __init__(self, drive: Drive, kernel: Kernel, chance: random.Random) -> None:
        self.drive = drive
        self.kernel = kernel
        self.chance = chance
        self.machine = Watched(kernel)
        self.often: Counter[Edge] = Counter()

    def begun(self) -> History:
        """Return the history without steps."""
        return History(self.kernel, [], [self.drive.system.start(self.machine)])

    def ways(self, history: History) -> Iterator[tuple[Edge, Way]]:
        """Yield what can be done next."""
        key = self.drive.system.same
        here = key(history.states[-1])
        for way in self.drive.ways(self.machine, history):
            names = "; ".join(without_task(step.name) for step, _ in way)
            yield (here, names, key(way[-1][1])), way

    def graph(self) -> Graph:
        """Return all that can be driven, breadth first."""
        first = self.begun()
        found = Graph(self.drive.system.same(first.states[-1]))
        todo = deque([first])
        known = {found.start}
        while todo and len(known) < MOST:
            history = todo.popleft()
            edges = found.out.setdefault(self.drive.system.same(history.states[-1]), [])
            for edge, way in self.ways(history):
                edges.append(edge)
                if edge[2] not in known:
                    known.add(edge[2])
                    todo.append(extended(history, way))
        return found

    def walk(self, length: int) -> History:
        """Return a random history; the rarer something was done so far, the likelier it is."""
        history = self.begun()
        while len(history.steps) < length:
            choices = list(self.ways(history))
            if not choices:
                break
            weights = [1 / (1 + self.often[edge]) ** 2 for edge, _ in choices]
            edge, way = self.chance.choices(choices, weights)[0]
            self.often[edge] += 1
            history = extended(history, way)
        return history

    def every(self, length: int) -> list[History]:
        """Return histories that together take every step from every state."""
        graph = self.graph()
        left = graph.edges
        histories = []
        while left:
            before = len(left)
            history = self._through(graph, left, length)
            if len(left) == before:
                break
            histories.append(history)
        return histories

    def _through(self, graph: Graph, left: set[Edge], length: int) -> History:
        """Return one history through as many untaken steps as its length allows."""
        history = self.begun()
        path: list[Edge] = []
        while left:
            choices = list(self.ways(history))
            fresh = [one for one in choices if one[0] in left]
            if not fresh and not path:
                here = self.drive.system.same(history.states[-1])
                path = graph.path(here, {edge[0] for edge in left})
            wanted = path.pop(0) if path and not fresh else None
            fresh = fresh or [one for one in choices if one[0] == wanted]
            if not fresh or len(history.steps) + len(path) >= length:
                break
            path = path if wanted else []
            edge, way = fresh[0]
            left.discard(edge)
            history = extended(history, way)
        return history


def extended(history: History, way: Way) -> History:
    """Return a history with more steps at its end."""
    steps = [*history.steps, *(step for step, _ in way)]
    return History(history.kernel, steps, [*history.states, *(state for _, state in way)])


def edges_of(drive: Drive, history: History) -> Iterator[Edge]:
    """Yield what a history takes, step by step."""
    key = drive.system.same
    for place, step in enumerate(history.steps):
        yield key(history.before(place)), without_task(step.name), key(history.after(place))
