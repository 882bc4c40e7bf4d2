"""set*uid(), execve() and RLIMIT_NPROC, as system calls of a task of the world.

kernel/sys.c:__sys_setuid, __sys_setreuid, __sys_setresuid and do_prlimit,
security/commoncap.c:cap_emulate_setxuid and cap_bprm_creds_from_file,
fs/exec.c:do_execveat_common and begin_new_exec.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from model.kernel import Kernel
from model.over_time.commit import key_after, marked_by_set_user, over
from model.patches import EXEC_KEEPS_EUID
from model.processes.caller import cred_of
from model.processes.ending import released
from model.processes.making import Came, commits
from model.processes.world import Cred, Process, Processes
from model.words import CAP_FULL_SET, Cap, Errno

_SYS = "kernel/sys.c"
_EXEC = "fs/exec.c:do_execveat_common"


def setuid(kernel: Kernel, world: Processes, task: Process, uid: int) -> Came:
    """setuid(): all three with CAP_SETUID, else the effective one, to the real or the saved."""
    cred, at = task.cred, f"{_SYS}:__sys_setuid"
    if not _mapped(world, cred, uid):
        return _unmapped(world, at)
    if _may_set_uids(cred):
        return _changes(kernel, world, task, (uid, uid, uid))
    if uid not in (cred.uid, cred.suid):
        return _not_permitted(world, at)
    return _changes(kernel, world, task, (cred.uid, uid, cred.suid))


def setreuid(kernel: Kernel, world: Processes, task: Process, uid: int, euid: int) -> Came:
    """setreuid(); -1 leaves one as it is."""
    cred, at = task.cred, f"{_SYS}:__sys_setreuid"
    if not all(_mapped(world, cred, one) for one in (uid, euid)):
        return _unmapped(world, at)
    real_ok = uid in (-1, cred.uid, cred.euid)
    effective_ok = euid in (-1, cred.uid, cred.euid, cred.suid)
    if not (real_ok and effective_ok) and not _may_set_uids(cred):
        return _not_permitted(world, at)
    real = cred.uid if uid == -1 else uid
    effective = cred.euid if euid == -1 else euid
    saves = uid != -1 or euid not in (-1, cred.uid)
    return _changes(kernel, world, task, (real, effective, effective if saves else cred.suid))


def setresuid(kernel: Kernel, world: Processes, task: Process, *wanted: int) -> Came:
    """setresuid(): the real, the effective and the saved one; -1 leaves one as it is."""
    cred, at = task.cred, f"{_SYS}:__sys_setresuid"
    if not all(_mapped(world, cred, one) for one in wanted):
        return _unmapped(world, at)
    mine = (cred.uid, cred.euid, cred.suid)
    if not all(one in (-1, *mine) for one in wanted) and not _may_set_uids(cred):
        return _not_permitted(world, at)
    uid, euid, suid = (old if one == -1 else one for one, old in zip(wanted, mine, strict=True))
    return _changes(kernel, world, task, (uid, euid, suid))


def _mapped(world: Processes, cred: Cred, uid: int) -> bool:
    return uid == -1 or world.maps(cred.user_ns, uid)


def _may_set_uids(cred: Cred) -> bool:
    return bool(cred.effective & 1 << Cap.SETUID)


def _unmapped(world: Processes, at: str) -> Came:
    return Came(int(Errno.EINVAL), world, "the uid has no mapping in the user namespace", at)


def _not_permitted(world: Processes, at: str) -> Came:
    return Came(int(Errno.EPERM), world, "without CAP_SETUID, and it is none of its uids", at)


def _changes(kernel: Kernel, world: Processes, task: Process, uids: tuple[int, int, int]) -> Came:
    """set_user(), the capabilities, the mark, and commit_creds()."""
    old, (uid, euid, suid) = task.cred, uids
    key = key_after(kernel, old.identity, uid, euid, old.user_ns)
    ids = {"uid": uid, "euid": euid, "suid": suid}
    new = replace(old, key=key, **ids)
    marked = task.marked
    if uid != old.uid:
        creds = cred_of(world, old), cred_of(world, new)
        marked = marked_by_set_user(kernel, *creds, task.limit) is True
    world = commits(kernel, world, task, **ids, **_caps(old, uid, euid, suid))
    return Came(0, world.changed(task.number, marked=marked))


def _caps(old: Cred, uid: int, euid: int, suid: int) -> dict[str, int]:
    """Return the capabilities after set*uid(): cap_emulate_setxuid(), root being uid 0."""
    permitted, effective = old.permitted, old.effective
    if 0 in (old.uid, old.euid, old.suid) and 0 not in (uid, euid, suid):
        permitted = effective = 0
    if old.euid == 0 and euid != 0:
        effective = 0
    if old.euid != 0 and euid == 0:
        effective = permitted
    return {"permitted": permitted, "effective": effective}


def executes(kernel: Kernel, world: Processes, task: Process) -> Came:
    """execve() of a file without set-user-ID and capabilities.

    EAGAIN for the marked who are over their limit still; else the mark goes.  The other threads
    end, and memory, file descriptors and handlers are its own then.
    """
    excess = over(kernel, cred_of(world, task.cred), task.limit) is True
    if task.marked and excess:
        rule = "marked by set*uid(), and over RLIMIT_NPROC still"
        return Came(int(Errno.EAGAIN), world, rule, _EXEC)
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
    """Return the credentials that execve() of an ordinary file leaves: cap_bprm_creds_from_file().

    Root has all capabilities anew.  Where another process shares the root, that is no gain, and
    who lacks CAP_SETUID is left its real uid; until EXEC_KEEPS_EUID so is whoever has two uids.
    """
    cred = task.cred
    euid, is_root = cred.euid, world.maps(cred.user_ns, 0)
    permitted = CAP_FULL_SET if is_root and 0 in (cred.uid, euid) else 0
    effective = is_root and euid == 0
    changed = euid != cred.uid and not kernel[EXEC_KEEPS_EUID]
    if (changed or permitted & ~cred.permitted) and _is_unsafe(world, task):
        euid = euid if _may_set_uids(cred) else cred.uid
        permitted &= cred.permitted
    return replace(cred, euid=euid, suid=euid, permitted=permitted,
                   effective=permitted if effective else 0)


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


