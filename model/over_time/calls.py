"""What the steps ask of the single call: fork, unshare, setns, workers.

Each question builds the situation that a state stands for, and reads from the outcome what
the state keeps.
"""

from __future__ import annotations

from dataclasses import dataclass

from model import words
from model.algebra import Truth, Word, below, both, has, no, when_word
from model.copy_process import CHARGE, FORGETS_EXCESS
from model.kernel import Kernel
from model.over_time.questions import charged_with, comes_of, made_for
from model.request import Entry, NsFile, Request, Target
from model.state import Cgroup, Chance, Cred, Reach, Sighand, Signal, TargetCgroup, Task

MARK = words.PF_NPROC_EXCEEDED


@dataclass(frozen=True, slots=True)
class Forked:
    """What fork() comes to, as far as limits go."""

    errno: Word
    child_marked: Truth
    forgets: Truth
    """The caller's mark is gone, whatever came of the call."""
    charges: Word
    """How many units are charged for the child; if refused, what is left of them."""
    charged_uid: Word


def task(cred: Cred, limit: Word, marked: Truth = False) -> Task:
    """Return a task with one credential, a soft RLIMIT_NPROC, and perhaps the mark."""
    flags = when_word(32, marked, MARK, 0)
    return Task(flags=flags, real_cred=cred, cred=cred, signal=Signal(rlim_nproc=limit))


def _larger(left: Word, right: Word) -> Word:
    return when_word(32, below(left, right), right, left)


def fork(kernel: Kernel, cred: Cred, limit: Word, marked: Truth) -> Forked:
    """Ask for a plain fork()."""
    outcome = comes_of(kernel, Request(entry=int(Entry.FORK)), task(cred, limit, marked))
    child = outcome.child
    return Forked(
        errno=outcome.errno,
        child_marked=has(child.flags, MARK),
        forgets=outcome.done[FORGETS_EXCESS],
        charges=outcome.units(CHARGE).kept,
        charged_uid=child.charged_uid,
    )


@dataclass(frozen=True, slots=True)
class Unshared:
    """What unshare(CLONE_NEWUSER) comes to: its errno, and the bound of the new namespace."""

    errno: Word
    bound: Word


def unshare_user(kernel: Kernel, cred: Cred, limit: Word) -> Unshared:
    """Ask for unshare(CLONE_NEWUSER)."""
    request = Request(entry=int(Entry.UNSHARE), flags=words.NEWUSER)
    outcome = comes_of(kernel, request, task(cred, limit))
    return Unshared(outcome.errno, outcome.after.user_ns_nproc_max)


@dataclass(frozen=True, slots=True)
class Cloned:
    """What clone(CLONE_NEWUSER) comes to: errno, the new bound, and whom the child weighs on."""

    errno: Word
    bound: Word
    charges: Word
    charged_uid: Word


def clone_user(kernel: Kernel, cred: Cred, limit: Word) -> Cloned:
    """Ask for clone(CLONE_NEWUSER)."""
    request = Request(entry=int(Entry.CLONE), flags=words.NEWUSER | words.SIGCHLD)
    outcome = comes_of(kernel, request, task(cred, limit))
    child = outcome.child
    charges = outcome.units(CHARGE).kept
    return Cloned(outcome.errno, child.user_ns_nproc_max, charges, child.charged_uid)


def join_user(
    kernel: Kernel, cred: Cred, limit: Word, count: Word, beside: tuple[Word, Word] = (1, 1)
) -> Word:
    """Ask for setns() into a user namespace that the caller's user owns; return the errno.

    ``beside`` are the users of its fs_struct and the threads of its group, itself included.
    """
    fs_users, threads = beside
    target = Target(
        file=int(NsFile.NAMESPACE),
        type=words.NEWUSER,
        user_ns_reach=int(Reach.OWNED),
        nproc=count,
    )
    request = Request(entry=int(Entry.SETNS), flags=words.NEWUSER, target=target)
    caller = Task(
        real_cred=cred,
        cred=cred,
        signal=Signal(rlim_nproc=limit, nr_threads=threads),
        sighand=Sighand(count=threads),
        mm_users=_larger(threads, fs_users),
        fs_users=fs_users,
    )
    return comes_of(kernel, request, caller).errno


@dataclass(frozen=True, slots=True)
class Made:
    """A worker as VHOST_SET_OWNER leaves it, or the errno of the refusal."""

    errno: Word
    by_kthreadd: Truth
    thread: Truth
    uid: Word
    charged_uid: Word
    limit: Word
    """Its RLIMIT_NPROC."""
    shares_limits: Truth
    shares_namespaces: Truth
    in_cgroup: Truth
    """It is in the owner's cgroup from its first moment."""
    ignores_kill: Truth
    nofreeze: Truth
    blocks: Truth
    """It blocks all signals but SIGKILL and SIGSTOP."""

    def is_of(self, uid: Word) -> Truth:
        """Return whether it has a user's credentials, and is charged to that user."""
        return both(self.uid == uid, self.charged_uid == uid)


def vhost_worker(kernel: Kernel, fork_owner: bool, owner: Task) -> Made:
    """Ask for VHOST_SET_OWNER by an owner."""
    request = Request(entry=int(Entry.VHOST_SET_OWNER), fork_owner=fork_owner)
    outcome = made_for(kernel, request, owner)
    child, worker = outcome.child, outcome.worker
    task = no(worker.by_kthreadd)
    return Made(
        errno=outcome.errno,
        by_kthreadd=worker.by_kthreadd,
        thread=worker.thread_of_owner,
        uid=child.uid,
        charged_uid=child.charged_uid,
        limit=child.rlim_nproc,
        shares_limits=both(task, child.rlimits_shared),
        shares_namespaces=both(task, child.nsproxy_shared),
        in_cgroup=worker.in_owners_cgroup_at_birth,
        ignores_kill=has(child.ignored, words.sigmask(words.SIGKILL)),
        nofreeze=has(child.flags, words.PF_NOFREEZE),
        blocks=child.blocked == words.WORKER_BLOCKED,
    )


def owner(uid: Word, acting: Word, limit: Word, tasks: Word, cgroup: Cgroup) -> Task:
    """Return who opens a device: its user, whom it acts for, its limits, its cgroup."""
    counts = charged_with(tasks)
    return Task(
        real_cred=Cred(uid=uid, euid=uid, ucounts=counts),
        cred=Cred(uid=acting, euid=acting, ucounts=counts),
        overridden=no(uid == acting),
        signal=Signal(rlim_nproc=limit),
        cgroup=cgroup,
    )


def born_killed(kernel: Kernel, into: bool, during: int, own_seq: int, target_seq: int) -> Truth:
    """Ask whether a child gets SIGKILL at birth; ``during`` is what cgroup.kill did meanwhile."""
    request = Request(
        entry=int(Entry.CLONE3),
        flags=words.INTO_CGROUP if into else 0,
        cgroup=3,
        exit_signal=words.SIGCHLD,
        cgroup_target=TargetCgroup(group=Cgroup(kill_seq=target_seq)),
    )
    current = Task(cgroup=Cgroup(kill_seq=own_seq))
    outcome = comes_of(kernel, request, current, chance=Chance(cgroup_killed=during))
    return outcome.child.born_killed


def shares(kernel: Kernel, flags: int) -> tuple[Word, Truth, Truth, Truth]:
    """Ask what clone(flags) shares: errno, the root, the thread group, a new user namespace."""
    request = Request(entry=int(Entry.CLONE), flags=flags | words.SIGCHLD)
    outcome = comes_of(kernel, request)
    child = outcome.child
    return outcome.errno, child.fs == 1, child.same_thread_group, child.new_user_ns


def unshare_user_beside(kernel: Kernel, fs_users: Word, threads: Word) -> tuple[Word, Truth]:
    """Ask for unshare(CLONE_NEWUSER) by a task with sharers: errno, whether fs is its own."""
    caller = Task(
        signal=Signal(nr_threads=threads),
        sighand=Sighand(count=threads),
        mm_users=_larger(threads, fs_users),
        fs_users=fs_users,
    )
    request = Request(entry=int(Entry.UNSHARE), flags=words.NEWUSER)
    outcome = comes_of(kernel, request, caller)
    return outcome.errno, outcome.after.fs_is_own


@dataclass(frozen=True, slots=True)
class Born:
    """What a clone() is in its family: errno, thread, sibling, reaped by itself."""

    errno: Word
    thread: Truth
    sibling: Truth
    autoreap: Truth


def born(kernel: Kernel, flags: int, signal: int, leaders_signal: int, init: bool) -> Born:
    """Ask for clone3() by a leader that has an exit signal, perhaps an init."""
    group = Signal(unkillable=init, leader_exit_signal=leaders_signal)
    request = Request(entry=int(Entry.CLONE3), flags=flags, exit_signal=signal)
    outcome = comes_of(kernel, request, Task(signal=group))
    child = outcome.child
    return Born(
        errno=outcome.errno,
        thread=child.same_thread_group,
        sibling=both(child.real_parent == 1, child.exit_signal == leaders_signal),
        autoreap=child.autoreap,
    )


def last_test(kernel: Kernel, init_dies: bool, killed: bool) -> Word:
    """Ask for fork() whose pid namespace dies, or whose caller is killed, meanwhile."""
    chance = Chance(pid_ns_dies=init_dies, fatal_signal=killed)
    return comes_of(kernel, Request(entry=int(Entry.FORK)), chance=chance).errno
