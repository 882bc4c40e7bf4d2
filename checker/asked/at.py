"""One call and its outcome, as a question looks at them; in any of the three readings."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from operator import attrgetter
from typing import Any

from checker.asked.names import Field
from checker.asked.whole import Whole, word
from model.algebra import Truth, either
from model.call import Call, choose
from model.errors import number
from model.vhost import VhostOutcome, asks_kthreadd

ERRNO_BITS = 16


@dataclass(frozen=True)
class At:
    """A call and its outcome."""

    call: Call
    outcome: Any

    @property
    def ok(self) -> Truth:
        """Return whether the call succeeds."""
        succeeds: Truth = self.outcome.ok
        return succeeds

    def errno_is(self, value: int) -> Truth:
        """Return whether the call ends in an errno; 0 is success."""
        equal: Truth = self.ok if value == 0 else self.outcome.errno == value
        return equal

    @cached_property
    def errno(self) -> Whole:
        """Return the errno as a number."""
        return word(number(self.outcome.errno), ERRNO_BITS, signed=False)

    def rule_is(self, name: str) -> Truth:
        """Return whether a rule decides the call."""
        return either(*(first for row, first in self.outcome.hits if row.name == name))

    def value(self, field: Field) -> Any:
        """Return what a field is: a truth or a word."""
        return attrgetter(field.path.removeprefix(f"{field.of}."))(self._record(field.of))

    def whole(self, field: Field) -> Whole:
        """Return the number that a field is."""
        width = max(field.leaf.width, 1)
        return word(self.value(field), width, field.leaf.signed)

    @cached_property
    def _args(self) -> Any:
        """Return kernel_clone_args; a vhost worker's are those of the call that makes it."""
        if not isinstance(self.outcome, VhostOutcome):
            return self.call.args
        made = self.outcome
        return choose(asks_kthreadd(self.call), made.kthread.call.args, made.task.call.args)

    def _record(self, of: str) -> Any:
        if of == "start":
            return self.call.start
        if of == "args":
            return self._args
        if of == "cred":
            return self.call.cred
        return getattr(self.outcome, of if of in ("child", "worker") else "after")


