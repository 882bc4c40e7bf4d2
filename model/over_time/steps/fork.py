"""kernel/fork.c: the owner clones a child, and what the child has of it."""

from __future__ import annotations

from model import words
from model.algebra import Truth, Word, both, either, no, when_word
from model.over_time import calls
from model.over_time.caller import ASIDE, HERE, caller, closed
from model.over_time.places import ForkStage, Init, Life, Parentage
from model.over_time.step import Machine, Move, step
from model.over_time.world import World, but
from model.patches import CLONE_AUTOREAP, SIBLING_SIGNAL_LOCKED, SIGNALS_BEFORE_FORK

COPY = "kernel/fork.c:copy_process"
THREAD = words.THREAD | words.SIGHAND | words.VM
FRESH = {"child": int(Life.ALIVE), "notified": False, "waited": False, "wait_failed": False}


def born(
    machine: Machine, world: World, flags: int, signal: int = words.SIGCHLD
) -> tuple[calls.Born, World]:
    """Ask for clone() by the rules of the single call; return what is made, and the world with it.

    A thread is to send no signal; a sibling sends its maker's, to its maker's parent.
    """
    asked = 0 if flags & words.THREAD else signal
    made = machine.ask(calls.clone, caller(world), flags, asked)
    elder = when_word(8, world.parent_gone, int(Parentage.REAPER), int(Parentage.GRANDPARENT))
    first = both(made.init, made.pid_ns == ASIDE)
    after = but(
        world,
        **FRESH,
        child_thread=made.thread,
        child_fs=made.fs,
        child_sighand=made.sighand,
        child_vm=made.vm,
        child_user_ns=when_word(8, made.user_ns, 1, world.user_ns),
        child_pid_ns=made.pid_ns,
        child_init=made.init,
        child_parent=when_word(8, made.sibling, elder, int(Parentage.CALLER)),
        child_signal=when_word(32, made.sibling, world.exit_signal, asked),
        parent_exec_id=world.self_exec_id,
        autoreap=made.autoreap,
        child_reaper=when_word(8, first, int(Init.ALIVE), world.child_reaper),
        thread_apart=either(world.thread_apart, both(made.thread, world.for_children)),
    )
    return made, after


def without_the_child(world: World) -> World:
    """Return the world when the owner's child has ended and is released, as before it was made."""
    return but(
        world,
        child=int(Life.NONE),
        child_thread=False,
        child_fs=False,
        child_sighand=False,
        child_vm=False,
        child_pid_ns=HERE,
        child_init=False,
    )


def can_fork(world: World) -> Truth:
    """Return whether the owner lives, and has neither a child nor a fork under way."""
    busy = either(world.owner_gone, world.forking)
    return both(world.child == int(Life.NONE), no(busy))


@step(at=COPY, who="caller")
def the_owner_becomes_the_init_of_a_pid_namespace(_machine: Machine, world: World) -> Move:
    """It was made with CLONE_NEWPID: SIGNAL_UNKILLABLE."""
    fresh = both(can_fork(world), no(world.owner_init), no(world.parent_gone))
    return Move(fresh, but(world, owner_init=True))


def _clones(machine: Machine, world: World, flags: int, signal: int) -> Move:
    made, after = born(machine, world, flags, signal)
    return Move(both(can_fork(world), made.errno == 0), after)


@step(at=COPY, who="caller")
def the_owner_forks(machine: Machine, world: World) -> Move:
    """fork(): SIGCHLD to the caller."""
    return _clones(machine, world, 0, words.SIGCHLD)


@step(at=COPY, who="caller")
def the_owner_clones_a_child_without_exit_signal(machine: Machine, world: World) -> Move:
    """clone(0)."""
    return _clones(machine, world, 0, 0)


@step(at=COPY, who="caller")
def the_owner_clones_a_thread(machine: Machine, world: World) -> Move:
    """CLONE_THREAD."""
    return _clones(machine, world, THREAD, 0)


@step(at="kernel/fork.c:copy_mm", who="owner")
def the_owner_makes_a_child_that_shares_its_memory(machine: Machine, world: World) -> Move:
    """clone(CLONE_VM | CLONE_FILES): a process of its own with the same mm and files."""
    made = _clones(machine, world, words.VM | words.FILES, words.SIGCHLD)
    return Move(both(made.when, no(world.killed)), made.then)


@step(at=COPY, who="caller", since=CLONE_AUTOREAP)
def the_owner_clones_a_child_that_is_reaped_by_itself(machine: Machine, world: World) -> Move:
    """CLONE_AUTOREAP (v7.1)."""
    return _clones(machine, world, words.AUTOREAP, 0)


@step(at=COPY, who="caller")
def the_owner_begins_to_clone_a_sibling(machine: Machine, world: World) -> Move:
    """CLONE_PARENT: refused to an init.  Before v5.10 the leader's signal was read here."""
    made, _ = born(machine, world, words.PARENT, 0)
    after = but(world, forking=True, sampled=world.exit_signal)
    return Move(both(can_fork(world), made.errno == 0), after)


@step(at=COPY, who="caller", own=True)
def the_sibling_is_published(machine: Machine, world: World) -> Move:
    """Under tasklist_lock: parent and exit signal of one moment, since v5.10."""
    _, after = born(machine, world, words.PARENT, 0)
    seen = when_word(32, machine[SIBLING_SIGNAL_LOCKED], world.exit_signal, world.sampled)
    published = but(after, forking=False, child_signal=seen)
    return Move(both(world.forking, no(world.owner_gone)), published)


def under_way(world: World) -> Truth:
    """Return whether a fork is between its first test of signals and its last."""
    return either(world.half == int(ForkStage.LISTED), world.half == int(ForkStage.CHARGED))


@step(at=COPY, who="caller")
def the_fork_begins(machine: Machine, world: World) -> Move:
    """No signal is pending; the caller is on the multiprocess list.  Before v4.19 neither."""
    waits = either(world.signal_pending, world.killed)
    quiet = no(both(machine[SIGNALS_BEFORE_FORK], waits))
    return Move(
        both(world.half == int(ForkStage.NO), quiet), but(world, half=int(ForkStage.LISTED))
    )


@step(at="kernel/cgroup/pids.c:pids_can_fork", who="caller", own=True)
def the_cgroup_is_charged(_machine: Machine, world: World) -> Move:
    """One task more."""
    after = but(world, half=int(ForkStage.CHARGED), pids=world.pids + 1)
    return Move(world.half == int(ForkStage.LISTED), after)


def last_tests(machine: Machine, world: World) -> Word:
    """Return the errno of a fork whose caller was killed, or whose pid namespace dies."""
    errno: Word = machine.ask(
        calls.last_test, closed(world), world.killed, world.signal_pending
    )
    return errno


@step(at=COPY, who="caller", own=True)
def the_fork_comes_to_its_last_tests(machine: Machine, world: World) -> Move:
    """Under siglock and tasklist_lock: fails, or publishes the child with the noted signals."""
    errno = last_tests(machine, world)
    ok = errno == 0
    after = but(
        world,
        half=when_word(8, ok, int(ForkStage.DONE), int(ForkStage.FAILED)),
        refused=errno,
        child=when_word(8, ok, int(Life.ALIVE), int(Life.NONE)),
        child_pending=both(ok, world.noted),
        late_child=both(ok, closed(world)),
        pids=world.pids - when_word(64, ok, 0, 1),
    )
    return Move(world.half == int(ForkStage.CHARGED), after)
