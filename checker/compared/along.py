"""One call on every kernel of a way, in one reading: its ends, and which kernels end it alike.

What differs from kernel to kernel is told in bits (:mod:`checker.readings.kernelwise`), so that
where a call comes to something else on the way is seen without reading it on each kernel.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeAlias

from checker.compared.view import View
from checker.readings.kernelwise import KernelNumber, KernelTruth, having
from checker.readings.named import NamedKernels
from model.call import Situation
from model.kernel import Kernel
from properties.claim import Subject

Parting: TypeAlias = "list[int]"
"""Sets of kernels, a bit each: who is in one and who is not do not end a call alike."""


@dataclass(frozen=True)
class Along:
    """One call on some kernels at once; ``possible`` are those on which it can be made."""

    kernels: NamedKernels
    possible: int
    view: View

    def alike(self, one: Kernel, other: Kernel) -> bool:
        """Return whether two of the kernels end the call alike, and by the same row."""
        pair = self._bit(one) | self._bit(other)
        if not self.possible & pair:
            return True
        if _part(pair, [self.possible]) or _part(pair, self._seen_by_all):
            return False
        return pair & self._ok != pair or not _part(pair, self._made)

    def on(self, kernel: Kernel) -> View:
        """Return what is compared of the call on one of the kernels, as plain values."""
        found = View(kernel, self.view.subject, self.view.start, is_one=True)
        vars(found)["possible"] = bool(self.possible & self._bit(kernel))
        if found.possible:
            vars(found).update(self._plain(self.kernels.places[kernel]))
        return found

    def _plain(self, place: int) -> dict[str, Any]:
        view = self.view
        return {
            "ok": _at(view.ok, place),
            "errno": _at(view.errno, place),
            "hits": [(row, _at(one, place)) for row, one in view.hits],
            "aside": {name: _at(one, place) for name, one in view.aside.items()},
            "made": {name: (_at(one, place), kind) for name, (one, kind) in view.made.items()},
        }

    def _bit(self, kernel: Kernel) -> int:
        return 1 << self.kernels.places[kernel]

    @cached_property
    def _ok(self) -> int:
        return having(self.possible, self.view.ok)

    @cached_property
    def _seen_by_all(self) -> Parting:
        """Return who is parted by the errno, the row that decides, or what is done to others."""
        view = self.view
        some = (view.errno, *view.decides.values(), *view.aside.values())
        return [part for one in some for part in _parts(one)]

    @cached_property
    def _made(self) -> Parting:
        """Return who is parted by what a success leaves."""
        return [part for one, _kind in self.view.made.values() for part in _parts(one)]


def _part(pair: int, parting: Parting) -> bool:
    """Return whether a set of kernels holds one of a pair, and not the other."""
    return any(part & pair not in (0, pair) for part in parting)


def _parts(value: Any) -> Iterator[int]:
    if type(value) is KernelTruth:
        yield value.having
    elif type(value) is KernelNumber:
        yield from value.parts.values()


def _at(value: Any, place: int) -> Any:
    """Return what a truth or a number, plain or not, is on the kernel of a place."""
    if type(value) is KernelTruth:
        return bool(value.having >> place & 1)
    if type(value) is KernelNumber:
        return next(one for one, bits in value.parts.items() if bits >> place & 1)
    return value


def along(kernels: NamedKernels, subject: Subject, start: Situation) -> Along:
    """Return one call on some kernels at once."""
    assumed = View(kernels.at_once(kernels.every), subject, start).possible
    possible = having(kernels.every, assumed)
    return Along(kernels, possible, View(kernels.at_once(possible), subject, start))
