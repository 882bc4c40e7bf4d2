"""Leaving: a thread with io_uring leaves by exit(2) while its io worker is to freeze.

io_uring/io-wq.c:io_wq_exit_workers waits, uninterruptibly, until every worker is gone.  A
worker in the freezer's trap is woken and goes back into it, unless it was killed.
"""

from __future__ import annotations

from dataclasses import dataclass

from model.algebra import Truth, both, either, no
from model.patches import IO_THREAD
from model.records import BOOL, fact
from model.system import worker_calls
from model.system.step import Machine, Move, System, but

_EXIT = "io_uring/io-wq.c:io_wq_exit_workers"
_TRAP = "kernel/signal.c:do_freezer_trap"


@dataclass(frozen=True, slots=True)
class Leaving:
    """A thread that is not the last of its process, and its io worker."""

    worker: Truth = fact(BOOL, False, "io_uring made a worker for the thread")
    trapped: Truth = fact(BOOL, False, "the worker sleeps in the freezer's trap")
    worker_gone: Truth = fact(BOOL, False, "the worker ended")
    freeze: Truth = fact(BOOL, False, "the worker's cgroup is to freeze")
    killed: Truth = fact(BOOL, False, "SIGKILL was sent to the process")
    leaves: Truth = fact(BOOL, False, "the thread called exit(2) and waits for its workers")
    gone: Truth = fact(BOOL, False, "the thread ended")


SYSTEM = System(
    name="leaving",
    about="a thread with an io worker leaves while the worker is to freeze",
    record=Leaving,
    tasks="one thread and one io worker",
    start=lambda _machine: Leaving(),
)


@SYSTEM.step(at="io_uring/io-wq.c:create_io_worker", who="thread", since=IO_THREAD)
def the_thread_gets_an_io_worker(machine: Machine, state: Leaving) -> Move:
    """create_io_thread()."""
    made = machine.ask(worker_calls.io_thread, 0, False)
    fresh = no(either(state.worker, state.leaves, state.killed))
    return Move(both(fresh, made.errno == 0), but(state, worker=True))


@SYSTEM.step(at="kernel/cgroup/freezer.c:cgroup_do_freeze", who="administrator")
def the_cgroup_is_to_freeze(_machine: Machine, state: Leaving) -> Move:
    """The process's own cgroup, or the worker's alone in a threaded subtree."""
    return Move(no(state.freeze), but(state, freeze=True))


@SYSTEM.step(at="kernel/cgroup/freezer.c:cgroup_do_freeze", who="administrator")
def the_cgroup_is_to_thaw(_machine: Machine, state: Leaving) -> Move:
    """Who sleeps in the trap is woken."""
    return Move(state.freeze, but(state, freeze=False))


@SYSTEM.step(at="kernel/signal.c:complete_signal", who="user")
def the_process_gets_SIGKILL(_machine: Machine, state: Leaving) -> Move:
    """Each of its threads, workers among them."""
    return Move(no(state.killed), but(state, killed=True))


@SYSTEM.step(at="kernel/exit.c:do_exit", who="thread")
def the_thread_calls_exit(_machine: Machine, state: Leaving) -> Move:
    """exit(2): io_uring is cancelled, its workers are told to exit and waited for."""
    return Move(no(either(state.leaves, state.gone)), but(state, leaves=True))


def _alive(state: Leaving) -> Truth:
    return both(state.worker, no(state.worker_gone))


@SYSTEM.step(at=_TRAP, who="io worker", own=True, since=IO_THREAD)
def the_io_worker_is_trapped(_machine: Machine, state: Leaving) -> Move:
    """In get_signal(), before it looks whether it is to exit."""
    ready = both(_alive(state), state.freeze, no(state.trapped), no(state.killed))
    return Move(ready, but(state, trapped=True))


@SYSTEM.step(at=_TRAP, who="io worker", own=True, since=IO_THREAD)
def the_io_worker_leaves_the_trap(_machine: Machine, state: Leaving) -> Move:
    """After a thaw, or killed."""
    free = either(no(state.freeze), state.killed)
    return Move(both(state.trapped, free), but(state, trapped=False))


@SYSTEM.step(at="io_uring/io-wq.c:io_wq_worker", who="io worker", own=True, since=IO_THREAD)
def the_io_worker_ends(_machine: Machine, state: Leaving) -> Move:
    """Told by the leaving thread, or killed."""
    told = either(state.leaves, state.killed)
    ready = both(_alive(state), told, no(state.trapped))
    return Move(ready, but(state, worker_gone=True))


@SYSTEM.step(at="kernel/exit.c:do_exit", who="thread", own=True)
def the_killed_thread_leaves(_machine: Machine, state: Leaving) -> Move:
    """The same way."""
    ready = both(state.killed, no(either(state.leaves, state.gone)))
    return Move(ready, but(state, leaves=True))


@SYSTEM.step(at=_EXIT, who="thread", own=True)
def the_thread_ends(_machine: Machine, state: Leaving) -> Move:
    """All its workers are gone."""
    return Move(both(state.leaves, no(_alive(state))), but(state, leaves=False, gone=True))
