"""Workers of io_uring and vhost at the moment they are made, by their owner."""

from __future__ import annotations

from model import words
from model.algebra import Truth, both, either, has, has_any, no, same, when_word
from model.call import Call
from model.child import Share
from model.copy_process import IGNORES_SHARED
from model.evaluate import Outcome
from model.new_namespaces import Ns
from model.patches import (
    COPY_PROCESS_PUBLIC,
    FORK_DESPITE_NOTIFY_SIGNAL,
    IO_THREAD_GATE,
    NO_SETAFFINITY_DROPPED,
    SIGNALS_BEFORE_FORK,
    USER_WORKER,
    VHOST_TASK,
    WORKERS_ARE_THREADS,
)
from model.request import Entry
from model.rules.cgroup import pids_refuse
from model.words import PF_IO_WORKER, PF_POSTCOREDUMP, PF_SIGNALED, PF_USER_WORKER, Errno
from properties.claim import Claim, claims, fails, holds
from properties.outcome import failed, made, through

MAKERS = (Entry.CREATE_IO_THREAD, Entry.VHOST_TASK_CREATE)
_VHOST_TASK = "kernel/vhost_task.c:vhost_task_create"
_IO_THREAD = "kernel/fork.c:create_io_thread"
_THREADS_ONLY = fails(since=VHOST_TASK, until=WORKERS_ARE_THREADS, needs=MAKERS)
"""True but for vhost tasks from patch 9 of the series to f9010dbdce91."""


def _worker(call: Call, outcome: Outcome) -> Truth:
    return made(call, outcome, *MAKERS)


def _vhost(call: Call, outcome: Outcome) -> Truth:
    return made(call, outcome, Entry.VHOST_TASK_CREATE)


@claims("P42w", source="11f3f500ec8a", expect=holds(needs=Entry.VHOST_TASK_CREATE))
def a_vhost_task_holds_no_file_descriptor(call: Call, outcome: Outcome) -> Claim:
    """no_files: the fd that ends the worker is never held by the worker."""
    return Claim(_vhost(call, outcome), outcome.child.files == int(Share.NONE))


@claims("P50w", source="f9010dbdce91", expect=_THREADS_ONLY)
def a_worker_is_a_thread_of_its_owner(call: Call, outcome: Outcome) -> Claim:
    """io workers always; vhost tasks of the series were processes with exit signal 0."""
    return Claim(_worker(call, outcome), outcome.child.same_thread_group)


@claims("P51", source="54e6842d0775", expect=holds(needs=USER_WORKER))
def an_io_worker_is_a_user_worker(call: Call, outcome: Outcome) -> Claim:
    """create_io_thread() raises PF_IO_WORKER and PF_USER_WORKER, since patch 5."""
    marked = both(call.kernel[USER_WORKER], made(call, outcome, Entry.CREATE_IO_THREAD))
    return Claim(marked, has(outcome.child.flags, PF_IO_WORKER | PF_USER_WORKER))


@claims(
    "P51f",
    source="obvious but false",
    expect=fails(needs=Entry.COPY_PROCESS),
    truth="P51",
)
def whoever_makes_it_an_io_worker_is_a_user_worker(call: Call, outcome: Outcome) -> Claim:
    """False: nothing in copy_process() ties io_thread to user_worker."""
    own = made(call, outcome, Entry.COPY_PROCESS)
    return Claim(
        both(own, has(outcome.child.flags, PF_IO_WORKER)),
        has(outcome.child.flags, PF_USER_WORKER),
    )


@claims("P54w", source="f9010dbdce91", expect=_THREADS_ONLY)
def a_worker_blocks_all_but_kill_and_stop(call: Call, outcome: Outcome) -> Claim:
    """Vhost tasks of the series kept their owner's mask and ignored everything instead."""
    return Claim(_worker(call, outcome), outcome.child.blocked == words.WORKER_BLOCKED)


@claims("P55", source="094717586bf7", expect=holds(needs=MAKERS))
def making_a_worker_leaves_the_owners_handlers_alone(call: Call, outcome: Outcome) -> Claim:
    """ignore_signals was only used without CLONE_SIGHAND."""
    return Claim(through(call, *MAKERS), no(outcome.done[IGNORES_SHARED]))


@claims(
    "P55h",
    source="obvious but false",
    expect=fails(since=COPY_PROCESS_PUBLIC, until=WORKERS_ARE_THREADS),
    truth="P55",
)
def making_a_task_leaves_the_callers_handlers_alone(call: Call, outcome: Outcome) -> Claim:
    """False while the flag existed: ignore_signals with CLONE_SIGHAND is not refused."""
    return Claim(outcome.ok, no(outcome.done[IGNORES_SHARED]))


@claims(
    "P57",
    source="obvious but false",
    expect=fails(needs=USER_WORKER),
    truth="P57t",
)
def a_user_worker_was_made_as_one(call: Call, outcome: Outcome) -> Claim:
    """False: PF_USER_WORKER is inherited; whatever a worker clones is marked too."""
    marked = has(outcome.child.flags, PF_USER_WORKER)
    return Claim(both(outcome.ok, marked), call.args.user_worker)


@claims("P57t", source="kernel/fork.c:copy_process", expect=holds(needs=USER_WORKER))
def a_user_worker_was_made_as_one_or_by_one(call: Call, outcome: Outcome) -> Claim:
    """The strongest true version."""
    marked = has(outcome.child.flags, PF_USER_WORKER)
    inherited = has(call.current.flags, PF_USER_WORKER)
    return Claim(both(outcome.ok, marked), either(call.args.user_worker, inherited))


_DROPPED = words.PF_SUPERPRIV | words.PF_WQ_WORKER | words.PF_IDLE
_DECIDED = (
    _DROPPED
    | words.PF_FORKNOEXEC
    | words.PF_KTHREAD
    | words.PF_BLOCK_TS
    | PF_USER_WORKER
    | PF_IO_WORKER
)


@claims("P57i", source="kernel/fork.c:copy_process, copy_flags", expect=holds())
def a_child_inherits_every_task_flag_that_creation_does_not_decide(
    call: Call, outcome: Outcome
) -> Claim:
    """PF_NOFREEZE, PF_MEMALLOC, PF_SIGNALED, … stay; four end with the fork, one begins.

    PF_NO_SETAFFINITY ends with it since v5.14.
    """
    flags = outcome.child.flags
    ends = call.kernel[NO_SETAFFINITY_DROPPED]
    pinned = when_word(32, ends, words.PF_NO_SETAFFINITY, 0)
    stays = 0xFFFFFFFF & ~_DECIDED
    inherited = when_word(32, ends, stays & ~words.PF_NO_SETAFFINITY, stays)
    return Claim(
        outcome.ok,
        both(
            ((flags ^ call.current.flags) & inherited) == 0,
            no(has_any(flags, _DROPPED)),
            (flags & pinned) == 0,
            has(flags, words.PF_FORKNOEXEC),
        ),
    )


@claims(
    "P66w",
    source="obvious but false",
    expect=fails(needs=Entry.VHOST_TASK_CREATE),
    truth="P66s",
)
def a_vhost_task_is_refused_for_want_of_memory_only(call: Call, outcome: Outcome) -> Claim:
    """False, so the ENOMEM that VHOST_SET_OWNER makes of every failure tells a lie."""
    refused = both(through(call, Entry.VHOST_TASK_CREATE), failed(outcome))
    return Claim(refused, outcome.errno == int(Errno.ENOMEM))


@claims("P66s", source="cb380909ae3b; kernel/fork.c:copy_process", expect=holds())
def a_creation_is_restarted_for_a_pending_signal_only(call: Call, outcome: Outcome) -> Claim:
    """ERESTARTNOINTR, which KVM must retry, never hides another failure.

    Before v4.19 SIGKILL was a signal like any other.
    """
    notified = both(no(call.kernel[FORK_DESPITE_NOTIFY_SIGNAL]), call.chance.notify_signal)
    killed = both(no(call.kernel[SIGNALS_BEFORE_FORK]), call.chance.fatal_signal)
    restart = outcome.errno == int(Errno.ERESTARTNOINTR)
    return Claim(restart, either(call.chance.signal_pending, notified, killed))


@claims(
    "P68w",
    source="f9010dbdce91",
    expect=holds(since=WORKERS_ARE_THREADS, needs=Entry.VHOST_TASK_CREATE),
    truth="P68v",
)
def a_vhost_task_shares_its_owners_very_rlimits(call: Call, outcome: Outcome) -> Claim:
    """False in the series: a process of its own copied them and missed later setrlimit()s."""
    return Claim(_vhost(call, outcome), outcome.child.rlimits_shared)


@claims("P68v", source="kernel/fork.c:copy_signal", expect=holds(needs=MAKERS))
def a_worker_starts_with_its_owners_rlimits(call: Call, outcome: Outcome) -> Claim:
    """The strongest true version: their values at creation."""
    limit = call.current.signal.rlim_nproc
    return Claim(_worker(call, outcome), outcome.child.rlim_nproc == limit)


@claims("P68c", source="kernel/cred.c:copy_creds", expect=holds(needs=MAKERS))
def a_worker_starts_with_its_owners_subjective_credentials(
    call: Call, outcome: Outcome
) -> Claim:
    """And is charged to their real uid, in their user namespace."""
    cred, child = call.cred, outcome.child
    return Claim(
        _worker(call, outcome),
        both(
            child.uid == cred.uid,
            child.euid == cred.euid,
            child.cap_effective == cred.cap_effective,
            child.charged_uid == cred.uid,
            child.user_ns_level == cred.user_ns.level,
            no(child.new_user_ns),
        ),
    )


@claims(
    "P68f",
    source="obvious but false",
    expect=fails(needs=MAKERS),
    truth="P68c",
)
def a_worker_follows_its_owners_credentials(call: Call, outcome: Outcome) -> Claim:
    """False: it shares the object at best, and set*uid() gives the owner another one."""
    return Claim(_worker(call, outcome), outcome.child.shares_cred)


@claims(
    "P68g",
    source="kernel/cgroup/cgroup.c:cgroup_fork",
    expect=holds(needs=MAKERS),
)
def a_worker_starts_in_its_owners_cgroup(call: Call, outcome: Outcome) -> Claim:
    """Charged there, frozen there."""
    child = outcome.child
    frozen = same(child.starts_frozen, call.current.cgroup.frozen)
    return Claim(_worker(call, outcome), both(no(child.in_target_cgroup), frozen))


@claims("P68n", source=f"{_VHOST_TASK}; kernel/pid.c:alloc_pid", expect=_THREADS_ONLY, truth="P68t")
def a_worker_is_in_its_owners_namespaces(call: Call, outcome: Outcome) -> Claim:
    """False in the series: after unshare(CLONE_NEWPID) the worker is that namespace's init."""
    child = outcome.child
    return Claim(
        _worker(call, outcome),
        both(
            child.nsproxy_shared,
            child.pid_ns == int(Ns.SAME),
            child.time_ns == int(Ns.SAME),
            no(child.new_user_ns),
            no(child.is_child_reaper),
        ),
    )


@claims("P68t", source=_VHOST_TASK, expect=holds(needs=MAKERS))
def a_worker_is_in_its_owners_namespaces_where_none_was_set_aside(
    call: Call, outcome: Outcome
) -> Claim:
    """The strongest true version for all kernels: no pending pid namespace."""
    child = outcome.child
    here = call.current.nsproxy.pid_for_children_is_active
    return Claim(
        both(_worker(call, outcome), here),
        both(
            child.nsproxy_shared,
            child.pid_ns == int(Ns.SAME),
            child.time_ns == int(Ns.SAME),
            no(child.new_user_ns),
            no(child.is_child_reaper),
        ),
    )


@claims(
    "P68p",
    source="f9010dbdce91; kernel/fork.c:copy_process",
    expect=holds(since=WORKERS_ARE_THREADS, needs=Entry.VHOST_TASK_CREATE),
)
def after_unshare_newpid_no_vhost_task_can_be_made(call: Call, outcome: Outcome) -> Claim:
    """The price of being a thread: EINVAL, as for any thread of such a process."""
    pending = no(call.current.nsproxy.pid_for_children_is_active)
    return Claim(both(through(call, Entry.VHOST_TASK_CREATE), pending), failed(outcome))


@claims(
    "P69w",
    source="kernel/cgroup/pids.c:pids_can_fork",
    expect=holds(needs=MAKERS),
)
def pids_max_bounds_workers(call: Call, outcome: Outcome) -> Claim:
    """The owner's cgroup, and for root too, unlike RLIMIT_NPROC."""
    return Claim(_worker(call, outcome), no(pids_refuse(call.current.cgroup)))


@claims("P6B", source="mm/vmscan.c:reclaim_throttle", expect=holds(needs=MAKERS))
def a_worker_is_not_throttled_in_reclaim(call: Call, outcome: Outcome) -> Claim:
    """io workers, since the series every user worker."""
    return Claim(_worker(call, outcome), outcome.child.not_throttled)


@claims(
    "P6Cw",
    source="obvious but false",
    expect=fails(needs=MAKERS),
    truth="P6Ct",
)
def making_a_worker_leaves_the_owner_single(call: Call, outcome: Outcome) -> Claim:
    """False: fs has a second user and (as a thread) the group a second member.

    Then setns() and unshare() refuse what they granted before.
    """
    child = outcome.child
    return Claim(
        _worker(call, outcome), no(either(child.fs == int(Share.SHARED), child.same_thread_group))
    )


@claims("P6Ct", source=f"{_IO_THREAD}; {_VHOST_TASK}", expect=holds(needs=MAKERS))
def every_worker_shares_its_owners_root_and_memory(call: Call, outcome: Outcome) -> Claim:
    """The strongest true version: CLONE_FS and CLONE_VM, in every version."""
    child = outcome.child
    return Claim(
        _worker(call, outcome),
        both(child.fs == int(Share.SHARED), child.mm == int(Share.SHARED)),
    )


@claims(
    "P79",
    source="2d7f0b392219",
    expect=holds(since=IO_THREAD_GATE, needs=Entry.CREATE_IO_THREAD),
)
def no_io_worker_is_made_past_the_fatal_signal(call: Call, outcome: Outcome) -> Claim:
    """EINTR once the owner is PF_SIGNALED or was counted for a core dump."""
    past = has_any(call.current.flags, PF_SIGNALED | PF_POSTCOREDUMP)
    asked = through(call, Entry.CREATE_IO_THREAD)
    return Claim(both(asked, past), outcome.errno == int(Errno.EINTR))
