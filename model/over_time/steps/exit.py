"""kernel/exit.c: who is killed or calls exit(2) closes its files, waits for workers, and ends."""

from __future__ import annotations

from model.algebra import Truth, Word, both, either, no, when_word
from model.over_time.places import Dump, Life, Parentage, Thread
from model.over_time.step import Machine, Move, step
from model.over_time.steps import cgroup, pid_namespace
from model.over_time.steps.signal import spares_vhost_workers
from model.over_time.steps.vhost_task import ENDS_WHEN_KILLED
from model.over_time.world import WorkerRun, World, but, is_at
from model.patches import IO_WORKER_FLAG_KEPT, VHOST_TASK_REF
from model.words import SIGCHLD

WAIT = "kernel/exit.c:wait_consider_task"


@step(at="kernel/exit.c:exit_files", who="owner", own=True)
def the_killed_owner_closes_its_files(_machine: Machine, world: World) -> Move:
    """It has left the trap; the last reference of the device is released before it goes on."""
    mine = both(world.made, no(world.passed), no(world.closing), no(world.flushing))
    out = but(world, owner_trapped=False, closing=True)
    return Move(both(world.killed, mine), cgroup.updated_where(out, world.owner_away))


@step(at="kernel/cgroup/cgroup.c:cgroup_exit", who="owner", own=True)
def the_killed_owner_dies(_machine: Machine, world: World) -> Move:
    """After exit_files(), so after any release that it had to wait for."""
    gone = but(world, owner_gone=True, owner_trapped=False)
    free = either(no(world.made), world.passed, world.closed)
    ready = both(world.killed, no(world.owner_gone), no(world.flushing), free)
    return Move(ready, cgroup.updated_where(gone, world.owner_away))


@step(at="kernel/exit.c:do_exit", who="thread")
def the_thread_calls_exit(_machine: Machine, world: World) -> Move:
    """exit(2): io_uring is cancelled, its workers are told to exit and waited for."""
    return Move(no(either(world.leaves, world.owner_gone)), but(world, leaves=True))


@step(at="kernel/exit.c:do_exit", who="thread", own=True)
def the_killed_thread_leaves(_machine: Machine, world: World) -> Move:
    """The same way."""
    ready = both(world.killed, no(either(world.leaves, world.owner_gone)))
    return Move(ready, but(world, leaves=True))


@step(at="kernel/exit.c:exit_files", who="owner", own=True)
def the_killed_owner_closes_its_files_and_dies(_machine: Machine, world: World) -> Move:
    """do_exit(); the file goes with the table that the group shares."""
    last = both(world.file_here, no(world.file_there))
    after = but(world, owner_gone=True, file_here=False, closer_is_owner=last)
    return Move(both(world.killed, no(world.owner_gone)), after)


@step(at="kernel/exit.c:exit_notify", who="worker", own=True)
def the_worker_ends(machine: Machine, world: World) -> Move:
    """A thread is released at once, and freed unless somebody holds it; a process waits."""
    held = either(world.kthread, machine[VHOST_TASK_REF])
    alone = both(world.thread, no(held))
    where = when_word(8, alone, int(WorkerRun.FREED), int(WorkerRun.ZOMBIE))
    return Move(is_at(world, WorkerRun.SAID), but(world, run=where))


def _is_childs(world: World, parent: Parentage) -> Truth:
    """Return whether there is, or was, a child of that parent."""
    return both(world.child_parent == int(parent), no(world.child == int(Life.NONE)))


def _orphaned(world: World, where: Truth) -> World:
    """reparent_leader(): the child goes to a reaper, who gets SIGCHLD whatever it was to send."""
    return but(
        world,
        child_parent=when_word(8, where, int(Parentage.REAPER), world.child_parent),
        child_signal=when_word(32, where, SIGCHLD, world.child_signal),
    )


@step(at="kernel/exit.c:reparent_leader", who="grandparent")
def the_owners_parent_ends(_machine: Machine, world: World) -> Move:
    """Its children go to a reaper, who gets SIGCHLD whatever they were to send."""
    after = but(world, parent_gone=True, exit_signal=SIGCHLD)
    return Move(no(world.parent_gone), _orphaned(after, _is_childs(world, Parentage.GRANDPARENT)))


@step(at="kernel/exit.c:forget_original_parent", who="caller")
def the_owner_ends(_machine: Machine, world: World) -> Move:
    """Its children go to a reaper, but those of an init end with it; its threads end first.

    kernel/pid_namespace.c:zap_pid_ns_processes kills all of the namespace and reaps what is
    the init's own; a sibling is its parent's to reap.
    """
    alive = world.child == int(Life.ALIVE)
    mine = both(_is_childs(world, Parentage.CALLER), no(world.child_thread))
    zapped = both(mine, world.owner_init)
    killed = both(world.owner_init, no(mine), no(world.child_thread), alive)
    left = when_word(8, killed, int(Life.ZOMBIE), world.child)
    after = but(
        world,
        owner_gone=True,
        child=when_word(8, zapped, int(Life.GONE), left),
        notified=either(world.notified, both(killed, no(world.child_signal == 0))),
    )
    waits = either(world.forking, both(world.child_thread, alive))
    return Move(no(either(world.owner_gone, waits)), _orphaned(after, both(mine, no(zapped))))


def notice(world: World) -> Word:
    """do_notify_parent(): its exit signal, or SIGCHLD to who has executed since it was made."""
    agree = world.parent_exec_id == world.self_exec_id
    return when_word(32, agree, world.child_signal, SIGCHLD)


@step(at="kernel/signal.c:do_notify_parent", who="child")
def the_child_ends_and_its_parent_is_sent_a_signal(_machine: Machine, world: World) -> Move:
    """Its exit signal if the exec ids agree; else SIGCHLD."""
    after = but(world, child=int(Life.GONE), notice=notice(world))
    return Move(world.child == int(Life.ALIVE), after)


@step(at="kernel/exit.c:exit_notify", who="child")
def the_child_ends(_machine: Machine, world: World) -> Move:
    """A thread, or one made with CLONE_AUTOREAP, is released at once; others are zombies.

    An init has ended its namespace before.  Who is to send SIGCHLD to a parent that ignores
    it is released at once as well.
    """
    left = pid_namespace.without_its_init(world, world.child_init)
    ignored = both(left.ignores_child, notice(world) == SIGCHLD)
    unheard = both(ignored, world.child_parent == int(Parentage.CALLER))
    at_once = either(world.child_thread, world.autoreap, unheard)
    after = but(
        left,
        child=when_word(8, at_once, int(Life.GONE), int(Life.ZOMBIE)),
        notified=both(no(at_once), notice(world) != 0),
    )
    return Move(world.child == int(Life.ALIVE), after)


@step(at=WAIT, who="parent")
def a_parent_waits_for_children_with_SIGCHLD(_machine: Machine, world: World) -> Move:
    """wait() without __WALL or __WCLONE."""
    ready = both(world.child == int(Life.ZOMBIE), world.child_signal == SIGCHLD)
    return Move(ready, but(world, child=int(Life.GONE), waited=True))


@step(at=WAIT, who="parent")
def a_parent_waits_for_all_children(_machine: Machine, world: World) -> Move:
    """wait() with __WALL."""
    ready = world.child == int(Life.ZOMBIE)
    return Move(ready, but(world, child=int(Life.GONE), waited=True))


@step(at="kernel/exit.c:do_wait", who="parent")
def a_wait_finds_no_child(_machine: Machine, world: World) -> Move:
    """ECHILD, though there was one, and nobody waited for it."""
    lost = both(world.child == int(Life.GONE), no(world.waited))
    return Move(lost, but(world, wait_failed=True))


@step(at="kernel/exit.c:release_task", who="parent")
def the_child_is_released(_machine: Machine, world: World) -> Move:
    """pids_release() gives the charge back."""
    after = but(world, child=int(Life.GONE), pids=world.pids - 1)
    return Move(world.child == int(Life.ALIVE), after)


def one_is_awaited_less(world: World, counted: Truth = True) -> World:
    """__exit_signal() for de_thread(), coredump_task_exit() for a dump."""
    return but(world, awaited=world.awaited - when_word(8, counted, 1, 0))


def a_worker_of_io_uring_reports(machine: Machine, world: World) -> Truth:
    """Return whether a dump is under way that takes it for no vhost worker (6.4: by a flag)."""
    looks_like_vhost = both(spares_vhost_workers(machine), no(machine[IO_WORKER_FLAG_KEPT]))
    return both(world.dump == int(Dump.WAITS), no(looks_like_vhost))


@step(at="kernel/exit.c:do_exit", who="vhost worker", own=True, since=ENDS_WHEN_KILLED)
def the_killed_vhost_worker_ends(machine: Machine, world: World) -> Move:
    """Since v6.10, as any thread; before it works on until the device is released."""
    gone = but(world, vhost=int(Thread.GONE))
    counted = no(spares_vhost_workers(machine))
    return Move(world.vhost == int(Thread.KILLED), one_is_awaited_less(gone, counted))
