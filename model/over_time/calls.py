"""What the steps ask of the single call: fork, unshare, setns, workers.

Each question builds the situation that a state stands for, and reads from the outcome what
the state keeps.
"""

from __future__ import annotations

from dataclasses import dataclass

from model import words
from model.algebra import Truth, Word, both, has, no, when_word
from model.child import Parent, Share
from model.copy_process import CHARGE, FORGETS_EXCESS
from model.errors import number
from model.kernel import Kernel
from model.new_namespaces import Ns
from model.over_time.questions import comes_of, made_for
from model.patches import SIGNALS_BEFORE_FORK
from model.request import Entry, NsFile, Request, Target
from model.state import Cgroup, Chance, Cred, Reach, Signal, TargetCgroup, Task

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
class UserUnshared:
    """What unshare(CLONE_NEWUSER) comes to: its errno, and the bound of the new namespace."""

    errno: Word
    bound: Word


def unshare_user(kernel: Kernel, cred: Cred, limit: Word) -> UserUnshared:
    """Ask for unshare(CLONE_NEWUSER)."""
    request = Request(entry=int(Entry.UNSHARE), flags=words.NEWUSER)
    outcome = comes_of(kernel, request, task(cred, limit))
    return UserUnshared(outcome.errno, outcome.after.user_ns_nproc_max)


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


def join_user(kernel: Kernel, caller: Task, count: Word) -> Word:
    """Ask for setns() into a user namespace that the caller's user owns; return the errno."""
    target = Target(
        file=int(NsFile.NAMESPACE),
        type=words.NEWUSER,
        user_ns_reach=int(Reach.OWNED),
        nproc=count,
    )
    request = Request(entry=int(Entry.SETNS), flags=words.NEWUSER, target=target)
    return comes_of(kernel, request, caller).errno


def join_pid_ns(kernel: Kernel, caller: Task, own: bool) -> Word:
    """Ask for setns(CLONE_NEWPID) into its own or a descendant namespace; return the errno."""
    target = Target(file=int(NsFile.NAMESPACE), type=words.NEWPID, active_pid_ns=own)
    request = Request(entry=int(Entry.SETNS), flags=words.NEWPID, target=target)
    return comes_of(kernel, request, caller).errno


@dataclass(frozen=True, slots=True)
class MadeWorker:
    """A worker as VHOST_SET_OWNER leaves it, or the errno of the refusal."""

    errno: Word
    by_kthreadd: Truth
    thread: Truth
    uid: Word
    charged_uid: Word
    limit: Word
    """Its RLIMIT_NPROC."""
    shares_limits: Truth
    shares_root: Truth
    shares_namespaces: Truth
    pid_ns: Word
    init: Truth
    """It is the init of its pid namespace."""
    in_cgroup: Truth
    """It is in the owner's cgroup from its first moment."""
    ignores_kill: Truth
    nofreeze: Truth
    blocks: Truth
    """It blocks all signals but SIGKILL and SIGSTOP."""

    def is_of(self, uid: Word) -> Truth:
        """Return whether it has a user's credentials, and is charged to that user."""
        return both(self.uid == uid, self.charged_uid == uid)


def vhost_worker(kernel: Kernel, fork_owner: bool, owner: Task) -> MadeWorker:
    """Ask for VHOST_SET_OWNER by an owner."""
    request = Request(entry=int(Entry.VHOST_SET_OWNER), fork_owner=fork_owner)
    outcome = made_for(kernel, request, owner)
    child, worker = outcome.child, outcome.worker
    task = no(worker.by_kthreadd)
    return MadeWorker(
        errno=outcome.errno,
        by_kthreadd=worker.by_kthreadd,
        thread=worker.thread_of_owner,
        uid=child.uid,
        charged_uid=child.charged_uid,
        limit=child.rlim_nproc,
        shares_limits=both(task, child.rlimits_shared),
        shares_root=both(task, child.fs == int(Share.SHARED)),
        shares_namespaces=both(task, child.nsproxy_shared),
        pid_ns=when_word(8, task, child.pid_ns, int(Ns.SAME)),
        init=both(task, child.is_child_reaper),
        in_cgroup=worker.in_owners_cgroup_at_birth,
        ignores_kill=has(child.ignored, words.sigmask(words.SIGKILL)),
        nofreeze=has(child.flags, words.PF_NOFREEZE),
        blocks=child.blocked == words.WORKER_BLOCKED,
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


def unshare(kernel: Kernel, caller: Task, flags: int) -> tuple[Word, Truth]:
    """Ask for unshare(flags): errno, whether the root is the caller's own then."""
    outcome = comes_of(kernel, Request(entry=int(Entry.UNSHARE), flags=flags), caller)
    return outcome.errno, outcome.after.fs_is_own


@dataclass(frozen=True, slots=True)
class Born:
    """A child as clone3() makes it, what it shares and where it lives; or the errno."""

    errno: Word
    thread: Truth
    sibling: Truth
    autoreap: Truth
    fs: Truth
    sighand: Truth
    vm: Truth
    user_ns: Truth
    """It is in a new user namespace."""
    pid_ns: Word
    init: Truth


def clone(kernel: Kernel, caller: Task, flags: int, signal: int) -> Born:
    """Ask for clone3(flags, exit_signal)."""
    request = Request(entry=int(Entry.CLONE3), flags=flags, exit_signal=signal)
    outcome = comes_of(kernel, request, caller)
    child, elder = outcome.child, int(Parent.CALLERS_PARENT)
    leaders = child.exit_signal == caller.signal.leader_exit_signal
    return Born(
        errno=outcome.errno,
        thread=child.same_thread_group,
        sibling=both(child.real_parent == elder, leaders),
        autoreap=child.autoreap,
        fs=child.fs == int(Share.SHARED),
        sighand=child.sighand == int(Share.SHARED),
        vm=child.mm == int(Share.SHARED),
        user_ns=child.new_user_ns,
        pid_ns=child.pid_ns,
        init=child.is_child_reaper,
    )


def last_test(kernel: Kernel, init_dies: Truth, killed: Truth, signalled: Truth) -> Word:
    """Ask for fork() whose pid namespace dies, or whose caller is killed, meanwhile.

    Before v4.19 any signal that comes meanwhile is looked at here.
    """
    pending = both(no(kernel[SIGNALS_BEFORE_FORK]), signalled)
    chance = Chance(pid_ns_dies=init_dies, fatal_signal=killed, signal_pending=pending)
    return number(comes_of(kernel, Request(entry=int(Entry.FORK)), chance=chance).errno)
