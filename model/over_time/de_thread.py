"""de_thread(): execve() in a process that has a vhost worker and io_uring workers.

fs/exec.c:begin_new_exec and de_thread, kernel/signal.c:zap_other_threads.
"""

from __future__ import annotations

from model.algebra import Truth, both, either, no
from model.over_time.places import Execve, Thread
from model.over_time.step import Machine, Move
from model.over_time.steps import cgroup, exit, io_wq, signal, vhost
from model.over_time.world import World, but, scope
from model.patches import EXEC_CANCELS_FIRST, IO_THREAD

_EXEC = "fs/exec.c:begin_new_exec"


SYSTEM = scope(
    "de_thread",
    about="execve() in a process with workers",
    facts="execve vhost vhost_thread made pending worker_gone worker_trapped awaited blocking "
    "task_work cancelled freeze",
    tasks="one process with a vhost worker and an io worker",
    io=True,
    thread=True,
    looks=True,
)
SYSTEM.takes(
    vhost.the_owner_of_a_ring_opens_the_device.called("the process opens a vhost device"),
    io_wq.work_that_blocks_is_submitted.called("the process submits work that blocks"),
    io_wq.io_wq_queues_the_making_of_a_worker,
    io_wq.the_owner_runs_the_task_work.called(
        "the process runs the task work and makes an io worker"
    ),
)


@SYSTEM.step(at=_EXEC, who="owner")
def the_process_executes(_machine: Machine, world: World) -> Move:
    """execve() passes its point of no return."""
    return Move(world.execve == int(Execve.NO), but(world, execve=int(Execve.BEGUN)))


SYSTEM.takes(
    cgroup.the_cgroup_is_to_freeze,
    signal.the_worker_is_trapped.called("the io worker is trapped"),
    since=IO_THREAD,
)


def _cancels(machine: Machine, world: World, where: Execve) -> Move:
    """io_uring_task_cancel(): it runs queued task work, then ends all workers it knows."""
    late = io_wq.runs_the_task_work(machine, world)
    after = but(io_wq.cancelled(world), made=either(world.made, both(late.when, late.then.made)))
    waits = either(world.cancelled, io_wq.sleeps_in_the_trap(world))
    return Move(both(world.execve == int(where), no(waits)), after)


@SYSTEM.step(at=_EXEC, who="owner", own=True, since=EXEC_CANCELS_FIRST)
def io_uring_is_cancelled_before_de_thread(machine: Machine, world: World) -> Move:
    """Whatever it makes, de_thread() will see."""
    return _cancels(machine, world, Execve.BEGUN)


@SYSTEM.step(at=_EXEC, who="owner", own=True, until=EXEC_CANCELS_FIRST)
def io_uring_is_cancelled_after_de_thread(machine: Machine, world: World) -> Move:
    """Task work that was queued meanwhile runs here."""
    return _cancels(machine, world, Execve.ALONE)


@SYSTEM.step(at="kernel/signal.c:zap_other_threads", who="owner", own=True)
def de_thread_kills_the_other_threads(machine: Machine, world: World) -> Move:
    """SIGKILL to each; v6.4 to v6.9 did not wait for vhost workers."""
    begun = world.execve == int(Execve.BEGUN)
    after = but(signal.the_others_are_killed(machine, world), execve=int(Execve.WAITS))
    return Move(both(begun, either(no(machine[EXEC_CANCELS_FIRST]), world.cancelled)), after)


SYSTEM.takes(
    exit.the_killed_vhost_worker_ends,
    io_wq.the_io_worker_ends_wherever_it_sleeps.called("the killed io worker ends"),
)


@SYSTEM.step(at="fs/exec.c:de_thread", who="owner", own=True)
def de_thread_has_seen_all_it_counted_end(_machine: Machine, world: World) -> Move:
    """notify_count is 0."""
    ready = both(world.execve == int(Execve.WAITS), world.awaited == 0)
    return Move(ready, but(world, execve=int(Execve.ALONE)))


@SYSTEM.step(at=_EXEC, who="owner", own=True)
def execve_returns(_machine: Machine, world: World) -> Move:
    """The new program runs."""
    ready = both(world.execve == int(Execve.ALONE), world.cancelled)
    return Move(ready, but(world, execve=int(Execve.DONE)))


def alone(world: World) -> Truth:
    """Return whether de_thread() is over."""
    return either(world.execve == int(Execve.ALONE), world.execve == int(Execve.DONE))


def vhost_lives(world: World) -> Truth:
    """Return whether the vhost worker still runs."""
    return either(world.vhost == int(Thread.LIVE), world.vhost == int(Thread.KILLED))
