"""Cold: cgroup.freeze, thaw, migration, SIGKILL and release with a vhost worker about.

kernel/cgroup/freezer.c, kernel/signal.c:get_signal, kernel/vhost_task.c:vhost_task_fn.
CGRP_FROZEN, what cgroup.events tells, is brought up to date at certain places only; a kernel
thread that enters or leaves a cgroup is not one of them.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from model.algebra import Truth, both, either, no, when
from model.patches import FORK_OWNER, VHOST_SIGKILL, WORKERS_ARE_THREADS
from model.records import BOOL, fact
from model.system import calls
from model.system.step import Machine, Move, System, but

_SET_OWNER = "drivers/vhost/vhost.c:vhost_dev_set_owner"
_FREEZE = "kernel/cgroup/freezer.c:cgroup_do_freeze"
_MIGRATE = "kernel/cgroup/freezer.c:cgroup_freezer_migrate_task"
_FLUSH = "drivers/vhost/vhost.c:__vhost_worker_flush"
_TRAP = "kernel/signal.c:do_freezer_trap"
_FN = "kernel/vhost_task.c:vhost_task_fn"
CGROUPS = ("home", "away")


@dataclass(frozen=True, slots=True)
class Cold:
    """An owner and its worker in two cgroups, one frozen; another process that has the file."""

    made: Truth = fact(BOOL, False, "a worker was made")
    kthread: Truth = fact(BOOL, False, "it is a kthread")
    thread: Truth = fact(BOOL, False, "it is a thread of the owner's group")
    looks: Truth = fact(BOOL, False, "its loop calls get_signal()")
    home_freeze: Truth = fact(BOOL, False, "cgroup.freeze of the first cgroup is 1")
    home_says: Truth = fact(BOOL, False, "cgroup.events of the first cgroup says frozen")
    away_says: Truth = fact(BOOL, True, "cgroup.events of the frozen cgroup says frozen")
    owner_away: Truth = fact(BOOL, False, "the owner is in the frozen cgroup")
    worker_away: Truth = fact(BOOL, False, "the worker is in the frozen cgroup")
    owner_trapped: Truth = fact(BOOL, False, "the owner sleeps in the freezer's trap")
    worker_trapped: Truth = fact(BOOL, False, "the worker sleeps in the freezer's trap")
    killed: Truth = fact(BOOL, False, "SIGKILL was sent to the owner's group")
    owner_gone: Truth = fact(BOOL, False, "the owner ended")
    worker_gone: Truth = fact(BOOL, False, "the worker ended")
    flushing: Truth = fact(BOOL, False, "the owner waits in an ioctl until the worker has run")
    passed: Truth = fact(BOOL, False, "another process alone has the file")
    closing: Truth = fact(BOOL, False, "the last reference is gone; the closer waits")
    closed: Truth = fact(BOOL, False, "the release is over")


SYSTEM = System(
    name="cold",
    about="cgroup.freeze, thaw, migration, SIGKILL and release with a worker about",
    record=Cold,
    tasks="one owner, one worker, one process that has the file, two cgroups",
    start=lambda _machine: Cold(),
)


def _of(cgroup: str, away: Truth) -> Truth:
    return away if cgroup == "away" else no(away)


def owner_in(state: Cold, cgroup: str) -> Truth:
    """Return whether the owner is a living member of a cgroup."""
    return both(no(state.owner_gone), _of(cgroup, state.owner_away))


def worker_in(state: Cold, cgroup: str) -> Truth:
    """Return whether the worker is a living member of a cgroup."""
    return both(state.made, no(state.worker_gone), _of(cgroup, state.worker_away))


def all_trapped(state: Cold, cgroup: str) -> Truth:
    """Return whether every member sleeps in the trap."""
    return both(
        either(no(owner_in(state, cgroup)), state.owner_trapped),
        either(no(worker_in(state, cgroup)), state.worker_trapped),
    )


def freezes(state: Cold, cgroup: str) -> Truth:
    """Return CGRP_FREEZE; the second cgroup was frozen when it was empty."""
    return state.home_freeze if cgroup == "home" else True


def says(state: Cold, cgroup: str) -> Truth:
    """Return CGRP_FROZEN, as cgroup.events shows it."""
    return state.home_says if cgroup == "home" else state.away_says


def _update(state: Cold, cgroup: str) -> Cold:
    """cgroup_update_frozen()."""
    frozen = both(freezes(state, cgroup), all_trapped(state, cgroup))
    if cgroup == "home":
        return replace(state, home_says=frozen)
    return replace(state, away_says=frozen)


def _update_of(state: Cold, away: Truth) -> Cold:
    """cgroup_update_frozen() of the cgroup that a task is in."""
    home, far = _update(state, "home"), _update(state, "away")
    return replace(
        state,
        home_says=when(away, state.home_says, home.home_says),
        away_says=when(away, far.away_says, state.away_says),
    )


def _if(condition: Truth, then: Cold, otherwise: Cold) -> Cold:
    """Only what CGRP_FROZEN says differs between the two."""
    return replace(
        otherwise,
        home_says=when(condition, then.home_says, otherwise.home_says),
        away_says=when(condition, then.away_says, otherwise.away_says),
    )


def told_to_freeze(state: Cold, away: Truth) -> Truth:
    """Return CGRP_FREEZE of the cgroup that a task is in."""
    return either(away, state.home_freeze)


def _makes(machine: Machine, state: Cold, fork_owner: bool) -> Move:
    made = machine.ask(calls.vhost_worker, fork_owner, *calls.ORDINARY)
    task = no(made.by_kthreadd)
    after = but(
        state,
        made=True,
        kthread=made.by_kthreadd,
        thread=made.thread,
        looks=both(task, machine[WORKERS_ARE_THREADS]),
        worker_away=state.owner_away,
    )
    return Move(both(_awake(state), no(state.made), made.errno == 0), after)


def _awake(state: Cold) -> Truth:
    """Whether the owner runs in user space, and may call what it likes."""
    return no(either(state.owner_trapped, state.killed, state.flushing))


@SYSTEM.step(at=_SET_OWNER, who="owner")
def the_owner_opens_the_device(machine: Machine, state: Cold) -> Move:
    """VHOST_SET_OWNER; a kthread is moved to the owner's cgroup before it returns."""
    return _makes(machine, state, True)


@SYSTEM.step(at=_SET_OWNER, who="owner", since=FORK_OWNER)
def the_owner_opens_the_device_and_asks_for_a_kthread(machine: Machine, state: Cold) -> Move:
    """VHOST_SET_FORK_FROM_OWNER with KTHREAD (v6.17)."""
    return _makes(machine, state, False)


@SYSTEM.step(at="net/core/scm.c:scm_detach_fds", who="owner")
def the_owner_gives_the_file_away(_machine: Machine, state: Cold) -> Move:
    """It passes the file to another process and closes its own."""
    ready = both(state.made, _awake(state), no(state.passed))
    return Move(ready, but(state, passed=True))


@SYSTEM.step(at=_FLUSH, who="owner")
def the_owner_calls_an_ioctl_that_flushes_the_worker(_machine: Machine, state: Cold) -> Move:
    """It waits, uninterruptibly, until the worker has done a piece of work."""
    lives = both(state.made, no(state.worker_gone), no(state.passed))
    return Move(both(lives, _awake(state)), but(state, flushing=True))


@SYSTEM.step(at=_FLUSH, who="worker", own=True)
def the_worker_does_what_is_flushed(_machine: Machine, state: Cold) -> Move:
    """In its loop, not in the trap; a worker that leaves its loop does it last."""
    return Move(both(state.flushing, _runs(state)), but(state, flushing=False))


@SYSTEM.step(at=_FREEZE, who="administrator")
def the_home_cgroup_is_to_freeze(_machine: Machine, state: Cold) -> Move:
    """1 is written to cgroup.freeze; kernel threads are not told."""
    told = replace(state, home_freeze=True)
    return Move(no(state.home_freeze), _update(told, "home"))


@SYSTEM.step(at=_FREEZE, who="administrator")
def the_home_cgroup_is_to_thaw(_machine: Machine, state: Cold) -> Move:
    """0 is written to cgroup.freeze; who sleeps in the trap is woken."""
    return Move(state.home_freeze, but(state, home_freeze=False, home_says=False))


@SYSTEM.step(at=_MIGRATE, who="administrator")
def the_process_is_moved_to_the_other_cgroup(_machine: Machine, state: Cold) -> Move:
    """cgroup.procs: the owner's whole group, a worker only if it is a thread of it."""
    after = but(
        state,
        owner_away=no(state.owner_away),
        worker_away=when(state.thread, no(state.worker_away), state.worker_away),
    )
    ready = no(either(state.owner_gone, state.killed))
    return Move(ready, _update(_update(after, "home"), "away"))


@SYSTEM.step(at=_MIGRATE, who="administrator")
def the_worker_alone_is_moved_to_the_other_cgroup(_machine: Machine, state: Cold) -> Move:
    """cgroup.procs with the pid of a worker that is no thread; a kthread changes no count."""
    after = but(state, worker_away=no(state.worker_away))
    counted = _update(_update(after, "home"), "away")
    apart = both(state.made, no(state.thread), no(state.worker_gone))
    return Move(apart, _if(state.kthread, after, counted))


@SYSTEM.step(at=_TRAP, who="owner", own=True)
def the_owner_is_trapped(_machine: Machine, state: Cold) -> Move:
    """cgroup_enter_frozen()."""
    awake = both(_awake(state), no(state.owner_gone))
    after = _update_of(but(state, owner_trapped=True), state.owner_away)
    return Move(both(awake, told_to_freeze(state, state.owner_away)), after)


@SYSTEM.step(at=_TRAP, who="owner", own=True)
def the_owner_leaves_the_trap(_machine: Machine, state: Cold) -> Move:
    """cgroup_leave_frozen(), if its cgroup is not to freeze, and so does not say frozen."""
    thawed = both(state.owner_trapped, no(told_to_freeze(state, state.owner_away)))
    return Move(both(thawed, no(state.killed)), but(state, owner_trapped=False))


def _runs(state: Cold) -> Truth:
    return both(state.made, no(state.worker_gone), no(state.worker_trapped))


@SYSTEM.step(at=_TRAP, who="worker", own=True, since=WORKERS_ARE_THREADS)
def the_worker_is_trapped(_machine: Machine, state: Cold) -> Move:
    """Its loop calls get_signal(), until it knows that it is dead."""
    told = both(state.looks, no(state.kthread), told_to_freeze(state, state.worker_away))
    after = _update_of(but(state, worker_trapped=True), state.worker_away)
    return Move(both(_runs(state), told, no(state.killed)), after)


@SYSTEM.step(at=_TRAP, who="worker", own=True, since=WORKERS_ARE_THREADS)
def the_worker_leaves_the_trap(_machine: Machine, state: Cold) -> Move:
    """After a thaw; or it was killed, which get_signal() sees first."""
    thawed = no(told_to_freeze(state, state.worker_away))
    killed = both(state.killed, state.thread)
    after = _update_of(but(state, worker_trapped=False), state.worker_away)
    return Move(both(state.worker_trapped, either(thawed, killed)), after)


@SYSTEM.step(at="kernel/signal.c:complete_signal", who="user")
def the_owners_group_gets_SIGKILL(_machine: Machine, state: Cold) -> Move:
    """The trap is an interruptible sleep."""
    return Move(no(state.killed), but(state, killed=True))


@SYSTEM.step(at="kernel/exit.c:exit_files", who="owner", own=True)
def the_killed_owner_closes_its_files(_machine: Machine, state: Cold) -> Move:
    """It has left the trap; the last reference of the device is released before it goes on."""
    mine = both(state.made, no(state.passed), no(state.closing), no(state.flushing))
    out = but(state, owner_trapped=False, closing=True)
    return Move(both(state.killed, mine), _update_of(out, state.owner_away))


@SYSTEM.step(at="kernel/cgroup/cgroup.c:cgroup_exit", who="owner", own=True)
def the_killed_owner_dies(_machine: Machine, state: Cold) -> Move:
    """After exit_files(), so after any release that it had to wait for."""
    gone = but(state, owner_gone=True, owner_trapped=False)
    free = either(no(state.made), state.passed, state.closed)
    ready = both(state.killed, no(state.owner_gone), no(state.flushing), free)
    return Move(ready, _update_of(gone, state.owner_away))


@SYSTEM.step(at=_FN, who="worker", own=True, since=VHOST_SIGKILL)
def the_killed_worker_ends(_machine: Machine, state: Cold) -> Move:
    """Since v6.10, its queue done; before it worked on until the release."""
    hit = both(state.killed, state.thread, _runs(state))
    gone = but(state, worker_gone=True, flushing=False)
    return Move(hit, _update_of(gone, state.worker_away))


@SYSTEM.step(at="fs/open.c:filp_close", who="other process")
def the_other_process_closes_the_file(_machine: Machine, state: Cold) -> Move:
    """The last reference: it waits in vhost_task_stop() or kthread_stop()."""
    return Move(both(state.passed, no(state.closing)), but(state, closing=True))


@SYSTEM.step(at=_FN, who="worker", own=True)
def the_worker_sees_that_it_is_to_stop(_machine: Machine, state: Cold) -> Move:
    """In its loop, not in the trap; cgroup_exit() looks at the freezer for user tasks only."""
    gone = but(state, worker_gone=True)
    after = _if(state.kthread, gone, _update_of(gone, state.worker_away))
    return Move(both(state.closing, _runs(state)), after)


@SYSTEM.step(at="kernel/vhost_task.c:vhost_task_stop", who="closer", own=True)
def the_release_is_over(_machine: Machine, state: Cold) -> Move:
    """wait_for_completion() returned."""
    over = both(state.closing, state.worker_gone, no(state.closed))
    return Move(over, but(state, closed=True))
