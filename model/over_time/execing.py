"""Execing: execve() in a process that has a vhost worker and io_uring workers.

fs/exec.c:begin_new_exec and de_thread, kernel/signal.c:zap_other_threads.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from model.algebra import Truth, Word, both, either, no, when_word
from model.over_time import calls, worker_calls
from model.over_time.step import Machine, Move, System, but
from model.over_time.steps.signal import spares_vhost_workers
from model.over_time.steps.vhost_task import ENDS_WHEN_KILLED
from model.patches import (
    EXEC_CANCELS_FIRST,
    IO_THREAD,
)
from model.records import BOOL, fact
from model.state import Task

_EXEC = "fs/exec.c:begin_new_exec"


class Exec(IntEnum):
    """How far execve() got."""

    NO = 0
    BEGUN = 1
    WAITS = 2
    """de_thread() waits for the threads that it counted."""
    ALONE = 3
    """de_thread() is done: the caller takes itself for the only thread."""
    DONE = 4


class Thread(IntEnum):
    """A worker thread."""

    NONE = 0
    LIVE = 1
    KILLED = 2
    """SIGKILL is pending."""
    GONE = 3


@dataclass(frozen=True, slots=True)
class Execing:
    """One process: its main thread, a vhost worker, an io worker."""

    phase: Word = fact(8, 0, "how far execve() got", names="exec")
    worker: Word = fact(8, 0, "the vhost worker", names="worker")
    worker_is_thread: Truth = fact(BOOL, False, "it is a thread of the process")
    worker_counted: Truth = fact(BOOL, False, "de_thread() waits for it")
    io: Word = fact(8, 0, "the io worker", names="worker")
    io_counted: Truth = fact(BOOL, False, "de_thread() waits for it")
    ring: Truth = fact(BOOL, False, "io_uring has work that may want a worker")
    wanted: Truth = fact(BOOL, False, "task work to make an io worker is queued")
    cancelled: Truth = fact(BOOL, False, "io_uring was cancelled by this execve()")
    freeze: Truth = fact(BOOL, False, "its cgroup is to freeze")
    io_trapped: Truth = fact(BOOL, False, "the io worker sleeps in the freezer's trap")


SYSTEM = System(
    name="execing",
    about="execve() in a process with workers",
    record=Execing,
    tasks="one process with a vhost worker and an io worker",
    start=lambda _machine: Execing(),
)


@SYSTEM.step(at="drivers/vhost/vhost.c:vhost_dev_set_owner", who="owner")
def the_process_opens_a_vhost_device(machine: Machine, state: Execing) -> Move:
    """VHOST_SET_OWNER."""
    made = machine.ask(calls.vhost_worker, True, Task())
    after = but(state, worker=int(Thread.LIVE), worker_is_thread=made.thread)
    free = both(state.phase == int(Exec.NO), state.worker == int(Thread.NONE))
    return Move(both(free, made.errno == 0), after)


@SYSTEM.step(at="io_uring/io_uring.c:io_submit_sqes", who="owner", since=IO_THREAD)
def the_process_submits_work_that_blocks(_machine: Machine, state: Execing) -> Move:
    """io-wq may want a worker for it, now or later."""
    return Move(both(state.phase == int(Exec.NO), no(state.ring)), but(state, ring=True))


@SYSTEM.step(at="io_uring/io-wq.c:io_queue_worker_create", who="io-wq", since=IO_THREAD)
def io_wq_queues_the_making_of_a_worker(_machine: Machine, state: Execing) -> Move:
    """Task work for the process, until io_uring is cancelled."""
    ready = both(state.ring, no(state.wanted), no(state.cancelled))
    return Move(both(ready, state.io == int(Thread.NONE)), but(state, wanted=True))


def _makes_io(machine: Machine, state: Execing) -> Truth:
    return both(
        state.wanted,
        state.io == int(Thread.NONE),
        machine.ask(worker_calls.io_thread, 0, False).errno == 0,
    )


@SYSTEM.step(at="io_uring/io-wq.c:create_worker_cb", who="owner", since=IO_THREAD)
def the_process_runs_the_task_work_and_makes_an_io_worker(
    machine: Machine, state: Execing
) -> Move:
    """create_io_thread(), on its way back to user space."""
    after = but(state, wanted=False, io=int(Thread.LIVE))
    return Move(both(state.phase == int(Exec.NO), _makes_io(machine, state)), after)


@SYSTEM.step(at=_EXEC, who="owner")
def the_process_executes(_machine: Machine, state: Execing) -> Move:
    """execve() passes its point of no return."""
    return Move(state.phase == int(Exec.NO), but(state, phase=int(Exec.BEGUN)))


def _cancel(machine: Machine, state: Execing) -> Execing:
    """io_uring_task_cancel(): it runs queued task work, then ends all workers it knows."""
    late = _makes_io(machine, state)
    made = when_word(8, late, int(Thread.LIVE), state.io)
    return but(state, cancelled=True, wanted=False, ring=False, io=made)


def _asleep(state: Execing) -> Truth:
    """Whether io_uring waits for a worker that cannot leave: it sleeps in the freezer's trap."""
    return both(state.io == int(Thread.LIVE), state.io_trapped)


@SYSTEM.step(at="kernel/cgroup/freezer.c:cgroup_do_freeze", who="administrator", since=IO_THREAD)
def the_cgroup_is_to_freeze(_machine: Machine, state: Execing) -> Move:
    """1 is written to cgroup.freeze."""
    return Move(no(state.freeze), but(state, freeze=True))


@SYSTEM.step(at="kernel/signal.c:do_freezer_trap", who="io worker", own=True, since=IO_THREAD)
def the_io_worker_is_trapped(_machine: Machine, state: Execing) -> Move:
    """Its loop calls get_signal(); a wake-up that is no SIGKILL leads back into the trap."""
    ready = both(state.freeze, state.io == int(Thread.LIVE), no(state.cancelled))
    return Move(both(ready, no(state.io_trapped)), but(state, io_trapped=True))


@SYSTEM.step(at=_EXEC, who="owner", own=True, since=EXEC_CANCELS_FIRST)
def io_uring_is_cancelled_before_de_thread(machine: Machine, state: Execing) -> Move:
    """Whatever it makes, de_thread() will see."""
    ready = both(state.phase == int(Exec.BEGUN), no(state.cancelled), no(_asleep(state)))
    return Move(ready, _cancel(machine, state))


@SYSTEM.step(at=_EXEC, who="owner", own=True, until=EXEC_CANCELS_FIRST)
def io_uring_is_cancelled_after_de_thread(machine: Machine, state: Execing) -> Move:
    """Task work that was queued meanwhile runs here."""
    ready = both(state.phase == int(Exec.ALONE), no(state.cancelled), no(_asleep(state)))
    return Move(ready, _cancel(machine, state))


@SYSTEM.step(at="kernel/signal.c:zap_other_threads", who="owner", own=True)
def de_thread_kills_the_other_threads(machine: Machine, state: Execing) -> Move:
    """SIGKILL to each; v6.4 to v6.9 did not wait for vhost workers."""
    begun = state.phase == int(Exec.BEGUN)
    ready = both(begun, either(no(machine[EXEC_CANCELS_FIRST]), state.cancelled))
    is_thread = both(state.worker == int(Thread.LIVE), state.worker_is_thread)
    io = state.io == int(Thread.LIVE)
    after = but(
        state,
        phase=int(Exec.WAITS),
        worker=when_word(8, is_thread, int(Thread.KILLED), state.worker),
        worker_counted=both(is_thread, no(spares_vhost_workers(machine))),
        io=when_word(8, io, int(Thread.KILLED), state.io),
        io_counted=io,
    )
    return Move(ready, after)


@SYSTEM.step(at="kernel/vhost_task.c:vhost_task_fn", who="worker", own=True, since=ENDS_WHEN_KILLED)
def the_killed_vhost_worker_ends(_machine: Machine, state: Execing) -> Move:
    """Since v6.10; before it works on until the device is released."""
    ready = both(state.worker == int(Thread.KILLED))
    return Move(ready, but(state, worker=int(Thread.GONE), worker_counted=False))


@SYSTEM.step(at="io_uring/io-wq.c:io_wq_worker", who="io worker", own=True, since=IO_THREAD)
def the_killed_io_worker_ends(_machine: Machine, state: Execing) -> Move:
    """On SIGKILL, or when it is told that the ring is gone."""
    told = both(state.io == int(Thread.LIVE), state.cancelled)
    ready = either(state.io == int(Thread.KILLED), told)
    return Move(ready, but(state, io=int(Thread.GONE), io_counted=False, io_trapped=False))


@SYSTEM.step(at="fs/exec.c:de_thread", who="owner", own=True)
def de_thread_has_seen_all_it_counted_end(_machine: Machine, state: Execing) -> Move:
    """notify_count is 0."""
    waits = either(state.worker_counted, state.io_counted)
    ready = both(state.phase == int(Exec.WAITS), no(waits))
    return Move(ready, but(state, phase=int(Exec.ALONE)))


@SYSTEM.step(at=_EXEC, who="owner", own=True)
def execve_returns(_machine: Machine, state: Execing) -> Move:
    """The new program runs."""
    ready = both(state.phase == int(Exec.ALONE), state.cancelled)
    return Move(ready, but(state, phase=int(Exec.DONE)))


def alone(state: Execing) -> Truth:
    """Return whether de_thread() is over."""
    return either(state.phase == int(Exec.ALONE), state.phase == int(Exec.DONE))


def alive(thread: Word) -> Truth:
    """Return whether a worker thread still runs."""
    return either(thread == int(Thread.LIVE), thread == int(Thread.KILLED))
