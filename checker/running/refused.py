"""Why a step cannot be taken from a state: the kernel has none, a call is refused, or facts.

The facts are found by trying: those whose change, alone or with one or two others, would let the
step be taken.  None of it is kept with the model, so a step that changes is told as it is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import combinations
from math import comb
from typing import Any, TypeAlias, TypeVar

from checker.over_time.lacking import lacking
from checker.over_time.trace import said
from checker.over_time.watched import Watched
from model.kernel import Kernel
from model.over_time.catalogue import ENUMS
from model.over_time.step import Machine, Step, TransitionSystem
from model.records import BOOL, Leaf, build, leaves, values_of
from model.words import errno_name

R = TypeVar("R")
SMALL = (0, 1, 2, 3)
TRIED = 8_000
"""How many changes of two or three facts are tried."""
SHOWN = 3

Way: TypeAlias = "tuple[Leaf, int]"
"""A fact, and a value that it could have."""


class Heard(Watched):
    """A kernel, and the errno of each call that a step asks of it.

    ``granted`` answers as if no call were refused: whether it is the call alone that refuses.
    """

    def __init__(self, kernel: Kernel, granted: bool = False) -> None:
        super().__init__(kernel)
        self.errnos: list[int] = []
        self._granted = granted

    def ask(self, question: Callable[..., R], *facts: Any) -> R:
        """Return what the single call answers, and note its errno."""
        answer = super().ask(question, *facts)
        errno = errno_in(answer)
        if errno is None:
            return answer
        self.errnos.append(errno)
        return _granted(answer) if self._granted and errno else answer


def errno_in(answer: Any) -> int | None:
    """Return the errno in an answer of the single call; nothing where it says none."""
    if isinstance(answer, tuple) and answer:
        answer = answer[0]
    found = getattr(answer, "errno", answer)
    return int(found) if isinstance(found, int) and not isinstance(found, bool) else None


def _granted(answer: Any) -> Any:
    if isinstance(answer, tuple):
        return (0, *answer[1:])
    if isinstance(answer, int):
        return 0
    return replace(answer, errno=0)


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a step cannot be taken: ``errno`` of the call that is refused, or facts in the way."""

    step: Step
    lacks: str = ""
    errno: int = 0
    needs: tuple[str, ...] = ()
    """What would have to hold, each enough alone: ``child = alive (it is none)``."""

    @property
    def reason(self) -> str:
        """Return it in words."""
        if self.lacks:
            return self.lacks
        if self.errno:
            return f"the call is refused: {errno_name(self.errno)}"
        if self.needs:
            return f"it needs {', or '.join(self.needs)}"
        return "no change of few facts would let it be taken"


def refusal(system: TransitionSystem, kernel: Kernel, state: Any, step: Step) -> Refusal:
    """Return why a step cannot be taken from a state in which its guard does not hold."""
    absent = lacking(step, kernel, kernel.name)
    if absent:
        return Refusal(step, lacks=absent)
    heard = Heard(kernel)
    step.move(heard, state)
    refused = next((one for one in heard.errnos if one), 0)
    if refused and step.move(Heard(kernel, granted=True), state).when is True:
        return Refusal(step, errno=refused)
    return Refusal(step, needs=tuple(_needs(system, Watched(kernel), state, step)))


def _needs(system: TransitionSystem, machine: Machine, state: Any, step: Step) -> list[str]:
    values = dict(values_of(state))
    known = list(leaves(system.record))

    def lets(*changes: Way) -> bool:
        trial = values | {leaf.path: value for leaf, value in changes}
        return step.move(machine, build(system.record, trial)).when is True

    ways = [(leaf, value) for leaf in known for value in _others(leaf, values[leaf.path])]
    for size in range(1, _most(len(ways)) + 1):
        found = [some for some in _together(ways, size) if lets(*some)]
        if found:
            return [_need(some, values) for some in _each_once(found)][:SHOWN]
    return []


def _most(ways: int) -> int:
    """Return how many facts are changed together, so that a reason does not take a second."""
    return next((size for size in (3, 2) if comb(ways, size) <= TRIED), 1)


def _together(ways: list[Way], size: int) -> Iterator[tuple[Way, ...]]:
    for some in combinations(ways, size):
        if len({leaf.path for leaf, _ in some}) == size:
            yield some


def _each_once(found: list[tuple[Way, ...]]) -> list[tuple[Way, ...]]:
    """Return one of those that change the same facts: the one with the first values."""
    return list({tuple(leaf.path for leaf, _ in some): some for some in found[::-1]}.values())[::-1]


def _need(changes: tuple[Way, ...], values: dict[str, Any]) -> str:
    told = [
        f"{leaf.path} = {word(said(leaf, value))} (it is {word(said(leaf, values[leaf.path]))})"
        for leaf, value in changes
    ]
    return " and ".join(told)


def word(value: Any) -> str:
    """Return a fact's value as it is told."""
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)


def _others(leaf: Leaf, value: Any) -> list[int]:
    """Return the values that are tried in place of a fact's."""
    if leaf.width == BOOL:
        return [not value]
    if leaf.names in ENUMS:
        return [int(one) for one in ENUMS[leaf.names] if int(one) != int(value)]
    near = {*SMALL, leaf.default, value - 1, value + 1}
    low = -(2 ** (leaf.width - 1)) if leaf.signed else 0
    high = 2 ** (leaf.width - (1 if leaf.signed else 0)) - 1
    return sorted(one for one in near if one != value and low <= one <= high)
