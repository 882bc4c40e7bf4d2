"""Inheriting: what a vhost worker has of its owner, at its creation and later.

kernel/cred.c:copy_creds and override_creds, kernel/fork.c:copy_signal, kernel/nsproxy.c,
kernel/cgroup/cgroup.c.  Credentials belong to a task, rlimits to a thread group, a cgroup to a
task that is moved alone or with its group, namespaces to a task.
"""

from __future__ import annotations

from dataclasses import dataclass

from model.algebra import Truth, Word, both, no, when_word
from model.patches import FORK_OWNER
from model.records import BOOL, fact
from model.system import calls, worker_calls
from model.system.step import Machine, Move, System, but

_SET_OWNER = "drivers/vhost/vhost.c:vhost_dev_set_owner"
_PRLIMIT = "kernel/sys.c:do_prlimit"
_CGROUP = "kernel/cgroup/cgroup.c:__cgroup_procs_write"
ONE, OTHER = 1000, 1001
LESS, MORE = 10, 20


@dataclass(frozen=True, slots=True)
class Inheriting:
    """An owner in a container, and its worker."""

    uid: Word = fact(32, ONE, "the owner's real uid")
    acting: Word = fact(32, ONE, "the uid that it acts under")
    limit: Word = fact(64, LESS, "the owner's RLIMIT_NPROC")
    cgroup: Word = fact(8, 1, "the owner's cgroup; 0 is the root")
    ns: Word = fact(8, 1, "the owner's namespaces; 0 are the initial ones")
    user_ns: Word = fact(8, 0, "the owner's user namespace; 0 is the initial one")
    made: Truth = fact(BOOL, False, "a worker was made")
    kthread: Truth = fact(BOOL, False, "it is a kthread")
    thread: Truth = fact(BOOL, False, "it is a thread of the owner's group")
    maker: Word = fact(32, 0, "the uid that the owner acted under when it was made")
    worker_uid: Word = fact(32, 0, "the worker's real uid, which it is charged to")
    shares_limits: Truth = fact(BOOL, False, "its rlimits are the owner's own")
    worker_limit: Word = fact(64, 0, "the worker's RLIMIT_NPROC; 0 is kthreadd's")
    worker_cgroup: Word = fact(8, 0, "the worker's cgroup")
    worker_ns: Word = fact(8, 0, "the worker's namespaces")
    worker_user_ns: Word = fact(8, 0, "the worker's user namespace")
    alone: Truth = fact(BOOL, False, "a single thread of the group was moved")


SYSTEM = System(
    name="inheriting",
    about="what a worker has of its owner, at its creation and later",
    record=Inheriting,
    tasks="one owner and one worker",
    start=lambda _machine: Inheriting(),
)


def _makes(machine: Machine, state: Inheriting, fork_owner: bool) -> Move:
    made = machine.ask(
        worker_calls.inherits, fork_owner, state.uid, state.acting, state.limit
    )
    task = no(made.kthread)
    after = but(
        state,
        made=True,
        kthread=made.kthread,
        thread=made.thread,
        maker=state.acting,
        worker_uid=when_word(32, made.has_makers_cred, state.acting, 0),
        shares_limits=made.shares_limits,
        worker_limit=when_word(64, made.has_limit, state.limit, 0),
        worker_cgroup=state.cgroup,
        worker_ns=when_word(8, made.shares_namespaces, state.ns, 0),
        worker_user_ns=when_word(8, task, state.user_ns, 0),
    )
    return Move(both(no(state.made), made.errno == 0), after)


@SYSTEM.step(at=_SET_OWNER, who="owner")
def the_owner_opens_the_device(machine: Machine, state: Inheriting) -> Move:
    """VHOST_SET_OWNER; a kthread is moved to the owner's cgroup before it returns."""
    return _makes(machine, state, True)


@SYSTEM.step(at=_SET_OWNER, who="owner", since=FORK_OWNER)
def the_owner_opens_the_device_and_asks_for_a_kthread(
    machine: Machine, state: Inheriting
) -> Move:
    """VHOST_SET_FORK_FROM_OWNER with KTHREAD (v6.17)."""
    return _makes(machine, state, False)


@SYSTEM.step(at="kernel/cred.c:override_creds", who="owner")
def the_owner_begins_to_act_under_anothers_credentials(
    _machine: Machine, state: Inheriting
) -> Move:
    """Subjective credentials only; who it is, and what it is charged to, stay."""
    return Move(state.acting == state.uid, but(state, acting=_other(state.uid)))


@SYSTEM.step(at="kernel/cred.c:revert_creds", who="owner")
def the_owner_acts_under_its_own_credentials_again(
    _machine: Machine, state: Inheriting
) -> Move:
    """The worker, if one was made meanwhile, keeps what it got."""
    return Move(no(state.acting == state.uid), but(state, acting=state.uid))


def _other(uid: Word) -> Word:
    return when_word(32, uid == ONE, OTHER, ONE)


@SYSTEM.step(at="kernel/sys.c:__sys_setresuid", who="owner")
def the_owner_becomes_another_user(_machine: Machine, state: Inheriting) -> Move:
    """Of the calling task alone; a C library does it for each thread that it made."""
    ready = both(state.uid == ONE, state.acting == ONE)
    return Move(ready, but(state, uid=OTHER, acting=OTHER))


@SYSTEM.step(at=_PRLIMIT, who="administrator")
def the_owners_limit_is_changed(_machine: Machine, state: Inheriting) -> Move:
    """prlimit() of the process; rlimits are in signal_struct."""
    worker = when_word(64, state.shares_limits, MORE, state.worker_limit)
    return Move(state.limit == LESS, but(state, limit=MORE, worker_limit=worker))


@SYSTEM.step(at=_PRLIMIT, who="administrator")
def the_workers_limit_is_changed(_machine: Machine, state: Inheriting) -> Move:
    """prlimit() with the worker's pid; for a thread it is its owner's."""
    owners = when_word(64, state.shares_limits, MORE, state.limit)
    ready = both(state.made, no(state.worker_limit == MORE))
    return Move(ready, but(state, worker_limit=MORE, limit=owners))


@SYSTEM.step(at=_CGROUP, who="administrator")
def the_owner_is_moved_by_cgroup_procs(_machine: Machine, state: Inheriting) -> Move:
    """Every thread of its group, and nobody else."""
    along = both(state.made, state.thread)
    after = but(state, cgroup=2, worker_cgroup=when_word(8, along, 2, state.worker_cgroup))
    return Move(state.cgroup == 1, after)


@SYSTEM.step(at=_CGROUP, who="administrator")
def the_owners_thread_alone_is_moved_by_cgroup_threads(
    _machine: Machine, state: Inheriting
) -> Move:
    """In a threaded subtree."""
    ready = both(state.made, state.cgroup == 1)
    return Move(ready, but(state, cgroup=2, alone=True))


@SYSTEM.step(at="kernel/nsproxy.c:unshare_nsproxy_namespaces", who="owner")
def the_owner_unshares_its_namespaces(_machine: Machine, state: Inheriting) -> Move:
    """unshare() of uts, ipc, net, …: the nsproxy of one task."""
    return Move(state.ns == 1, but(state, ns=2))


@SYSTEM.step(at="kernel/fork.c:ksys_unshare", who="owner")
def the_owner_unshares_its_user_namespace(machine: Machine, state: Inheriting) -> Move:
    """CLONE_NEWUSER: refused in a group of more than one thread."""
    plain = machine.ask(calls.unshare_user_beside, 1, 1)[0]
    beside = machine.ask(calls.unshare_user_beside, 2, 1)[0]
    threaded = machine.ask(calls.unshare_user_beside, 2, 2)[0]
    task = both(state.made, no(state.kthread))
    errno = when_word(16, task, beside, plain)
    errno = when_word(16, both(state.made, state.thread), threaded, errno)
    fresh = both(state.user_ns == 0, state.acting == state.uid)
    return Move(both(fresh, errno == 0), but(state, user_ns=1))


