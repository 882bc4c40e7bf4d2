"""Calls that stand round the making of tasks: what they refuse, and what that has to do with tasks.

What the model has rows for (:mod:`model.around`) is told from those; besides, a row here says what
was read in the C, on which kernels: memory, other subsystems, what succeeds and shows later.
Histories (``cloneproof run``) play some of them step by step.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from textwrap import wrap
from typing import Any

from checker.calls.story import WIDTH
from checker.ground.problems import Problem
from checker.strace.facts import errno_named
from checker.why.lined import labelled
from model.around.calls import CALLS as MODELLED
from model.around.calls import refusals
from model.around.rows import Refusal
from model.kernel import Kernel
from model.patch import ALWAYS, Patches
from model.patches import (
    BOUND_OF_INNER_NS,
    ROOT_NS_UNLIMITED,
    SET_USER_ASKS_CAPABILITIES,
    SET_USER_TESTS_NEW,
    SET_USER_WITHOUT_CAPABILITIES,
    UCOUNTS_NPROC,
)
from model.words import errno_name

EXEC = ("execve", "execveat")
SET_UID = ("setuid", "setreuid", "setresuid")
LIMIT = ("setrlimit", "prlimit")
CALLS = {name.lower(): name for name in MODELLED}
"""The calls by their names as somebody may write them."""


@dataclass(frozen=True, slots=True)
class Row:
    """Which calls say which errno, why, on which kernels, and where to look."""

    calls: tuple[str, ...]
    errno: str
    rule: str
    reason: str
    at: str
    look: str
    where: Patches = ALWAYS
    modelled: bool = False
    """It is a row of the model, held against real kernels."""


_MARK = "the limit of who is over it is not told by set*uid(): that succeeds, and marks the task " \
        "(PF_NPROC_EXCEEDED); the next execve() looks again, and says EAGAIN if it is over still"
_COUNT = "ulimit -u of the program that executes; ps -eLf -U UID | wc -l: threads count; a fork " \
         "or an execve() under the limit takes the mark away"
_STATUS = "CapEff: and Uid: in /proc/PID/status"
_MARKED = "marked by set uid and over rlimit nproc still"

LOOK = {
    _MARKED: _COUNT,
    "flags of execveat are unknown": "",
    "there is no such file": "",
    "uid has no mapping": "/proc/PID/uid_map",
    "one of two uids has no mapping": "/proc/PID/uid_map",
    "one of three uids has no mapping": "/proc/PID/uid_map",
    "uid is neither its real nor its saved one": _STATUS,
    "uids of setreuid are none of its own": _STATUS,
    "uids of setresuid are none of its own": _STATUS,
    "gid has no mapping": "/proc/PID/gid_map",
    "one of two gids has no mapping": "/proc/PID/gid_map",
    "one of three gids has no mapping": "/proc/PID/gid_map",
    "gid is neither its real nor its saved one": "CapEff: and Gid: in /proc/PID/status",
    "gids of setregid are none of its own": "CapEff: and Gid: in /proc/PID/status",
    "gids of setresgid are none of its own": "CapEff: and Gid: in /proc/PID/status",
    "setgroups is denied or it lacks the capability":
        "/proc/PID/setgroups; /proc/PID/gid_map; CapEff: in /proc/PID/status",
    "there are too many groups": "",
    "a group has no mapping": "/proc/PID/gid_map",
    "version of capset is not known": "",
    "capset is for another task": "",
    "inheritable set is more than it may hand on": "CapInh:, CapPrm: in /proc/PID/status",
    "inheritable set is beyond the bounding set": "CapInh:, CapBnd: in /proc/PID/status",
    "permitted set would grow": "CapPrm: in /proc/PID/status",
    "effective set is beyond the permitted one": "CapPrm: in /proc/PID/status",
    "no new privs is asked for otherwise than with 1": "NoNewPrivs: in /proc/PID/status",
    "dumpable is neither 0 nor 1": "/proc/sys/fs/suid_dumpable",
    "death signal is no signal": "",
    "keepcaps is neither 0 nor 1": "",
    "keepcaps is locked": "capsh --print",
    "a locked bit would change": "capsh --print",
    "there are no such securebits": "uname -r",
    "securebits are not its to change": "CapEff: in /proc/PID/status",
    "bounding set is not its to change": "CapEff: in /proc/PID/status",
    "there is no such capability": "/proc/sys/kernel/cap_last_cap",
    "there is no such ambient capability": "/proc/sys/kernel/cap_last_cap",
    "there is no such ambient operation": "",
    "ambient capability is not permitted and inheritable":
        "CapPrm:, CapInh: in /proc/PID/status; capsh --print",
    "there is no task with that pid": "",
    "limits are of another users task": _STATUS,
    "there is no such limit": "",
    "soft limit is above the hard one": "ulimit -Hu",
    "more files than the machine allows": "/proc/sys/fs/nr_open",
    "hard limit would rise": "Max processes in /proc/PID/limits; CapEff: in /proc/PID/status",
}
"""Where user space sees what a row of the model speaks of; nothing where the call itself does."""

_COUNTED: tuple[tuple[Patches, str], ...] = (
    (~UCOUNTS_NPROC, f"{_MARK}; all tasks of the real uid count, on the whole machine"),
    (UCOUNTS_NPROC,
     f"{_MARK}; the tasks of the real uid in its user namespace count, and further up those of "
     "each namespace's creator against the limit that it had when it made that"),
)
"""Who is counted for an execve(), on which kernels."""

ROWS: tuple[Row, ...] = (
    Row(EXEC, "EAGAIN", "the bound of a namespace that root made holds root's own tasks",
        "from 59ec71575ab4 to 0ac983f51203 (5.15.12 to 5.15.26, 5.16 to 5.16.12) a service with "
        "LimitNPROC= and PrivateUsers= fails so, though its user runs nothing",
        "kernel/ucount.c:is_ucounts_overlimit", "uname -r; systemctl show -p LimitNPROC UNIT",
        BOUND_OF_INNER_NS & ~ROOT_NS_UNLIMITED),
    Row(EXEC, "ENOMEM", "no memory for the credentials, or for the new program's memory", "",
        "fs/exec.c:prepare_bprm_creds, bprm_mm_init", "free memory; dmesg"),
    Row(EXEC, "EPERM", "the file has capabilities that the bounding set does not give",
        "and its effective bit is set; nothing about tasks says EPERM here",
        "security/commoncap.c:bprm_caps_from_vfs_caps",
        "getcap FILE; CapBnd: in /proc/PID/status"),
    Row(EXEC, "ERESTARTNOINTR", "a signal while another thread executes, or is inspected",
        "the lock that ptrace() and execve() share is waited for; the call begins anew",
        "fs/exec.c:prepare_bprm_creds", "the next line of strace"),
    Row(SET_UID, "EAGAIN", "no memory for the user's account",
        "never the limit of tasks, whatever the manual page says of Linux before 3.1",
        "kernel/sys.c:set_user", "free memory", ~UCOUNTS_NPROC),
    Row(SET_UID, "EAGAIN", "no memory for the user's account or counts",
        "never the limit of tasks, whatever the manual page says of Linux before 3.1",
        "kernel/sys.c:set_user, kernel/cred.c:set_cred_ucounts", "free memory", UCOUNTS_NPROC),
    Row(SET_UID, "ENOMEM", "no memory for the credentials", "", "kernel/cred.c:prepare_creds",
        "free memory"),
    Row(SET_UID, "0", "it succeeds over the limit, and marks the task",
        "if the tasks of the new uid are as many as RLIMIT_NPROC, or more: execve() may fail then",
        "kernel/sys.c:set_user", _COUNT, ~UCOUNTS_NPROC),
    Row(SET_UID, "0", "it succeeds over the limit, and marks the task",
        "if the tasks that are counted, those of the old uid yet, reach RLIMIT_NPROC",
        "kernel/sys.c:set_user", _COUNT, UCOUNTS_NPROC & ~SET_USER_TESTS_NEW),
    Row(SET_UID, "0", "it succeeds over the limit, and marks the task",
        "if the new uid has more tasks than RLIMIT_NPROC, before this one is counted: execve() may "
        "fail then", "kernel/sys.c:flag_nproc_exceeded", _COUNT, SET_USER_TESTS_NEW),
    Row(SET_UID, "0", "who has CAP_SYS_RESOURCE or CAP_SYS_ADMIN is never marked",
        "by 2863643fb8b9: su and the like are root when they call, so that the limit held nobody",
        "kernel/sys.c:set_user", "CapEff: in /proc/PID/status",
        SET_USER_ASKS_CAPABILITIES & ~SET_USER_WITHOUT_CAPABILITIES),
    Row(("setgroups",), "ENOMEM", "no memory for the groups", "", "kernel/groups.c:groups_alloc",
        "free memory"),
    Row(LIMIT, "0", "it succeeds below what runs already",
        "nobody is ended: the next fork fails, and what a marked task executes",
        "kernel/sys.c:do_prlimit", "ulimit -u"),
)
"""What the model has no row for."""


def rows_of(call: str, kernel: Kernel) -> Iterator[Row]:
    """Yield what a call may say on a kernel: the rows of the model, in its order, and others."""
    for row in refusals(call):
        if kernel.stands(row.where) is True:
            yield Row((call,), errno_name(int(row.errno)), row.name, _reason(row, kernel), row.at,
                      LOOK[row.name], row.where, modelled=True)
    yield from (row for row in ROWS if call in row.calls and kernel.stands(row.where) is True)


def _reason(row: Refusal, kernel: Kernel) -> str:
    if row.name != _MARKED:
        return row.doc
    return next(text for where, text in _COUNTED if kernel.stands(where) is True)


@dataclass(frozen=True)
class Round:
    """What is told of a call round task creation: its rows for an errno, or all of them."""

    call: str
    errno: str | None
    kernel: Kernel
    rows: list[Row]
    others: list[str]
    """The errnos that rows of the call give there."""


def around(call: str, errno: str | None, kernel: Kernel) -> Round:
    """Return what is told of a call by its name; raise :class:`Problem` for a wrong errno."""
    call = CALLS[call.lower()]
    said = None if errno is None else "0" if errno in ("0", "OK") else errno_named(errno)[1]
    there = list(rows_of(call, kernel))
    rows = [row for row in there if said in (None, row.errno)]
    return Round(call, said, kernel, rows, list(dict.fromkeys(row.errno for row in there)))


def demand_no_more(call: str, given: Iterable[str]) -> None:
    """Raise :class:`Problem` for options that mean nothing to such a call."""
    wrong = next(iter(given), None)
    if wrong is not None:
        raise Problem(f"{wrong} means nothing to {call}(): it makes no task; `cloneproof run` "
                      "plays a history with it")


def told(found: Round) -> list[str]:
    """Return the lines of an answer."""
    said = "" if found.errno is None else f": {'success' if found.errno == '0' else found.errno}"
    named = found.call if found.call.endswith(")") else f"{found.call}()"
    lines = [f"{named} on {found.kernel.name}{said}", ""]
    if not found.rows:
        return [*lines, *_plain(f"Nothing that was read of {found.call}() says {found.errno} for "
                                f"the sake of a task: {', '.join(found.others)} it may; a seccomp "
                                "filter, a security module or the file itself can say more.")]
    lines += _plain("A seccomp filter, a security module or the file itself can say it, too:")
    for number, row in enumerate(found.rows, 1):
        error = "" if found.errno is not None else f"{row.errno}: "
        lines += _plain(f"{number}. {error}{row.rule}")
        for label, text in (("Reason:", row.reason), ("Look:", row.look), ("At:", row.at),
                            ("Known:", "" if row.modelled else "read in the C alone")):
            lines += labelled(label, text)
    played = [] if found.call not in (*EXEC, *SET_UID, *LIMIT) else [
        "", *_plain("`cloneproof run` plays it: 'others 1000 3; setrlimit 2; setuid 1000; "
                    "execve', say.")]
    held = [] if not any(row.modelled for row in found.rows) else [
        "", *_plain("What is not marked as read in the C alone is a row of the model, held against "
                    "real kernels (`cloneproof conform`); no solver was asked.")]
    return [*lines, *held, *played]


def document(found: Round) -> dict[str, Any]:
    """Return the same as JSON writes it."""
    rows = [{"rule": row.rule, "errno": row.errno, "reason": row.reason, "at": row.at,
             "look": row.look, "modelled": row.modelled} for row in found.rows]
    return {"kernel": found.kernel.name, "call": found.call, "errno": found.errno,
            "proved": False, "read": rows, "others": found.others}


def _plain(text: str) -> list[str]:
    return wrap(text, WIDTH, break_on_hyphens=False, break_long_words=False)
