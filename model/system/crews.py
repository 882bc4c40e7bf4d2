"""Crews: two vhost devices of one owner, each with several workers, under the owner's limits.

drivers/vhost/vhost.c:vhost_dev_set_owner and vhost_worker_ioctl (v6.5).  A device's workers
are all of one kind; where it was asked for kthreads, VHOST_NEW_WORKER is refused.  Devices of
other drivers than vhost_scsi have one worker each.
"""

from __future__ import annotations

from dataclasses import dataclass

from model.algebra import Truth, Word, both, no, signed_below, when, when_word
from model.patches import FORK_OWNER, VHOST_NEW_WORKER
from model.records import BOOL, fact
from model.state import USER, Cgroup, Cred, Signal, Task, Ucounts
from model.system import calls
from model.system.step import Machine, Move, System, but
from model.words import Errno

_SET_OWNER = "drivers/vhost/vhost.c:vhost_dev_set_owner"
_IOCTL = "drivers/vhost/vhost.c:vhost_worker_ioctl"
BOTH = ("A", "B")
MOST = 3
"""Workers of one device, so that a device alone can reach the limit."""


@dataclass(frozen=True, slots=True)
class Crews:
    """An unprivileged owner with one task, its two devices and their workers."""

    a: Word = fact(8, 0, "workers of device A", signed=True)
    b: Word = fact(8, 0, "workers of device B", signed=True)
    a_kthread: Truth = fact(BOOL, False, "device A was opened with a kthread")
    b_kthread: Truth = fact(BOOL, False, "device B was opened with a kthread")
    tasks: Word = fact(64, 1, "tasks charged to the owner's user", signed=True)
    pids: Word = fact(64, 1, "pids.current of the owner's cgroup", signed=True)
    limit: Word = fact(64, 4, "the owner's RLIMIT_NPROC", signed=True)
    pids_max: Word = fact(64, 4, "pids.max of the owner's cgroup", signed=True)
    asked: Truth = fact(BOOL, False, "the last call was VHOST_NEW_WORKER")
    of_kthreads: Truth = fact(BOOL, False, "on a device with a kthread")
    refused: Word = fact(16, 0, "errno of the last call", names="errno")


SYSTEM = System(
    name="crews",
    about="two devices of one owner, with several workers each, under its limits",
    record=Crews,
    tasks="one owner, two devices, up to 3 workers each",
    start=lambda _machine: Crews(),
)


def _workers(state: Crews, device: str) -> Word:
    return state.a if device == "A" else state.b


def _kthread(state: Crews, device: str) -> Truth:
    return state.a_kthread if device == "A" else state.b_kthread


def _with(state: Crews, device: str, workers: Word, kthread: Truth) -> Crews:
    if device == "A":
        return but(state, a=workers, a_kthread=kthread)
    return but(state, b=workers, b_kthread=kthread)


def _makes(machine: Machine, state: Crews, device: str, fork_owner: bool) -> tuple[Truth, Crews]:
    """One more worker, if the rules let it be made."""
    counts = Ucounts(
        nproc=state.tasks, nproc_of_euid=state.tasks, user_processes=state.tasks
    )
    cgroup = Cgroup(pids=state.pids, pids_max=state.pids_max)
    cred = Cred(ucounts=counts)
    owner = Task(
        real_cred=cred, cred=cred, signal=Signal(rlim_nproc=state.limit), cgroup=cgroup
    )
    made = machine.ask(calls.vhost_worker, fork_owner, owner)
    ok = made.errno == 0
    owners = both(ok, made.charged_uid == USER)
    workers = _workers(state, device)
    kthread = when(ok, made.by_kthreadd, _kthread(state, device))
    after = but(
        _with(state, device, workers + when_word(8, ok, 1, 0), kthread),
        tasks=state.tasks + when_word(64, owners, 1, 0),
        pids=state.pids + when_word(64, ok, 1, 0),
        asked=False,
        of_kthreads=False,
        refused=made.errno,
    )
    return signed_below(workers, MOST), after


@SYSTEM.step(at="kernel/sys.c:do_prlimit", who="administrator")
def the_owner_gets_narrower_limits(_machine: Machine, state: Crews) -> Move:
    """Room for one worker only, before there is any."""
    ready = both(state.limit == 4, state.a == 0, state.b == 0)
    return Move(ready, but(state, limit=2, pids_max=2))


@SYSTEM.step(at=_SET_OWNER, who="owner", each=BOTH)
def the_owner_opens_device_X(machine: Machine, state: Crews, device: str) -> Move:
    """VHOST_SET_OWNER, by the kernel's own way; a kthread is moved to the cgroup at once."""
    _, after = _makes(machine, state, device, True)
    return Move(_workers(state, device) == 0, after)


@SYSTEM.step(at=_SET_OWNER, who="owner", each=BOTH, since=FORK_OWNER)
def the_owner_opens_device_X_with_a_kthread(machine: Machine, state: Crews, device: str) -> Move:
    """VHOST_SET_FORK_FROM_OWNER with KTHREAD, then VHOST_SET_OWNER (v6.17)."""
    _, after = _makes(machine, state, device, False)
    return Move(_workers(state, device) == 0, after)


@SYSTEM.step(at=_IOCTL, who="owner", each=BOTH, since=VHOST_NEW_WORKER)
def the_owner_asks_for_one_more_worker_of_device_X(
    machine: Machine, state: Crews, device: str
) -> Move:
    """VHOST_NEW_WORKER; EFAULT on a device with a kthread."""
    room, made = _makes(machine, state, device, True)
    kthread = _kthread(state, device)
    refused = but(state, refused=int(Errno.EFAULT))
    after = _either(kthread, refused, made)
    owned = signed_below(0, _workers(state, device))
    return Move(both(owned, room), but(after, asked=True, of_kthreads=kthread))


def _either(condition: Truth, left: Crews, right: Crews) -> Crews:
    """Return one of two states."""
    return Crews(
        a=when_word(8, condition, left.a, right.a),
        b=when_word(8, condition, left.b, right.b),
        a_kthread=when(condition, left.a_kthread, right.a_kthread),
        b_kthread=when(condition, left.b_kthread, right.b_kthread),
        tasks=when_word(64, condition, left.tasks, right.tasks),
        pids=when_word(64, condition, left.pids, right.pids),
        limit=left.limit,
        pids_max=left.pids_max,
        refused=when_word(16, condition, left.refused, right.refused),
    )


def _ends(state: Crews, device: str, number: Word) -> Crews:
    """So many workers of a device end, and whoever was charged is charged no more."""
    kthread = _kthread(state, device)
    left = _workers(state, device) - number
    return but(
        _with(state, device, left, both(kthread, no(left == 0))),
        tasks=state.tasks - when_word(64, kthread, 0, _wide(number)),
        pids=state.pids - _wide(number),
        asked=False,
        of_kthreads=False,
        refused=0,
    )


def _wide(number: Word) -> Word:
    """Return a small count as a 64-bit word."""
    total: Word = 0
    for each in range(1, MOST + 1):
        total = total + when_word(64, number == each, each, 0)
    return total


@SYSTEM.step(at="drivers/vhost/vhost.c:vhost_free_worker", who="owner", each=BOTH,
             since=VHOST_NEW_WORKER)
def the_owner_frees_a_worker_of_device_X(_machine: Machine, state: Crews, device: str) -> Move:
    """VHOST_FREE_WORKER of one that no ring is attached to; the last one keeps the rings."""
    return Move(signed_below(1, _workers(state, device)), _ends(state, device, 1))


@SYSTEM.step(at="drivers/vhost/vhost.c:vhost_workers_free", who="owner", each=BOTH)
def the_owner_closes_device_X(_machine: Machine, state: Crews, device: str) -> Move:
    """All workers of the device are stopped and released, made by whichever call."""
    workers = _workers(state, device)
    return Move(signed_below(0, workers), _ends(state, device, workers))


def tasks_in_all(state: Crews) -> Word:
    """Return the owner and all workers."""
    return 1 + _wide(state.a) + _wide(state.b)
