"""Asking: who may have one more worker made for a device, and whose worker it is then.

drivers/vhost/vhost.c:vhost_worker_ioctl and vhost_dev_check_owner (v6.5): the owner is an
address space, not a process.  A child made with CLONE_VM is an owner too; the worker that it
asks for is its own thread, charged to its own user.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from model.algebra import Truth, Word, both, either, no, signed_below, when_word
from model.over_time import calls
from model.over_time.step import Machine, Move, System, but
from model.over_time.steps.vhost_task import ENDS_WHEN_KILLED
from model.patches import VHOST_NEW_WORKER
from model.records import BOOL, fact
from model.state import Cgroup
from model.words import RLIM_INFINITY, Errno

_IOCTL = "drivers/vhost/vhost.c:vhost_worker_ioctl"
_KILL = "kernel/signal.c:complete_signal"
OWNER, OTHER = 1000, 1001


class Asker(IntEnum):
    """Who asked for a worker last."""

    NOBODY = 0
    OWNER = 1
    SHARER = 2
    STRANGER = 3


@dataclass(frozen=True, slots=True)
class Asking:
    """A device, its owner, a child that shares the owner's memory, and a stranger."""

    opened: Truth = fact(BOOL, False, "the owner called VHOST_SET_OWNER")
    sharer: Truth = fact(BOOL, False, "a child made with CLONE_VM is alive")
    sharer_uid: Word = fact(32, OWNER, "its real uid")
    passed: Truth = fact(BOOL, False, "another process has the file")
    owners: Word = fact(8, 0, "workers in the owner's group", signed=True)
    sharers: Word = fact(8, 0, "workers in the child's group", signed=True)
    elsewhere: Word = fact(8, 0, "workers not charged to the user who opened it", signed=True)
    killed: Truth = fact(BOOL, False, "SIGKILL was sent to the owner's group")
    sharer_killed: Truth = fact(BOOL, False, "SIGKILL was sent to the child's group")
    sharer_asked: Truth = fact(BOOL, False, "the child asked for a worker and got it")
    asker: Word = fact(8, 0, "who asked for a worker last", names="asker")
    answer: Word = fact(16, 0, "the errno of the answer", names="errno")


SYSTEM = System(
    name="asking",
    about="who has workers made for a device, and whose they are",
    record=Asking,
    tasks="one owner, one child with CLONE_VM, one other process, up to 2 workers of each",
    start=lambda _machine: Asking(),
)


def _made_for(machine: Machine, uid: Word) -> calls.Made:
    """Ask for a worker of a user who is near no limit."""
    owner = calls.owner(uid, uid, RLIM_INFINITY, 1, Cgroup())
    return machine.ask(calls.vhost_worker, True, owner)


@SYSTEM.step(at="drivers/vhost/vhost.c:vhost_dev_set_owner", who="owner")
def the_owner_opens_the_device(machine: Machine, state: Asking) -> Move:
    """VHOST_SET_OWNER: the device keeps the owner's mm, not the owner."""
    made = _made_for(machine, OWNER)
    strange = no(made.is_of(OWNER))
    after = but(
        state, opened=True, owners=1, elsewhere=when_word(8, strange, 1, 0), asker=int(Asker.OWNER)
    )
    return Move(both(no(state.opened), no(state.killed), made.errno == 0), after)


@SYSTEM.step(at="kernel/fork.c:copy_mm", who="owner")
def the_owner_makes_a_child_that_shares_its_memory(_machine: Machine, state: Asking) -> Move:
    """clone(CLONE_VM | CLONE_FILES): a process of its own with the same mm and files."""
    fresh = both(no(state.sharer), no(state.sharer_killed), no(state.killed))
    return Move(fresh, but(state, sharer=True))


@SYSTEM.step(at="kernel/sys.c:__sys_setresuid", who="child")
def the_child_becomes_another_user(_machine: Machine, state: Asking) -> Move:
    """Where it has the right to; credentials are per task."""
    ready = both(state.sharer, state.sharer_uid == OWNER)
    return Move(ready, but(state, sharer_uid=OTHER))


@SYSTEM.step(at="net/core/scm.c:scm_detach_fds", who="owner")
def the_owner_passes_the_file_to_another_process(_machine: Machine, state: Asking) -> Move:
    """SCM_RIGHTS, or a child that inherited it."""
    return Move(both(no(state.passed), no(state.killed)), but(state, passed=True))


@SYSTEM.step(at=_IOCTL, who="owner", since=VHOST_NEW_WORKER)
def the_owner_asks_for_one_more_worker(machine: Machine, state: Asking) -> Move:
    """VHOST_NEW_WORKER, by any thread of the owner."""
    made = _made_for(machine, OWNER)
    room = both(state.opened, no(state.killed), signed_below(state.owners, 2))
    strange = when_word(8, made.is_of(OWNER), 0, 1)
    after = but(
        state,
        owners=state.owners + 1,
        elsewhere=state.elsewhere + strange,
        asker=int(Asker.OWNER),
        answer=0,
    )
    return Move(both(room, made.errno == 0), after)


@SYSTEM.step(at=_IOCTL, who="child", since=VHOST_NEW_WORKER)
def the_child_asks_for_one_more_worker(machine: Machine, state: Asking) -> Move:
    """It passes the test of the mm, and copy_process() runs in it."""
    made = _made_for(machine, state.sharer_uid)
    room = both(state.sharer, signed_below(state.sharers, 2))
    other = both(state.opened, no(state.sharer_uid == OWNER))
    one = when_word(8, state.opened, 1, 0)
    after = but(
        state,
        sharers=state.sharers + one,
        elsewhere=state.elsewhere + when_word(8, other, 1, 0),
        sharer_asked=either(state.sharer_asked, state.opened),
        asker=int(Asker.SHARER),
        answer=when_word(16, state.opened, 0, int(Errno.EINVAL)),
    )
    return Move(both(room, made.errno == 0), after)


@SYSTEM.step(at="drivers/vhost/vhost.c:vhost_dev_check_owner", who="stranger",
             since=VHOST_NEW_WORKER)
def another_process_asks_for_one_more_worker(_machine: Machine, state: Asking) -> Move:
    """EINVAL while there is no owner, EPERM since its mm is another."""
    answer = when_word(16, state.opened, int(Errno.EPERM), int(Errno.EINVAL))
    return Move(state.passed, but(state, asker=int(Asker.STRANGER), answer=answer))


@SYSTEM.step(at=_KILL, who="user")
def the_owners_group_gets_SIGKILL(_machine: Machine, state: Asking) -> Move:
    """Its threads, its workers among them; the child is a group of its own."""
    return Move(no(state.killed), but(state, killed=True))


@SYSTEM.step(at=_KILL, who="user")
def the_childs_group_gets_SIGKILL(_machine: Machine, state: Asking) -> Move:
    """The same for the child."""
    return Move(state.sharer, but(state, sharer=False, sharer_killed=True))


@SYSTEM.step(at="kernel/vhost_task.c:vhost_task_fn", who="worker", own=True, since=ENDS_WHEN_KILLED)
def the_owners_killed_workers_end(_machine: Machine, state: Asking) -> Move:
    """Each by itself since v6.10; before they worked on until the release."""
    return Move(both(state.killed, signed_below(0, state.owners)), but(state, owners=0))


@SYSTEM.step(at="kernel/vhost_task.c:vhost_task_fn", who="worker", own=True, since=ENDS_WHEN_KILLED)
def the_childs_killed_workers_end(_machine: Machine, state: Asking) -> Move:
    """The same for those of the child."""
    return Move(both(state.sharer_killed, signed_below(0, state.sharers)), but(state, sharers=0))


@SYSTEM.step(at="drivers/vhost/vhost.c:vhost_dev_cleanup", who="closer", own=True)
def the_last_who_has_the_file_is_gone_and_all_workers_end(
    _machine: Machine, state: Asking
) -> Move:
    """The child has the owner's files, so it keeps the device open as another process does."""
    gone = both(state.killed, no(state.sharer), no(state.passed))
    return Move(both(gone, no(no_worker_lives(state))), but(state, owners=0, sharers=0))


def no_worker_lives(state: Asking) -> Truth:
    """Return whether the device has no living worker."""
    return both(state.owners == 0, state.sharers == 0)
