"""Families and publication: parents, orphans, zombies; signals and charges during a fork."""

from __future__ import annotations

from model import words
from model.algebra import Truth, both, either, no, when_word
from model.kernel import Kernel
from model.over_time import families, publication
from model.over_time.places import ForkStage, Init, Life, Parentage
from model.over_time.world import World
from model.patches import (
    CLONE_AUTOREAP,
    NO_SIBLINGS_OF_INIT,
    PIDNS_DIES_DURING_FORK,
    SIBLING_SIGNAL_LOCKED,
    SIGNALS_BEFORE_FORK,
)
from properties.claim import Claim, fails, holds
from properties.over_time.claim import invariant


@invariant(
    "P05H",
    of=families.SYSTEM,
    source="123be07b0b39",
    expect=holds(since=NO_SIBLINGS_OF_INIT),
)
def no_init_has_a_sibling_that_it_made(_kernel: Kernel, state: World) -> Claim:
    """A sibling would live in the namespace, and be nobody's child there."""
    child = both(state.owner_init, no(state.child == int(Life.NONE)), no(state.child_thread))
    return Claim(both(child, no(state.owner_gone)), state.child_parent == int(Parentage.CALLER))


@invariant(
    "P45",
    of=families.SYSTEM,
    source="b4e00444cab4 (CVE-2020-35508)",
    expect=holds(since=SIBLING_SIGNAL_LOCKED),
)
def an_orphaned_sibling_sends_its_new_parent_sigchld_only(
    _kernel: Kernel, state: World
) -> Claim:
    """Before v5.10 it kept the signal that its first parent had asked for."""
    alive = both(state.child == int(Life.ALIVE), no(state.child_thread))
    orphan = both(alive, state.child_parent == int(Parentage.REAPER))
    return Claim(both(orphan, no(state.autoreap)), state.child_signal == words.SIGCHLD)


@invariant(
    "P76",
    of=families.SYSTEM,
    source="kernel/exit.c:reparent_leader",
    expect=holds(since=SIBLING_SIGNAL_LOCKED),
)
def who_reports_to_a_reaper_reports_with_sigchld(_kernel: Kernel, state: World) -> Claim:
    """Whatever it was to send to the parent that died."""
    reported = both(state.notified, state.child_parent == int(Parentage.REAPER))
    return Claim(reported, state.child_signal == words.SIGCHLD)


@invariant("P77", of=families.SYSTEM, source="kernel/exit.c:eligible_child", expect=holds())
def a_child_without_exit_signal_notifies_nobody(_kernel: Kernel, state: World) -> Claim:
    """It stays a zombie of its living parent until somebody waits with __WALL or __WCLONE."""
    silent = both(state.child == int(Life.ZOMBIE), state.child_signal == 0)
    return Claim(silent, both(no(state.notified), state.child_parent == int(Parentage.CALLER)))


@invariant("P78", of=families.SYSTEM, source="kernel/exit.c:exit_notify", expect=holds())
def a_thread_is_never_a_zombie_to_wait_for(_kernel: Kernel, state: World) -> Claim:
    """Other than the leader, threads are released at once."""
    return Claim(state.child_thread, both(no(state.child == int(Life.ZOMBIE)), no(state.waited)))


@invariant(
    "P17H",
    of=families.SYSTEM,
    source="12ae2c81b21c",
    expect=holds(needs=CLONE_AUTOREAP),
)
def a_task_reaped_by_itself_is_never_waited_for(_kernel: Kernel, state: World) -> Claim:
    """CLONE_AUTOREAP (v7.1): no zombie, no signal."""
    seen = either(state.child == int(Life.ZOMBIE), state.waited, state.notified)
    return Claim(state.autoreap, no(seen))


def _over(state: World) -> Truth:
    """Return whether the fork came to its end."""
    return either(state.half == int(ForkStage.DONE), state.half == int(ForkStage.FAILED))


@invariant(
    "P4D",
    of=publication.SYSTEM,
    source="c3ad2c3b02e9; kernel/fork.c:copy_process",
    expect=holds(needs=SIGNALS_BEFORE_FORK),
)
def a_signal_to_the_group_during_a_fork_reaches_the_child(
    _kernel: Kernel, state: World
) -> Claim:
    """Noted on the multiprocess list from the first test of signals to publication."""
    born = both(state.signalled, state.half == int(ForkStage.DONE))
    return Claim(both(born, state.child == int(Life.ALIVE)), state.child_pending)


@invariant("P73", of=publication.SYSTEM, source="kernel/cgroup/pids.c", expect=holds())
def a_cgroup_is_charged_for_a_child_exactly_as_long_as_it_is_there(
    _kernel: Kernel, state: World
) -> Claim:
    """can_fork() charges; cancel_fork() or release gives back, once; the caller is one task."""
    alive = state.child == int(Life.ALIVE)
    return Claim(_over(state), state.pids == when_word(64, alive, 2, 1))


@invariant(
    "P74k", of=publication.SYSTEM, source="kernel/fork.c:copy_process", expect=holds()
)
def a_fork_of_a_killed_caller_fails(_kernel: Kernel, state: World) -> Claim:
    """EINTR, where no init died; the signal may come at any half-step."""
    killed = both(state.killed, state.child_reaper == int(Init.ALIVE))
    return Claim(both(_over(state), killed), no(state.refused == 0))


@invariant("P75H", of=publication.SYSTEM, source="kernel/pid.c:alloc_pid",
        expect=holds(since=PIDNS_DIES_DURING_FORK))
def no_child_is_added_to_a_namespace_whose_init_died(
    _kernel: Kernel, state: World
) -> Claim:
    """PIDNS_ADDING is looked at under tasklist_lock, after all that may sleep."""
    return Claim(state.half == int(ForkStage.DONE), no(state.late_child))


@invariant(
    "P34s", of=publication.SYSTEM, source="obvious but false", expect=fails(), truth="P74k"
)
def a_fork_that_began_without_a_signal_succeeds(_kernel: Kernel, state: World) -> Claim:
    """False: SIGKILL and the end of the namespace come in between."""
    return Claim(_over(state), state.refused == 0)
