"""Which of several faults a caller is told of: the one that the kernel tests first."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

from model.algebra import Truth, Word, both, either, no
from model.call import Call
from model.evaluate import Outcome
from model.state import Fallible
from model.vhost import VhostOutcome
from model.words import Errno
from properties.claim import Claim


class Fault(NamedTuple):
    """Something that is wrong with a call, and the error that is told for it alone."""

    errno: Word
    there: Truth


def no_memory(call: Call, step: Fallible, needed: Truth) -> Fault:
    """Return the fault that a part which is needed cannot be allocated: ENOMEM."""
    return Fault(int(Errno.ENOMEM), both(needed, call.fails(step)))


def any_failure(call: Call, step: Fallible, needed: Truth) -> Fault:
    """Return the fault of a step that has errors of its own, told as they are."""
    return Fault(call.chance.errno, both(needed, call.fails(step)))


def wrong(faults: list[Fault]) -> Truth:
    """Return whether one of the faults is there."""
    return either(*(fault.there for fault in faults))


def told_in_order(
    outcome: Outcome | VhostOutcome, earlier: list[Fault], faults: list[Fault]
) -> Claim:
    """Return that one of these faults is the first and is told, where nothing earlier is wrong."""
    told = []
    before: Truth = False
    for fault in faults:
        first = both(fault.there, no(before))
        told.append(both(first, outcome.errno == fault.errno))
        before = either(before, fault.there)
    return Claim(both(no(wrong(earlier)), wrong(faults)), either(*told))


Stage: TypeAlias = "Callable[[Call], list[Fault]]"


@dataclass(frozen=True, slots=True)
class FaultOrder:
    """The faults of one system call, stage by stage, as the kernel tests them."""

    stages: tuple[Stage, ...]

    def before(self, call: Call, stage: int) -> list[Fault]:
        """Return the faults of all stages before one."""
        return [fault for faults in self.stages[:stage] for fault in faults(call)]

    def told(self, call: Call, outcome: Outcome, stage: int) -> Claim:
        """Return that the first fault of a stage is told, where no earlier stage has one."""
        return told_in_order(outcome, self.before(call, stage), self.stages[stage](call))

    def succeeds(self, call: Call, outcome: Outcome) -> Claim:
        """Return that a call without any of the faults succeeds."""
        return Claim(no(wrong(self.before(call, len(self.stages)))), outcome.ok)
