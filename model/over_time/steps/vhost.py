"""drivers/vhost/vhost.c: an owner opens a device, flushes its worker, and lets the file go."""

from __future__ import annotations

from model.algebra import Truth, Word, both, either, no, signed_below, when_word
from model.call import choose
from model.over_time import calls
from model.over_time.caller import HERE, caller, child_caller
from model.over_time.places import Asker, Flush, Init, Life, Loop, Thread
from model.over_time.step import Machine, Move, step, steps
from model.over_time.steps import cgroup, vhost_task
from model.over_time.steps.signal import owner_is_awake
from model.over_time.world import WorkerRun, World, but
from model.patches import (
    FORK_OWNER,
    VHOST_FLUSH_UNLOCKED,
    VHOST_NEW_WORKER,
    VHOST_USES_TASK,
)
from model.state import Task
from model.words import Errno

SET_OWNER = "drivers/vhost/vhost.c:vhost_dev_set_owner"
FLUSH = "drivers/vhost/vhost.c:__vhost_worker_flush"
KILLED = "drivers/vhost/vhost.c:vhost_worker_killed"
ATTACH = "drivers/vhost/vhost.c:vhost_attach_cgroups"
QUEUE = "drivers/vhost/vhost.c:vhost_worker_queue"
NEW_WORKER = "drivers/vhost/vhost.c:vhost_worker_ioctl"
MOST = 2
"""Workers that the owner, or its child, has made for one device."""


def asks(
    machine: Machine, world: World, fork_owner: bool, by: Task | None = None
) -> tuple[calls.MadeWorker, World]:
    """Ask for a worker by the rules of the single call; it is charged, or the errno is told.

    The owner asks, or another task ``by`` which it is made.
    """
    made = machine.ask(calls.vhost_worker, fork_owner, by or caller(world))
    ok = made.errno == 0
    mine = both(ok, made.charged_uid == world.acting)
    after = but(
        world,
        opened=world.opened + when_word(64, ok, 1, 0),
        tasks=world.tasks + when_word(64, mine, 1, 0),
        kernel_tasks=world.kernel_tasks + when_word(64, both(ok, no(mine)), 1, 0),
        pids=world.pids + when_word(64, both(ok, made.in_cgroup), 1, 0),
        in_cgroup=either(no(ok), made.in_cgroup),
        refused=made.errno,
    )
    return made, after


def makes_a_worker(machine: Machine, world: World, fork_owner: bool, kvm: bool = False) -> Move:
    """Make a worker for an owner that has none and is awake."""
    made, charged = asks(machine, world, fork_owner)
    looks = vhost_task.calls_get_signal(machine, made.by_kthreadd)
    ready = both(can_have_a_worker(world), made.errno == 0)
    return Move(ready, but(_with_a_worker(charged, made), looks=looks, kvm=kvm))


def can_have_a_worker(world: World) -> Truth:
    """Return whether the owner is awake and has a file without a worker."""
    awake = both(owner_is_awake(world), world.file_here)
    return both(awake, vhost_task.there_is_no_worker(world))


def _with_a_worker(world: World, made: calls.MadeWorker) -> World:
    """Return the world with a worker that runs, and what it has of its owner."""
    kthread, task = made.by_kthreadd, no(made.by_kthreadd)
    first = both(made.init, world.for_children)
    return but(
        world,
        made=True,
        kthread=kthread,
        thread=made.thread,
        masked=both(task, made.blocks),
        deaf=made.ignores_kill,
        nofreeze=made.nofreeze,
        run=int(WorkerRun.RUNNING),
        maker=world.acting,
        worker_uid=when_word(32, made.is_of(world.acting), world.acting, 0),
        shares_limits=made.shares_limits,
        worker_limit=when_word(64, made.limit == world.limit, world.limit, 0),
        worker_fs=made.shares_root,
        worker_ns=when_word(8, made.shares_namespaces, world.ns, 0),
        worker_user_ns=when_word(8, kthread, 0, world.user_ns),
        worker_pid_ns=made.pid_ns,
        worker_init=either(world.worker_init, made.init),
        workers=1,
        elsewhere=_strange(world, made),
        asker=int(Asker.OWNER),
        child_reaper=when_word(8, first, int(Init.ALIVE), world.child_reaper),
        thread_apart=either(world.thread_apart, both(made.thread, world.for_children)),
    )


def _strange(world: World, made: calls.MadeWorker) -> Word:
    """Return 1 for a worker that is charged to another user than the owner's, else 0."""
    return when_word(8, made.is_of(world.acting), 0, 1)


def without_the_worker(world: World) -> World:
    """Return the world when a device with a task is closed: it is gone, and charged no more."""
    one = when_word(64, world.made, 1, 0)
    return but(
        world,
        made=False,
        run=int(WorkerRun.NONE),
        thread=False,
        deaf=False,
        worker_fs=False,
        worker_user_ns=0,
        worker_pid_ns=HERE,
        opened=world.opened - one,
        tasks=world.tasks - one,
        pids=world.pids - one,
    )


def opened_where_a_task_is_seen(machine: Machine, world: World) -> tuple[Truth, World]:
    """Return whether a device can be opened, and the world with its worker unless a kthread."""
    made, charged = asks(machine, world, True)
    opened = choose(made.by_kthreadd, world, _with_a_worker(charged, made))
    return both(can_have_a_worker(world), made.errno == 0), opened


def _beside(machine: Machine, world: World) -> Move:
    """Make a vhost worker for an owner that may have one of io_uring as well."""
    made, charged = asks(machine, world, True)
    after = but(charged, vhost=int(Thread.LIVE), vhost_thread=made.thread)
    free = both(owner_is_awake(world), world.vhost == int(Thread.NONE))
    return Move(both(free, made.errno == 0), after)


@step(at=SET_OWNER, who="owner")
def the_owner_of_a_ring_opens_the_device(machine: Machine, world: World) -> Move:
    """VHOST_SET_OWNER."""
    return _beside(machine, world)


@step(at=SET_OWNER, who="owner", since=VHOST_USES_TASK)
def the_owner_of_a_ring_gets_a_thread_of_vhost(machine: Machine, world: World) -> Move:
    """VHOST_SET_OWNER, where its worker is a thread of the owner's group."""
    opens = _beside(machine, world)
    return Move(both(opens.when, opens.then.vhost_thread), opens.then)


def moved_by_its_owner(world: World) -> World:
    """cgroup_attach_task_all() charges and tests nothing; a task is there from its beginning."""
    return but(
        world,
        in_cgroup=True,
        pids=world.pids + when_word(64, world.in_cgroup, 0, 1),
        worker_cgroup=world.cgroup,
        worker_away=world.owner_away,
    )


def _opened(machine: Machine, world: World, fork_owner: bool) -> Move:
    """The whole ioctl: a kthread is moved to its owner's cgroup before it returns."""
    half = makes_a_worker(machine, world, fork_owner)
    return Move(half.when, moved_by_its_owner(half.then))


@step(at=SET_OWNER, who="owner")
def the_owner_opens_the_device(machine: Machine, world: World) -> Move:
    """VHOST_SET_OWNER; a kthread is moved to the owner's cgroup before it returns."""
    return _opened(machine, world, True)


@step(at=SET_OWNER, who="owner", since=FORK_OWNER)
def the_owner_opens_the_device_and_asks_for_a_kthread(machine: Machine, world: World) -> Move:
    """VHOST_SET_FORK_FROM_OWNER with KTHREAD (v6.17)."""
    return _opened(machine, world, False)


@step(at=SET_OWNER, who="owner")
def the_worker_of_a_device_is_made(machine: Machine, world: World) -> Move:
    """VHOST_SET_OWNER, before a kthread is moved to the owner's cgroup."""
    return makes_a_worker(machine, world, True)


@step(at=SET_OWNER, who="owner", since=FORK_OWNER)
def the_kthread_that_was_asked_for_is_made(machine: Machine, world: World) -> Move:
    """VHOST_SET_FORK_FROM_OWNER with KTHREAD (v6.17), before it is moved."""
    return makes_a_worker(machine, world, False)


@step(at=ATTACH, who="owner", own=True)
def the_kthread_is_moved_to_the_owners_cgroup(_machine: Machine, world: World) -> Move:
    """cgroup_attach_task_all()."""
    return Move(no(world.in_cgroup), moved_by_its_owner(world))


@step(at=FLUSH, who="owner")
def the_owner_calls_an_ioctl_that_flushes_the_worker(_machine: Machine, world: World) -> Move:
    """It waits, uninterruptibly, until the worker has done a piece of work."""
    ready = both(world.made, no(world.worker_gone), no(world.passed), owner_is_awake(world))
    return Move(ready, but(world, flushing=True, caught=either(world.caught, world.suspend)))


@step(at="drivers/vhost/vhost.c:vhost_run_work_list", who="worker", own=True)
def the_worker_does_what_is_flushed(_machine: Machine, world: World) -> Move:
    """In its loop, not in the trap; a worker that leaves its loop does it last."""
    return Move(both(world.flushing, vhost_task.runs(world)), vhost_task.done(world))


def _holds_the_mutex(world: World) -> Truth:
    """Return whether the caller of VHOST_ATTACH_VRING_WORKER has the old worker's mutex."""
    waits = both(world.flush == int(Flush.WAITS), no(world.unlocked))
    return either(world.flush == int(Flush.HOLDS), waits)


def _cleans_up(world: World) -> Truth:
    """Return whether the worker is in vhost_worker_killed(), with its mutex."""
    return both(world.worker_killed, no(world.worker_gone))


@step(at="drivers/vhost/vhost.c:__vhost_vq_attach_worker", who="caller")
def the_caller_takes_the_old_workers_mutex(_machine: Machine, world: World) -> Move:
    """VHOST_ATTACH_VRING_WORKER has put the new worker in its place."""
    ready = both(world.flush == int(Flush.NO), no(_cleans_up(world)))
    return Move(ready, but(world, flush=int(Flush.HOLDS)))


@step(at=FLUSH, who="caller", own=True)
def the_caller_sees_that_the_worker_was_killed(_machine: Machine, world: World) -> Move:
    """Nothing to flush."""
    ready = both(world.flush == int(Flush.HOLDS), world.worker_killed)
    return Move(ready, but(world, flush=int(Flush.DONE)))


@step(at=FLUSH, who="caller", own=True)
def the_caller_queues_a_flush_and_waits(machine: Machine, world: World) -> Move:
    """Since v6.10 it drops the mutex meanwhile."""
    ready = both(world.flush == int(Flush.HOLDS), no(world.worker_killed))
    dropped = machine[VHOST_FLUSH_UNLOCKED]
    return Move(ready, but(world, flush=int(Flush.WAITS), flushing=True, unlocked=dropped))


@step(at=FLUSH, who="caller", own=True)
def the_flush_is_complete(_machine: Machine, world: World) -> Move:
    """The caller takes the mutex again, if it dropped it."""
    busy = both(world.unlocked, _cleans_up(world))
    ready = both(world.flush == int(Flush.WAITS), no(world.flushing), no(busy))
    return Move(ready, but(world, flush=int(Flush.DONE)))


@step(at=KILLED, who="worker", own=True)
def the_killed_worker_takes_its_mutex(_machine: Machine, world: World) -> Move:
    """To mark itself killed and take itself off its rings."""
    ready = both(world.left, no(world.worker_killed), no(_holds_the_mutex(world)))
    return Move(ready, but(world, worker_killed=True))


@step(at=KILLED, who="worker", own=True)
def the_killed_worker_does_what_is_left_and_ends(_machine: Machine, world: World) -> Move:
    """Flushes that came before it was marked."""
    return Move(_cleans_up(world), vhost_task.done(cgroup.without_the_worker(world)))


@step(at=QUEUE, who="who has work")
def work_is_queued(_machine: Machine, world: World) -> Move:
    """llist_add(); the wake-up follows."""
    ready = both(no(world.queued), no(world.wakes))
    return Move(ready, but(world, queued=True, wakes=True))


@step(at=QUEUE, who="who has work", own=True)
def the_worker_is_woken(_machine: Machine, world: World) -> Move:
    """wake_up_process(): it is TASK_RUNNING, and off it goes if it slept."""
    asleep = world.loop == int(Loop.ASLEEP)
    loop = when_word(8, asleep, int(Loop.TOP), world.loop)
    return Move(world.wakes, but(world, wakes=False, marked=False, loop=loop))


@steps(
    tuple(vhost_task.REASONS),
    at="drivers/vhost/vhost.c:vhost_worker_create",
    who="vhost",
    since=VHOST_USES_TASK,
)
def vhost_asks_X(machine: Machine, world: World, how: str) -> Move:
    """VHOST_SET_OWNER or VHOST_NEW_WORKER."""
    return vhost_task.returns(machine, world, how, kvm=False)


@step(at=NEW_WORKER, who="owner", since=VHOST_NEW_WORKER)
def the_owner_asks_for_one_more_worker(machine: Machine, world: World) -> Move:
    """VHOST_NEW_WORKER, by any thread of the owner."""
    made, charged = asks(machine, world, True)
    room = both(world.made, owner_is_awake(world), signed_below(world.workers, MOST))
    after = but(
        charged,
        workers=world.workers + 1,
        elsewhere=world.elsewhere + _strange(world, made),
        asker=int(Asker.OWNER),
        answer=0,
    )
    return Move(both(room, made.errno == 0), after)


@step(at=NEW_WORKER, who="child", since=VHOST_NEW_WORKER)
def the_child_asks_for_one_more_worker(machine: Machine, world: World) -> Move:
    """It passes the test of the mm, and copy_process() runs in it; EINVAL if there is no owner."""
    made, charged = asks(machine, world, True, by=child_caller(world))
    shares = both(world.child == int(Life.ALIVE), world.child_vm)
    room = both(shares, signed_below(world.child_workers, MOST))
    given = but(
        charged,
        child_workers=world.child_workers + 1,
        elsewhere=world.elsewhere + _strange(world, made),
        child_asked=True,
        answer=0,
    )
    after = choose(world.made, given, but(world, answer=int(Errno.EINVAL)))
    return Move(both(room, made.errno == 0), but(after, asker=int(Asker.CHILD)))


@step(
    at="drivers/vhost/vhost.c:vhost_dev_check_owner", who="stranger", since=VHOST_NEW_WORKER
)
def another_process_asks_for_one_more_worker(_machine: Machine, world: World) -> Move:
    """EINVAL while there is no owner, EPERM since its mm is another."""
    answer = when_word(16, world.made, int(Errno.EPERM), int(Errno.EINVAL))
    return Move(world.file_there, but(world, asker=int(Asker.STRANGER), answer=answer))


def no_worker_lives(world: World) -> Truth:
    """Return whether the device has no living worker."""
    return both(world.workers == 0, world.child_workers == 0)


@step(at="drivers/vhost/vhost.c:vhost_dev_cleanup", who="closer", own=True)
def the_last_who_has_the_file_is_gone_and_all_workers_end(
    _machine: Machine, world: World
) -> Move:
    """The child has the owner's files, so it keeps the device open as another process does."""
    gone = both(world.killed, no(world.child == int(Life.ALIVE)), no(world.file_there))
    return Move(both(gone, no(no_worker_lives(world))), but(world, workers=0, child_workers=0))
