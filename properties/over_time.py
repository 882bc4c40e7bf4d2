"""Properties that no single call can show: declared, visible, and not decided here.

Each needs several steps, several tasks, or the half-steps between which others run.  Where
one call shows a part of it, that part is a property of its own under the same number.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class WaitingProperty:
    """A property of sequences of calls: its id, its sentence, and what deciding it takes."""

    id: str
    sentence: str
    why: str


_UCOUNTS = "needs the counters over a sequence of calls"
_RACE = "needs two callers whose half-steps interleave"
_EXIT = "needs signals, exit and reaping"
_FREEZER = "needs the freezer, and the worker's main loop"
_DUMP = "needs the group's rendezvous for exec or core dump"
_DEVICE = "needs the device's life after VHOST_SET_OWNER"

WAITING: tuple[WaitingProperty, ...] = (
    WaitingProperty(
        "P02",
        "no two tasks in different user namespaces ever share an fs_struct",
        "holds of clone() here; needs unshare() and setns() in sequence",
    ),
    WaitingProperty(
        "P17", "a task reaped automatically is never seen by wait()", _EXIT
    ),
    WaitingProperty(
        "P18",
        "a task killed by closing a pidfd stays as unprivileged as at its creation (false)",
        "needs a set-user-ID execve() after the creation",
    ),
    WaitingProperty(
        "P21", "no count is negative while no call is under way", _UCOUNTS
    ),
    WaitingProperty(
        "P23",
        "while no call is under way, each count is the number of unreaped tasks charged to it",
        _UCOUNTS,
    ),
    WaitingProperty(
        "P24",
        "commit_creds() adds to the new count exactly if it takes from the old (v5.14 did not)",
        "needs set*uid()",
    ),
    WaitingProperty(
        "P27",
        "set*uid() marks the caller exactly if the new user is over the limit and not INIT_USER",
        "needs set*uid()",
    ),
    WaitingProperty(
        "P28",
        "execve() after setuid() from root to a user over its limit fails with EAGAIN",
        "needs set*uid() and execve()",
    ),
    WaitingProperty(
        "P29",
        "execve() by a task marked PF_NPROC_EXCEEDED always fails (false: tested anew)",
        "needs set*uid() and execve()",
    ),
    WaitingProperty(
        "P32",
        "a user never has more tasks than its limit once a worker was admitted (false: lower"
        " limits, set*uid(), setns(), other processes with a higher limit)",
        "needs what comes after the creation",
    ),
    WaitingProperty(
        "P33",
        "the count of a user never exceeds RLIMIT_NPROC (false; true without exempt tasks,"
        " changing limits, changing credentials and concurrent forks)",
        _RACE,
    ),
    WaitingProperty(
        "P34",
        "no fork fails with EAGAIN while there is room (false since v5.17: two forkers that"
        " count themselves first may both back out)",
        _RACE,
    ),
    WaitingProperty(
        "P37", "no ucounts is freed while a count or a cred refers to it", _RACE
    ),
    WaitingProperty(
        "P38", "a task is charged until it is reaped, dead or not", _EXIT
    ),
    WaitingProperty(
        "P40",
        "lowering a namespace creator's limit restricts the tasks inside (false: a snapshot)",
        "needs setrlimit() after unshare()",
    ),
    WaitingProperty(
        "P45",
        "the exit signal and the parent of a sibling are read at one moment (not before v5.10)",
        _RACE,
    ),
    WaitingProperty(
        "P46",
        "a parent that has executed since gets SIGCHLD only (before v5.7 the id could wrap)",
        _EXIT,
    ),
    WaitingProperty(
        "P4D",
        "a signal to the group during a fork reaches the child as well, or restarts the fork",
        _RACE,
    ),
    WaitingProperty(
        "P52", "SIGKILL to the owner's group ends every worker of it (not at the tip)", _EXIT
    ),
    WaitingProperty(
        "P53", "a worker takes no signal but SIGKILL and SIGSTOP, and runs no user code", _EXIT
    ),
    WaitingProperty(
        "P56",
        "a worker's mask never changes (false until PTRACE_SETSIGMASK was refused)",
        "needs ptrace()",
    ),
    WaitingProperty(
        "P57",
        "workers clone nothing but workers",
        "needs the code of io_uring: SQPOLL threads make io workers",
    ),
    WaitingProperty(
        "P58", "suspend ends: every user worker reaches the freezer (not at the tip)", _FREEZER
    ),
    WaitingProperty(
        "P59", "freezing the owner's cgroup ends (not with a kthread in it)", _FREEZER
    ),
    WaitingProperty("P60", "after de_thread() only the executing thread lives", _DUMP),
    WaitingProperty(
        "P61", "a core dump waits for exactly the threads that will report to it", _DUMP
    ),
    WaitingProperty("P62", "a user worker never starts a core dump", _DUMP),
    WaitingProperty("P63", "waking a vhost task never touches a freed task_struct", _DEVICE),
    WaitingProperty(
        "P64", "the stop path and the SIGKILL path of a vhost task exclude each other", _DEVICE
    ),
    WaitingProperty(
        "P65",
        "what vhost_task_create() returns on failure is what its callers test for",
        "needs the caller's side: NULL until v6.14, an error pointer since",
    ),
    WaitingProperty(
        "P67",
        "io-wq gives up making a worker that RLIMIT_NPROC refuses, after some tries",
        "needs the retry loop of io-wq",
    ),
    WaitingProperty(
        "P68",
        "a worker follows its owner's later credentials and cgroup (false), and rlimits (as a"
        " thread only)",
        "needs set*uid(), migration and setrlimit() after the creation",
    ),
    WaitingProperty(
        "P6C",
        "opening a vhost device changes no later system call of the process (false)",
        "needs unshare() or setns() after VHOST_SET_OWNER",
    ),
    WaitingProperty(
        "P6D", "killing everything that uses an mm frees it (not at the tip)", _EXIT
    ),
    WaitingProperty(
        "P6E", "vhost_task_stop() reaps its own worker, whoever closes the device (tip)", _DEVICE
    ),
    WaitingProperty(
        "P70", "after cgroup.kill no task of the cgroup is left alive", _RACE
    ),
    WaitingProperty(
        "P73", "what can_fork charges is uncharged once, by cancel_fork or release", _EXIT
    ),
    WaitingProperty(
        "P76", "an orphan reports to its new parent with SIGCHLD", _EXIT
    ),
    WaitingProperty(
        "P77", "a child without exit signal stays a zombie until __WALL or __WCLONE", _EXIT
    ),
    WaitingProperty("P78", "threads other than the leader are released unwaited", _EXIT),
    WaitingProperty(
        "P85",
        "the child of a new user namespace has no capability in the caller's other ones",
        "needs two namespaces of one owner; cap_capable() compares their levels first",
    ),
)


def waiting() -> dict[str, WaitingProperty]:
    """Return the waiting properties by id."""
    return {item.id: item for item in WAITING}
