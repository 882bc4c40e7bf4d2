"""Core dumps: the rendezvous of a core dump, the flags it counts by, and who may begin one.

fs/coredump.c:zap_process, kernel/exit.c:coredump_task_exit, kernel/ptrace.c.  The process
has a main thread that dumps, a second thread, a vhost worker and an io worker.
"""

from __future__ import annotations

from model.algebra import Truth, both, either, no
from model.kernel import Kernel
from model.over_time.places import Dump, Thread
from model.over_time.step import Machine, Move
from model.over_time.steps import exit, io_wq, ptrace, signal, vhost, vhost_task
from model.over_time.world import World, but, scope
from model.patches import IO_THREAD
from model.words import PF_POSTCOREDUMP

_EXIT = "kernel/exit.c:coredump_task_exit"


SYSTEM = scope(
    "coredump",
    about="a core dump in a process with workers",
    facts="dump awaited main second second_leaves vhost vhost_thread made pending worker_gone "
    "task_work masked worker_dumps",
    tasks="one process with two threads, a vhost worker and an io worker",
    second=int(Thread.LIVE),
    blocking=True,
    io=True,
    thread=True,
    looks=True,
)
SYSTEM.takes(
    vhost.the_owner_of_a_ring_gets_a_thread_of_vhost.called("the process opens a vhost device"),
    io_wq.a_worker_is_made.called("the process makes an io worker"),
    io_wq.io_wq_queues_the_making_of_a_worker,
    ptrace.a_tracer_empties_the_workers_mask.called("a tracer sets the io workers mask"),
)


def _begins(machine: Machine, world: World, by_a_worker: Truth) -> Move:
    killed = signal.the_others_are_killed(machine, world, by_a_worker)
    dumps = either(world.worker_dumps, by_a_worker)
    after = but(killed, dump=int(Dump.WAITS), worker_dumps=dumps)
    return Move(world.dump == int(Dump.NO), after)


@SYSTEM.step(at="fs/coredump.c:zap_process", who="main")
def the_main_thread_dumps_core(machine: Machine, world: World) -> Move:
    """A signal whose default is to dump core."""
    return _begins(machine, world, False)


@SYSTEM.step(at="kernel/signal.c:get_signal", who="io worker", since=IO_THREAD)
def the_io_worker_takes_a_signal_and_dumps_core(machine: Machine, world: World) -> Move:
    """Only if its mask lets one through; main is then one of those that must report."""
    begins = _begins(machine, world, True)
    takes = both(vhost_task.is_alive(world), no(world.masked))
    return Move(both(begins.when, takes), begins.then)


@SYSTEM.step(at="kernel/exit.c:do_exit", who="second")
def the_second_thread_calls_exit(_machine: Machine, world: World) -> Move:
    """exit(2): no signal, so it will not wait for the dump's end."""
    ready = both(world.second == int(Thread.LIVE), no(world.second_leaves))
    return Move(ready, but(world, second_leaves=True))


@SYSTEM.step(at=_EXIT, who="second", own=True)
def the_second_thread_leaves_before_any_dump(_machine: Machine, world: World) -> Move:
    """PF_POSTCOREDUMP: a dump that begins later does not count it."""
    ready = both(world.second == int(Thread.LIVE), world.second_leaves)
    after = but(world, second=int(Thread.GONE))
    return Move(both(ready, world.dump == int(Dump.NO)), after)


@SYSTEM.step(at=_EXIT, who="second", own=True)
def the_second_thread_reports(_machine: Machine, world: World) -> Move:
    """It parks until the dump is over, unless it was leaving by itself."""
    after = exit.one_is_awaited_less(but(world, second=int(Thread.GONE)))
    return Move(world.second == int(Thread.KILLED), after)


@SYSTEM.step(at=io_wq.TASK_WORK, who="second", since=IO_THREAD)
def the_leaving_second_thread_runs_task_work_and_makes_an_io_worker(
    machine: Machine, world: World
) -> Move:
    """Past its report, cancelling io_uring; refused where create_io_thread() looks at flags."""
    runs = io_wq.runs_the_task_work(machine, world, PF_POSTCOREDUMP)
    past = both(world.second_leaves, world.second == int(Thread.GONE))
    return Move(both(runs.when, past, runs.then.made), runs.then)


SYSTEM.takes(
    io_wq.the_io_worker_ends_wherever_it_sleeps.called("the io worker exits"),
    exit.the_killed_vhost_worker_ends.called("the vhost worker exits"),
)


@SYSTEM.step(at=_EXIT, who="main", own=True)
def the_main_thread_reports_to_a_worker(_machine: Machine, world: World) -> Move:
    """Where a worker dumps, main is a thread like any other."""
    after = exit.one_is_awaited_less(but(world, main=int(Thread.GONE)))
    return Move(world.main == int(Thread.KILLED), after)


@SYSTEM.step(at="fs/coredump.c:coredump_wait", who="dumper", own=True)
def the_core_is_written(_machine: Machine, world: World) -> Move:
    """All that were counted have reported."""
    ready = both(world.dump == int(Dump.WAITS), world.awaited == 0)
    return Move(ready, but(world, dump=int(Dump.DONE)))


def a_counted_thread_runs(kernel: Kernel, world: World) -> Truth:
    """Return whether a thread that the dump counted has not reported yet."""
    threads = (world.main, world.second)
    worker = both(vhost_task.is_there(world), world.pending)
    vhost_worker = both(
        world.vhost == int(Thread.KILLED), no(signal.spares_vhost_workers(Machine(kernel)))
    )
    killed = (thread == int(Thread.KILLED) for thread in threads)
    return either(worker, vhost_worker, *killed)
