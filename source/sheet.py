"""The sheet of the C reader: one row for each field of what a call leaves, how C decides it.

A row says one of three things: at which expression the field is read off a run of the C, and by
which readings (:class:`Read`); from which fields that are read it follows
(:class:`ImpliedField`); or why no reading shows it (:class:`NotRead`).  A field without a row is
an error at loading.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, fields
from typing import Any, TypeAlias

from model.child import Child
from model.complete import demand
from model.records import declared_at
from model.setns import Joined
from model.unshare import Unshared
from source.effects import (
    Reader,
    both_set,
    changed,
    counts_one,
    equal_places,
    exempt_from_throttling,
    has_bit,
    installed,
    is_now_active,
    is_object,
    low_32_at,
    moved_at,
    moved_for_others,
    namespace_at,
    over_its_limits,
    parent_at,
    root_of_init,
    root_shared_at,
    same_place,
    set_at,
    share_at,
    shared_if_set,
    still_chrooted,
    word_at,
)


@dataclass(frozen=True, slots=True)
class Read:
    """A field that the C decides: where, how it is read off, and what compares it."""

    at: str
    how: Reader
    by: tuple[str, ...]
    rests_on: str = ""
    """Calls on the way that are not read: their contracts put the model's words for them."""


@dataclass(frozen=True, slots=True)
class ImpliedField:
    """A field that follows from others of its record that are read."""

    by: tuple[str, ...]
    why: str


@dataclass(frozen=True, slots=True)
class NotRead:
    """A field that no reading compares, and why not."""

    why: str


Row: TypeAlias = "Read | ImpliedField | NotRead"


def _at(
    place: str, how: Callable[..., Reader], *more: str, by: str = "", rests_on: str = ""
) -> Read:
    """Return the row of a field that copy_process() decides, and perhaps a function by itself."""
    return Read(place, how(place, *more), ("copy_process", *by.split()), rests_on)


def _cloned(place: str) -> Read:
    """Return the row of a field that kernel_clone() decides."""
    return Read(place, set_at(place), ("kernel_clone",))


def _unshared(place: str, how: Callable[..., Reader], *more: str, rests_on: str = "") -> Read:
    return Read(place, how(place, *more), ("ksys_unshare",), rests_on)


CHILD: dict[str, Row] = {
    "flags": _at("p->flags", low_32_at),
    "named_by_args": _at("p->comm", set_at),
    "set_child_tid": _at("p->set_child_tid", word_at),
    "clear_child_tid": _at("p->clear_child_tid", word_at),
    "shares_cred": _at("p->real_cred", is_object, "current cred", by="copy_creds"),
    "uid": _at("p->real_cred->uid", word_at, by="copy_creds"),
    "euid": _at("p->real_cred->euid", word_at, by="copy_creds"),
    "cap_effective": _at("p->real_cred->cap_effective", word_at, by="copy_creds"),
    "new_user_ns": _at("p->real_cred->user_ns", is_object, "new user_ns", by="copy_creds"),
    "user_ns_level": _at("p->real_cred->user_ns->level", word_at, by="copy_creds"),
    "user_ns_nproc_max": _at("p->real_cred->user_ns->rlimit_max[0]", word_at, by="copy_creds"),
    "charged_uid": _at("p->real_cred->ucounts->uid", word_at, by="copy_creds"),
    "thread_keyring": _at("p->real_cred->thread_keyring", set_at, by="copy_creds"),
    "process_keyring": _at("p->real_cred->process_keyring", set_at, by="copy_creds"),
    "files": _at("p->files", share_at, "current->files", by="copy_files"),
    "fs": _at("p->fs", root_shared_at, by="copy_fs"),
    "fs_of_init": _at("p->fs", root_of_init, by="copy_fs"),
    "sighand": _at("p->sighand", share_at, "current->sighand", by="copy_sighand"),
    "mm": _at("p->mm", share_at, "current->mm", by="copy_mm"),
    "sysvsem": _at("p->sysvsem->undo_list", shared_if_set, by="copy_semundo"),
    "io_context": _at(
        "p->io_context", share_at, "current->io_context", by="copy_io", rests_on="ioprio_valid"
    ),
    "same_thread_group": _at("p->group_leader", same_place, "current->group_leader"),
    "rlim_nproc": _at("p->signal->rlim->nproc", word_at, by="copy_signal"),
    "rlimits_shared": _at("p->signal", same_place, "current->signal", by="copy_signal"),
    "ignored": _at("p->sighand->action->ignored", word_at),
    "caught": _at("p->sighand->action->caught", word_at),
    "blocked": _at("p->blocked", word_at),
    "altstack": _at("p->sas_ss_sp", set_at, rests_on="sas_ss_reset"),
    "exit_signal": _at("p->exit_signal", low_32_at),
    "real_parent": _at("p->real_parent", parent_at, "current"),
    "parent_exec_id": _at("p->parent_exec_id", parent_at, "current->self_exec_id"),
    "nsproxy_shared": _at("p->nsproxy", same_place, "current->nsproxy"),
    "mnt_ns": _at("p->nsproxy->mnt_ns", namespace_at, "mnt_ns", rests_on="copy_mnt_ns"),
    "uts_ns": _at("p->nsproxy->uts_ns", namespace_at, "uts_ns", rests_on="copy_utsname"),
    "ipc_ns": _at("p->nsproxy->ipc_ns", namespace_at, "ipc_ns", rests_on="copy_ipcs"),
    "pid_ns": _at("pid->ns", namespace_at, "pid_ns", rests_on="copy_pid_ns alloc_pid"),
    "cgroup_ns": _at("p->nsproxy->cgroup_ns", namespace_at, "cgroup_ns", rests_on="copy_cgroup_ns"),
    "net_ns": _at("p->nsproxy->net_ns", namespace_at, "net_ns", rests_on="copy_net_ns"),
    "time_ns": _at(
        "p->nsproxy->time_ns", namespace_at, "time_ns", rests_on="copy_time_ns timens_on_fork"
    ),
    "time_ns_for_children": _at(
        "p->nsproxy->time_ns_for_children", namespace_at, "time_ns", rests_on="copy_time_ns"
    ),
    "pid_level": _at("pid->level", word_at, rests_on="copy_pid_ns alloc_pid"),
    "is_child_reaper": _at(
        "ns_of_pid(pid)->child_reaper", is_object, "p", rests_on="is_child_reaper"
    ),
    "has_pid": _at("attach_pid(p, PIDTYPE_PID)", set_at),
    "pidfd_in_child": _at("p->files", installed, rests_on="fd_install"),
    "no_new_privs": _at("p->no_new_privs", set_at),
    "seccomp_mode": _at("p->seccomp->mode", word_at),
    "in_target_cgroup": _at(
        "p->cgroups", is_object, "the target's css_set", rests_on="css_set_move_task"
    ),
    "starts_frozen": _at("p->jobctl", has_bit, "JOBCTL_TRAP_FREEZE"),
    "born_killed": _at("SIGKILL for p", set_at, rests_on="do_send_sig_info"),
    "starts_in_kernel": _at("p starts at", set_at, by="copy_thread"),
    "autoreap": _at("p->signal->autoreap", set_at),
    "autokill": NotRead("what pidfd_prepare() makes of its flags is not followed"),
    "reports_to_tracer": _cloned("given->trace"),
    "traced": _at("p->ptrace", both_set, "p has a tracer", rests_on="__ptrace_link"),
    "not_throttled": _at("p->flags", exempt_from_throttling),
    "oom_score_adj": _at("p->signal->oom_score_adj", word_at, by="copy_signal"),
    "parent_tid_stored": _cloned("parent tid stored"),
    "vfork_wait": _cloned("waits for vfork"),
}
"""Fields of :class:`model.child.Child`."""

_NS_OF = "current->nsproxy->"

UNSHARED: dict[str, Row] = {
    "fs_copied": _unshared("current->fs", is_object, "new fs"),
    "fs_is_own": _unshared("current->fs->users", counts_one),
    "files_copied": _unshared("current->files", is_object, "new files"),
    "files_are_own": _unshared("current->files->count", counts_one),
    "undo_list": _unshared("current->sysvsem->undo_list", set_at, rests_on="exit_sem"),
    "new_user_ns": _unshared("current->cred->user_ns", is_object, "new user_ns"),
    "user_ns_level": _unshared("current->cred->user_ns->level", word_at),
    "user_ns_nproc_max": _unshared("current->cred->user_ns->rlimit_max[0]", word_at),
    "cap_effective": _unshared("current->cred->cap_effective", word_at),
    "rules_its_old_user_ns": ImpliedField(
        ("new_user_ns", "cap_effective"),
        "security/commoncap.c:cap_capable grants nothing in a namespace above the caller's",
    ),
    "nproc_moved": _unshared("fresh ucounts->rlimit[0]", set_at),
    "over_limit": _unshared("current->cred->ucounts", over_its_limits),
    "new_nsproxy": _unshared("current->nsproxy", is_object, "new nsproxy"),
    "mnt_ns": _unshared(_NS_OF + "mnt_ns", namespace_at, "mnt_ns", rests_on="copy_mnt_ns"),
    "uts_ns": _unshared(_NS_OF + "uts_ns", namespace_at, "uts_ns", rests_on="copy_utsname"),
    "ipc_ns": _unshared(_NS_OF + "ipc_ns", namespace_at, "ipc_ns", rests_on="copy_ipcs"),
    "cgroup_ns": _unshared(
        _NS_OF + "cgroup_ns", namespace_at, "cgroup_ns", rests_on="copy_cgroup_ns"
    ),
    "net_ns": _unshared(_NS_OF + "net_ns", namespace_at, "net_ns", rests_on="copy_net_ns"),
    "pid_ns": _unshared("current->thread_pid", moved_at),
    "pid_ns_for_children": _unshared(
        _NS_OF + "pid_ns_for_children", namespace_at, "pid_ns", rests_on="copy_pid_ns"
    ),
    "time_ns": _unshared(_NS_OF + "time_ns", namespace_at, "time_ns"),
    "time_ns_for_children": _unshared(
        _NS_OF + "time_ns_for_children", namespace_at, "time_ns", rests_on="copy_time_ns"
    ),
}
"""Fields of :class:`model.unshare.Unshared`."""


def _joined(place: str, how: Callable[..., Reader], *more: str, rests_on: str = "") -> Read:
    return Read(place, how(place, *more), ("setns",), rests_on)


def _installed(kind: str, field: str = "") -> Read:
    return _joined(f"{_NS_OF}{field or kind}", is_object, f"the {kind} to join")


JOINED: dict[str, Row] = {
    "user_ns": _joined("current->cred->user_ns", is_object, "the user_ns to join"),
    **{
        kind: _installed(kind)
        for kind in ("mnt_ns", "uts_ns", "ipc_ns", "cgroup_ns", "net_ns", "time_ns")
    },
    "time_for_children_is_active": _joined(
        _NS_OF + "time_ns_for_children", equal_places, _NS_OF + "time_ns"
    ),
    "pid_ns": _joined("current->thread_pid", changed),
    "pid_ns_for_children": _installed("pid_ns", "pid_ns_for_children"),
    "pid_for_children_is_active": _joined(
        _NS_OF + "pid_ns_for_children", is_now_active, "the pid_ns to join"
    ),
    "cap_effective": _joined("current->cred->cap_effective", word_at),
    "nproc_moved": _joined("current->cred->ucounts", is_object, "fresh ucounts"),
    "over_limit": _joined("current->cred->ucounts", over_its_limits),
    "undo_list": _joined("current->sysvsem->undo_list", set_at, rests_on="exit_sem"),
    "root_moved": _joined("current->fs->root", is_object, "the joined root"),
    "sharers_root_moved": _joined("current->fs", moved_for_others, "the joined root"),
    "chrooted": _joined("current->fs->root", still_chrooted, "its root"),
}
"""Fields of :class:`model.setns.Joined`."""

_OF_VHOST = "the ioctl of /dev/vhost-* and kthread_create() are not read"

CALLER: dict[str, str] = {
    "request.fork_owner": _OF_VHOST,
    "request.has_owner": _OF_VHOST,
    "system.kernel_rlim_nproc": _OF_VHOST,
    "chance.killed_while_waiting": _OF_VHOST,
    "request.ignore_signals": "neither of Debian's kernels has kernel_clone_args.ignore_signals",
    "request.umh": "neither of Debian's 6.1 and 6.12 has kernel_clone_args.umh",
    "chance.notify_signal": "both look at task_sigpending(), which it does not reach",
    "current.real_cred.ucounts.user_processes": "the counter before v5.14",
    "current.cred.ucounts.user_processes": "the counter before v5.14",
    "current.signal.child_subreaper": "no rule and no effect depends on it",
}
"""Facts of the call, the caller and the machine that no run of Debian's C looks at, and why."""

SHEET: dict[type[Any], dict[str, Row]] = {Child: CHILD, Unshared: UNSHARED, Joined: JOINED}


def read_by(reading: str, record: type[Any]) -> dict[str, Reader]:
    """Return how a reading reads each field of a record that it compares."""
    rows = SHEET[record].items()
    return {name: row.how for name, row in rows if isinstance(row, Read) and reading in row.by}


def incomplete(readings: Iterable[str], contracts: Iterable[str]) -> list[str]:
    """Return what is wrong in the sheet, each with the place of the field that it is about."""
    names, known = frozenset(readings), frozenset(contracts)
    return [
        f"{declared_at(record, name)}: {record.__name__}.{name} {wrong}"
        for record, sheet in SHEET.items()
        for name in dict.fromkeys((*(one.name for one in fields(record)), *sheet))
        for wrong in _wrong(record, sheet, name, names, known)
    ]


def _wrong(
    record: type[Any],
    sheet: dict[str, Row],
    name: str,
    readings: frozenset[str],
    contracts: frozenset[str],
) -> Iterator[str]:
    row = sheet.get(name)
    if name not in record.__dataclass_fields__:
        yield "has a row in source/sheet.py and is no field"
    elif row is None:
        yield "has no row in source/sheet.py: how does the C reader read it, or why not?"
    elif isinstance(row, Read):
        yield from (f"is read by {one!r}, which is no reading" for one in set(row.by) - readings)
        missing = set(row.rests_on.split()) - contracts
        yield from (f"rests on {one!r}, which has no contract" for one in missing)
    elif isinstance(row, ImpliedField):
        for one in row.by:
            if not isinstance(sheet.get(one), Read):
                yield f"is implied by {one!r}, which is not read"


def check(readings: Iterable[str], contracts: Iterable[str]) -> None:
    """Raise :class:`~model.mistake.Mistake` unless every field has a row that holds together."""
    demand(incomplete(readings, contracts))
