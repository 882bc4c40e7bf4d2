"""Workers over time: KVM's recovery thread, and what vhost_task_create() returns."""

from __future__ import annotations

from model.algebra import both, either, no
from model.kernel import Kernel
from model.over_time import nx_recovery, vhost_task_create
from model.over_time.places import ReturnedPointer, Vcpu
from model.over_time.world import World
from model.patches import (
    KVM_LATE_WORKER,
    KVM_RETRIES,
    KVM_VHOST_TASK,
    KVM_WAKES_LIVE,
    VHOST_ERR_PTR,
    VHOST_USES_TASK,
)
from model.words import Errno
from properties.claim import Claim, fails, holds
from properties.over_time.claim import ends, invariant


@invariant(
    "P65",
    of=vhost_task_create.SYSTEM,
    source="e297cd54b3f8; cb380909ae3b",
    expect=holds(needs=VHOST_USES_TASK),
)
def what_a_caller_of_vhost_task_create_uses_is_a_task(_kernel: Kernel, state: World) -> Claim:
    """NULL or a task until v6.13, an error pointer or a task since; its callers test for that."""
    return Claim(state.used, state.returned == int(ReturnedPointer.TASK))


@invariant(
    "P65n",
    of=vhost_task_create.SYSTEM,
    source="e297cd54b3f8; cb380909ae3b; kernel/vhost_task.c:vhost_task_create",
    expect=holds(until=VHOST_ERR_PTR, needs=VHOST_USES_TASK),
)
def a_caller_of_vhost_task_create_that_gets_no_task_gets_NULL(
    _kernel: Kernel, state: World
) -> Claim:
    """An error pointer since v6.14: a caller that still tests for NULL would start that."""
    given = no(
        either(
            state.returned == int(ReturnedPointer.NONE), state.returned == int(ReturnedPointer.TASK)
        )
    )
    return Claim(given, state.returned == int(ReturnedPointer.NULL))


@invariant(
    "P66e",
    of=nx_recovery.SYSTEM,
    source="916b7f42b3b3; arch/x86/kvm/mmu/mmu.c:kvm_mmu_post_init_vm",
    expect=fails(since=KVM_VHOST_TASK, until=KVM_RETRIES, needs=KVM_VHOST_TASK),
)
def KVM_tells_why_it_could_not_make_its_recovery_thread(
    _kernel: Kernel, state: World
) -> Claim:
    """Without the errno of vhost_task_create() every failure was ENOMEM."""
    return Claim(no(state.refused == 0), state.refused == state.reason)


@invariant(
    "P66n",
    of=nx_recovery.SYSTEM,
    source="916b7f42b3b3",
    expect=fails(since=KVM_VHOST_TASK, until=KVM_RETRIES),
)
def a_signal_alone_never_makes_KVM_fail(_kernel: Kernel, state: World) -> Claim:
    """ERESTARTNOINTR became ENOMEM; since then the ioctl is restarted, unseen by user space."""
    signal = state.reason == int(Errno.ERESTARTNOINTR)
    quiet = both(no(state.full), either(signal, state.signal_pending))
    return Claim(quiet, no(both(signal, no(state.refused == 0))))


@invariant(
    "P66k",
    of=nx_recovery.SYSTEM,
    source="916b7f42b3b3; include/linux/call_once.h",
    expect=fails(since=KVM_LATE_WORKER, until=KVM_RETRIES, needs=KVM_LATE_WORKER),
)
def a_virtual_machine_that_failed_once_may_still_run(_kernel: Kernel, state: World) -> Claim:
    """call_once() counted a failure as completed: every later KVM_RUN failed as well."""
    return Claim(state.completed, no(state.workers == 0))


@invariant(
    "P66t",
    of=nx_recovery.SYSTEM,
    source="931656b9e2ff; include/linux/call_once.h",
    expect=holds(),
)
def a_virtual_machine_never_has_two_recovery_threads(_kernel: Kernel, state: World) -> Claim:
    """Whichever vCPUs run first, and however often they are interrupted."""
    return Claim(state.kvm, no(nx_recovery.more_than_one(state)))


@ends(
    "P66r",
    of=nx_recovery.SYSTEM,
    source="916b7f42b3b3; arch/x86/kernel/signal.c",
    expect=holds(needs=KVM_RETRIES),
)
def a_KVM_RUN_that_a_signal_interrupted_comes_to_an_end(
    _kernel: Kernel, state: World
) -> Claim:
    """It calls again after the handler; the thread is made, or the errno told."""
    out = both(state.vcpu_a == int(Vcpu.OUT), state.vcpu_b == int(Vcpu.OUT))
    told = either(no(state.refused == 0), no(state.workers == 0))
    return Claim(nx_recovery.restarts(state), both(out, told))


@invariant(
    "P63n",
    of=nx_recovery.SYSTEM,
    source="43fb96ae7855",
    expect=fails(since=KVM_LATE_WORKER, until=KVM_WAKES_LIVE),
)
def waking_KVMs_recovery_thread_finds_one(
    _kernel: Kernel, state: World
) -> Claim:
    """Since the first KVM_RUN makes it, a virtual machine may have none yet."""
    return Claim(state.kvm, no(state.woke_none))


@invariant(
    "P66l",
    of=nx_recovery.SYSTEM,
    source="931656b9e2ff; kernel/fork.c:check_unshare_flags",
    expect=fails(since=KVM_VHOST_TASK, until=KVM_LATE_WORKER),
)
def creating_a_virtual_machine_leaves_a_process_single_threaded(
    kernel: Kernel, state: World
) -> Claim:
    """In v6.13 it had a second thread at once: no unshare(CLONE_NEWUSER), no safe fork()."""
    threads = both(kernel[KVM_VHOST_TASK], no(state.workers == 0))
    return Claim(both(state.kvm, no(state.ran)), no(threads))


@invariant(
    "P32k",
    of=nx_recovery.SYSTEM,
    source="d96c77bd4eeb; kernel/fork.c:copy_process",
    expect=fails(since=KVM_VHOST_TASK),
)
def a_full_RLIMIT_NPROC_stops_no_virtual_machine(_kernel: Kernel, state: World) -> Claim:
    """Since v6.13 the recovery thread is charged to the owner: KVM_CREATE_VM or KVM_RUN fails."""
    return Claim(state.full, state.refused == 0)
