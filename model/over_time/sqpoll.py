"""SQPOLL: what a worker makes is a worker, and a worker past its fatal signal makes none.

io_uring/sqpoll.c:io_sq_thread is itself a worker and runs the task work that makes workers of
io-wq (create_worker_cb), in its loop and once more while it cancels io_uring on its way out.
"""

from __future__ import annotations

from model.algebra import Truth, both, either, no
from model.over_time import worker_calls
from model.over_time.places import Sqpoll
from model.over_time.step import Machine, Move
from model.over_time.steps import io_wq, signal, vhost_task
from model.over_time.world import World, but, scope
from model.patches import IO_THREAD
from model.words import PF_SIGNALED

_SQPOLL = "io_uring/sqpoll.c:io_sq_thread"
_CANCEL = "io_uring/io_uring.c:io_uring_cancel_generic"


SYSTEM = scope(
    "sqpoll",
    about="workers that workers make",
    facts="sq sq_flags made thread masked flagged worker_flags made_late task_work killed pending "
    "worker_gone cancelled",
    tasks="one process, its SQPOLL thread and one io worker of this",
    blocking=True,
    io=True,
)


def _at(world: World, *places: Sqpoll) -> Truth:
    return either(*(world.sq == int(one) for one in places))


@SYSTEM.step(at="io_uring/sqpoll.c:io_sq_offload_create", who="main", since=IO_THREAD)
def the_process_makes_a_ring_with_an_SQPOLL_thread(machine: Machine, world: World) -> Move:
    """io_uring_setup() with IORING_SETUP_SQPOLL."""
    made = machine.ask(worker_calls.io_thread, 0, False, world.full)
    after = but(world, sq=int(Sqpoll.LOOPS), sq_flags=made.flags)
    ready = both(_at(world, Sqpoll.NONE), signal.owner_is_awake(world))
    return Move(both(ready, made.errno == 0), after)


@SYSTEM.step(at=io_wq.QUEUE, who="io-wq", since=IO_THREAD)
def io_wq_wants_a_worker(_machine: Machine, world: World) -> Move:
    """Task work for the SQPOLL thread, which submitted what blocks."""
    alive = _at(world, Sqpoll.LOOPS, Sqpoll.LEAVES)
    return io_wq.queues_the_making_of_a_worker(world, alive)


def _makes(machine: Machine, world: World, where: Sqpoll) -> Move:
    fatal = both(world.killed, _at(world, Sqpoll.LOOPS))
    runs = io_wq.runs_the_task_work(machine, world, world.sq_flags, fatal)
    late = both(runs.then.made, _at(world, Sqpoll.LEAVES))
    after = but(runs.then, made_late=either(world.made_late, late))
    return Move(both(runs.when, _at(world, where), no(world.cancelled)), after)


@SYSTEM.step(at=io_wq.TASK_WORK, who="SQPOLL thread", own=True, since=IO_THREAD)
def the_SQPOLL_thread_runs_the_task_work(machine: Machine, world: World) -> Move:
    """create_io_thread() in a worker; refused while SIGKILL is pending."""
    return _makes(machine, world, Sqpoll.LOOPS)


SYSTEM.takes(signal.the_owners_group_gets_SIGKILL.called("the group gets SIGKILL"))


@SYSTEM.step(at="io_uring/sqpoll.c:io_sqd_handle_event", who="SQPOLL thread", own=True,
             since=IO_THREAD)
def the_SQPOLL_thread_takes_SIGKILL(_machine: Machine, world: World) -> Move:
    """get_signal() marks it PF_SIGNALED, and nothing is pending for it any more."""
    flags = world.sq_flags | PF_SIGNALED
    after = but(world, sq=int(Sqpoll.LEAVES), sq_flags=flags)
    return Move(both(world.killed, _at(world, Sqpoll.LOOPS)), after)


@SYSTEM.step(at=_CANCEL, who="SQPOLL thread", own=True, since=IO_THREAD)
def the_leaving_SQPOLL_thread_runs_the_task_work(machine: Machine, world: World) -> Move:
    """Cancelling runs what is queued."""
    return _makes(machine, world, Sqpoll.LEAVES)


@SYSTEM.step(at=_CANCEL, who="SQPOLL thread", own=True, since=IO_THREAD)
def the_leaving_SQPOLL_thread_has_cancelled_io_uring(_machine: Machine, world: World) -> Move:
    """Its io-wq is told to exit; what is still queued is dropped."""
    ready = both(_at(world, Sqpoll.LEAVES), no(world.cancelled))
    return Move(ready, io_wq.cancelled(world))


SYSTEM.takes(io_wq.the_io_worker_ends_wherever_it_sleeps.called("the io worker ends"))


@SYSTEM.step(at=_SQPOLL, who="SQPOLL thread", own=True, since=IO_THREAD)
def the_SQPOLL_thread_ends(_machine: Machine, world: World) -> Move:
    """do_exit(), once its io-wq is gone."""
    ready = both(_at(world, Sqpoll.LEAVES), world.cancelled, no(vhost_task.is_there(world)))
    return Move(ready, but(world, sq=int(Sqpoll.GONE)))


def over(world: World) -> Truth:
    """Return whether no worker is left."""
    return both(_at(world, Sqpoll.NONE, Sqpoll.GONE), no(vhost_task.is_there(world)))
