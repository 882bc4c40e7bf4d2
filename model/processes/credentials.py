"""set*uid(), execve() and RLIMIT_NPROC, as system calls of a task of the world.

What such a call refuses and what credentials it leaves say the rows of :mod:`model.around`; here
is who is charged and marked for it, and what becomes of threads and of what was shared.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from model.algebra import Word
from model.around.calls import CALLS
from model.around.execve import marked_by_set_uid_and_over_rlimit_nproc_still
from model.around.rows import Came as Left
from model.around.rows import Refusal, outcome
from model.around.task import Around, Asked, Asking, Given, Map, Namespace
from model.kernel import Kernel
from model.over_time.commit import key_after, marked_by_set_user, over
from model.processes.caller import cred_of
from model.processes.ending import released
from model.processes.making import Came, commits
from model.processes.world import Cred, Process, Processes

_STRANGE = 1 << 31
"""What an id without a mapping is shown with: no number that a call could ask for."""
_IDS = ("uid", "euid", "suid")


def setuid(kernel: Kernel, world: Processes, task: Process, uid: int) -> Came:
    """setuid()."""
    return _sets_uids(kernel, world, task, "setuid", uid)


def setreuid(kernel: Kernel, world: Processes, task: Process, uid: int, euid: int) -> Came:
    """setreuid(); -1 leaves one as it is."""
    return _sets_uids(kernel, world, task, "setreuid", uid, euid)


def setresuid(kernel: Kernel, world: Processes, task: Process, *wanted: int) -> Came:
    """setresuid(): the real, the effective and the saved one; -1 leaves one as it is."""
    return _sets_uids(kernel, world, task, "setresuid", *wanted)


@dataclass(frozen=True, slots=True)
class _Mapped(Map):
    """The ids that have a mapping in a user namespace of the world."""

    world: Processes | None = None
    ns: int = 0

    def has(self, given: Word) -> bool:
        """Return whether an id is mapped."""
        assert self.world is not None and isinstance(given, int)
        return given < _STRANGE and self.world.maps(self.ns, given)


def _seen(world: Processes, task: Process, *, shares_root: bool = False) -> Around:
    """Return a task as the rows read it: its ids as it sees them, every capability to be had."""
    cred, uids = task.cred, _Mapped(world=world, ns=task.cred.user_ns)
    uid, euid, suid = (_shown(uids, one) for one in (cred.uid, cred.euid, cred.suid))
    level = world.user_spaces[cred.user_ns].level
    return Around(
        uid=uid, euid=euid, suid=suid, fsuid=euid, permitted=cred.permitted,
        effective=cred.effective, shares_root=shares_root,
        user_ns=Namespace(level=level, uids=uids),
    )


def _shown(uids: Map, uid: int) -> int:
    return uid if uids.has(uid) else uid + _STRANGE


def _left(task: Around) -> dict[str, Any]:
    """Return the facts of a credential that a call left, as the world has them."""
    ids = {name: getattr(task, name) % _STRANGE for name in _IDS}
    return {**ids, "permitted": task.permitted, "effective": task.effective}


def _comes_to(kernel: Kernel, call: str, task: Around, asked: Asked) -> Left:
    return outcome(CALLS[call], Asking(kernel, task, asked, Given(), task))


def _refused(world: Processes, row: Refusal) -> Came:
    return Came(int(row.errno), world, row.name, row.at)


def _sets_uids(kernel: Kernel, world: Processes, task: Process, call: str, *wanted: int) -> Came:
    """Return what a call of that name comes to: the ids, the capabilities, mark and charge."""
    first, second, third = (one % 2**32 for one in (*wanted, 0, 0)[:3])
    asked = Asked(first=first, second=second, third=third)
    left = _comes_to(kernel, call, _seen(world, task), asked)
    if left.row is not None:
        return _refused(world, left.row)
    return _changes(kernel, world, task, _left(left.task))


def _changes(kernel: Kernel, world: Processes, task: Process, facts: dict[str, Any]) -> Came:
    """set_user()'s mark, by the counts of the world, and commit_creds()."""
    old = task.cred
    key = key_after(kernel, old.identity, facts["uid"], facts["euid"], old.user_ns)
    marked = task.marked
    if facts["uid"] != old.uid:
        new = replace(old, key=key, **facts)
        creds = cred_of(world, old), cred_of(world, new)
        marked = marked_by_set_user(kernel, *creds, task.limit) is True
    world = commits(kernel, world, task, **facts)
    return Came(0, world.changed(task.number, marked=marked))


def executes(kernel: Kernel, world: Processes, task: Process) -> Came:
    """execve() of a file without set-user-ID and capabilities.

    EAGAIN for the marked who are over their limit still; else the mark goes.  The other threads
    end, and memory, file descriptors and handlers are its own then.
    """
    excess = over(kernel, cred_of(world, task.cred), task.limit) is True
    if task.marked and excess:
        return _refused(world, marked_by_set_uid_and_over_rlimit_nproc_still)
    cred = _of_file(kernel, world, task)
    world = replace(world, made=world.made + 1)
    own = world.made
    world = _alone(kernel, world, task)
    facts: dict[str, Any] = {"marked": False, "mm": own, "files": own, "cred": cred}
    if world.sharing("sighand", task) > 1:
        facts["sighand"] = own
        if task.sighand in world.ignoring:
            world = replace(world, ignoring=world.ignoring | {own})
    return Came(0, _vfork_over(world.changed(task.number, **facts), task.number))


def _of_file(kernel: Kernel, world: Processes, task: Process) -> Cred:
    """Return the credentials that execve() of an ordinary file leaves."""
    seen = _seen(world, task, shares_root=_is_unsafe(world, task))
    return replace(task.cred, **_left(_comes_to(kernel, "execve", seen, Asked()).task))


def _is_unsafe(world: Processes, task: Process) -> bool:
    """Return whether check_unsafe_exec() finds another process that shares the root."""
    own = sum(one.fs == task.fs for one in world.group(task.leader))
    return world.sharing("fs", task) > own


def _alone(kernel: Kernel, world: Processes, task: Process) -> Processes:
    """de_thread(): the other threads of the group end; the one that is left is its leader."""
    leader = world.tasks[task.leader]
    gone = [one.number for one in world.tasks.values() if one.leader == leader.number]
    gone.remove(task.number)
    for one in list(world.tasks.values()):
        if one.parent in gone:
            world = world.changed(one.number, parent=task.number)
    for number in gone:
        world = _vfork_over(released(kernel, world, number), number)
    ns = task.spaces.pid_ns
    if world.pid_spaces[ns].reaper == leader.number:
        init = replace(world.pid_spaces[ns], reaper=task.number)
        world = replace(world, pid_spaces={**world.pid_spaces, ns: init})
    return world.changed(
        task.number, leader=task.number, parent=leader.parent, exit_signal=leader.exit_signal
    )


def _vfork_over(world: Processes, child: int) -> Processes:
    for one in world.living():
        if one.waits_for == child:
            return world.changed(one.number, waits_for=None)
    return world


def sets_limit(_kernel: Kernel, world: Processes, task: Process, limit: int) -> Came:
    """setrlimit(RLIMIT_NPROC): the soft limit of the process; the hard one stays unlimited."""
    for one in world.group(task.leader):
        world = world.changed(one.number, limit=limit)
    return Came(0, world)


