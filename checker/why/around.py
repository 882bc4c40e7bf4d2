"""Calls that stand round the making of tasks: what they refuse, as far as its limits go.

execve(), set*uid(), setgroups() and setrlimit() have no table in the model: each row says what
was read in the C, on which kernels, and is proved of nothing.  Histories (``cloneproof run``)
play them step by step.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from textwrap import wrap
from typing import Any

from checker.calls.story import WIDTH
from checker.ground.problems import Problem
from checker.strace.facts import errno_named
from checker.why.lined import labelled
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

EXEC = ("execve", "execveat")
SET_UID = ("setuid", "setreuid", "setresuid")
LIMIT = ("setrlimit", "prlimit")
CALLS = (*EXEC, *SET_UID, "setgroups", *LIMIT)


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


_EXEC = "fs/exec.c:do_execveat_common"
_MARK = "the limit of who is over it is not told by set*uid(): that succeeds, and marks the task " \
        "(PF_NPROC_EXCEEDED); the next execve() looks again, and says EAGAIN if it is over still"
_COUNT = "ulimit -u of the program that executes; ps -eLf -U UID | wc -l: threads count; a fork " \
         "or an execve() under the limit takes the mark away"

ROWS: tuple[Row, ...] = (
    Row(EXEC, "EAGAIN", "marked by set*uid(), and over RLIMIT_NPROC still",
        f"{_MARK}; all tasks of the real uid count, on the whole machine", _EXEC, _COUNT,
        ~UCOUNTS_NPROC),
    Row(EXEC, "EAGAIN", "marked by set*uid(), and over RLIMIT_NPROC still",
        f"{_MARK}; the tasks of the real uid in its user namespace count, and further up those of "
        "each namespace's creator against the limit that it had when it made that", _EXEC, _COUNT,
        UCOUNTS_NPROC),
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
    Row(SET_UID, "EINVAL", "the uid has no mapping in the user namespace",
        "setuid nobody in a namespace that maps one uid, say", "kernel/sys.c:__sys_setuid",
        "/proc/PID/uid_map"),
    Row(SET_UID, "EPERM", "without CAP_SETUID, and it is none of its uids",
        "the capability counts in the task's own user namespace", "kernel/sys.c:__sys_setuid",
        "CapEff: and Uid: in /proc/PID/status"),
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
    Row(("setgroups",), "EPERM", "setgroups is denied in the namespace, or without CAP_SETGID",
        "before gid_map is written nobody may; after deny was written nobody may ever",
        "kernel/groups.c:may_setgroups, kernel/user_namespace.c:userns_may_setgroups",
        "/proc/PID/setgroups; /proc/PID/gid_map"),
    Row(("setgroups",), "EINVAL", "more than 65536 groups, or one has no mapping", "",
        "kernel/groups.c:groups_from_user", "/proc/PID/gid_map"),
    Row(("setgroups",), "ENOMEM", "no memory for the groups", "", "kernel/groups.c:groups_alloc",
        "free memory"),
    Row(LIMIT, "EPERM", "the hard limit would rise without CAP_SYS_RESOURCE",
        "the capability counts in the first user namespace: a container's root has it not; of "
        "another process, uids differ without it", "kernel/sys.c:do_prlimit",
        "Max processes in /proc/PID/limits; CapEff: in /proc/PID/status"),
    Row(LIMIT, "EINVAL", "the soft limit is above the hard one, or there is no such limit", "",
        "kernel/sys.c:do_prlimit", "ulimit -Hu"),
    Row(LIMIT, "0", "it succeeds below what runs already",
        "nobody is ended: the next fork fails, and what a marked task executes",
        "kernel/sys.c:do_prlimit", "ulimit -u"),
)


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
    said = None if errno is None else "0" if errno in ("0", "OK") else errno_named(errno)[1]
    there = [row for row in ROWS if call in row.calls and kernel.stands(row.where) is True]
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
    lines = [f"{found.call}() on {found.kernel.name}{said}", ""]
    if not found.rows:
        return [*lines, *_plain(f"Nothing that was read of {found.call}() says {found.errno} for "
                                f"the sake of a task: {', '.join(found.others)} it may; a seccomp "
                                "filter, a security module or the file itself can say more.")]
    lines += _plain("Read in the C of the kernel, and proved of nothing; a seccomp filter, a "
                    "security module or the file itself can say it, too:")
    for number, row in enumerate(found.rows, 1):
        error = "" if found.errno is not None else f"{row.errno}: "
        lines += _plain(f"{number}. {error}{row.rule}")
        for label, text in (("Reason:", row.reason), ("Look:", row.look), ("At:", row.at)):
            lines += labelled(label, text)
    return [*lines, "", *_plain("`cloneproof run` plays it: 'others 1000 3; setrlimit 2; setuid "
                                "1000; execve', say.")]


def document(found: Round) -> dict[str, Any]:
    """Return the same as JSON writes it."""
    rows = [{"rule": row.rule, "errno": row.errno, "reason": row.reason, "at": row.at,
             "look": row.look} for row in found.rows]
    return {"kernel": found.kernel.name, "call": found.call, "errno": found.errno,
            "proved": False, "read": rows, "others": found.others}


def _plain(text: str) -> list[str]:
    return wrap(text, WIDTH, break_on_hyphens=False, break_long_words=False)
