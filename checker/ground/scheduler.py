"""Campaigns: one function over many items, wherever the processes are that do the work."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from checker.ground import pool
from checker.ground.pool import WorkerLost
from checker.ground.problems import INTERNAL

if TYPE_CHECKING:
    from collections.abc import Generator

Item = TypeVar("Item")
Answer = TypeVar("Answer")


class Scheduler(ABC):
    """Who has items worked on.

    What travels is the function, by its name, and what it is given: a campaign hands over a
    function of a module, or a ``functools.partial`` of one with what all items share, and items
    that can be pickled.
    """

    def each(
        self, work: Callable[[Item], Answer], items: Iterable[Item]
    ) -> Iterator[tuple[int, Answer]]:
        """Yield the place of an item and its answer, as they come; each item is answered once.

        An exception of the function is raised here.  :class:`WorkerLost` is raised if workers
        are lost for good, or if an item is answered twice or never.
        """
        todo = list(items)
        left = set(range(len(todo)))
        with closing(self._answers(work, todo)) as answers:
            for place, answer in answers:
                if place not in left:
                    raise WorkerLost(f"item {place} was answered twice, or never asked", INTERNAL)
                left.remove(place)
                yield place, answer
        if left:
            raise WorkerLost(f"item {min(left)} was never answered", INTERNAL)

    def all(self, work: Callable[[Item], Answer], items: Iterable[Item]) -> list[Answer]:
        """Return the answers in the order of the items."""
        found = dict(self.each(work, items))
        return [found[place] for place in range(len(found))]

    @abstractmethod
    def _answers(
        self, work: Callable[[Any], Any], todo: list[Any]
    ) -> Generator[tuple[int, Any], None, None]:
        """Yield the place and the answer of each item; whatever ends it cancels what is left."""


@dataclass(frozen=True)
class Local(Scheduler):
    """So many processes on this machine, forked from this one; by default, as it has processors."""

    jobs: int | None = None

    def _answers(
        self, work: Callable[[Any], Any], todo: list[Any]
    ) -> Generator[tuple[int, Any], None, None]:
        yield from pool.each(work, todo, jobs=self.jobs)


@dataclass(frozen=True)
class InTurn(Scheduler):
    """This very process, one item after the other: work that fills a machine by itself."""

    def _answers(
        self, work: Callable[[Any], Any], todo: list[Any]
    ) -> Generator[tuple[int, Any], None, None]:
        yield from ((place, work(item)) for place, item in enumerate(todo))


HERE = Local()
"""All processors of this machine."""
