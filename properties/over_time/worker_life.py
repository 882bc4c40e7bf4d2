"""Workers over time: SIGKILL, release, wake-ups, the last reference."""

from __future__ import annotations

from model.algebra import both, either, no
from model.kernel import Kernel
from model.over_time import vhost_wake, vhost_worker
from model.over_time.world import Stop, WorkerRun, World, is_at
from model.patches import (
    KVM_VHOST_TASK,
    VHOST_SIGKILL,
    VHOST_TASK_REF,
    VHOST_USES_TASK,
    VHOST_WAKE_ORDER,
    WORKERS_ARE_THREADS,
)
from properties.claim import Claim, fails, holds
from properties.over_time.claim import ends, invariant


@ends(
    "P52",
    of=vhost_worker.SYSTEM,
    source="db5247d9bf5c; kernel/vhost_task.c:vhost_task_fn",
    expect=holds(since=VHOST_SIGKILL, needs=VHOST_USES_TASK),
)
def killing_the_owners_group_ends_its_vhost_tasks(_kernel: Kernel, state: World) -> Claim:
    """Even while another process holds the device open."""
    working = both(no(state.kthread), no(is_at(state, WorkerRun.NONE)))
    return Claim(both(working, state.killed), vhost_worker.over(state))


@ends(
    "P52k",
    of=vhost_worker.SYSTEM,
    source="kernel/signal.c:sig_task_ignored; db5247d9bf5c",
    expect=holds(since=VHOST_SIGKILL, needs=VHOST_USES_TASK),
)
def a_vhost_task_that_is_sent_SIGKILL_ends(_kernel: Kernel, state: World) -> Claim:
    """The series ignored the signal; v6.4 to v6.9 took it and worked on until the release."""
    return Claim(both(no(state.kthread), state.sent), vhost_worker.over(state))


@ends("P52r", of=vhost_worker.SYSTEM, source="kernel/vhost_task.c:vhost_task_stop", expect=holds())
def closing_the_last_reference_ends_the_worker(_kernel: Kernel, state: World) -> Claim:
    """In every version, kthread or task."""
    closed = both(no(state.file_here), no(state.file_there), no(is_at(state, WorkerRun.NONE)))
    return Claim(closed, both(vhost_worker.over(state), state.stop == int(Stop.DONE)))


@ends(
    "P6D",
    of=vhost_worker.SYSTEM,
    source="obvious but false; drivers/vhost/vhost.c:vhost_attach_mm",
    expect=fails(),
    truth="P52r",
)
def killing_all_tasks_that_use_an_address_space_frees_it(_kernel: Kernel, state: World) -> Claim:
    """False in every version: an open device holds it too, whoever has the file."""
    told = either(state.kthread, state.sent)
    killed = both(no(is_at(state, WorkerRun.NONE)), no(state.kvm), state.killed, told)
    return Claim(
        killed, both(state.owner_gone, vhost_worker.over(state), state.stop == int(Stop.DONE))
    )


@invariant(
    "P63",
    of=vhost_worker.SYSTEM,
    source="kernel/vhost_task.c:vhost_task_stop",
    expect=fails(since=WORKERS_ARE_THREADS, until=VHOST_SIGKILL),
)
def stopping_a_worker_never_wakes_a_freed_task(_kernel: Kernel, state: World) -> Claim:
    """v6.4 to v6.9: the worker may see STOP, end and be freed before vhost_task_wake().

    The closer has to be held up in between for an RCU grace period; no lock forbids it.
    """
    return Claim(both(no(state.kvm), state.woke), no(state.woke_freed))


@invariant(
    "P63k",
    of=vhost_worker.SYSTEM,
    source="afe16653e05d (CVE-2025-40024)",
    expect=fails(since=KVM_VHOST_TASK, until=VHOST_TASK_REF, needs=KVM_VHOST_TASK),
)
def waking_kvms_recovery_thread_never_touches_a_freed_task(
    _kernel: Kernel, state: World
) -> Claim:
    """A thread that died of SIGKILL was released at once; nobody tells KVM."""
    return Claim(both(state.kvm, state.woke), no(state.woke_freed))


@invariant(
    "P63f",
    of=vhost_worker.SYSTEM,
    source="afe16653e05d; kernel/exit.c:release_task",
    expect=fails(since=WORKERS_ARE_THREADS, until=VHOST_TASK_REF),
)
def a_worker_is_freed_by_nobody_before_its_closer_has_seen_it_exit(
    _kernel: Kernel, state: World
) -> Claim:
    """A thread is released as it ends; since v6.17 struct vhost_task holds a reference."""
    return Claim(is_at(state, WorkerRun.FREED), state.stop == int(Stop.DONE))


@invariant(
    "P64",
    of=vhost_worker.SYSTEM,
    source="db5247d9bf5c; kernel/vhost_task.c",
    expect=holds(needs=VHOST_SIGKILL),
)
def a_worker_is_stopped_or_killed_never_both(_kernel: Kernel, state: World) -> Claim:
    """exit_mutex: whichever comes first keeps the other out."""
    return Claim(state.killed_flag, no(state.stop_flag))


@invariant(
    "P6E",
    of=vhost_worker.SYSTEM,
    source="e297cd54b3f8; kernel/exit.c:kernel_wait4",
    expect=fails(since=VHOST_USES_TASK, until=WORKERS_ARE_THREADS),
)
def stopping_a_worker_leaves_no_zombie(_kernel: Kernel, state: World) -> Claim:
    """The series' process is a child of its owner: who closes the device elsewhere finds none."""
    return Claim(state.stop == int(Stop.DONE), is_at(state, WorkerRun.FREED))


@ends(
    "P64w",
    of=vhost_wake.SYSTEM,
    source="4b13cbef7970; kernel/vhost_task.c:vhost_task_fn",
    expect=fails(since=WORKERS_ARE_THREADS, until=VHOST_WAKE_ORDER),
)
def work_that_is_queued_for_a_worker_is_done(_kernel: Kernel, state: World) -> Claim:
    """The first threads looked at their queue before they said that they sleep."""
    return Claim(state.queued, no(state.queued))
