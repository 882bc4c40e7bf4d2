"""Workers over time: limits, cgroups, signals, freezers, execve, core dumps, the end."""

from __future__ import annotations

from model.algebra import both, either, implies, no, signed_below
from model.kernel import Kernel
from model.patches import (
    CGROUP_KILL,
    EXEC_CANCELS_FIRST,
    EXEC_COUNTS_WORKERS,
    FORK_OWNER,
    IO_THREAD,
    IO_THREAD_GATE,
    IO_WQ_RETRIES,
    IO_WQ_RETRY_LIMIT,
    KILL_SEQ,
    KILL_SEQ_OF_TARGET,
    KVM_VHOST_TASK,
    USERNS_FS_GUARD,
    VHOST_SIGKILL,
    VHOST_TASK_REF,
    VHOST_USES_TASK,
    WORKER_MASK_KEPT,
    WORKERS_ARE_THREADS,
)
from model.system import (
    devices,
    dumping,
    execing,
    freezing,
    killing,
    life,
    retrying,
    sharing,
)
from model.system.devices import Devices
from model.system.dumping import Dump, Dumping
from model.system.execing import Execing
from model.system.freezing import Freezing
from model.system.killing import Fork, Kill, Killing
from model.system.life import Run, Stop, Worker, is_at
from model.system.retrying import Retrying
from model.system.sharing import Sharing
from properties.claim import Claim, fails, holds
from properties.system.claim import ends, invariant

_BY_THE_OWNER = holds(since=VHOST_USES_TASK, until=FORK_OWNER)
"""Since the series, until the kthread path could be chosen again."""


@invariant(
    "P32", of=devices.SYSTEM, source="the series' cover letter", expect=_BY_THE_OWNER, truth="P32t"
)
def an_owner_and_its_workers_are_never_more_than_its_limit(
    _kernel: Kernel, state: Devices
) -> Claim:
    """RLIMIT_NPROC of an unprivileged owner; kthreads were charged to root instead."""
    return Claim(True, devices.workers_are_within_the_limit(state))


@invariant("P32t", of=devices.SYSTEM, source="kernel/fork.c:copy_process", expect=holds())
def tasks_charged_to_an_owner_are_never_more_than_its_limit(
    _kernel: Kernel, state: Devices
) -> Claim:
    """The strongest true version for all kernels: of those that are charged to it."""
    return Claim(True, no(signed_below(state.limit, state.tasks)))


@invariant("P69", of=devices.SYSTEM, source="kernel/cgroup/pids.c", expect=_BY_THE_OWNER)
def an_owner_and_its_workers_are_never_more_than_pids_max(
    _kernel: Kernel, state: Devices
) -> Claim:
    """Moving a kthread into the cgroup charges and does not test."""
    return Claim(True, no(signed_below(state.pids_max, state.pids)))


@invariant(
    "P68", of=devices.SYSTEM, source="drivers/vhost/vhost.c:vhost_attach_cgroups",
    expect=_BY_THE_OWNER,
)
def no_worker_ever_runs_outside_its_owners_cgroup(_kernel: Kernel, state: Devices) -> Claim:
    """A kthread does, between its start and the move."""
    return Claim(signed_below(0, state.opened), no(state.astray))


@ends(
    "P52",
    of=life.SYSTEM,
    source="db5247d9bf5c; kernel/vhost_task.c:vhost_task_fn",
    expect=holds(since=VHOST_SIGKILL).vacuous(until=VHOST_USES_TASK),
)
def killing_the_owners_group_ends_its_vhost_tasks(_kernel: Kernel, state: Worker) -> Claim:
    """Even while another process holds the device open."""
    working = both(state.task, no(is_at(state, Run.NONE)))
    return Claim(both(working, state.killed_owner), life.over(state))


@ends(
    "P52k",
    of=life.SYSTEM,
    source="kernel/signal.c:sig_task_ignored; db5247d9bf5c",
    expect=holds(since=VHOST_SIGKILL).vacuous(until=VHOST_USES_TASK),
)
def a_vhost_task_that_is_sent_SIGKILL_ends(_kernel: Kernel, state: Worker) -> Claim:
    """The series ignored the signal; v6.4 to v6.9 took it and worked on until the release."""
    return Claim(both(state.task, state.sent), life.over(state))


@ends("P52r", of=life.SYSTEM, source="kernel/vhost_task.c:vhost_task_stop", expect=holds())
def closing_the_last_reference_ends_the_worker(_kernel: Kernel, state: Worker) -> Claim:
    """In every version, kthread or task."""
    closed = both(no(state.file_here), no(state.file_there), no(is_at(state, Run.NONE)))
    return Claim(closed, both(life.over(state), state.stop == int(Stop.DONE)))


@ends(
    "P6D",
    of=life.SYSTEM,
    source="obvious but false; drivers/vhost/vhost.c:vhost_attach_mm",
    expect=fails(),
    truth="P52r",
)
def killing_all_tasks_that_use_an_address_space_frees_it(_kernel: Kernel, state: Worker) -> Claim:
    """False in every version: an open device holds it too, whoever has the file."""
    told = either(no(state.task), state.sent)
    killed = both(no(is_at(state, Run.NONE)), no(state.kvm), state.killed_owner, told)
    return Claim(killed, both(state.owner_dead, life.over(state), state.stop == int(Stop.DONE)))


@invariant(
    "P63",
    of=life.SYSTEM,
    source="kernel/vhost_task.c:vhost_task_stop",
    expect=fails(since=WORKERS_ARE_THREADS, until=VHOST_SIGKILL),
)
def stopping_a_worker_never_wakes_a_freed_task(_kernel: Kernel, state: Worker) -> Claim:
    """v6.4 to v6.9: the worker may see STOP, end and be freed before vhost_task_wake()."""
    return Claim(both(no(state.kvm), state.woke), no(state.woke_freed))


@invariant(
    "P63k",
    of=life.SYSTEM,
    source="afe16653e05d (CVE-2025-40024)",
    expect=fails(since=KVM_VHOST_TASK, until=VHOST_TASK_REF).vacuous(until=KVM_VHOST_TASK),
)
def waking_kvms_recovery_thread_never_touches_a_freed_task(
    _kernel: Kernel, state: Worker
) -> Claim:
    """A thread that died of SIGKILL was released at once; nobody tells KVM."""
    return Claim(both(state.kvm, state.woke), no(state.woke_freed))


@invariant(
    "P64",
    of=life.SYSTEM,
    source="db5247d9bf5c; kernel/vhost_task.c",
    expect=holds().vacuous(until=VHOST_SIGKILL),
)
def a_worker_is_stopped_or_killed_never_both(_kernel: Kernel, state: Worker) -> Claim:
    """exit_mutex: whichever comes first keeps the other out."""
    return Claim(state.killed_flag, no(state.stop_flag))


@invariant(
    "P6E",
    of=life.SYSTEM,
    source="e297cd54b3f8; kernel/exit.c:kernel_wait4",
    expect=fails(since=VHOST_USES_TASK, until=WORKERS_ARE_THREADS),
)
def stopping_a_worker_leaves_no_zombie(_kernel: Kernel, state: Worker) -> Claim:
    """The series' process is a child of its owner: who closes the device elsewhere finds none."""
    return Claim(state.stop == int(Stop.DONE), is_at(state, Run.FREED))


@ends(
    "P58",
    of=freezing.SYSTEM,
    source="f9010dbdce91; kernel/freezer.c",
    expect=fails(since=VHOST_USES_TASK, until=WORKERS_ARE_THREADS),
)
def suspend_ends(_kernel: Kernel, state: Freezing) -> Claim:
    """The series' worker was to freeze and never looked; kthreads need not."""
    return Claim(both(state.suspend, no(state.killed)), freezing.suspended(state))


@ends(
    "P58k",
    of=freezing.SYSTEM,
    source="db5247d9bf5c; kernel/vhost_task.c:vhost_task_fn",
    expect=fails(since=VHOST_USES_TASK, until=VHOST_SIGKILL),
)
def suspend_ends_with_a_worker_whose_process_was_killed(
    _kernel: Kernel, state: Freezing
) -> Claim:
    """v6.4 to v6.9: a worker that knows it is dead calls get_signal() no more, nor ends."""
    return Claim(both(state.suspend, state.killed), freezing.suspended(state))


@ends(
    "P59",
    of=freezing.SYSTEM,
    source="kernel/cgroup/freezer.c:cgroup_update_frozen",
    expect=holds(since=WORKERS_ARE_THREADS, until=FORK_OWNER),
)
def freezing_the_owners_cgroup_ends(_kernel: Kernel, state: Freezing) -> Claim:
    """A kthread counts and is never trapped; the series' worker was told and never looked."""
    asked = both(no(state.kvm), state.freeze, no(state.killed))
    return Claim(asked, freezing.frozen(state))


@ends(
    "P59k",
    of=freezing.SYSTEM,
    source="d96c77bd4eeb",
    expect=holds(since=KVM_VHOST_TASK),
)
def freezing_the_cgroup_of_a_virtual_machine_ends(_kernel: Kernel, state: Freezing) -> Claim:
    """Until v6.13 KVM's recovery thread was a kthread in it."""
    asked = both(state.kvm, state.freeze, no(state.killed))
    return Claim(asked, freezing.frozen(state))


@invariant(
    "P60",
    of=execing.SYSTEM,
    source="240a1853b4d2; fs/exec.c:de_thread",
    expect=fails(since=WORKERS_ARE_THREADS, until=EXEC_COUNTS_WORKERS),
)
def after_de_thread_no_vhost_thread_of_the_group_lives(_kernel: Kernel, state: Execing) -> Claim:
    """v6.4 to v6.9 did not wait for it, and it works on until the device is released."""
    working = both(state.worker_is_thread, execing.alive(state.worker))
    return Claim(execing.alone(state), no(working))


@invariant(
    "P60i",
    of=execing.SYSTEM,
    source="016649f2aacf; fs/exec.c:begin_new_exec",
    expect=holds(since=EXEC_CANCELS_FIRST).vacuous(until=IO_THREAD),
)
def after_de_thread_no_io_worker_lives(_kernel: Kernel, state: Execing) -> Claim:
    """Cancelling io_uring runs task work, which may still make one."""
    existed = no(state.io == int(execing.Thread.NONE))
    done = both(execing.alone(state), state.cancelled, existed)
    return Claim(done, no(execing.alive(state.io)))


@ends("P60e", of=execing.SYSTEM, source="fs/exec.c:de_thread", expect=holds())
def execve_comes_to_an_end(_kernel: Kernel, state: Execing) -> Claim:
    """Whatever de_thread() waits for ends."""
    begun = no(state.phase == int(execing.Exec.NO))
    return Claim(begun, state.phase == int(execing.Exec.DONE))


@invariant(
    "P61",
    of=dumping.SYSTEM,
    source="2d7f0b392219; kernel/exit.c:coredump_task_exit",
    expect=fails(since=IO_THREAD, until=IO_THREAD_GATE),
)
def only_counted_threads_report_to_a_core_dump(_kernel: Kernel, state: Dumping) -> Claim:
    """A thread that leaves by exit(2) could make a worker that nobody counted, past its report."""
    dumps = no(state.phase == int(Dump.NO))
    early = both(state.phase == int(Dump.DONE), dumping.a_counted_thread_runs(state))
    return Claim(dumps, both(no(signed_below(state.remaining, 0)), no(early)))


@ends(
    "P61e",
    of=dumping.SYSTEM,
    source="fd37b884003c; fs/coredump.c:coredump_wait",
    expect=holds(),
)
def a_core_dump_comes_to_an_end(_kernel: Kernel, state: Dumping) -> Claim:
    """Every thread that was counted reports, by the same flags."""
    waits = both(state.phase == int(Dump.WAITS), no(signed_below(state.remaining, 0)))
    return Claim(waits, state.phase == int(Dump.DONE))


@invariant(
    "P56",
    of=dumping.SYSTEM,
    source="cabc249e6560; kernel/ptrace.c:ptrace_request",
    expect=holds(since=WORKER_MASK_KEPT).vacuous(until=IO_THREAD),
)
def a_workers_signal_mask_never_changes(_kernel: Kernel, state: Dumping) -> Claim:
    """A tracer could set it as on any thread."""
    return Claim(no(state.io == int(dumping.Thread.NONE)), no(state.worker_unmasked))


@invariant(
    "P62",
    of=dumping.SYSTEM,
    source="cabc249e6560; kernel/signal.c:get_signal",
    expect=holds(since=WORKER_MASK_KEPT).vacuous(until=IO_THREAD),
)
def a_worker_never_begins_a_core_dump(_kernel: Kernel, state: Dumping) -> Claim:
    """It takes no signal but SIGKILL and SIGSTOP, as long as its mask stays."""
    exists = no(state.io == int(dumping.Thread.NONE))
    return Claim(both(exists, no(state.phase == int(Dump.NO))), no(state.worker_dumps))


@ends(
    "P67",
    of=retrying.SYSTEM,
    source="3146cba99aa2; io_uring/io-wq.c:io_should_retry_thread",
    expect=fails(since=IO_WQ_RETRIES, until=IO_WQ_RETRY_LIMIT).vacuous(until=IO_THREAD),
)
def making_an_io_worker_comes_to_an_end(_kernel: Kernel, state: Retrying) -> Claim:
    """It is made, or given up; not tried for ever against a full RLIMIT_NPROC."""
    return Claim(state.wanted, either(state.made, state.given_up))


@invariant(
    "P70",
    of=killing.SYSTEM,
    source="b69bb476dee9; kernel/cgroup/cgroup.c:cgroup_post_fork",
    expect=holds(since=KILL_SEQ).vacuous(until=CGROUP_KILL),
    truth="",
)
def a_fork_that_began_before_a_kill_leaves_no_survivor(_kernel: Kernel, state: Killing) -> Claim:
    """Until v6.13 the child was spared if the kill was over when it came."""
    finished = both(state.kill == int(Kill.DONE), state.child, state.moved)
    return Claim(finished, state.child_killed)


@invariant(
    "P70w",
    of=killing.SYSTEM,
    source="kernel/cgroup/cgroup.c:__cgroup_kill; cgroup v2 documentation",
    expect=fails(since=CGROUP_KILL).vacuous(until=CGROUP_KILL),
    truth="P70",
)
def a_fork_that_overlaps_a_kill_leaves_no_survivor(_kernel: Kernel, state: Killing) -> Claim:
    """False: one that began after the sequence number was raised, and was past its last look
    at signals when the walk met its parent, is published unharmed when the walk is over.
    """
    finished = both(state.kill == int(Kill.DONE), state.child, no(state.late))
    return Claim(both(finished, no(state.into)), state.child_killed)


@invariant(
    "P71",
    of=killing.SYSTEM,
    source="8e3599202166; kernel/cgroup/cgroup.c:cgroup_css_set_fork",
    expect=fails(since=KILL_SEQ, until=KILL_SEQ_OF_TARGET),
)
def no_child_is_killed_without_a_kill_of_its_cgroup(_kernel: Kernel, state: Killing) -> Claim:
    """v6.14 compared the sequence numbers of two cgroups."""
    unharmed = both(state.child, state.kill == int(Kill.NO))
    return Claim(unharmed, no(state.child_killed))


@invariant("P74", of=killing.SYSTEM, source="kernel/fork.c:copy_process", expect=holds())
def who_was_killed_before_its_last_look_makes_no_child(_kernel: Kernel, state: Killing) -> Claim:
    """EINTR: fatal_signal_pending() stands before publication."""
    over = both(state.fork == int(Fork.OVER))
    return Claim(over, implies(no(state.child), state.forker_killed))


@invariant(
    "P02",
    of=sharing.SYSTEM,
    source="e66eded8309e (CVE-2013-1858)",
    expect=holds(since=USERNS_FS_GUARD),
)
def tasks_that_share_a_root_are_in_one_user_namespace(_kernel: Kernel, state: Sharing) -> Claim:
    """However clone(), unshare(), setns() and workers follow one another."""
    shared = either(state.other_fs, state.worker_fs)
    return Claim(shared, sharing.one_root_one_namespace(state))


@invariant("P49", of=sharing.SYSTEM, source="kernel/fork.c:copy_process", expect=holds())
def threads_of_a_group_are_in_one_user_namespace(_kernel: Kernel, state: Sharing) -> Claim:
    """A group of more than one neither unshares nor joins."""
    threads = either(state.other_thread, state.worker_thread)
    return Claim(threads, sharing.one_group_one_namespace(state))


@invariant(
    "P6C",
    of=sharing.SYSTEM,
    source="kernel/user_namespace.c:userns_install",
    expect=fails(since=VHOST_USES_TASK),
)
def opening_a_vhost_device_changes_no_later_setns(_kernel: Kernel, state: Sharing) -> Claim:
    """False since the series: the worker shares the root, so setns() says EINVAL."""
    return Claim(True, no(state.refused))
