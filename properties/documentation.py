"""The documentation clause by clause: man-pages 6.03 and the kernel's own comments.

Ids D01 to D46 and D61 to D96 are clauses of calls that create tasks; unshare(2) and setns(2)
have D47 to D60.  A letter tells sentences of one clause apart; ``t`` marks the strongest true
version of one that is false.
"""

from __future__ import annotations

from dataclasses import dataclass

from properties import (
    doc_cgroups,
    doc_clone,
    doc_effects,
    doc_fork,
    doc_limits,
    doc_namespaces,
)

MODULES = (doc_clone, doc_namespaces, doc_limits, doc_fork, doc_effects, doc_cgroups)
"""The modules that declare the decided clauses, in the order of the catalogue."""


@dataclass(frozen=True, slots=True)
class UndecidedClause:
    """A clause that one creating call cannot show, and why."""

    id: str
    source: str
    clause: str
    why: str


UNDECIDED = (
    UndecidedClause(
        "D04",
        "clone(2) ERRORS EINVAL",
        "no thread can be made after unshare(CLONE_NEWPID) or setns(2) to a pid namespace",
        "speaks of past calls; false as written, since setns(2) to the caller's own pid "
        "namespace undoes either; D04t is what one call shows",
    ),
    UndecidedClause(
        "D10",
        "clone(2) ERRORS EINVAL",
        "CLONE_NEW* of a kind that the kernel was not configured with is refused",
        "the model is of one configuration, with every kind of namespace",
    ),
    UndecidedClause(
        "D11",
        "clone(2) ERRORS EINVAL",
        "a misaligned stack is refused where the architecture says so",
        "the model is of x86-64, which does not look at the alignment",
    ),
    UndecidedClause(
        "D29v",
        "clone(2) ERRORS ERESTARTNOINTR",
        "of a user's call, only a tracer sees ERESTARTNOINTR",
        "the restart is the signal return path's; D29 shows the errno, D29a who else gets it",
    ),
    UndecidedClause(
        "D32",
        "clone(2) CLONE_PIDFD",
        "the pidfd has the close-on-exec flag",
        "the model holds no descriptor flags; D96 shows whose table the pidfd is in",
    ),
    UndecidedClause(
        "D33c",
        "clone(2) CLONE_CHILD_SETTID",
        "the child's tid is stored before the child returns to user space",
        "the store is schedule_tail()'s, in the child; D33 shows that it knows the address",
    ),
    UndecidedClause(
        "D34l",
        "clone(2) CLONE_SIGHAND",
        "later sigaction(2) calls of one process reach the other, or do not",
        "speaks of later calls; D34s and D34t show the table shared or copied",
    ),
    UndecidedClause(
        "D42p",
        "fork(2)",
        "the child begins with no pending signal",
        "the model holds no queues; doubtful since v4.19, as signals that reach the group "
        "during the fork are handed to the child too",
    ),
    UndecidedClause(
        "D44u",
        "setrlimit(2) RLIMIT_NPROC",
        "RLIMIT_NPROC is not enforced for real user id 0",
        "ids are the kernel's here: true of global root (D44r); id 0 of a user namespace that "
        "maps it elsewhere is not exempt",
    ),
    UndecidedClause(
        "D46",
        "execve(2) ERRORS EAGAIN",
        "execve(2) fails after a set*uid(2) call that went over RLIMIT_NPROC",
        "no call that creates a task",
    ),
    UndecidedClause(
        "D63s",
        "user_namespaces(7)",
        "securebits have their default values in the child",
        "the model holds no securebits",
    ),
    UndecidedClause(
        "D66",
        "pid_namespaces(7)",
        "when an init dies, every task of its namespace is killed",
        "speaks of exit; D41 shows the later fork() failing",
    ),
    UndecidedClause(
        "D67p",
        "pid_namespaces(7)",
        "a parent is in its child's pid namespace or in the one right above it",
        "the caller's own level is not a fact of one call when another namespace waits; false "
        "by setns(2) two levels down and a fork()",
    ),
    UndecidedClause(
        "D70m",
        "cgroups(7); cgroup-v2.rst PID controller",
        "migration may take a cgroup over pids.max",
        "no call that creates a task; D70 starts from such a cgroup",
    ),
    UndecidedClause(
        "D72",
        "include/uapi/linux/vhost.h",
        "VHOST_SET_FORK_FROM_OWNER comes before VHOST_SET_OWNER, else EBUSY",
        "an ioctl that creates no task",
    ),
    UndecidedClause(
        "D97",
        "clone(2) CLONE_SETTLS",
        "the child's thread-local storage is where tls points",
        "registers are not part of the model",
    ),
    UndecidedClause(
        "D98",
        "fork(2)",
        "memory locks, timers, asynchronous I/O and record locks are not inherited",
        "not part of what the model says of a task",
    ),
)
"""Visible, not decided."""
