"""VHOST_SET_OWNER: a worker made by kthreadd, or by the owner itself.

drivers/vhost/vhost.c:vhost_dev_set_owner and vhost_worker_create, kernel/kthread.c:
__kthread_create_on_node and create_kthread, kernel/vhost_task.c:vhost_task_create.
Before the user-worker series, and again since v6.17 where the owner chooses so, the worker
is a kthread: copy_process() runs in kthreadd, and the owner's cgroup and mm are attached
afterwards.  Since the series copy_process() runs in the owner.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from model.algebra import Truth, Word, both, either, has, no, when, when_word
from model.call import Call, choose
from model.child import Child
from model.entries import args_of
from model.errors import number
from model.evaluate import Outcome, after, outcome_of
from model.patches import (
    CGROUP_PIDS,
    FORK_OWNER,
    KTHREAD_CREATE_KILLABLE,
    KTHREAD_KILLED_EINTR,
    KTHREAD_NAME,
    VHOST_USES_TASK,
    VHOST_WORKER_STRUCT,
    WITHOUT_CGROUP_PIDS,
    WITHOUT_CGROUPS,
)
from model.records import BOOL, fact
from model.request import Entry, Request
from model.rows import Effect, Rejection, Row, decides, rejects
from model.rules.creds import any_error
from model.state import KTHREADD, Fallible, Signal
from model.words import FILES, FS, SIGCHLD, THREAD, Errno

_VHOST = "drivers/vhost/vhost.c:vhost_dev_set_owner"
_WORKER = "drivers/vhost/vhost.c:vhost_worker_create"
_KTHREAD = "kernel/kthread.c:__kthread_create_on_node"


def uses_task(call: Call) -> Truth:
    """Return whether the worker is a vhost_task: since the series, unless chosen otherwise."""
    chosen = either(no(call.kernel[FORK_OWNER]), call.request.fork_owner)
    return both(call.kernel[VHOST_USES_TASK], chosen)


def asks_kthreadd(call: Call) -> Truth:
    """Return whether kthread_create() is called."""
    plain = call.request.entry == int(Entry.KTHREAD_CREATE)
    return either(plain, both(is_vhost(call), no(uses_task(call))))


def is_vhost(call: Call) -> Truth:
    """Return whether the request is VHOST_SET_OWNER."""
    return call.request.entry == int(Entry.VHOST_SET_OWNER)


@rejects(Errno.EBUSY, at=_VHOST)
def device_has_an_owner_already(call: Call) -> Truth:
    """VHOST_SET_OWNER on a device that has one."""
    return both(is_vhost(call), call.request.has_owner)


@rejects(Errno.ENOMEM, at=_WORKER, since=VHOST_WORKER_STRUCT)
def vhost_worker_struct_cannot_be_allocated(call: Call) -> Truth:
    """No memory for struct vhost_worker."""
    return both(is_vhost(call), call.fails(Fallible.VHOST_WORKER_STRUCT))


@rejects(Errno.ENOMEM, at=_KTHREAD, since=KTHREAD_CREATE_KILLABLE)
def kthread_request_cannot_be_allocated(call: Call) -> Truth:
    """No memory for struct kthread_create_info."""
    return both(asks_kthreadd(call), call.fails(Fallible.KTHREAD_CREATE_INFO))


@rejects(Errno.ENOMEM, at=_KTHREAD, since=KTHREAD_NAME)
def kthread_name_cannot_be_allocated(call: Call) -> Truth:
    """No memory for the name, which is formatted before creation since the series."""
    return both(asks_kthreadd(call), call.fails(Fallible.KTHREAD_FULL_NAME))


def _is_killed(call: Call) -> Truth:
    return both(asks_kthreadd(call), call.chance.killed_while_waiting)


@rejects(Errno.ENOMEM, at=_KTHREAD, since=KTHREAD_CREATE_KILLABLE, until=KTHREAD_KILLED_EINTR)
def requester_is_killed_and_told_of_memory(call: Call) -> Truth:
    """SIGKILL before kthreadd took the request: ENOMEM from v3.13 to v3.15."""
    return _is_killed(call)


@rejects(Errno.EINTR, at=_KTHREAD, since=KTHREAD_KILLED_EINTR)
def requester_is_killed_while_it_waits(call: Call) -> Truth:
    """SIGKILL before kthreadd took the request; before v3.13 nothing ended the wait."""
    return _is_killed(call)


@rejects(any_error, at="drivers/vhost/vhost.c:vhost_attach_cgroups", until=WITHOUT_CGROUPS)
def worker_cannot_be_moved_to_the_owners_cgroups(call: Call) -> Truth:
    """cgroup_attach_task_all() fails; pids.max is not among its reasons."""
    return both(is_vhost(call), asks_kthreadd(call), call.fails(Fallible.VHOST_ATTACH_CGROUPS))


@rejects(Errno.ENOMEM, at=_VHOST)
def vhost_buffers_cannot_be_allocated(call: Call) -> Truth:
    """No memory for the device's iovecs."""
    return both(is_vhost(call), call.fails(Fallible.VHOST_IOVECS))


OPENING: list[Row] = [device_has_an_owner_already]
BEFORE: list[Row] = [
    vhost_worker_struct_cannot_be_allocated,
    kthread_request_cannot_be_allocated,
    kthread_name_cannot_be_allocated,
    requester_is_killed_and_told_of_memory,
    requester_is_killed_while_it_waits,
]
AFTER: list[Row] = [
    worker_cannot_be_moved_to_the_owners_cgroups,
    vhost_buffers_cannot_be_allocated,
]
"""What refuses before a worker is made: by its device, then on the way; and afterwards."""


def by_kthreadd(call: Call) -> Call:
    """Return the call that kthreadd makes: kernel_thread(kthread, …, FS|FILES|SIGCHLD).

    kthreadd takes no signals, and sits in the root cgroups with its own rlimits.
    """
    request = Request(
        entry=int(Entry.KERNEL_THREAD),
        flags=FS | FILES | SIGCHLD,
        name=call.kernel[KTHREAD_NAME],
    )
    chance = replace(call.chance, signal_pending=False, notify_signal=False, fatal_signal=False)
    signal = Signal(rlim_nproc=call.system.kernel_rlim_nproc)
    return Call(
        kernel=call.kernel,
        request=request,
        args=args_of(call.kernel, request),
        current=replace(KTHREADD, signal=signal),
        system=call.system,
        chance=chance,
    )


def by_owner(call: Call) -> Call:
    """Return the call that the owner makes: vhost_task_create()."""
    request = Request(entry=int(Entry.VHOST_TASK_CREATE))
    return replace(call, request=request, args=args_of(call.kernel, request))


@dataclass(frozen=True, slots=True)
class Worker:
    """What the worker is, beside the child that it is."""

    by_kthreadd: Truth = fact(BOOL, False, "made by kthreadd, not by the owner")
    in_owners_cgroup_at_birth: Truth = fact(BOOL, True, "in the owner's cgroup from the start")
    pids_max_was_tested: Truth = fact(BOOL, True, "the owner's pids.max could refuse it")
    mm_is_the_owners: Truth = fact(BOOL, True, "it runs on the owner's address space")
    child_of_owner: Truth = fact(BOOL, False, "a separate process, child of the owner")
    thread_of_owner: Truth = fact(BOOL, True, "a thread of the owner's group")


@decides("by_kthreadd", at=_KTHREAD)
def made_by_kthreadd(call: Call) -> Truth:
    """Before the series, and where the owner chose so."""
    return asks_kthreadd(call)


@decides("in_owners_cgroup_at_birth", at="drivers/vhost/vhost.c:vhost_attach_cgroups")
def in_owners_cgroup_at_birth(call: Call) -> Truth:
    """A kthread is moved there once it exists."""
    return no(asks_kthreadd(call))


@decides("pids_max_was_tested", at="kernel/cgroup/pids.c:pids_can_fork")
def pids_max_was_tested(call: Call) -> Truth:
    """kthreadd is charged in the root cgroup, which has no pids.max."""
    none = either(call.kernel[WITHOUT_CGROUP_PIDS], no(call.kernel[CGROUP_PIDS]))
    return no(either(asks_kthreadd(call), none))


@decides("mm_is_the_owners", at=_WORKER)
def mm_is_the_owners(call: Call) -> Truth:
    """By kthread_use_mm(), or with CLONE_VM."""
    return is_vhost(call)


def _with_thread(call: Call) -> Truth:
    return has(by_owner(call).args.flags, THREAD)


@decides("child_of_owner", at="kernel/vhost_task.c:vhost_task_create")
def child_of_owner(call: Call) -> Truth:
    """Made by the owner without CLONE_THREAD."""
    return both(no(asks_kthreadd(call)), no(_with_thread(call)))


@decides("thread_of_owner", at="kernel/vhost_task.c:vhost_task_create")
def thread_of_owner(call: Call) -> Truth:
    """Made by the owner with CLONE_THREAD."""
    return both(no(asks_kthreadd(call)), _with_thread(call))


EFFECTS: list[Effect] = [item for item in list(globals().values()) if isinstance(item, Effect)]


def _in_turn(
    refusals: list[tuple[Rejection, Truth]], alive: Truth
) -> tuple[list[tuple[Rejection, Truth]], Truth]:
    """Return which of them refuses first, and whether none does."""
    found = []
    for row, refused in refusals:
        found.append((row, both(alive, refused)))
        alive = both(alive, no(refused))
    return found, alive


@dataclass(frozen=True)
class VhostOutcome:
    """What VHOST_SET_OWNER (or kthread_create() itself) comes to."""

    call: Call

    @cached_property
    def kthread(self) -> Outcome:
        """Return the outcome in kthreadd."""
        return outcome_of(by_kthreadd(self.call))

    @cached_property
    def task(self) -> Outcome:
        """Return the outcome in the owner."""
        return outcome_of(by_owner(self.call))

    @cached_property
    def creation(self) -> Word:
        """Return the errno of the creation itself."""
        if asks_kthreadd(self.call) is True:
            return number(self.kthread.errno)
        if asks_kthreadd(self.call) is False:
            return number(self.task.errno)
        return when_word(
            16, asks_kthreadd(self.call), number(self.kthread.errno), number(self.task.errno)
        )

    def _first(self, rows: list[Row], rest: Word) -> Word:
        errno = rest
        for row, refused in reversed(self._refusals(rows)):
            code = row.errno
            value = int(code) if isinstance(code, int) else code(self.call)
            errno = when_word(16, refused, value, errno)
        return errno

    def _refusals(self, rows: list[Row]) -> list[tuple[Rejection, Truth]]:
        kernel = self.call.kernel
        standing = kernel.rows(kernel.read(rows))
        return [(row, both(there, row.condition(self.call))) for row, there in standing]

    @cached_property
    def errno(self) -> Word:
        """Return the errno that the requester sees.

        Since the series vhost turns every failure of the worker into ENOMEM.
        """
        created = self._first(BEFORE, self.creation)
        collapsed = both(is_vhost(self.call), self.call.kernel[VHOST_USES_TASK], created != 0)
        seen = when_word(16, collapsed, int(Errno.ENOMEM), created)
        later = self._first(AFTER, 0)
        later = when_word(
            16,
            both(is_vhost(self.call), self.call.kernel[VHOST_USES_TASK], later != 0),
            int(Errno.ENOMEM),
            later,
        )
        result = when_word(16, created != 0, seen, later)
        return self._first(OPENING, result)

    def _by_maker(self, read: Callable[[Outcome], Any], join: Callable[..., Any]) -> Any:
        """Return what is read of the copy_process() that makes the worker, in either task."""
        kthread = asks_kthreadd(self.call)
        if kthread is True or kthread is False:
            return read(self.kthread if kthread else self.task)
        return join(kthread, read(self.kthread), read(self.task))

    @cached_property
    def ok(self) -> Truth:
        """Return whether a worker was made."""
        created = self._by_maker(lambda made: made.ok, when)
        refused = (here for rows in (OPENING, BEFORE, AFTER) for _, here in self._refusals(rows))
        return both(created, no(either(*refused)))

    @cached_property
    def hits(self) -> list[tuple[Rejection, Truth]]:
        """Return each row that may refuse, copy_process()'s own too, and whether it decides."""
        kthread = asks_kthreadd(self.call)
        found, alive = _in_turn([*self._refusals(OPENING), *self._refusals(BEFORE)], True)
        if kthread is not False:
            found += [(row, both(alive, kthread, first)) for row, first in self.kthread.hits]
        if kthread is not True:
            found += [(row, both(alive, no(kthread), first)) for row, first in self.task.hits]
        created = self._by_maker(lambda made: made.ok, when)
        return found + _in_turn(self._refusals(AFTER), both(alive, created))[0]

    @cached_property
    def child(self) -> Child:
        """Return the worker as the child of the copy_process() that made it."""
        made: Child = self._by_maker(lambda made: made.child, choose)
        return made

    @cached_property
    def worker(self) -> Worker:
        """Return the worker's relation to its owner."""
        made: Worker = after(self.call, self.call.kernel.read(EFFECTS), Worker)
        return made

    @property
    def held(self) -> dict[str, Truth]:
        """Return what the failed creation kept, per resource."""
        names = {**self.kthread.held, **self.task.held}
        kthread = asks_kthreadd(self.call)
        return {
            name: when(kthread, self.kthread.held.get(name, False), self.task.held.get(name, False))
            for name in names
        }
