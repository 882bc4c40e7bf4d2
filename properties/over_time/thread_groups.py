"""Thread groups over time: limits per process, charges of every task, one pid namespace each."""

from __future__ import annotations

from model.algebra import both, either, no, signed_below
from model.kernel import Kernel
from model.over_time import pid_namespaces, thread_groups
from model.over_time.caller import closed
from model.over_time.charges import SlotLife
from model.over_time.places import Init
from model.over_time.steps.pid_namespace import inside
from model.over_time.thread_groups import SLOTS, Groups
from model.over_time.world import World
from model.patches import (
    COUNT_BEFORE_TEST,
    THREADS_STAY,
    UCOUNTS_NPROC,
    VHOST_USES_TASK,
    WORKERS_ARE_THREADS,
)
from properties.claim import Claim, fails, holds
from properties.over_time.claim import ends, invariant

_THREADS = "kernel/fork.c:copy_process; clone(2) EINVAL"


@invariant(
    "P23g",
    of=thread_groups.SYSTEM,
    source="kernel/cred.c:copy_creds; kernel/exit.c:release_task",
    expect=holds(),
)
def every_way_to_make_a_task_charges_one_and_its_end_takes_it_back(
    _kernel: Kernel, state: Groups
) -> Claim:
    """fork, vfork, threads, io workers, kernel threads; exit, SIGKILL, execve, wait."""
    return Claim(True, thread_groups.counts_are_true(state))


@invariant("P38l", of=thread_groups.SYSTEM, source="kernel/exit.c:release_task", expect=holds())
def a_leader_that_ended_is_charged_as_long_as_its_threads_live(
    _kernel: Kernel, state: Groups
) -> Claim:
    """Nobody can reap it before, so it weighs beside them."""
    held = [
        both(thread_groups.lives(task, SlotLife.ZOMBIE), thread_groups.has_threads(state, i))
        for i, task in zip(SLOTS, thread_groups.tasks(state), strict=True)
    ]
    return Claim(either(*held), signed_below(1, state.n1))


@invariant(
    "P33o",
    of=thread_groups.SYSTEM,
    source="8f2f9c4d82f2; kernel/fork.c:copy_process",
    expect=fails(since=UCOUNTS_NPROC, until=COUNT_BEFORE_TEST),
)
def who_makes_a_task_is_within_the_limit_of_its_own_process(
    _kernel: Kernel, state: Groups
) -> Claim:
    """Whichever way it is made, and whatever limits the user's other processes have."""
    return Claim(True, no(state.overran))


@invariant(
    "P33e", of=thread_groups.SYSTEM, source="obvious but false", expect=fails(), truth="P33o"
)
def a_process_is_refused_for_its_own_tasks_only(_kernel: Kernel, state: Groups) -> Claim:
    """False: the limit is the process's, the count is the user's."""
    return Claim(True, no(state.for_others))


@invariant(
    "P33l", of=thread_groups.SYSTEM, source="obvious but false", expect=fails(), truth="P33o"
)
def no_user_has_more_tasks_than_the_lowest_limit_of_its_processes(
    _kernel: Kernel, state: Groups
) -> Claim:
    """False: each creator looks at its own limit, and a limit may be lowered."""
    within = [
        either(
            thread_groups.lives(task, SlotLife.FREE),
            thread_groups.thread(task),
            no(signed_below(task.limit, state.n1)),
        )
        for task in thread_groups.tasks(state)
    ]
    return Claim(True, both(*within))


@invariant(
    "P91v", of=thread_groups.SYSTEM, source="kernel/fork.c:wait_for_vfork_done", expect=holds()
)
def who_waits_in_vfork_waits_for_a_living_child(_kernel: Kernel, state: Groups) -> Claim:
    """Its execve(), its end and SIGKILL to either let it go on."""
    waits = either(*(task.waits for task in thread_groups.tasks(state)))
    awaited = (
        both(task.awaited, thread_groups.lives(task, SlotLife.ALIVE))
        for task in thread_groups.tasks(state)
    )
    return Claim(waits, either(*awaited))


@invariant("P82g", of=pid_namespaces.SYSTEM, source=_THREADS, expect=holds())
def threads_of_a_group_are_in_one_pid_namespace(_kernel: Kernel, state: World) -> Claim:
    """Whatever is set aside by unshare() or chosen by setns(), workers included."""
    threads = either(state.child_thread, state.thread)
    return Claim(threads, pid_namespaces.one_group_one_pid_namespace(state))


@invariant("P82a", of=pid_namespaces.SYSTEM, source=_THREADS, expect=holds())
def no_thread_is_made_while_another_pid_namespace_is_chosen(
    _kernel: Kernel, state: World
) -> Claim:
    """It could not live in both; choosing the own one again allows it again."""
    return Claim(state.pid_ns_made, no(state.thread_apart))


@invariant("P49s", of=pid_namespaces.SYSTEM, source=_THREADS, expect=holds())
def threads_of_a_group_share_signal_handlers_and_memory(
    _kernel: Kernel, state: World
) -> Claim:
    """Neither unshare() nor execve() leaves a thread with handlers of its own."""
    return Claim(state.child_thread, both(state.child_sighand, state.child_vm))


@invariant(
    "P82i",
    of=pid_namespaces.SYSTEM,
    source="f9010dbdce91; kernel/pid.c:alloc_pid",
    expect=fails(since=VHOST_USES_TASK, until=WORKERS_ARE_THREADS),
)
def no_worker_is_the_init_of_a_pid_namespace(_kernel: Kernel, state: World) -> Claim:
    """In the series a worker is a process, and the first in the namespace set aside."""
    return Claim(state.pid_ns_made, no(state.worker_init))


@invariant(
    "P82s",
    of=pid_namespaces.SYSTEM,
    source="f9010dbdce91; kernel/pid_namespace.c:zap_pid_ns_processes",
    expect=fails(since=VHOST_USES_TASK, until=WORKERS_ARE_THREADS),
)
def no_fork_fails_because_a_worker_ended(_kernel: Kernel, state: World) -> Claim:
    """ENOMEM in the series: the namespace set aside had a worker for its init."""
    return Claim(state.pid_ns_made, no(state.starved))


@invariant(
    "P82b",
    of=pid_namespaces.SYSTEM,
    source="obvious but false",
    expect=fails(since=WORKERS_ARE_THREADS),
    truth="P82a",
)
def a_vhost_device_can_be_opened_whatever_pid_namespace_is_chosen(
    _kernel: Kernel, state: World
) -> Claim:
    """False since workers are threads: after unshare(CLONE_NEWPID) none can be made."""
    return Claim(state.pid_ns_made, no(state.barred))


@invariant("P82z", of=pid_namespaces.SYSTEM, source="kernel/pid.c:alloc_pid", expect=holds())
def nobody_is_made_in_a_pid_namespace_whose_init_ends(_kernel: Kernel, state: World) -> Claim:
    """PIDNS_ADDING is clear from then on, though it may still be chosen."""
    return Claim(closed(state), no(inside(state)))


@invariant(
    "P82h",
    of=pid_namespaces.SYSTEM,
    source="obvious but false; kernel/pid_namespace.c:zap_pid_ns_processes",
    expect=fails(since=THREADS_STAY),
    truth="Tpgk",
)
def the_end_of_an_init_leaves_its_makers_signal_handlers_alone(
    _kernel: Kernel, state: World
) -> Claim:
    """False: with CLONE_SIGHAND they are one; then SIGCHLD is ignored, and wait() says ECHILD."""
    return Claim(state.pid_ns_made, no(state.ignores_child))


@ends(
    "P82e",
    of=pid_namespaces.SYSTEM,
    source="f9010dbdce91; kernel/pid_namespace.c:zap_pid_ns_processes",
    expect=fails(since=VHOST_USES_TASK, until=WORKERS_ARE_THREADS),
)
def a_pid_namespace_whose_init_ends_comes_to_its_end(
    _kernel: Kernel, state: World
) -> Claim:
    """In the series a worker inside ignores SIGKILL: init waits until the device is closed."""
    return Claim(closed(state), state.child_reaper == int(Init.GONE))


@invariant(
    "P05p", of=pid_namespaces.SYSTEM, source="obvious but false", expect=fails(), truth="P82z"
)
def who_is_not_an_init_has_its_parent_in_its_pid_namespace(_kernel: Kernel, state: World) -> Claim:
    """False: unshare() or setns() and fork() put a second child there; its maker stays out."""
    return Claim(inside(state), state.child_init)
