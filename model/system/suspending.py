"""Suspending: the freezer of suspend while somebody waits for a vhost worker.

kernel/power/process.c:try_to_freeze_tasks, kernel/freezer.c, kernel/vhost_task.c.  Who waits
uninterruptibly, in a flush or for a worker's end, is not frozen; a worker that is frozen does
no work.  After 20 seconds freezing is given up and suspend fails.
"""

from __future__ import annotations

from dataclasses import dataclass

from model.algebra import Truth, both, either, no
from model.patches import FORK_OWNER, WORKERS_ARE_THREADS
from model.records import BOOL, fact
from model.system import calls
from model.system.step import Machine, Move, System, but

_SET_OWNER = "drivers/vhost/vhost.c:vhost_dev_set_owner"
_FLUSH = "drivers/vhost/vhost.c:__vhost_worker_flush"
_FREEZE = "kernel/freezer.c:__refrigerator"


@dataclass(frozen=True, slots=True)
class Suspending:
    """An owner, its worker, and another process that may have the file."""

    made: Truth = fact(BOOL, False, "there is a worker")
    nofreeze: Truth = fact(BOOL, False, "PF_NOFREEZE")
    looks: Truth = fact(BOOL, False, "its main loop calls get_signal()")
    gone: Truth = fact(BOOL, False, "it ended")
    passed: Truth = fact(BOOL, False, "the other process alone has the file")
    flushing: Truth = fact(BOOL, False, "the owner waits until the worker has run")
    closing: Truth = fact(BOOL, False, "the other process waits for the worker's end")
    closed: Truth = fact(BOOL, False, "the release is over")
    suspend: Truth = fact(BOOL, False, "the machine is to suspend")
    caught: Truth = fact(BOOL, False, "somebody waited for the worker when it was to suspend")
    owner_frozen: Truth = fact(BOOL, False, "the owner is in the refrigerator")
    worker_frozen: Truth = fact(BOOL, False, "the worker is in the refrigerator")
    other_frozen: Truth = fact(BOOL, False, "the other process is in the refrigerator")


SYSTEM = System(
    name="suspending",
    about="suspend while somebody waits for a vhost worker",
    record=Suspending,
    tasks="one owner, one worker, one process that has the file",
    start=lambda _machine: Suspending(),
)


def _makes(machine: Machine, state: Suspending, fork_owner: bool) -> Move:
    made = machine.ask(calls.vhost_worker, fork_owner, *calls.ORDINARY)
    after = but(
        state,
        made=True,
        nofreeze=made.nofreeze,
        looks=both(no(made.by_kthreadd), machine[WORKERS_ARE_THREADS]),
    )
    return Move(both(no(state.made), no(state.owner_frozen), made.errno == 0), after)


@SYSTEM.step(at=_SET_OWNER, who="owner")
def the_owner_opens_the_device(machine: Machine, state: Suspending) -> Move:
    """VHOST_SET_OWNER."""
    return _makes(machine, state, True)


@SYSTEM.step(at=_SET_OWNER, who="owner", since=FORK_OWNER)
def the_owner_opens_the_device_and_asks_for_a_kthread(
    machine: Machine, state: Suspending
) -> Move:
    """VHOST_SET_FORK_FROM_OWNER with KTHREAD (v6.17)."""
    return _makes(machine, state, False)


def _owner_free(state: Suspending) -> Truth:
    return both(state.made, no(state.flushing), no(state.owner_frozen), no(state.passed))


@SYSTEM.step(at="net/core/scm.c:scm_detach_fds", who="owner")
def the_owner_gives_the_file_away(_machine: Machine, state: Suspending) -> Move:
    """It passes the file to another process and closes its own."""
    return Move(_owner_free(state), but(state, passed=True))


@SYSTEM.step(at=_FLUSH, who="owner")
def the_owner_calls_an_ioctl_that_flushes_the_worker(
    _machine: Machine, state: Suspending
) -> Move:
    """It waits, uninterruptibly, until the worker has done a piece of work."""
    after = but(state, flushing=True, caught=either(state.caught, state.suspend))
    return Move(_owner_free(state), after)


@SYSTEM.step(at="fs/open.c:filp_close", who="other process")
def the_other_process_closes_the_file(_machine: Machine, state: Suspending) -> Move:
    """The last reference: it waits in vhost_task_stop() or kthread_stop()."""
    ready = both(state.passed, no(state.closing), no(state.closed), no(state.other_frozen))
    return Move(ready, but(state, closing=True, caught=either(state.caught, state.suspend)))


@SYSTEM.step(at="kernel/power/process.c:freeze_processes", who="administrator")
def the_machine_is_to_suspend(_machine: Machine, state: Suspending) -> Move:
    """Every task without PF_NOFREEZE is told to freeze."""
    waits = either(state.flushing, state.closing)
    return Move(no(state.suspend), but(state, suspend=True, caught=waits))


def _runs(state: Suspending) -> Truth:
    return both(state.made, no(state.gone), no(state.worker_frozen))


@SYSTEM.step(at=_FLUSH, who="worker", own=True)
def the_worker_does_what_is_flushed(_machine: Machine, state: Suspending) -> Move:
    """In its loop."""
    return Move(both(state.flushing, _runs(state)), but(state, flushing=False))


@SYSTEM.step(at="kernel/vhost_task.c:vhost_task_fn", who="worker", own=True)
def the_worker_sees_that_it_is_to_stop(_machine: Machine, state: Suspending) -> Move:
    """In its loop."""
    return Move(both(state.closing, _runs(state)), but(state, gone=True))


@SYSTEM.step(at="kernel/vhost_task.c:vhost_task_stop", who="other process", own=True)
def the_release_is_over(_machine: Machine, state: Suspending) -> Move:
    """wait_for_completion() returned."""
    return Move(both(state.closing, state.gone), but(state, closing=False, closed=True))


@SYSTEM.step(at=_FREEZE, who="owner", own=True)
def the_owner_freezes(_machine: Machine, state: Suspending) -> Move:
    """On its way to user space; not in a flush."""
    ready = both(state.suspend, no(state.flushing), no(state.owner_frozen))
    return Move(ready, but(state, owner_frozen=True))


@SYSTEM.step(at=_FREEZE, who="other process", own=True)
def the_other_process_freezes(_machine: Machine, state: Suspending) -> Move:
    """On its way to user space; not while it waits for the worker."""
    ready = both(state.suspend, no(state.closing), no(state.other_frozen))
    return Move(ready, but(state, other_frozen=True))


@SYSTEM.step(at=_FREEZE, who="worker", own=True)
def the_worker_freezes(_machine: Machine, state: Suspending) -> Move:
    """In get_signal(), before it looks at its queue or whether it is to stop."""
    ready = both(state.suspend, state.looks, no(state.nofreeze), _runs(state))
    return Move(ready, but(state, worker_frozen=True))


def suspended(state: Suspending) -> Truth:
    """Return whether everybody who has to is frozen."""
    worker = either(no(state.made), state.gone, state.nofreeze, state.worker_frozen)
    return both(state.owner_frozen, state.other_frozen, worker)
