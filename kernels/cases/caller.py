"""The sheet of the caller: a case of the probe sets a fact, or a row says why none does.

What a case sets is what :func:`~kernels.cases.prepared.values_for` names; every other fact of the
call, the caller and the machine has a row here.  One without either is an error at loading.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from checker.calls.documents import leaves_by_path
from checker.smallest.cost import Values
from kernels.cases.case import ENTRIES, Case
from kernels.cases.prepared import values_for
from kernels.machines.surroundings import Surroundings
from model import words
from model.call import Situation
from model.complete import demand
from model.mistake import place
from model.records import build, leaves
from model.request import Entry
from model.state import Fallible


@dataclass(frozen=True, slots=True)
class NotPrepared:
    """A fact that no case sets: why not, and what does set it on a real kernel, if anything."""

    why: str
    otherwise: str = ""
    refused: bool = False
    """Whether a situation with another value than the ordinary one is refused for it at once."""


def _never(why: str) -> NotPrepared:
    return NotPrepared(why, refused=True)


_KERNELS = NotPrepared(
    "kernel_clone_args of a caller inside the kernel",
    "workers of io_uring and vhost, as their owner sees them",
)
_VHOST = NotPrepared("VHOST_SET_OWNER is no case", "owners with a vhost device")
_COUNT = NotPrepared("a full count is made by a maximum of 0 instead")
_PF = NotPrepared(
    "PF_ flags are the kernel's own to set", "a caller marked PF_NPROC_EXCEEDED by its setuid()"
)
_KEYRING = "a process keyring: the probe makes none"
_OUTER = NotPrepared("bounds and counts are set for the innermost user namespace and its parent")
_BEYOND = _never("a bound three user namespaces up")
_FROZEN = _never("a frozen cgroup: the probe freezes none")

NOT_PREPARED: dict[str, NotPrepared] = {
    **{
        f"request.{name}": _KERNELS
        for name in (
            *("name", "kthread", "io_thread", "user_worker", "no_files", "ignore_signals", "umh"),
        )
    },
    "request.idle": NotPrepared("idle tasks are made while booting"),
    "request.fork_owner": _VHOST,
    "request.has_owner": _VHOST,
    "request.target.nproc": NotPrepared("nobody is charged there before", "replay: nsfd_nproc=1"),
    "request.target.outer_is_over": NotPrepared("no bound is tight there", "replay: nsfd_nproc=1"),
    "request.target.anonymous_mnt_ns": _never("an anonymous mount namespace"),
    "request.cgroup_target.group.pids": NotPrepared("pids.max is set by the room that it leaves"),
    "request.cgroup_target.group.ancestor_full": _never("a full cgroup further up"),
    "request.cgroup_target.group.frozen": _FROZEN,
    "request.cgroup_target.group.kill_seq": NotPrepared("the target is made anew for each case"),
    "current.flags": _PF,
    "current.overridden": _never("inside override_creds(): an internal caller"),
    "current.real_cred.process_keyring": _never(_KEYRING),
    "current.cred.process_keyring": NotPrepared(_KEYRING),
    **{
        f"current.{cred}.{name}": row
        for cred in ("real_cred", "cred")
        for name, row in {
            "user_ns.nproc_max_parent": _OUTER,
            "ucounts.nproc_grandparent": _OUTER,
        }.items()
    },
    "current.real_cred.ucounts.beyond_is_over": _BEYOND,
    "current.cred.ucounts.beyond_is_over": NotPrepared(_BEYOND.why),
    "current.signal.autoreap": _never("an autoreaped caller (v7.1)"),
    "current.signal.child_subreaper": NotPrepared("no rule reads it"),
    "current.mm": _never("a caller without memory: a kernel thread"),
    "current.files": _never("a caller without files: a kernel thread or worker"),
    "current.fs_in_exec": _never("a sharer inside execve: a race"),
    "current.nsproxy.mnt_ns_is_initial": NotPrepared("only user_mode_thread() asks for it"),
    "current.mempolicy": _never("a NUMA policy: the probe sets none"),
    "current.cgroup.pids": NotPrepared(
        "pids.max is set by the room that it leaves", "owners of workers"
    ),
    "current.cgroup.ancestor_full": _never("a full cgroup further up: the probe fills its own"),
    "current.cgroup.frozen": _FROZEN,
    "current.cgroup.kill_seq": NotPrepared(
        "the caller's cgroup was never killed", "replay: killed_home=1"
    ),
    "current.traced": NotPrepared(
        "a traced caller: the probe traces nobody", "a traced caller of its own", refused=True
    ),
    "system.nr_threads": NotPrepared("the machine's own; kernel.threads-max is set instead"),
    "system.long_is_32_bit": _never("a 32-bit machine"),
    "system.pid_max_was_lowered": NotPrepared("it takes as many tasks as pids to matter"),
    "system.kernel_rlim_nproc": NotPrepared("kthreadd's own limit"),
    **{
        f"system.{kind}_namespaces.count": _COUNT
        for kind in ("user", "pid", "uts", "ipc", "net", "mnt", "cgroup", "time")
    },
    "chance.errno": NotPrepared("the error of a step that fails by chance"),
    "chance.signal_pending": _never("a pending signal: the kernel restarts the call by itself"),
    "chance.notify_signal": _never("a pending notification: chance"),
    "chance.fatal_signal": _never("SIGKILL during the call: chance"),
    "chance.pid_ns_dies": _never("a pid namespace that dies during the call: chance"),
    "chance.killed_while_waiting": NotPrepared("SIGKILL while kthread_create() waits: chance"),
    "chance.cgroup_killed": _never("cgroup.kill during the call: chance"),
    "chance.lsm_denies": _never("a security module that says no"),
}
"""Facts that no case of the probe sets."""

IMPOSSIBLE = {path: row.why for path, row in NOT_PREPARED.items() if row.refused}
"""Facts whose being otherwise makes a situation impossible for the probe, and why."""

POINTER_STEPS = (
    Fallible.NONE,
    Fallible.COPY_CLONE_ARGS,
    Fallible.COPY_SET_TID,
    Fallible.PUT_PIDFD,
    Fallible.PUT_PARENT_TID,
)
"""Steps that fail on a pointer that the caller chose; the others fail by chance."""
SET_BY_ITSELF = words.PF_SUPERPRIV | words.PF_FORKNOEXEC
"""Flags of a task that come and go with what it does."""


def refused(values: Values) -> str:
    """Return why the probe never prepares a situation, given by its leaves; else nothing."""
    start = build(Situation, values)
    entry, step = Entry(int(start.request.entry)), Fallible(int(start.chance.fails))
    if entry not in ENTRIES:
        return f"{entry.name.lower()}() has no system call of its own"
    known = leaves_by_path()
    for path, why in IMPOSSIBLE.items():
        if values.get(path, known[path].default) != known[path].default:
            return why
    if step not in POINTER_STEPS:
        return f"{step.name} fails: chance"
    if start.current.flags & ~SET_BY_ITSELF:
        names = words.pf_names(int(start.current.flags))
        return f"{names}: not to be set from outside"
    if start.current.seccomp_mode == 1:
        return "strict seccomp forbids the call itself"
    return ""


def prepared() -> frozenset[str]:
    """Return the facts that a case sets."""
    return frozenset(values_for(build(Case, {}), Surroundings()))


def incomplete() -> list[str]:
    """Return what is wrong in the sheet, with its place."""
    here = place(__file__, 1)
    return [f"{here}: {wrong}" for wrong in _wrong()]


def _wrong() -> Iterator[str]:
    set_by_cases, every = prepared(), {leaf.path for leaf in leaves(Situation)}
    for path in sorted(every - set_by_cases - NOT_PREPARED.keys()):
        yield f"{path} is set by no case, and no row says why"
    for path in sorted(set_by_cases & NOT_PREPARED.keys()):
        yield f"{path} is set by cases, and a row says that it is not"
    for path in sorted(NOT_PREPARED.keys() - every):
        yield f"{path} is no fact"


demand(incomplete())
