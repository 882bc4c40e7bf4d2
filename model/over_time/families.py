"""Families: who is whose child, who reaps whom, and what a sibling copies from its leader.

kernel/fork.c:copy_process, kernel/exit.c:exit_notify and forget_original_parent,
kernel/signal.c:do_notify_parent.  A grandparent has a child, the caller; the caller makes a
task of its own, or with CLONE_PARENT a sibling; the caller may be the init of a pid
namespace.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from model import words
from model.algebra import Truth, Word, both, either, no, when, when_word
from model.over_time import calls
from model.over_time.step import Machine, Move, System, but
from model.patches import CLONE_AUTOREAP, SIBLING_SIGNAL_LOCKED
from model.records import BOOL, fact

_COPY = "kernel/fork.c:copy_process"
_NOTIFY = "kernel/signal.c:do_notify_parent"


class Life(IntEnum):
    """Where a task is in its life."""

    NONE = 0
    ALIVE = 1
    ZOMBIE = 2
    GONE = 3


class Parent(IntEnum):
    """Whose child the new task is."""

    CALLER = 0
    GRANDPARENT = 1
    REAPER = 2


@dataclass(frozen=True, slots=True)
class Family:
    """Grandparent, caller and the new task."""

    grandparent: Word = fact(8, 1, "the caller's parent", names="family")
    caller: Word = fact(8, 1, "the caller, a group leader", names="family")
    init: Truth = fact(BOOL, False, "the caller is the init of its pid namespace")
    signal: Word = fact(8, 10, "the caller's exit signal: SIGUSR1, asked for by its parent")
    sampled: Word = fact(8, 0, "the exit signal that a fork in progress read early")
    forking: Truth = fact(BOOL, False, "a CLONE_PARENT fork is between its half-steps")
    child: Word = fact(8, 0, "the new task", names="family")
    thread: Truth = fact(BOOL, False, "the new task is a thread of the caller")
    parent: Word = fact(8, 0, "whose child it is", names="parents")
    child_signal: Word = fact(8, 0, "its exit signal")
    autoreap: Truth = fact(BOOL, False, "made with CLONE_AUTOREAP")
    notified: Truth = fact(BOOL, False, "its parent was sent its exit signal")
    waited: Truth = fact(BOOL, False, "somebody reaped it by wait()")


SYSTEM = System(
    name="families",
    about="parents, siblings, orphans and zombies",
    record=Family,
    tasks="one task, its parent, its reaper and its child",
    start=lambda _machine: Family(),
)


def _born(machine: Machine, state: Family, flags: int, signal: int) -> Family:
    made = machine.ask(calls.born, flags, signal, words.SIGUSR1, False)
    elder = when_word(8, made.sibling, int(Parent.GRANDPARENT), int(Parent.CALLER))
    orphan = when_word(
        8, state.grandparent == int(Life.ALIVE), int(Parent.GRANDPARENT), int(Parent.REAPER)
    )
    return but(
        state,
        child=int(Life.ALIVE),
        thread=made.thread,
        parent=when_word(8, elder == int(Parent.GRANDPARENT), orphan, int(Parent.CALLER)),
        child_signal=when_word(8, made.sibling, state.signal, signal),
        autoreap=made.autoreap,
    )


def _free(state: Family) -> Truth:
    alive = state.caller == int(Life.ALIVE)
    return both(alive, state.child == int(Life.NONE), no(state.forking))


@SYSTEM.step(at=_COPY, who="caller")
def the_caller_becomes_the_init_of_a_pid_namespace(_machine: Machine, state: Family) -> Move:
    """It was made with CLONE_NEWPID: SIGNAL_UNKILLABLE."""
    fresh = both(_free(state), no(state.init), state.grandparent == int(Life.ALIVE))
    return Move(fresh, but(state, init=True))


@SYSTEM.step(at=_COPY, who="caller")
def the_caller_forks(machine: Machine, state: Family) -> Move:
    """fork(): SIGCHLD to the caller."""
    return Move(_free(state), _born(machine, state, 0, words.SIGCHLD))


@SYSTEM.step(at=_COPY, who="caller")
def the_caller_clones_a_child_without_exit_signal(machine: Machine, state: Family) -> Move:
    """clone(0)."""
    return Move(_free(state), _born(machine, state, 0, 0))


@SYSTEM.step(at=_COPY, who="caller")
def the_caller_clones_a_thread(machine: Machine, state: Family) -> Move:
    """CLONE_THREAD."""
    flags = words.THREAD | words.SIGHAND | words.VM
    return Move(_free(state), _born(machine, state, flags, 0))


@SYSTEM.step(at=_COPY, who="caller", since=CLONE_AUTOREAP)
def the_caller_clones_a_child_that_is_reaped_by_itself(machine: Machine, state: Family) -> Move:
    """CLONE_AUTOREAP (v7.1)."""
    return Move(_free(state), _born(machine, state, words.AUTOREAP, 0))


@SYSTEM.step(at=_COPY, who="caller")
def the_caller_begins_to_clone_a_sibling(machine: Machine, state: Family) -> Move:
    """CLONE_PARENT: refused to an init.  Before v5.10 the leader's signal was read here."""
    allowed = when(
        state.init,
        machine.ask(calls.born, words.PARENT, 0, words.SIGUSR1, True).errno == 0,
        machine.ask(calls.born, words.PARENT, 0, words.SIGUSR1, False).errno == 0,
    )
    after = but(state, forking=True, sampled=state.signal)
    return Move(both(_free(state), allowed), after)


@SYSTEM.step(at=_COPY, who="caller", own=True)
def the_sibling_is_published(machine: Machine, state: Family) -> Move:
    """Under tasklist_lock: parent and exit signal of one moment, since v5.10."""
    born = _born(machine, state, words.PARENT, 0)
    seen = when_word(8, machine[SIBLING_SIGNAL_LOCKED], state.signal, state.sampled)
    after = but(born, forking=False, child_signal=seen)
    return Move(both(state.forking, state.caller == int(Life.ALIVE)), after)


@SYSTEM.step(at="kernel/exit.c:reparent_leader", who="grandparent")
def the_grandparent_ends(_machine: Machine, state: Family) -> Move:
    """Its children go to a reaper, who gets SIGCHLD whatever they were to send."""
    orphaned = both(
        state.parent == int(Parent.GRANDPARENT), no(state.child == int(Life.NONE))
    )
    after = but(
        state,
        grandparent=int(Life.GONE),
        signal=words.SIGCHLD,
        parent=when_word(8, orphaned, int(Parent.REAPER), state.parent),
        child_signal=when_word(8, orphaned, words.SIGCHLD, state.child_signal),
    )
    return Move(state.grandparent == int(Life.ALIVE), after)


@SYSTEM.step(at="kernel/exit.c:forget_original_parent", who="caller")
def the_caller_ends(_machine: Machine, state: Family) -> Move:
    """Its children go to a reaper, but those of an init end with it; its threads end first.

    kernel/pid_namespace.c:zap_pid_ns_processes kills all of the namespace and reaps what is
    the init's own; a sibling is its parent's to reap.
    """
    mine = both(
        state.parent == int(Parent.CALLER), no(state.child == int(Life.NONE)), no(state.thread)
    )
    orphaned, zapped = both(mine, no(state.init)), both(mine, state.init)
    killed = both(state.init, no(mine), no(state.thread), state.child == int(Life.ALIVE))
    living_thread = both(state.thread, state.child == int(Life.ALIVE))
    left = when_word(8, killed, int(Life.ZOMBIE), state.child)
    after = but(
        state,
        caller=int(Life.GONE),
        child=when_word(8, zapped, int(Life.GONE), left),
        notified=either(state.notified, both(killed, no(state.child_signal == 0))),
        parent=when_word(8, orphaned, int(Parent.REAPER), state.parent),
        child_signal=when_word(8, orphaned, words.SIGCHLD, state.child_signal),
    )
    ready = both(state.caller == int(Life.ALIVE), no(state.forking), no(living_thread))
    return Move(ready, after)


@SYSTEM.step(at="kernel/exit.c:exit_notify", who="child")
def the_new_task_ends(_machine: Machine, state: Family) -> Move:
    """A thread, or one made with CLONE_AUTOREAP, is released at once; others are zombies."""
    at_once = either(state.thread, state.autoreap)
    sends = both(no(at_once), state.child_signal != 0)
    after = but(
        state,
        child=when_word(8, at_once, int(Life.GONE), int(Life.ZOMBIE)),
        notified=sends,
    )
    return Move(state.child == int(Life.ALIVE), after)


@SYSTEM.step(at="kernel/exit.c:wait_consider_task", who="parent")
def a_parent_waits_for_children_with_SIGCHLD(_machine: Machine, state: Family) -> Move:
    """wait() without __WALL or __WCLONE."""
    ready = both(state.child == int(Life.ZOMBIE), state.child_signal == words.SIGCHLD)
    return Move(ready, but(state, child=int(Life.GONE), waited=True))


@SYSTEM.step(at="kernel/exit.c:wait_consider_task", who="parent")
def a_parent_waits_for_all_children(_machine: Machine, state: Family) -> Move:
    """wait() with __WALL."""
    ready = state.child == int(Life.ZOMBIE)
    return Move(ready, but(state, child=int(Life.GONE), waited=True))
