"""What is known of a system call on a kernel, as far as a specification has a place for it.

Each fact is decided by the solver for every caller that acts under its own credentials, as callers
of system calls do: an errno that is not here no call returns, a bit that is not in the mask is in
no call that succeeds, a capability that is not here changes no answer from a refusal to success.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from checker.calls.kernel_words import CAPABILITIES
from checker.smallest.cost import Values
from checker.why.cases import Case, cases
from checker.why.opened import Opened
from model.algebra import Truth, both, either, has_any
from model.call import Situation
from model.due import as_truth
from model.kernel import Kernel
from model.patch import ALWAYS
from model.predict import predict
from model.records import build
from model.request import Entry
from model.rows import Happens, Rejection, Taken
from model.words import Errno


@dataclass(frozen=True, slots=True)
class Error:
    """An errno that a call can return: by which rules, and which only hand it on."""

    errno: int
    rules: tuple[Rejection, ...]
    handed: tuple[Rejection, ...]


@dataclass(frozen=True, slots=True)
class Needed:
    """A capability without which some call is refused that succeeds with it; by which rules."""

    name: str
    bit: int
    rules: tuple[tuple[Rejection, int], ...]


class Facts:
    """A system call on a kernel.

    Raises :class:`~checker.ground.problems.Problem` where the kernel has no such call; each fact
    raises :class:`~checker.why.opened.Undecided` where the solver does not know.
    """

    def __init__(self, kernel: Kernel, entry: Entry) -> None:
        self.kernel, self.entry = kernel, entry
        known = {"request.entry": int(entry), "current.overridden": False}
        self._opened = Opened(kernel, known)

    @cached_property
    def errors(self) -> list[Error]:
        """Return the errnos that a call can return, in their order."""
        found: dict[int, tuple[list[Rejection], list[Rejection]]] = {}
        for case in cases(self._opened.outcome):
            for errno in self._errnos(case):
                found.setdefault(errno, ([], []))[case.is_handed].append(case.row)
        return [Error(errno, tuple(own), tuple(handed))
                for errno, (own, handed) in sorted(found.items())]

    def _errnos(self, case: Case) -> Iterator[int]:
        plain = isinstance(case.seen, int)
        for errno in [int(case.seen)] if plain else [int(one) for one in Errno if one]:
            if self._can(case.first, True if plain else case.seen == errno):
                yield errno

    def call_with(self, error: Error) -> tuple[Values, Rejection]:
        """Return the smallest call that returns an errno, and the rule that refuses it.

        A rule that gives the errno itself is preferred to one that hands it on.
        """
        named = {row.name for row in error.rules or error.handed}
        firsts = (case.first for case in cases(self._opened.outcome) if case.row.name in named)
        returned = self._opened.outcome.errno == error.errno
        wanted = self._opened.constraint(as_truth(both(returned, either(*firsts))))

        def still(_values: Values, outcome: Any) -> bool:
            return bool(outcome.errno == error.errno and outcome.rejected_by.name in named)

        found = self._opened.least(still, wanted)
        assert found is not None, "an errno that can be returned"
        made: Any = predict(self.kernel, build(Situation, found.values))
        return found.values, made.rejected_by

    def can_succeed_with(self, bits: int) -> bool:
        """Return whether a call that has one of some bits in its flag word can succeed."""
        return self._can(self._ok, has_any(self._opened.start.request.flags, bits))

    def least_success(self) -> Values | None:
        """Return the smallest call that succeeds."""
        found = self._opened.least(
            lambda _values, outcome: outcome.ok is True, self._opened.constraint(self._ok)
        )
        return None if found is None else found.values

    @cached_property
    def effects(self) -> list[Taken | Happens]:
        """Return what calls that succeed can take, and do to others than the child."""
        outcome = self._opened.outcome
        rows = [row for row, _ in outcome.walk.reached if isinstance(row, Taken | Happens)]
        call = self._opened.call
        there = {id(row): call.kernel.stands(getattr(row, "where", ALWAYS)) for row in rows}
        return [row for row in dict.fromkeys(rows)
                if self._can(self._ok, there[id(row)], row.condition(call))]

    @cached_property
    def capabilities(self) -> list[Needed]:
        """Return the capabilities that make a difference."""
        found = (
            Needed(f"CAP_{name}", bit.bit_length() - 1, self._without(bit))
            for name, bit in CAPABILITIES.items()
        )
        return [one for one in found if one.rules]

    def _without(self, bit: int) -> tuple[tuple[Rejection, int], ...]:
        """Return the rules that refuse, without a capability, calls that succeed with it."""
        outcome = predict(self.kernel, _without(self._opened.start, bit))
        refused = either(*(first for _, first in outcome.hits))
        if not self._can(self._ok, refused):
            return ()
        found = []
        for case in cases(outcome):
            if self._can(self._ok, case.first):
                found.append((case.row, int(case.seen) if isinstance(case.seen, int) else 0))
        return tuple(found)

    @property
    def _ok(self) -> Truth:
        return as_truth(self._opened.outcome.ok)

    def _can(self, *truths: Truth) -> bool:
        wanted = as_truth(both(*truths))
        if wanted is False:
            return False
        return self._opened.asked(self._opened.constraint(wanted)).values is not None


def _without(start: Situation, cap: int) -> Situation:
    """Return a situation whose caller lacks a capability."""
    cred: Any = start.current.real_cred
    less = replace(cred, cap_effective=cred.cap_effective & ~cap)
    return replace(start, current=replace(start.current, real_cred=less))
