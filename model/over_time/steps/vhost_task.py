"""kernel/vhost_task.c: the loop of a worker, and who stops it.

What a worker's loop does with signals stands here and nowhere else.
"""

from __future__ import annotations

from model.algebra import Truth, Word, both, either, no, signed_below, when, when_word
from model.over_time import worker_calls
from model.over_time.places import Life, Loop, ReturnedPointer
from model.over_time.step import Machine, Move, step
from model.over_time.steps import cgroup
from model.over_time.world import Stop, WorkerRun, World, but, is_at
from model.patches import (
    VHOST_ERR_PTR,
    VHOST_SIGKILL,
    VHOST_TASK,
    VHOST_WAKE_ORDER,
    WORKERS_ARE_THREADS,
)

FN = "kernel/vhost_task.c:vhost_task_fn"
CREATE = "kernel/vhost_task.c:vhost_task_create"
STOP = "kernel/vhost_task.c:vhost_task_stop"
ENDS_WHEN_KILLED = VHOST_SIGKILL
"""Since db5247d9bf5c a worker that takes SIGKILL leaves its loop and ends.

From v6.4 to v6.9 it only remembered that it was dead, looked at signals no more, and worked on
until the device was released.
"""


def calls_get_signal(machine: Machine, kthread: Truth) -> Truth:
    """Return whether a worker's loop calls get_signal(): the threads of f9010dbdce91 do.

    A kthread's never does, nor did the series' process.
    """
    return both(no(kthread), machine[WORKERS_ARE_THREADS])


def leaves_for_a_signal(machine: Machine, io: Truth) -> Truth:
    """Return whether a loop ends on what get_signal() returns; one of io_uring's always does."""
    return either(io, machine[ENDS_WHEN_KILLED])


def is_there(world: World) -> Truth:
    """Return whether the worker has its loop still to leave."""
    return both(world.made, no(world.worker_gone), no(world.left))


def is_alive(world: World) -> Truth:
    """Return whether it has, and no SIGKILL is pending for it."""
    return both(is_there(world), no(world.pending))


def runs(world: World) -> Truth:
    """Return whether the worker goes round in its loop, and sleeps in no trap, freezer or stop."""
    sleeps = either(world.worker_trapped, world.worker_frozen, world.worker_stopped)
    return both(is_there(world), no(sleeps))


def there_is_no_worker(world: World) -> Truth:
    """Return whether no worker was made yet."""
    return both(no(world.made), world.run == int(WorkerRun.NONE))


@step(at=FN, who="worker", own=True)
def the_worker_sees_that_it_is_to_stop(_machine: Machine, world: World) -> Move:
    """In its loop; while it sleeps in a trap, a freezer or a stop it sees nothing."""
    return Move(both(world.closing, runs(world)), cgroup.without_the_worker(world))


def takes_SIGKILL(world: World) -> Truth:
    """Return whether a worker that goes round in its loop gets SIGKILL from get_signal()."""
    return both(world.killed, world.thread, runs(world))


def done(world: World) -> World:
    """fn(), which is vhost_run_work_list(): all that is queued, what is flushed as well."""
    return but(world, queued=False, flushing=False)


@step(at=FN, who="worker", own=True, since=ENDS_WHEN_KILLED)
def the_killed_worker_ends(_machine: Machine, world: World) -> Move:
    """All at once: out of its loop, its queue done."""
    return Move(takes_SIGKILL(world), done(cgroup.without_the_worker(world)))


@step(at=FN, who="worker", own=True, since=ENDS_WHEN_KILLED)
def the_killed_worker_leaves_its_loop(_machine: Machine, world: World) -> Move:
    """Whatever is queued."""
    return Move(takes_SIGKILL(world), but(world, left=True))


@step(at=FN, who="worker", own=True, since=ENDS_WHEN_KILLED)
def the_owners_killed_workers_end(_machine: Machine, world: World) -> Move:
    """Each by itself since v6.10; before they worked on until the release."""
    return Move(both(world.killed, signed_below(0, world.workers)), but(world, workers=0))


@step(at=FN, who="worker", own=True, since=ENDS_WHEN_KILLED)
def the_childs_killed_workers_end(_machine: Machine, world: World) -> Move:
    """The same for those of the child."""
    killed = world.child == int(Life.ZOMBIE)
    return Move(both(killed, signed_below(0, world.child_workers)), but(world, child_workers=0))


@step(at=STOP, who="closer", own=True)
def the_release_is_over(_machine: Machine, world: World) -> Move:
    """wait_for_completion() returned."""
    over = both(world.closing, world.worker_gone, no(world.closed))
    return Move(over, but(world, closed=True))


@step(at=STOP, who="another process")
def another_process_releases_the_device(_machine: Machine, world: World) -> Move:
    """The owner gave it the file; it waits, uninterruptibly, for the worker's end."""
    ready = both(is_there(world), no(world.io), no(world.closing))
    return Move(ready, but(world, closing=True))


@step(at=STOP, who="closer", own=True)
def the_closer_tells_the_worker_to_stop(machine: Machine, world: World) -> Move:
    """On release, vhost_task_stop(): nothing to tell a task that was killed (v6.10)."""
    released = both(no(world.file_here), no(world.file_there), no(is_at(world, WorkerRun.NONE)))
    gone = both(machine[VHOST_SIGKILL], world.killed_flag)
    mutexed = both(machine[VHOST_SIGKILL], no(world.kthread))
    told = when_word(8, gone, int(Stop.WAITS), int(Stop.TOLD))
    woken = both(mutexed, no(gone))
    after = but(
        world,
        stop=when_word(8, mutexed, int(Stop.WAITS), told),
        stop_flag=no(gone),
        woke=either(world.woke, woken),
        woke_freed=either(world.woke_freed, both(woken, is_at(world, WorkerRun.FREED))),
    )
    return Move(both(released, world.stop == int(Stop.NO)), after)


@step(at=STOP, who="closer", own=True)
def the_closer_wakes_the_worker(_machine: Machine, world: World) -> Move:
    """Without the mutex of v6.10 this comes after the flag, maybe late; a kthread is held."""
    freed = both(no(world.kthread), is_at(world, WorkerRun.FREED))
    after = but(
        world,
        stop=int(Stop.WAITS),
        woke=True,
        woke_freed=either(world.woke_freed, freed),
    )
    return Move(world.stop == int(Stop.TOLD), after)


@step(at=FN, who="worker", own=True)
def the_worker_sees_the_stop_flag(_machine: Machine, world: World) -> Move:
    """It leaves its loop."""
    looping = is_at(world, WorkerRun.RUNNING, WorkerRun.LATCHED)
    return Move(both(looping, world.stop_flag), but(world, run=int(WorkerRun.LEAVING)))


@step(at=FN, who="worker", own=True)
def the_worker_takes_SIGKILL(machine: Machine, world: World) -> Move:
    """get_signal(): since v6.10 it leaves its loop, before it only remembered that it is dead."""
    leaves = leaves_for_a_signal(machine, world.io)
    where = when_word(8, leaves, int(WorkerRun.LEAVING), int(WorkerRun.LATCHED))
    after = but(world, run=where, pending=False)
    return Move(both(is_at(world, WorkerRun.RUNNING), world.pending), after)


@step(at=FN, who="worker", own=True)
def the_worker_says_that_it_has_exited(machine: Machine, world: World) -> Move:
    """Under exit_mutex since v6.10: killed unless it was told to stop; then complete()."""
    killed = both(machine[VHOST_SIGKILL], no(world.kthread), no(world.stop_flag))
    after = but(world, run=int(WorkerRun.SAID), killed_flag=either(world.killed_flag, killed))
    return Move(is_at(world, WorkerRun.LEAVING), after)


@step(at=STOP, who="closer", own=True)
def the_closer_has_seen_the_worker_exit(machine: Machine, world: World) -> Move:
    """wait_for_completion(); then it drops or reaps what is left.

    In the series by kernel_wait4(), which finds the child of its own thread group only.
    """
    gone = is_at(world, WorkerRun.ZOMBIE, WorkerRun.FREED)
    process = both(no(world.kthread), no(world.thread))
    reaped = either(no(process), world.closer_is_owner)
    where = when_word(8, reaped, int(WorkerRun.FREED), int(WorkerRun.ZOMBIE))
    after = but(world, stop=int(Stop.DONE), run=where)
    return Move(both(world.stop == int(Stop.WAITS), gone), after)


def marks_first(machine: Machine) -> Truth:
    """Return whether a worker is marked as sleeping before it looks at its queue.

    Kthreads always were; the thread of f9010dbdce91 looked first, until 4b13cbef7970.
    """
    return either(no(machine[WORKERS_ARE_THREADS]), machine[VHOST_WAKE_ORDER])


def _turn(world: World, first: Truth) -> tuple[Truth, Word]:
    """Return whether the first of the two, or the second, comes now, and the place after it."""
    here = when_word(8, first, int(Loop.TOP), int(Loop.FIRST))
    return world.loop == here, when_word(8, first, int(Loop.FIRST), int(Loop.SECOND))


@step(at=FN, who="worker", own=True)
def the_worker_marks_itself_as_sleeping(machine: Machine, world: World) -> Move:
    """set_current_state(TASK_INTERRUPTIBLE)."""
    ready, then = _turn(world, marks_first(machine))
    return Move(ready, but(world, marked=True, loop=then))


@step(at=FN, who="worker", own=True)
def the_worker_looks_at_its_queue(machine: Machine, world: World) -> Move:
    """It does what there is and begins anew, or finds nothing."""
    ready, then = _turn(world, no(marks_first(machine)))
    after = but(
        done(world),
        marked=when(world.queued, False, world.marked),
        loop=when_word(8, world.queued, int(Loop.TOP), then),
    )
    return Move(ready, after)


@step(at=FN, who="worker", own=True)
def the_worker_calls_schedule(_machine: Machine, world: World) -> Move:
    """It sleeps if it is still marked."""
    loop = when_word(8, world.marked, int(Loop.ASLEEP), int(Loop.TOP))
    return Move(world.loop == int(Loop.SECOND), but(world, loop=loop))


REASONS = {
    "in peace": "",
    "with a signal pending": "signal",
    "at the limit": "limit",
    "without memory": "struct",
}
"""How vhost_task_create() is asked, and what is in its way."""


def instead_of_a_task(machine: Machine, _no_struct: bool) -> Word:
    """Return what is returned if struct vhost_task cannot be allocated, or copy_process() fails."""
    return when_word(
        8, machine[VHOST_ERR_PTR], int(ReturnedPointer.ERROR), int(ReturnedPointer.NULL)
    )


def taken_for_failure(machine: Machine, value: Word) -> Truth:
    """The callers' test: IS_ERR() since v6.14, !pointer before; changed in the same commit."""
    told = when_word(
        8, machine[VHOST_ERR_PTR], int(ReturnedPointer.ERROR), int(ReturnedPointer.NULL)
    )
    return value == told


def returns(machine: Machine, world: World, how: str, kvm: bool) -> Move:
    """vhost_task_create(), asked by vhost or by KVM."""
    signal, full, no_struct = (REASONS[how] == one for one in ("signal", "limit", "struct"))
    errno = machine.ask(worker_calls.vhost_task_errno, signal, full, no_struct)
    failure = instead_of_a_task(machine, no_struct)
    given = when_word(8, errno == 0, int(ReturnedPointer.TASK), failure)
    return Move(world.returned == int(ReturnedPointer.NONE), but(world, returned=given, kvm=kvm))


@step(at=CREATE, who="caller", own=True, since=VHOST_TASK)
def the_caller_tests_what_it_was_given(machine: Machine, world: World) -> Move:
    """And starts what it takes for a task: vhost_task_start()."""
    given = both(no(world.returned == int(ReturnedPointer.NONE)), no(world.tested))
    used = no(taken_for_failure(machine, world.returned))
    return Move(given, but(world, tested=True, used=used))
