"""Calls that make tasks or prepare it: what the rules of the single call say, carried on.

kernel/fork.c:copy_process and ksys_unshare, kernel/nsproxy.c:setns, drivers/vhost/vhost.c.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from model.call import Situation
from model.child import Child, Parent, Share
from model.copy_process import CHARGE, FORGETS_EXCESS
from model.evaluate import Outcome
from model.kernel import Kernel
from model.new_namespaces import Ns
from model.over_time.commit import (
    Key,
    adds_to_the_new,
    handed_on,
    key_after,
    takes_from_the_old,
)
from model.patches import UCOUNTS_NPROC
from model.predict import predict
from model.processes.caller import reach, task_of
from model.processes.world import INIT, Cred, PidNs, Process, Processes, Spaces, UserNs
from model.request import Entry, NsFile, Request, Target
from model.state import Reach
from model.vhost import VhostOutcome
from model.words import CAP_FULL_SET, NEWPID, NEWUSER

_OTHERS = ("mnt_ns", "uts_ns", "ipc_ns", "cgroup_ns", "net_ns", "time_ns")


@dataclass(frozen=True, slots=True)
class Came:
    """What a call came to: its errno (0 for success), the world after it, and which rule refused.

    ``made`` is the number of the task that it made, 0 for none.
    """

    errno: int
    world: Processes
    rule: str = ""
    at: str = ""
    made: int = 0


def asked(kernel: Kernel, world: Processes, task: Process, request: Request) -> Any:
    """Return the outcome of the single call."""
    return predict(kernel, Situation(request, current=task_of(world, task)))


def refused(world: Processes, outcome: Outcome) -> Came:
    """Return a call that its rules refuse."""
    row = outcome.rejected_by
    assert row is not None
    return Came(int(outcome.errno), world, row.name, row.at)


def makes(kernel: Kernel, world: Processes, task: Process, request: Request) -> Came:
    """fork(), vfork(), clone(), clone3(), or an io worker."""
    outcome = asked(kernel, world, task, request)
    if outcome.done[FORGETS_EXCESS] is True:
        world = world.changed(task.number, marked=False)
    charges = int(outcome.units(CHARGE).kept)
    if outcome.errno:
        left = world.charged(task.cred.key, charges) if charges else world
        return refused(left, outcome)
    worker = "io worker" if request.entry == int(Entry.CREATE_IO_THREAD) else ""
    new = _New(outcome.child, charges, worker)
    return _born(kernel, world, world.tasks[task.number], new)


@dataclass(frozen=True, slots=True)
class _New:
    """A child as the rules make it, how many units are charged for it, and what worker it is."""

    child: Child
    charges: int
    worker: str


def _born(kernel: Kernel, world: Processes, task: Process, new: _New) -> Came:
    child = new.child
    number, own = world.born + 1, world.made + 1
    world = replace(world, born=number, made=own)
    world, cred = _childs_cred(kernel, world, task, child)
    world, spaces = _childs_spaces(world, task, child, cred, (number, own))
    thread = child.same_thread_group is True
    elder = int(child.real_parent) == int(Parent.CALLERS_PARENT)
    born = Process(
        number=number,
        leader=task.leader if thread else number,
        parent=task.parent if elder else task.number,
        cred=cred,
        spaces=spaces,
        limit=int(child.rlim_nproc),
        marked=bool(int(child.flags) & 0x1000),
        exit_signal=int(child.exit_signal),
        worker=new.worker,
        mm=_shared(child.mm, task.mm, own),
        files=_shared(child.files, task.files, own),
        fs=_shared(child.fs, task.fs, own),
        sighand=_shared(child.sighand, task.sighand, own),
    )
    world = world.with_task(born).charged(cred.key, new.charges)
    if born.sighand == own and task.sighand in world.ignoring:
        world = replace(world, ignoring=world.ignoring | {own})
    if child.vfork_wait is True:
        world = world.changed(task.number, waits_for=number)
    return Came(0, world, made=number)


def _shared(how: Any, mine: int | None, own: int) -> int | None:
    """Return what a child has: the caller's, its own, or none."""
    share = Share(int(how))
    if share is Share.NONE or mine is None:
        return None
    return mine if share is Share.SHARED else own


def _childs_cred(
    kernel: Kernel, world: Processes, task: Process, child: Child
) -> tuple[Processes, Cred]:
    old = task.cred
    if child.new_user_ns is not True:
        key = handed_on(old.identity, child.charged_uid)
        caps = int(child.cap_effective)
        return world, replace(old, key=key, effective=caps)
    world, ns = _with_user_ns(world, old, int(child.user_ns_nproc_max))
    where = ns if kernel[UCOUNTS_NPROC] is True else INIT
    key = Key(where, int(child.charged_uid))
    return world, Cred(old.uid, old.euid, old.suid, CAP_FULL_SET, CAP_FULL_SET, ns, key)


def _with_user_ns(world: Processes, maker: Cred, bound: int) -> tuple[Processes, int]:
    ns = len(world.user_spaces)
    level = world.user_spaces[maker.user_ns].level + 1
    made = UserNs(level, maker.user_ns, maker.euid, bound)
    return replace(world, user_spaces={**world.user_spaces, ns: made}), ns


def _with_pid_ns(world: Processes, parent: int, user_ns: int) -> tuple[Processes, int]:
    ns = len(world.pid_spaces)
    made = PidNs(world.pid_spaces[parent].level + 1, parent, user_ns)
    return replace(world, pid_spaces={**world.pid_spaces, ns: made}), ns


def _childs_spaces(
    world: Processes, task: Process, child: Child, cred: Cred, fresh: tuple[int, int]
) -> tuple[Processes, Spaces]:
    number, own = fresh
    mine, where = task.spaces, Ns(int(child.pid_ns))
    pid_ns = mine.pid_ns if where is Ns.SAME else mine.pid_ns_for_children
    if where is Ns.NEW:
        world, pid_ns = _with_pid_ns(world, pid_ns, cred.user_ns)
    if child.is_child_reaper is True:
        first = replace(world.pid_spaces[pid_ns], reaper=number)
        world = replace(world, pid_spaces={**world.pid_spaces, pid_ns: first})
    others = {one: _other(one, getattr(child, one), mine, own) for one in _OTHERS}
    later = _other("time_ns_for_children", child.time_ns_for_children, mine, own)
    spaces = Spaces(
        pid_ns=pid_ns, pid_ns_for_children=pid_ns, time_ns_for_children=later, **others
    )
    return world, spaces


def _other(name: str, how: Any, mine: Spaces, own: int) -> int:
    which = Ns(int(how))
    if which is Ns.PENDING:
        return mine.time_ns_for_children
    return own if which is Ns.NEW else int(getattr(mine, name))


def commits(kernel: Kernel, world: Processes, task: Process, **facts: Any) -> Processes:
    """commit_creds(): the task has other credentials, and is charged to whom these say."""
    old = task.cred
    new = replace(old, **facts)
    key = key_after(kernel, old.identity, new.uid, new.euid, new.user_ns)
    user, place = old.uid != new.uid, old.user_ns != new.user_ns
    if adds_to_the_new(kernel, user, place) is True:
        world = world.charged(key, 1)
    if takes_from_the_old(kernel, user, place) is True:
        world = world.charged(old.key, -1)
    return world.changed(task.number, cred=replace(new, key=key))


def unshares(kernel: Kernel, world: Processes, task: Process, flags: int) -> Came:
    """unshare()."""
    outcome = asked(kernel, world, task, Request(entry=int(Entry.UNSHARE), flags=flags))
    if outcome.errno:
        return refused(world, outcome)
    after, fresh = outcome.after, world.made + 1
    world = replace(world, made=fresh)
    if after.new_user_ns is True:
        world, ns = _with_user_ns(world, task.cred, int(after.user_ns_nproc_max))
        caps = {"permitted": CAP_FULL_SET, "effective": CAP_FULL_SET}
        world = commits(kernel, world, task, user_ns=ns, **caps)
    spaces = world.tasks[task.number].spaces
    if Ns(int(after.pid_ns_for_children)) is Ns.NEW:
        user_ns = world.tasks[task.number].cred.user_ns
        world, pid_ns = _with_pid_ns(world, spaces.pid_ns_for_children, user_ns)
        spaces = replace(spaces, pid_ns_for_children=pid_ns)
    named = (*_OTHERS, "time_ns_for_children")
    made = {one: fresh for one in named if Ns(int(getattr(after, one))) is Ns.NEW}
    world = world.changed(task.number, spaces=replace(spaces, **made))
    for what, copied in (("fs", after.fs_copied), ("files", after.files_copied)):
        if copied is True:
            world = world.changed(task.number, **{what: fresh})
    return Came(0, world)


def joins_user_ns(kernel: Kernel, world: Processes, task: Process, ns: int) -> Came:
    """setns() into a user namespace, by a file."""
    target = Target(
        file=int(NsFile.NAMESPACE),
        type=NEWUSER,
        own_user_ns=ns == task.cred.user_ns,
        user_ns_reach=int(reach(world, task.cred, ns)),
        nproc=world.count(ns, task.cred.uid),
    )
    outcome = asked(kernel, world, task, _setns(NEWUSER, target))
    if outcome.errno:
        return refused(world, outcome)
    caps = {"permitted": CAP_FULL_SET, "effective": CAP_FULL_SET}
    return Came(0, commits(kernel, world, task, user_ns=ns, **caps))


def joins_pid_ns(kernel: Kernel, world: Processes, task: Process, ns: int) -> Came:
    """setns() into a pid namespace, for its children, by a file."""
    how = reach(world, task.cred, world.pid_spaces[ns].user_ns)
    target = Target(
        file=int(NsFile.NAMESPACE),
        type=NEWPID,
        active_pid_ns=ns == task.spaces.pid_ns,
        descendant_pid_ns=world.below(ns, task.spaces.pid_ns),
        owners_outside=NEWPID if how is Reach.OUTSIDE else 0,
        owners_owned=NEWPID if how is Reach.OWNED else 0,
    )
    outcome = asked(kernel, world, task, _setns(NEWPID, target))
    if outcome.errno:
        return refused(world, outcome)
    spaces = replace(task.spaces, pid_ns_for_children=ns)
    return Came(0, world.changed(task.number, spaces=spaces))


def _setns(flag: int, target: Target) -> Request:
    return Request(entry=int(Entry.SETNS), flags=flag, target=target)


def opens_vhost(kernel: Kernel, world: Processes, task: Process, fork_owner: bool = True) -> Came:
    """VHOST_SET_OWNER on a device of its own: a thread, a process or a kthread is made."""
    request = Request(entry=int(Entry.VHOST_SET_OWNER), fork_owner=fork_owner)
    outcome = asked(kernel, world, task, request)
    assert isinstance(outcome, VhostOutcome)
    by_kthreadd = outcome.worker.by_kthreadd is True
    inner = outcome.kthread if by_kthreadd else outcome.task
    charges = 0 if by_kthreadd else int(inner.units(CHARGE).kept)
    if outcome.errno:
        row = inner.rejected_by
        rule, at = (row.name, row.at) if row else ("", "drivers/vhost/vhost.c:vhost_dev_set_owner")
        return Came(int(outcome.errno), world, rule, at)
    if by_kthreadd:
        return Came(0, world)
    return _born(kernel, world, task, _New(inner.child, charges, "vhost worker"))
