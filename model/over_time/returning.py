"""Returning: what vhost_task_create() returns, and what its callers take it for.

kernel/vhost_task.c:vhost_task_create, drivers/vhost/vhost.c:vhost_worker_create,
arch/x86/kvm/mmu/mmu.c.  NULL on failure until v6.13, an error pointer since.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from model.algebra import Truth, Word, both, no, when_word
from model.over_time import worker_calls
from model.over_time.step import Machine, Move, System, but
from model.patches import KVM_VHOST_TASK, VHOST_ERR_PTR, VHOST_TASK, VHOST_USES_TASK
from model.records import BOOL, fact

_CREATE = "kernel/vhost_task.c:vhost_task_create"


class Value(IntEnum):
    """What a pointer is."""

    NONE = 0
    """Nothing was returned yet."""
    NULL = 1
    ERROR = 2
    """A small negative number made a pointer."""
    TASK = 3


@dataclass(frozen=True, slots=True)
class Returning:
    """One caller, and what it was given."""

    value: Word = fact(8, 0, "what vhost_task_create() returned", names="value")
    kvm: Truth = fact(BOOL, False, "the caller is KVM, not vhost")
    tested: Truth = fact(BOOL, False, "the caller has tested it")
    used: Truth = fact(BOOL, False, "the caller took it for a task and started that")


SYSTEM = System(
    name="returning",
    about="what vhost_task_create() returns and its callers test",
    record=Returning,
    tasks="one caller",
    start=lambda _machine: Returning(),
)


def without_struct(machine: Machine) -> Word:
    """What is returned if struct vhost_task cannot be allocated."""
    return when_word(8, machine[VHOST_ERR_PTR], int(Value.ERROR), int(Value.NULL))


def without_task(machine: Machine) -> Word:
    """What is returned if copy_process() fails."""
    return when_word(8, machine[VHOST_ERR_PTR], int(Value.ERROR), int(Value.NULL))


def taken_for_failure(machine: Machine, value: Word) -> Truth:
    """The callers' test: IS_ERR() since v6.14, !pointer before; changed in the same commit."""
    told = when_word(8, machine[VHOST_ERR_PTR], int(Value.ERROR), int(Value.NULL))
    return value == told


def _returns(machine: Machine, state: Returning, reason: str, kvm: bool) -> Move:
    signal, full, no_struct = (reason == one for one in ("signal", "limit", "struct"))
    errno = machine.ask(worker_calls.vhost_task_errno, signal, full, no_struct)
    failure = without_struct(machine) if no_struct else without_task(machine)
    value = when_word(8, errno == 0, int(Value.TASK), failure)
    return Move(state.value == int(Value.NONE), but(state, value=value, kvm=kvm))


_REASON = {
    "in peace": "",
    "with a signal pending": "signal",
    "at the limit": "limit",
    "without memory": "struct",
}


@SYSTEM.step(at="drivers/vhost/vhost.c:vhost_worker_create", who="vhost",
             since=VHOST_USES_TASK, each=tuple(_REASON))
def vhost_asks_X(machine: Machine, state: Returning, how: str) -> Move:
    """VHOST_SET_OWNER or VHOST_NEW_WORKER."""
    return _returns(machine, state, _REASON[how], False)


@SYSTEM.step(at="arch/x86/kvm/mmu/mmu.c:kvm_mmu_start_lpage_recovery", who="KVM",
             since=KVM_VHOST_TASK, each=tuple(_REASON))
def kvm_asks_X(machine: Machine, state: Returning, how: str) -> Move:
    """KVM's recovery thread."""
    return _returns(machine, state, _REASON[how], True)


@SYSTEM.step(at=_CREATE, who="caller", own=True, since=VHOST_TASK)
def the_caller_tests_what_it_was_given(machine: Machine, state: Returning) -> Move:
    """And starts what it takes for a task: vhost_task_start()."""
    given = both(no(state.value == int(Value.NONE)), no(state.tested))
    used = no(taken_for_failure(machine, state.value))
    return Move(given, but(state, tested=True, used=used))
