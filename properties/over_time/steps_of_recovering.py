"""What KVM_CREATE_VM, KVM_RUN, signals and the limit do to KVM's recovery thread."""

from __future__ import annotations

from model.kernel import Kernel
from model.over_time.recovering import BOTH, SYSTEM, Place, Recovering
from model.patches import KVM_LATE_WORKER, KVM_RETRIES, KVM_VHOST_TASK, KVM_WAKES_LIVE
from model.words import Errno
from properties.claim import Claim, holds
from properties.over_time.claim import each_step, some_step
from properties.over_time.steps import ELSE, changed, happens, kept, only

_POST = "arch/x86/kvm/mmu/mmu.c:kvm_mmu_post_init_vm"
_ONCE = "include/linux/call_once.h:call_once"
_CREATE = "virt/kvm/kvm_main.c:kvm_create_vm"
_LATE = holds(needs=KVM_LATE_WORKER)
_TOLD = ("failed", "told")


def _late(kernel: Kernel) -> bool:
    return kernel[KVM_LATE_WORKER] is True


def _errno(kernel: Kernel, state: Recovering) -> int:
    """Return why no thread can be made; 0 if it can, as a kthread always can."""
    if kernel[KVM_VHOST_TASK] is not True:
        return 0
    return int(Errno.ERESTARTNOINTR if state.signal else Errno.EAGAIN if state.full else 0)


def _reported(kernel: Kernel, errno: int) -> int:
    """Return what user space is told: ENOMEM for all in v6.13; a restart is not seen later."""
    if kernel[KVM_RETRIES] is True:
        return 0 if errno == Errno.ERESTARTNOINTR else errno
    return int(Errno.ENOMEM) if errno else 0


def _in_vain(kernel: Kernel, state: Recovering) -> int:
    """Return what KVM_RUN says where call_once() completed: ENOMEM if it did without a thread."""
    vain = kernel[KVM_RETRIES] is not True and state.workers == 0
    return int(Errno.ENOMEM) if vain else 0


def _says(state: Recovering, errno: int) -> bool:
    return bool(state.told == errno and bool(state.failed) == (errno != 0))


def _place(state: Recovering, cpu: str) -> int:
    return int(state.a if cpu == "A" else state.b)


def _other(state: Recovering, cpu: str) -> int:
    return _place(state, "B" if cpu == "A" else "A")


def _busy(state: Recovering) -> bool:
    """Return whether a vCPU's thread is in call_once()."""
    return any(_place(state, cpu) in (Place.LOOKED, Place.INSIDE) for cpu in BOTH)


@each_step("Trc1", of=SYSTEM, source="kernel/signal.c:send_signal_locked", expect=holds())
def signals_and_limits_come_and_go_alone_and_a_signal_is_handled_outside_call_once(
    _kernel: Kernel, before: Recovering, after: Recovering
) -> Claim:
    """On the way to user space."""
    told = changed(before, after) & {"signal", "full"}
    handled = happens(after, before, "signal")
    alone = len(changed(before, after)) == 1
    return Claim(bool(told), alone and not (handled and _busy(before)))


@each_step("Trc2", of=SYSTEM, source=_CREATE, expect=holds(needs=~KVM_LATE_WORKER))
def creating_a_virtual_machine_makes_its_thread_or_fails(
    kernel: Kernel, before: Recovering, after: Recovering
) -> Claim:
    """A kthread; in v6.13 a vhost task, which a signal or the limit keeps from being made."""
    creates = changed(before, after) & {"vm", "workers", "reason", *_TOLD}
    errno = _errno(kernel, before)
    there = bool(after.vm) == (errno == 0) and after.workers == int(errno == 0)
    why = after.reason == errno and _says(after, _reported(kernel, errno))
    quiet = only(before, after, "vm", "workers", "reason", *_TOLD)
    early = not _late(kernel) and bool(creates)
    return Claim(early, not before.vm and bool(there and why) and quiet)


@each_step("Trc3", of=SYSTEM, source="931656b9e2ff; " + _CREATE, expect=_LATE)
def creating_a_virtual_machine_makes_no_thread_and_never_fails_since_v6_14(
    kernel: Kernel, before: Recovering, after: Recovering
) -> Claim:
    """Once; nobody runs it yet."""
    creates = _late(kernel) and before.vm != after.vm
    fine = happens(before, after, "vm") and _says(after, 0) and after.reason == 0
    return Claim(creates, bool(fine) and only(before, after, "vm", "reason", *_TOLD))


@each_step("Trc4", of=SYSTEM, source=_ONCE, expect=_LATE, cases=BOTH)
def a_vcpu_looks_takes_the_mutex_alone_and_leaves(
    kernel: Kernel, before: Recovering, after: Recovering, cpu: str
) -> Claim:
    """It asks for the mutex where it saw that nothing was completed; others wait for it."""
    way = Place(_place(before, cpu)), Place(_place(after, cpu))
    if way[0] == way[1]:
        return ELSE
    mine = "a" if cpu == "A" else "b"
    runs = _says(after, 0) and bool(before.vm and after.ran) and not before.completed
    enters = _other(before, cpu) != Place.INSIDE
    again = not before.signal and bool(before.completed) == (way[1] == Place.OUT)
    fine = {
        (Place.OUT, Place.LOOKED): runs and only(before, after, mine, "ran", *_TOLD),
        (Place.LOOKED, Place.INSIDE): enters and only(before, after, mine),
        (Place.RESTARTS, Place.LOOKED): again and only(before, after, mine),
        (Place.RESTARTS, Place.OUT): again and only(before, after, mine),
        (Place.INSIDE, Place.OUT): True,
        (Place.INSIDE, Place.RESTARTS): not before.completed and kernel[KVM_RETRIES] is True,
    }
    return Claim(True, bool(fine.get(way, False)))


@each_step("Trc5", of=SYSTEM, source="916b7f42b3b3; " + _POST, expect=_LATE, cases=BOTH)
def who_has_the_mutex_makes_the_thread_unless_another_did(
    kernel: Kernel, before: Recovering, after: Recovering, cpu: str
) -> Claim:
    """A failure counts as completed until 916b7f42b3b3; since then a signal restarts KVM_RUN."""
    leaves = _place(before, cpu) == Place.INSIDE != _place(after, cpu)
    mine = "a" if cpu == "A" else "b"
    if before.completed:
        told = _says(after, _in_vain(kernel, before))
        return Claim(leaves, told and only(before, after, mine, *_TOLD))
    errno, retries = _errno(kernel, before), kernel[KVM_RETRIES] is True
    restarts = retries and errno == Errno.ERESTARTNOINTR
    place = _place(after, cpu) == (Place.RESTARTS if restarts else Place.OUT)
    made = after.workers == before.workers + int(errno == 0)
    done = bool(after.completed) == (errno == 0 or not retries) and after.reason == errno
    quiet = only(before, after, mine, "workers", "completed", "reason", *_TOLD)
    return Claim(leaves, bool(place and made and done) and quiet
                 and _says(after, _reported(kernel, errno)))


@each_step("Trc6", of=SYSTEM, source=_ONCE, expect=_LATE)
def nothing_is_made_outside_call_once_or_once_it_is_completed(
    kernel: Kernel, before: Recovering, after: Recovering
) -> Claim:
    """A KVM_RUN that finds it completed says ENOMEM if that was in vain, until 916b7f42b3b3."""
    made = changed(before, after) & {"workers", "completed", "reason"}
    inside = any(_place(before, cpu) == Place.INSIDE for cpu in BOTH) and not before.completed
    runs = kept(before, after, "a", "b") and bool(changed(before, after) & {"ran", *_TOLD})
    out = any(_place(before, cpu) == Place.OUT for cpu in BOTH)
    told = before.completed and after.ran and out and _says(after, _in_vain(kernel, before))
    fine = bool(told) and only(before, after, "ran", *_TOLD)
    return Claim(_late(kernel) and bool(before.vm), (inside or not made) and (fine or not runs))


@each_step("Trc7", of=SYSTEM, source="43fb96ae7855; arch/x86/kvm/mmu/mmu.c:set_nx_huge_pages",
           expect=holds())
def a_module_parameter_changes_nothing_but_that_it_wakes_a_thread_never_made(
    kernel: Kernel, before: Recovering, after: Recovering
) -> Claim:
    """Where there is a virtual machine; another step in vain is a creation that fails again."""
    woke = before.woke_none != after.woke_none
    fine = before.vm and before.workers == 0 and kernel[KVM_WAKES_LIVE] is not True
    alone = changed(before, after) == {"woke_none"} and bool(after.woke_none)
    fails = not _late(kernel) and _errno(kernel, before) != 0
    idle = before == after
    return Claim(woke or idle, bool(before.vm or fails) if idle else bool(fine) and alone)


@some_step("Trc8", of=SYSTEM, source="kernel/sys.c:do_prlimit", expect=holds(),
           cases=("signal", "full"))
def signals_and_limits_can_come_and_go(
    _kernel: Kernel, before: Recovering, after: Recovering, what: str
) -> Claim:
    """A signal goes when nobody is in call_once()."""
    waits = what == "signal" and before.signal and _busy(before)
    turned = bool(getattr(after, what)) != bool(getattr(before, what))
    return Claim(not waits, turned)


@some_step("Trc9", of=SYSTEM, source=_CREATE, expect=holds())
def a_virtual_machine_can_be_created_where_its_thread_can_be_made_or_is_made_late(
    kernel: Kernel, before: Recovering, after: Recovering
) -> Claim:
    """Else KVM_CREATE_VM tells that it failed."""
    fails = not _late(kernel) and _errno(kernel, before) != 0
    return Claim(not before.vm, bool(after.failed) if fails else bool(after.vm))


@some_step("Trca", of=SYSTEM, source=_ONCE, expect=_LATE, cases=BOTH)
def a_vcpu_can_call_KVM_RUN_and_comes_on_unless_another_has_the_mutex_or_a_signal_waits(
    kernel: Kernel, before: Recovering, after: Recovering, cpu: str
) -> Claim:
    """A restart goes on after the handler."""
    place = Place(_place(before, cpu))
    able = {
        Place.OUT: before.vm and not before.completed,
        Place.LOOKED: _other(before, cpu) != Place.INSIDE,
        Place.INSIDE: True,
        Place.RESTARTS: not before.signal,
    }
    return Claim(_late(kernel) and bool(able[place]), _place(after, cpu) != place)


@some_step("Trcb", of=SYSTEM, source=_ONCE, expect=_LATE, cases=BOTH)
def a_vcpu_can_call_KVM_RUN_again_once_call_once_is_completed(
    kernel: Kernel, before: Recovering, after: Recovering, cpu: str
) -> Claim:
    """Nobody waits any more; what it says is the same for all."""
    able = _late(kernel) and before.vm and before.completed and _place(before, cpu) == Place.OUT
    told = after.ran and _says(after, _in_vain(kernel, before))
    return Claim(bool(able), bool(told) and only(before, after, "ran", *_TOLD))


@some_step("Trcc", of=SYSTEM, source="43fb96ae7855; arch/x86/kvm/mmu/mmu.c:set_nx_huge_pages",
           expect=holds())
def a_module_parameter_can_be_written_while_there_is_a_virtual_machine(
    kernel: Kernel, before: Recovering, after: Recovering
) -> Claim:
    """It wakes each thread that there is, and until 43fb96ae7855 each that there is not."""
    missing = before.workers == 0 and kernel[KVM_WAKES_LIVE] is not True
    woke = bool(after.woke_none) if missing else before == after
    return Claim(bool(before.vm), woke)
