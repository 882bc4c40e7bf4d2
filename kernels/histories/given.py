"""What user space does for a step of the world, in whichever scope; by the part of the kernel.

The owner is t1, whoever else may have its file t2, the owner's child t3; in worker_signals t2
traces, and t3 keeps the file.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, TypeAlias

from kernels.histories.commands import Command, Lines, says
from model.kernel import Kernel
from model.over_time.step import Step, TransitionSystem
from model.over_time.steps import (
    cgroup,
    cred,
    exec,
    files,
    fork,
    io_wq,
    kvm,
    nsproxy,
    pid_namespace,
    ptrace,
    signal,
    sys,
    vhost,
    vhost_task,
)
from model.words import FILES, NEWPID, NEWUSER, NEWUTS, SIGCHLD, VM

Given: TypeAlias = "dict[Step, Lines | tuple[str, ...]]"
SIGNAL = 10
"""One that the owner handles."""
_OPEN, _KTHREAD, _MACHINE, _SUBMIT = "t1 own 0", "t1 own 0 kthread", "t1 machine 0", "t1 submit"
_NEEDS = {"own": "vhost", "machine": "kvm", "submit": "io_uring", "suspend": "suspend"}
"""What a machine must have for a verb."""


def _moves(_kernel: Kernel, state: Any) -> list[str]:
    return [f"director enter {'home' if state.owner_away else 'away'} t1"]


def _kills_while_held(_kernel: Kernel, state: Any) -> list[str]:
    return [*(["t2 take t1 0"] if state.made else []), "director kill t1 9"]


def _pokes(_kernel: Kernel, state: Any) -> list[str]:
    return [f"director tell t1 {'io' if state.io else 'vhost'} {SIGNAL}"]


KNOWN: Given = {
    # drivers/vhost/vhost.c, kernel/vhost_task.c
    vhost.the_owner_opens_the_device: (_OPEN,),
    vhost.the_worker_of_a_device_is_made: (_OPEN,),
    vhost.the_owner_of_a_ring_opens_the_device: (_OPEN,),
    vhost.the_owner_of_a_ring_gets_a_thread_of_vhost: (_OPEN,),
    vhost.the_owner_opens_the_device_and_asks_for_a_kthread: (_KTHREAD,),
    vhost.the_kthread_that_was_asked_for_is_made: (_KTHREAD,),
    vhost.the_owner_asks_for_one_more_worker: ("t1 more 0",),
    vhost.the_child_asks_for_one_more_worker: ("t3 more 0",),
    vhost.another_process_asks_for_one_more_worker: ("t2 more 0",),
    vhost_task.another_process_releases_the_device: ("director kill t3 9",),
    # arch/x86/kvm, io_uring/io-wq.c
    kvm.the_owner_starts_a_virtual_machine: (_MACHINE,),
    kvm.the_owner_starts_a_virtual_machine_with_a_kthread: (_MACHINE,),
    io_wq.a_worker_is_made: (_SUBMIT,),
    io_wq.work_that_blocks_is_submitted: (_SUBMIT,),
    # net/core/scm.c, fs/open.c
    files.the_owner_gives_the_file_away: ("t2 take t1 0", "t1 drop 0"),
    files.the_owner_passes_the_file_to_another_process: ("t2 take t1 0",),
    files.the_owner_passes_the_file_with_or_without_a_worker: ("t2 take t1 0",),
    files.the_owner_closes_the_file: ("t1 drop 0",),
    files.the_other_process_closes_the_file: ("director kill t2 9",),
    files.the_other_process_closes_its_file: ("t2 drop 0",),
    # kernel/fork.c, nsproxy.c, cred.c, sys.c
    fork.the_owner_makes_a_child_that_shares_its_memory: (
        f"t1 clone t3 {VM | FILES:#x} {SIGCHLD}",
    ),
    nsproxy.the_owner_unshares_its_namespaces: (f"t1 unshare {NEWUTS:#x}",),
    nsproxy.the_owner_unshares_its_user_namespace: (f"t1 unshare {NEWUSER:#x}",),
    cred.the_owner_becomes_another_user: ("t1 become u2",),
    cred.the_child_becomes_another_user: ("t3 become u2",),
    sys.the_owners_limit_is_changed: (f"director limit {sys.MORE} t1",),
    sys.the_workers_limit_is_changed: (f"director limit_worker t1 {sys.MORE}",),
    sys.the_limit_is_reached: ("director limit 1 t1",),
    # kernel/cgroup
    cgroup.the_cgroup_is_to_freeze: ("director set {home} cgroup.freeze 1",),
    cgroup.the_cgroup_is_to_thaw: ("director set {home} cgroup.freeze 0",),
    cgroup.the_process_is_moved_to_the_other_cgroup: _moves,
    cgroup.the_owner_is_moved_by_cgroup_procs: ("director enter away t1",),
    cgroup.the_owners_thread_alone_is_moved_by_cgroup_threads: (
        "director enter away t1 cgroup.threads",
    ),
    # kernel/signal.c, ptrace.c
    signal.the_owners_group_gets_SIGKILL: ("director kill t1 9",),
    signal.the_childs_group_gets_SIGKILL: ("director kill t3 9",),
    signal.the_owners_group_is_killed_while_another_process_holds_the_device: _kills_while_held,
    signal.the_process_gets_a_signal_that_it_handles: (f"director kill t1 {SIGNAL}",),
    signal.the_worker_alone_gets_the_signal: _pokes,
    signal.the_process_gets_SIGSTOP: ("director kill t1 19",),
    signal.the_machine_is_to_suspend: ("director suspend",),
    ptrace.a_tracer_empties_the_workers_mask: ("t2 unmask t1",),
    signal.the_owner_no_longer_ignores_SIGCHLD: (f"t1 sigdfl {SIGCHLD}",),
    # kernel/pid_namespace.c, fs/exec.c
    pid_namespace.the_owner_sets_a_pid_namespace_aside: (f"t1 unshare {NEWPID:#x}",),
    pid_namespace.the_owner_chooses_its_own_pid_namespace_again: (f"t1 join @own {NEWPID:#x}",),
    pid_namespace.the_owner_chooses_the_other_pid_namespace_again: (
        f"t1 join @aside {NEWPID:#x}",
    ),
    exec.the_owner_executes: ("t1 execve",),
}
_ONLY: dict[Step, Callable[[Any], bool]] = {
    cred.the_owner_becomes_another_user: lambda state: not state.user_ns,
    sys.the_workers_limit_is_changed: lambda state: bool(state.thread),
    signal.the_worker_alone_gets_the_signal: lambda state: bool(state.thread),
}
"""From which states a step can be done: a worker has a name for the player as a thread."""
_AT_ONCE = {
    io_wq.work_that_blocks_is_submitted: (
        io_wq.io_wq_queues_the_making_of_a_worker,
        io_wq.the_owner_runs_the_task_work,
    )
}
"""What comes with a step, before anybody outside can do anything else."""


def given(system: TransitionSystem, home: str, instead: Given) -> Iterator[Command]:
    """Yield the commands of the world's steps that a scope takes, in its order.

    ``home`` is the owner's cgroup, without which none is frozen; ``instead`` is what the
    scope's set-up asks for in place of a command.
    """
    known = {step.move: (step, lines) for step, lines in (KNOWN | instead).items()}
    for mine in system.steps:
        step, lines = known.get(mine.move, (mine, ()))
        if callable(lines) or (lines and (home or "{home}" not in lines[0])):
            also = {one.move for one in _AT_ONCE.get(step, ())}
            names = [mine.name, *(one.name for one in system.steps if one.move in also)]
            yield _command(tuple(names), lines, home, _ONLY.get(step, lambda _state: True))


def lines_of(system: TransitionSystem) -> dict[str, tuple[str, ...]]:
    """Return the lines, always the same, of the world's steps that a scope takes, by its names."""
    known = {step.move: lines for step, lines in KNOWN.items() if not callable(lines)}
    return {one.name: known[one.move] for one in system.steps if one.move in known}


def _command(
    names: tuple[str, ...], lines: Any, home: str, when: Callable[[Any], bool]
) -> Command:
    if callable(lines):
        return Command(names, lines, when=when)
    verb = lines[0].split()[1]
    needs = frozenset({_NEEDS[verb]} if verb in _NEEDS else ())
    return Command(names, says(*(line.format(home=home) for line in lines)), needs, when)
