"""Recovering: KVM makes its recovery thread, and a signal or RLIMIT_NPROC is in the way.

arch/x86/kvm/mmu/mmu.c:kvm_mmu_post_init_vm, include/linux/call_once.h.  Until v6.12 it is a
kthread, made in KVM_CREATE_VM; in v6.13 a vhost task; since v6.14 the first KVM_RUN makes it,
once for all vCPUs.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from model.algebra import Truth, Word, both, either, no, signed_below, when_word
from model.over_time import worker_calls
from model.over_time.step import Machine, Move, System, but
from model.patches import KVM_LATE_WORKER, KVM_RETRIES, KVM_VHOST_TASK, KVM_WAKES_LIVE
from model.records import BOOL, fact
from model.words import Errno

_POST = "arch/x86/kvm/mmu/mmu.c:kvm_mmu_post_init_vm"
_ONCE = "include/linux/call_once.h:call_once"
_RESTART = int(Errno.ERESTARTNOINTR)
BOTH = ("A", "B")


class Place(IntEnum):
    """Where a vCPU's thread is in KVM_RUN."""

    OUT = 0
    LOOKED = 1
    """It saw that call_once() has not completed."""
    INSIDE = 2
    """It holds the mutex."""
    RESTARTS = 3
    """ERESTARTNOINTR: once the signal is handled, it calls again by itself."""


@dataclass(frozen=True, slots=True)
class Recovering:
    """One virtual machine with two vCPUs."""

    vm: Truth = fact(BOOL, False, "KVM_CREATE_VM succeeded")
    ran: Truth = fact(BOOL, False, "some vCPU called KVM_RUN")
    completed: Truth = fact(BOOL, False, "call_once() counts as completed")
    workers: Word = fact(8, 0, "recovery threads", signed=True)
    a: Word = fact(8, 0, "vCPU A's thread", names="place")
    b: Word = fact(8, 0, "vCPU B's thread", names="place")
    signal: Truth = fact(BOOL, False, "a signal is pending for whoever makes the thread")
    full: Truth = fact(BOOL, False, "RLIMIT_NPROC has no room")
    failed: Truth = fact(BOOL, False, "the last KVM_CREATE_VM or KVM_RUN failed")
    told: Word = fact(16, 0, "the errno that user space saw", names="errno")
    reason: Word = fact(16, 0, "the errno of the creation", names="errno")
    woke_none: Truth = fact(BOOL, False, "somebody woke a recovery thread that was never made")


SYSTEM = System(
    name="recovering",
    about="KVM makes its recovery thread",
    record=Recovering,
    tasks="one virtual machine, two vCPUs",
    start=lambda _machine: Recovering(),
)


def _errno(machine: Machine, state: Recovering) -> Word:
    if machine[KVM_VHOST_TASK] is True:
        return machine.ask(worker_calls.vhost_task_errno, state.signal, state.full, False)
    return machine.ask(worker_calls.kthread_errno, state.signal, state.full)


def _told(machine: Machine, errno: Word) -> Word:
    """What the caller reports: ENOMEM for all, where vhost tasks came without an errno."""
    hidden = both(machine[KVM_VHOST_TASK], no(machine[KVM_RETRIES]), errno != 0)
    return when_word(16, hidden, int(Errno.ENOMEM), errno)


@SYSTEM.step(at="kernel/signal.c:send_signal_locked", who="user")
def a_signal_comes_in(_machine: Machine, state: Recovering) -> Move:
    """Not a fatal one; a monitor signals its vCPU threads at any time."""
    return Move(no(state.signal), but(state, signal=True))


@SYSTEM.step(at="arch/x86/kernel/signal.c:arch_do_signal_or_restart", who="vCPU", own=True)
def the_signal_is_handled(_machine: Machine, state: Recovering) -> Move:
    """On the way back to user space."""
    busy = either(*(_at(place, Place.LOOKED, Place.INSIDE) for place in (state.a, state.b)))
    return Move(both(state.signal, no(busy)), but(state, signal=False))


@SYSTEM.step(at="kernel/sys.c:do_prlimit", who="user")
def the_limit_is_reached(_machine: Machine, state: Recovering) -> Move:
    """Other tasks of the user, or prlimit()."""
    return Move(no(state.full), but(state, full=True))


@SYSTEM.step(at="kernel/sys.c:do_prlimit", who="user")
def there_is_room_again(_machine: Machine, state: Recovering) -> Move:
    """Tasks ended, or the limit was raised."""
    return Move(state.full, but(state, full=False))


@SYSTEM.step(at="virt/kvm/kvm_main.c:kvm_create_vm", who="owner", until=KVM_LATE_WORKER)
def a_virtual_machine_is_created_with_its_thread(machine: Machine, state: Recovering) -> Move:
    """kvm_arch_post_init_vm() makes the thread; a failure ends KVM_CREATE_VM."""
    errno = _errno(machine, state)
    made = errno == 0
    after = but(
        state,
        vm=made,
        workers=when_word(8, made, 1, 0),
        failed=no(made),
        told=_told(machine, errno),
        reason=errno,
    )
    return Move(no(state.vm), after)


@SYSTEM.step(at="virt/kvm/kvm_main.c:kvm_create_vm", who="owner", since=KVM_LATE_WORKER)
def a_virtual_machine_is_created(_machine: Machine, state: Recovering) -> Move:
    """once_init(); no thread yet."""
    return Move(no(state.vm), but(state, vm=True, failed=False, told=0, reason=0))


def _at(place: Word, *places: Place) -> Truth:
    return either(*(place == int(one) for one in places))


def _place(state: Recovering, cpu: str) -> Word:
    return state.a if cpu == "A" else state.b


def _moved(state: Recovering, cpu: str, place: Word) -> Recovering:
    return but(state, a=place) if cpu == "A" else but(state, b=place)


@SYSTEM.step(at=_ONCE, who="vCPU X", each=BOTH, since=KVM_LATE_WORKER)
def vcpu_X_runs(machine: Machine, state: Recovering, cpu: str) -> Move:
    """KVM_RUN: done at once where call_once() completed; ENOMEM if it completed in vain."""
    errno = _in_vain(machine, state)
    place = when_word(8, state.completed, int(Place.OUT), int(Place.LOOKED))
    after = but(_moved(state, cpu, place), ran=True, failed=errno != 0, told=errno)
    return Move(both(state.vm, _at(_place(state, cpu), Place.OUT)), after)


def _in_vain(machine: Machine, state: Recovering) -> Word:
    """The errno of a KVM_RUN that finds call_once() completed."""
    empty = both(no(machine[KVM_RETRIES]), state.completed, state.workers == 0)
    return when_word(16, empty, int(Errno.ENOMEM), 0)


@SYSTEM.step(at=_ONCE, who="vCPU X", each=BOTH, own=True, since=KVM_LATE_WORKER)
def vcpu_X_takes_the_mutex(_machine: Machine, state: Recovering, cpu: str) -> Move:
    """One at a time."""
    other = _place(state, "B" if cpu == "A" else "A")
    free = no(_at(other, Place.INSIDE))
    ready = both(_at(_place(state, cpu), Place.LOOKED), free)
    return Move(ready, _moved(state, cpu, int(Place.INSIDE)))


def looks_again(state: Recovering) -> Truth:
    """Whether the holder of the mutex finds that another completed it meanwhile."""
    return state.completed


@SYSTEM.step(at=_ONCE, who="vCPU X", each=BOTH, own=True, since=KVM_LATE_WORKER)
def vcpu_X_finds_it_completed(machine: Machine, state: Recovering, cpu: str) -> Move:
    """It looks again, under the mutex."""
    errno = _in_vain(machine, state)
    after = but(_moved(state, cpu, int(Place.OUT)), failed=errno != 0, told=errno)
    return Move(both(_at(_place(state, cpu), Place.INSIDE), looks_again(state)), after)


@SYSTEM.step(at=_POST, who="vCPU X", each=BOTH, own=True, since=KVM_LATE_WORKER)
def vcpu_X_asks_for_the_thread(machine: Machine, state: Recovering, cpu: str) -> Move:
    """vhost_task_create(); until 916b7f42b3b3 call_once() completed even if that failed."""
    errno = _errno(machine, state)
    made = errno == 0
    again = both(machine[KVM_RETRIES], errno == _RESTART)
    told = when_word(16, again, 0, _told(machine, errno))
    after = but(
        _moved(state, cpu, when_word(8, again, int(Place.RESTARTS), int(Place.OUT))),
        workers=state.workers + when_word(8, made, 1, 0),
        completed=either(made, no(machine[KVM_RETRIES])),
        failed=told != 0,
        told=told,
        reason=errno,
    )
    return Move(both(_at(_place(state, cpu), Place.INSIDE), no(looks_again(state))), after)


@SYSTEM.step(at="arch/x86/kernel/signal.c:arch_do_signal_or_restart", who="vCPU X", each=BOTH,
             own=True, since=KVM_RETRIES)
def vcpu_X_calls_again(_machine: Machine, state: Recovering, cpu: str) -> Move:
    """After the handler the ioctl is restarted, unseen by user space."""
    place = when_word(8, state.completed, int(Place.OUT), int(Place.LOOKED))
    ready = both(_at(_place(state, cpu), Place.RESTARTS), no(state.signal))
    return Move(ready, _moved(state, cpu, place))


@SYSTEM.step(at="arch/x86/kvm/mmu/mmu.c:set_nx_huge_pages", who="administrator")
def a_module_parameter_wakes_the_thread(machine: Machine, state: Recovering) -> Move:
    """Of every virtual machine; since 43fb96ae7855 only where there is one."""
    missing = both(state.workers == 0, no(machine[KVM_WAKES_LIVE]))
    return Move(state.vm, but(state, woke_none=either(state.woke_none, missing)))


def restarts(state: Recovering) -> Truth:
    """Return whether a vCPU's KVM_RUN is to be restarted."""
    return either(_at(state.a, Place.RESTARTS), _at(state.b, Place.RESTARTS))


def more_than_one(state: Recovering) -> Truth:
    """Return whether there are two recovery threads."""
    return signed_below(1, state.workers)


