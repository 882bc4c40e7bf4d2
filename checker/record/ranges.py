"""Kernels in their own order, and as ranges: ``v5.4…v6.8, debian-6.1.192``."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

from checker.record.result import EVERY_SET, Result
from model.revisions import REVISIONS


@dataclass(frozen=True, slots=True)
class KernelOrder:
    """The kernels of a report, in revision order."""

    kernels: tuple[str, ...]

    @classmethod
    def of(cls, results: Iterable[Result]) -> KernelOrder:
        """Return the order by place; among equal places that of first appearance."""
        first: dict[str, int] = {}
        for one in results:
            if one.kernel not in first:
                first[one.kernel] = one.place
        names = [name for name in first if name != EVERY_SET]
        return cls(tuple(sorted(names, key=first.__getitem__)))

    def index(self, kernel: str) -> int:
        """Return where a kernel stands; every set of patches stands last."""
        return self.kernels.index(kernel) if kernel in self.kernels else len(self.kernels)

    def label(self, names: list[str]) -> str:
        """Return kernels as ranges: ``v5.4…v6.8, debian-6.1.192``, or ``all kernels``."""
        if len(self.kernels) > 1 and set(names) >= set(self.kernels) >= _listed().keys():
            return "all kernels"
        return self.ranges(names)

    def ranges(self, names: Iterable[str]) -> str:
        """Return kernels as ranges; each stays within one line of development.

        A range has no kernel that was not asked for: who is not in the list stands alone.
        """
        spans: list[list[str]] = []
        for name in names:
            if spans and self._follows(spans[-1][-1], name):
                spans[-1].append(name)
            else:
                spans.append([name])
        return ", ".join(_range(span) for span in spans)

    def _follows(self, before: str, name: str) -> bool:
        adjacent = self.index(name) == self.index(before) + 1
        return adjacent and _line(before) == _line(name) and _next_in_list(before, name)


@cache
def _listed() -> dict[str, int]:
    return {name: place for place, name in enumerate(REVISIONS)}


def _next_in_list(before: str, name: str) -> bool:
    """Return whether nothing of the list of kernels stands between two of it."""
    places = _listed()
    return before in places and places[before] + 1 == places.get(name)


@cache
def _line(kernel: str) -> str:
    """Return the line of development: releases and series are one, a distribution another."""
    if re.match(r"v\d|series-\d", kernel):
        return "mainline"
    return re.split(r"\d", kernel, maxsplit=1)[0]


def _range(span: list[str]) -> str:
    return span[0] if len(span) == 1 else f"{span[0]}…{span[-1]}"


@cache
def natural(identity: str) -> tuple[str | int, ...]:
    """Return a sort key that reads digits as numbers."""
    parts = re.split(r"(\d+)", identity)
    return tuple(int(part) if index % 2 else part for index, part in enumerate(parts))
