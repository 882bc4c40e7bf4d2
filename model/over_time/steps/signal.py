"""kernel/signal.c, kernel/freezer.c: SIGKILL, and what get_signal() does for the freezers."""

from __future__ import annotations

from model.algebra import Truth, Word, both, either, no, when_word
from model.over_time.places import Dump, Execve, Life, Thread, Vcpu
from model.over_time.slots import how_many
from model.over_time.step import Machine, Move, step
from model.over_time.steps import cgroup, vhost_task
from model.over_time.steps.cgroup import told_to_freeze
from model.over_time.world import WorkerRun, World, but, is_at
from model.patches import EXEC_COUNTS_WORKERS, VHOST_USES_TASK, WORKERS_ARE_THREADS

TRAP = "kernel/signal.c:do_freezer_trap"
SEND = "kernel/signal.c:send_signal_locked"
GET = "kernel/signal.c:get_signal"
SIGKILL = "kernel/signal.c:complete_signal"


def owner_is_awake(world: World) -> Truth:
    """Return whether the owner runs in user space, and may call what it likes."""
    sleeps = either(world.owner_trapped, world.owner_frozen, world.sigstop, world.flushing)
    alone = both(world.execve == int(Execve.NO), world.dump == int(Dump.NO))
    return both(alone, no(either(sleeps, world.killed, world.owner_gone)))


def spares_vhost_workers(machine: Machine) -> Truth:
    """Return whether zap_other_threads() and zap_process() leave vhost workers out of their count.

    From v6.4 to v6.9, by PF_USER_WORKER: such a worker might not end until its device did.
    """
    return both(machine[WORKERS_ARE_THREADS], no(machine[EXEC_COUNTS_WORKERS]))


def the_others_are_killed(
    machine: Machine, world: World, by_a_worker: Truth = False
) -> World:
    """zap_other_threads(), zap_process(): SIGKILL for each thread but the caller, who counts them.

    The caller is the main thread, or a worker of io_uring that dumps core.
    """
    second = world.second == int(Thread.LIVE)
    worker = both(vhost_task.is_alive(world), no(by_a_worker))
    vhost = both(world.vhost == int(Thread.LIVE), world.vhost_thread)
    counted = both(vhost, no(spares_vhost_workers(machine)))
    killed = int(Thread.KILLED)
    return but(
        world,
        awaited=how_many((by_a_worker, second, worker, counted), 8),
        main=when_word(8, by_a_worker, killed, world.main),
        second=when_word(8, second, killed, world.second),
        vhost=when_word(8, vhost, killed, world.vhost),
        pending=either(world.pending, worker),
    )


@step(at=SIGKILL, who="user")
def the_owners_group_gets_SIGKILL(_machine: Machine, world: World) -> Move:
    """It reaches every thread of the group and nobody else; the freezer's trap lets them go."""
    there = both(world.io, vhost_task.is_there(world))
    reached = both(world.thread, either(world.run == int(WorkerRun.RUNNING), there))
    after = but(
        world,
        killed=True,
        sent=either(world.sent, reached),
        pending=either(world.pending, reached),
    )
    return Move(no(world.killed), after)


@step(at=SIGKILL, who="user")
def the_childs_group_gets_SIGKILL(_machine: Machine, world: World) -> Move:
    """A child that is a process: its leader is a zombie until its workers are gone."""
    return Move(world.child == int(Life.ALIVE), but(world, child=int(Life.ZOMBIE)))


@step(at=TRAP, who="owner", own=True)
def the_owner_is_trapped(_machine: Machine, world: World) -> Move:
    """cgroup_enter_frozen(); who is in the refrigerator does not get so far before resume."""
    told = told_to_freeze(world, world.owner_away)
    after = cgroup.updated_where(but(world, owner_trapped=True), world.owner_away)
    return Move(both(owner_is_awake(world), told), after)


@step(at=TRAP, who="owner", own=True)
def the_owner_leaves_the_trap(_machine: Machine, world: World) -> Move:
    """cgroup_leave_frozen(), if its cgroup is not to freeze, and so does not say frozen."""
    thawed = both(world.owner_trapped, no(told_to_freeze(world, world.owner_away)))
    return Move(both(thawed, no(world.killed)), but(world, owner_trapped=False))


def _killed(world: World) -> Truth:
    return either(both(world.killed, world.thread), world.pending)


@step(at=TRAP, who="worker", own=True)
def the_worker_is_trapped(_machine: Machine, world: World) -> Move:
    """Where its loop calls get_signal(), before it looks whether it is to end.

    A kernel thread is never told to freeze; get_signal() sees SIGKILL first.  Where io_uring was
    cancelled, that has waited for who slept here.
    """
    told = both(world.in_cgroup, told_to_freeze(world, world.worker_away), no(world.cancelled))
    free = no(either(world.worker_gone, world.worker_trapped, world.worker_frozen))
    after = cgroup.updated_where(but(world, worker_trapped=True), world.worker_away)
    return Move(both(world.made, world.looks, told, free, no(_killed(world))), after)


@step(at=TRAP, who="worker", own=True)
def the_worker_leaves_the_trap(_machine: Machine, world: World) -> Move:
    """After a thaw; or it was killed, which get_signal() sees first."""
    thawed = no(told_to_freeze(world, world.worker_away))
    after = cgroup.updated_where(but(world, worker_trapped=False), world.worker_away)
    return Move(both(world.worker_trapped, either(thawed, _killed(world))), after)


@step(at=GET, who="owner", own=True)
def the_owner_freezes(_machine: Machine, world: World) -> Move:
    """try_to_freeze() on its way to user space; not in an ioctl that flushes."""
    ready = both(world.suspend, no(world.flushing), no(world.owner_frozen), no(world.killed))
    return Move(ready, but(world, owner_frozen=True))


@step(at=GET, who="other process", own=True)
def the_other_process_freezes(_machine: Machine, world: World) -> Move:
    """try_to_freeze() on its way to user space; not while it waits for the worker."""
    waits = both(world.closing, no(world.closed))
    ready = both(world.suspend, no(waits), no(world.other_frozen))
    return Move(ready, but(world, other_frozen=True))


@step(at=GET, who="worker", own=True)
def the_worker_freezes(_machine: Machine, world: World) -> Move:
    """Where its loop calls get_signal(), before it looks at its queue or whether it is to stop."""
    told = both(world.suspend, world.looks, no(world.nofreeze))
    there = both(world.made, no(world.worker_gone), no(world.worker_frozen))
    return Move(both(told, there), but(world, worker_frozen=True))


@step(at="kernel/power/process.c:freeze_processes", who="administrator")
def the_machine_is_to_suspend(_machine: Machine, world: World) -> Move:
    """Every task without PF_NOFREEZE is told to freeze."""
    waits = either(world.flushing, both(world.closing, no(world.closed)))
    return Move(no(world.suspend), but(world, suspend=True, caught=waits))


@step(at=SIGKILL, who="user")
def the_owners_group_is_killed_while_another_process_holds_the_device(
    machine: Machine, world: World
) -> Move:
    """A worker thread ends with it, or works on and looks at signals no more."""
    hit = both(world.made, world.thread)
    ends = both(hit, machine[vhost_task.ENDS_WHEN_KILLED])
    busy = either(world.worker_frozen, world.worker_trapped)
    after = but(
        world,
        killed=True,
        made=both(world.made, no(ends)),
        looks=both(world.looks, no(hit)),
    )
    return Move(both(owner_is_awake(world), no(busy)), after)


@step(at=SEND, who="user")
def the_process_gets_a_signal_that_it_handles(_machine: Machine, world: World) -> Move:
    """kill(2)."""
    return Move(no(world.signalled), but(world, signalled=True, signal_pending=True))


@step(at=SEND, who="user")
def the_worker_alone_gets_the_signal(_machine: Machine, world: World) -> Move:
    """tgkill(2), or kill(2) of a worker that is a process."""
    ready = both(vhost_task.is_there(world), no(world.poked))
    return Move(ready, but(world, poked=no(world.deaf)))


@step(at=SEND, who="user")
def a_signal_comes_in(_machine: Machine, world: World) -> Move:
    """Not a fatal one; a monitor signals its vCPU threads at any time."""
    return Move(no(world.signal_pending), but(world, signal_pending=True))


def _is_in_call_once(vcpu: Word) -> Truth:
    return either(vcpu == int(Vcpu.LOOKED), vcpu == int(Vcpu.INSIDE))


@step(at=GET, who="main", own=True)
def the_main_thread_takes_the_signal(_machine: Machine, world: World) -> Move:
    """Its handler runs on the way to user space, so not while a vCPU is in call_once()."""
    inside = either(_is_in_call_once(world.vcpu_a), _is_in_call_once(world.vcpu_b))
    ready = both(world.signal_pending, no(world.main_stopped), no(inside))
    return Move(ready, but(world, signal_pending=False, handled=True))


@step(at=GET, who="worker", own=True)
def the_worker_takes_a_signal(machine: Machine, world: World) -> Move:
    """If its loop looks and its mask lets it through; a thread takes the process's as well."""
    open_to = both(vhost_task.runs(world), world.looks, no(world.masked))
    shared = both(world.thread, world.signal_pending)
    leaves = vhost_task.leaves_for_a_signal(machine, world.io)
    after = but(
        world,
        took=True,
        left=leaves,
        looks=leaves,
        poked=False,
        signal_pending=both(world.signal_pending, no(shared)),
    )
    return Move(both(open_to, either(shared, world.poked)), after)


@step(at=SEND, who="user")
def the_process_gets_SIGSTOP(_machine: Machine, world: World) -> Move:
    """For the group, whoever takes it."""
    return Move(no(world.sigstop), but(world, sigstop=True))


@step(at="kernel/signal.c:do_signal_stop", who="main", own=True)
def the_main_thread_stops(_machine: Machine, world: World) -> Move:
    """It takes SIGSTOP, or takes part in the stop."""
    return Move(both(world.sigstop, no(world.main_stopped)), but(world, main_stopped=True))


@step(at="kernel/signal.c:do_signal_stop", who="worker", own=True)
def the_worker_stops(_machine: Machine, world: World) -> Move:
    """A thread of the group whose loop calls get_signal()."""
    ready = both(world.sigstop, vhost_task.runs(world), world.thread, world.looks)
    return Move(ready, but(world, worker_stopped=True))


@step(at="kernel/signal.c:sig_task_ignored", who="user", since=VHOST_USES_TASK)
def the_worker_itself_gets_SIGKILL(_machine: Machine, world: World) -> Move:
    """kill(2) on the process that the series made, or the OOM killer: ignored by SIG_IGN."""
    own_process = both(no(world.kthread), no(world.thread), is_at(world, WorkerRun.RUNNING))
    after = but(world, sent=True, pending=no(world.deaf))
    return Move(both(own_process, no(world.sent)), after)


@step(at="kernel/signal.c:do_sigaction", who="owner")
def the_owner_no_longer_ignores_SIGCHLD(_machine: Machine, world: World) -> Move:
    """sigaction(2): SIG_DFL, or a handler; for whoever shares the handlers."""
    return Move(world.ignores_child, but(world, ignores_child=False))
