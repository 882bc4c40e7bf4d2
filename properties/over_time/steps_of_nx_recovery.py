"""What KVM_CREATE_VM, KVM_RUN, signals and the limit do to KVM's recovery thread."""

from __future__ import annotations

from model.kernel import Kernel
from model.over_time.nx_recovery import SYSTEM
from model.over_time.places import Vcpu
from model.over_time.steps.kvm import VCPUS
from model.over_time.world import World
from model.patches import KVM_LATE_WORKER, KVM_RETRIES, KVM_VHOST_TASK, KVM_WAKES_LIVE
from model.words import Errno
from properties.claim import Claim, holds
from properties.over_time.claim import each_step, some_step
from properties.over_time.steps import ELSE, changed, happens, kept, only

_POST = "arch/x86/kvm/mmu/mmu.c:kvm_mmu_post_init_vm"
_ONCE = "include/linux/call_once.h:call_once"
_CREATE = "virt/kvm/kvm_main.c:kvm_create_vm"
_LATE = holds(needs=KVM_LATE_WORKER)


def _late(kernel: Kernel) -> bool:
    return kernel[KVM_LATE_WORKER] is True


def _errno(kernel: Kernel, state: World) -> int:
    """Return why no thread can be made; 0 if it can, as a kthread always can."""
    if kernel[KVM_VHOST_TASK] is not True:
        return 0
    return int(Errno.ERESTARTNOINTR if state.signal_pending else Errno.EAGAIN if state.full else 0)


def _reported(kernel: Kernel, errno: int) -> int:
    """Return what user space is told: ENOMEM for all in v6.13; a restart is not seen later."""
    if kernel[KVM_RETRIES] is True:
        return 0 if errno == Errno.ERESTARTNOINTR else errno
    return int(Errno.ENOMEM) if errno else 0


def _in_vain(kernel: Kernel, state: World) -> int:
    """Return what KVM_RUN says where call_once() completed: ENOMEM if it did without a thread."""
    vain = kernel[KVM_RETRIES] is not True and state.workers == 0
    return int(Errno.ENOMEM) if vain else 0


def _says(state: World, errno: int) -> bool:
    return bool(state.refused == errno)


def _place(state: World, cpu: str) -> int:
    return int(state.vcpu_a if cpu == "A" else state.vcpu_b)


def _other(state: World, cpu: str) -> int:
    return _place(state, "B" if cpu == "A" else "A")


def _busy(state: World) -> bool:
    """Return whether a vCPU's thread is in call_once()."""
    return any(_place(state, cpu) in (Vcpu.LOOKED, Vcpu.INSIDE) for cpu in VCPUS)


@each_step("Trc1", of=SYSTEM, source="kernel/signal.c:send_signal_locked", expect=holds())
def signals_and_limits_come_and_go_alone_and_a_signal_is_handled_outside_call_once(
    _kernel: Kernel, before: World, after: World
) -> Claim:
    """On the way to user space."""
    told = changed(before, after) & {"signal_pending", "full"}
    handled = happens(after, before, "signal_pending")
    alone = len(changed(before, after)) == 1
    return Claim(bool(told), alone and not (handled and _busy(before)))


@each_step("Trc2", of=SYSTEM, source=_CREATE, expect=holds(needs=~KVM_LATE_WORKER))
def creating_a_virtual_machine_makes_its_thread_or_fails(
    kernel: Kernel, before: World, after: World
) -> Claim:
    """A kthread; in v6.13 a vhost task, which a signal or the limit keeps from being made."""
    creates = changed(before, after) & {"kvm", "workers", "reason", "refused"}
    errno = _errno(kernel, before)
    there = bool(after.kvm) == (errno == 0) and after.workers == int(errno == 0)
    why = after.reason == errno and _says(after, _reported(kernel, errno))
    quiet = only(before, after, "kvm", "workers", "reason", "refused")
    early = not _late(kernel) and bool(creates)
    return Claim(early, not before.kvm and bool(there and why) and quiet)


@each_step("Trc3", of=SYSTEM, source="931656b9e2ff; " + _CREATE, expect=_LATE)
def creating_a_virtual_machine_makes_no_thread_and_never_fails_since_v6_14(
    kernel: Kernel, before: World, after: World
) -> Claim:
    """Once; nobody runs it yet."""
    creates = _late(kernel) and before.kvm != after.kvm
    fine = happens(before, after, "kvm") and _says(after, 0) and after.reason == 0
    return Claim(creates, bool(fine) and only(before, after, "kvm", "reason", "refused"))


@each_step("Trc4", of=SYSTEM, source=_ONCE, expect=_LATE, cases=VCPUS)
def a_vcpu_looks_takes_the_mutex_alone_and_leaves(
    kernel: Kernel, before: World, after: World, cpu: str
) -> Claim:
    """It asks for the mutex where it saw that nothing was completed; others wait for it."""
    way = Vcpu(_place(before, cpu)), Vcpu(_place(after, cpu))
    if way[0] == way[1]:
        return ELSE
    mine = "vcpu_a" if cpu == "A" else "vcpu_b"
    runs = _says(after, 0) and bool(before.kvm and after.ran) and not before.completed
    enters = _other(before, cpu) != Vcpu.INSIDE
    again = not before.signal_pending and bool(before.completed) == (way[1] == Vcpu.OUT)
    fine = {
        (Vcpu.OUT, Vcpu.LOOKED): runs and only(before, after, mine, "ran", "refused"),
        (Vcpu.LOOKED, Vcpu.INSIDE): enters and only(before, after, mine),
        (Vcpu.RESTARTS, Vcpu.LOOKED): again and only(before, after, mine),
        (Vcpu.RESTARTS, Vcpu.OUT): again and only(before, after, mine),
        (Vcpu.INSIDE, Vcpu.OUT): True,
        (Vcpu.INSIDE, Vcpu.RESTARTS): not before.completed and kernel[KVM_RETRIES] is True,
    }
    return Claim(True, bool(fine.get(way, False)))


@each_step("Trc5", of=SYSTEM, source="916b7f42b3b3; " + _POST, expect=_LATE, cases=VCPUS)
def who_has_the_mutex_makes_the_thread_unless_another_did(
    kernel: Kernel, before: World, after: World, cpu: str
) -> Claim:
    """A failure counts as completed until 916b7f42b3b3; since then a signal restarts KVM_RUN."""
    leaves = _place(before, cpu) == Vcpu.INSIDE != _place(after, cpu)
    mine = "vcpu_a" if cpu == "A" else "vcpu_b"
    if before.completed:
        told = _says(after, _in_vain(kernel, before))
        return Claim(leaves, told and only(before, after, mine, "refused"))
    errno, retries = _errno(kernel, before), kernel[KVM_RETRIES] is True
    restarts = retries and errno == Errno.ERESTARTNOINTR
    place = _place(after, cpu) == (Vcpu.RESTARTS if restarts else Vcpu.OUT)
    made = after.workers == before.workers + int(errno == 0)
    done = bool(after.completed) == (errno == 0 or not retries) and after.reason == errno
    quiet = only(before, after, mine, "workers", "completed", "reason", "refused")
    return Claim(leaves, bool(place and made and done) and quiet
                 and _says(after, _reported(kernel, errno)))


@each_step("Trc6", of=SYSTEM, source=_ONCE, expect=_LATE)
def nothing_is_made_outside_call_once_or_once_it_is_completed(
    kernel: Kernel, before: World, after: World
) -> Claim:
    """A KVM_RUN that finds it completed says ENOMEM if that was in vain, until 916b7f42b3b3."""
    made = changed(before, after) & {"workers", "completed", "reason"}
    inside = any(_place(before, cpu) == Vcpu.INSIDE for cpu in VCPUS) and not before.completed
    told = changed(before, after) & {"ran", "refused"}
    runs = bool(told) and kept(before, after, "vcpu_a", "vcpu_b")
    out = any(_place(before, cpu) == Vcpu.OUT for cpu in VCPUS)
    vain = before.completed and after.ran and out and _says(after, _in_vain(kernel, before))
    fine = bool(vain) and only(before, after, "ran", "refused")
    return Claim(_late(kernel) and bool(before.kvm), (inside or not made) and (fine or not runs))


@each_step("Trc7", of=SYSTEM, source="43fb96ae7855; arch/x86/kvm/mmu/mmu.c:set_nx_huge_pages",
           expect=holds())
def a_module_parameter_changes_nothing_but_that_it_wakes_a_thread_never_made(
    kernel: Kernel, before: World, after: World
) -> Claim:
    """Where there is a virtual machine; another step in vain is a creation that fails again."""
    woke = before.woke_none != after.woke_none
    fine = before.kvm and before.workers == 0 and kernel[KVM_WAKES_LIVE] is not True
    alone = changed(before, after) == {"woke_none"} and bool(after.woke_none)
    fails = not _late(kernel) and _errno(kernel, before) != 0
    idle = before == after
    return Claim(woke or idle, bool(before.kvm or fails) if idle else bool(fine) and alone)


@some_step("Trc8", of=SYSTEM, source="kernel/sys.c:do_prlimit", expect=holds(),
           cases=("signal_pending", "full"))
def signals_and_limits_can_come_and_go(
    _kernel: Kernel, before: World, after: World, what: str
) -> Claim:
    """A signal goes when nobody is in call_once()."""
    waits = what == "signal_pending" and before.signal_pending and _busy(before)
    turned = bool(getattr(after, what)) != bool(getattr(before, what))
    return Claim(not waits, turned)


@some_step("Trc9", of=SYSTEM, source=_CREATE, expect=holds())
def a_virtual_machine_can_be_created_where_its_thread_can_be_made_or_is_made_late(
    kernel: Kernel, before: World, after: World
) -> Claim:
    """Else KVM_CREATE_VM tells that it failed."""
    fails = not _late(kernel) and _errno(kernel, before) != 0
    return Claim(not before.kvm, bool(after.refused) if fails else bool(after.kvm))


@some_step("Trca", of=SYSTEM, source=_ONCE, expect=_LATE, cases=VCPUS)
def a_vcpu_can_call_KVM_RUN_and_comes_on_unless_another_has_the_mutex_or_a_signal_waits(
    kernel: Kernel, before: World, after: World, cpu: str
) -> Claim:
    """A restart goes on after the handler."""
    place = Vcpu(_place(before, cpu))
    able = {
        Vcpu.OUT: before.kvm and not before.completed,
        Vcpu.LOOKED: _other(before, cpu) != Vcpu.INSIDE,
        Vcpu.INSIDE: True,
        Vcpu.RESTARTS: not before.signal_pending,
    }
    return Claim(_late(kernel) and bool(able[place]), _place(after, cpu) != place)


@some_step("Trcb", of=SYSTEM, source=_ONCE, expect=_LATE, cases=VCPUS)
def a_vcpu_can_call_KVM_RUN_again_once_call_once_is_completed(
    kernel: Kernel, before: World, after: World, cpu: str
) -> Claim:
    """Nobody waits any more; what it says is the same for all."""
    able = _late(kernel) and before.kvm and before.completed and _place(before, cpu) == Vcpu.OUT
    told = after.ran and _says(after, _in_vain(kernel, before))
    return Claim(bool(able), bool(told) and only(before, after, "ran", "refused"))


@some_step("Trcc", of=SYSTEM, source="43fb96ae7855; arch/x86/kvm/mmu/mmu.c:set_nx_huge_pages",
           expect=holds())
def a_module_parameter_can_be_written_while_there_is_a_virtual_machine(
    kernel: Kernel, before: World, after: World
) -> Claim:
    """It wakes each thread that there is, and until 43fb96ae7855 each that there is not."""
    missing = before.workers == 0 and kernel[KVM_WAKES_LIVE] is not True
    woke = bool(after.woke_none) if missing else before == after
    return Claim(bool(before.kvm), woke)
