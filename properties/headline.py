"""The pull request's claim about workers, literally and down to what is true.

"More workers created than would be allowed" by RLIMIT_NPROC, and workers that are not under
their owner's credentials, cgroup and memory: here for workers that the owner itself makes
(create_io_thread(), vhost_task_create()).  Each literal form that fails has a premise that
excludes the loophole before it, until one is left that holds.
"""

from __future__ import annotations

from model.algebra import (
    Truth,
    Word,
    below,
    both,
    implies,
    no,
    plus,
    signed_below,
)
from model.call import Call
from model.child import Share
from model.evaluate import Outcome
from model.patches import COUNT_BEFORE_TEST, USER_WORKER
from model.request import Entry
from model.rules.cgroup import pids_refuse
from model.ucounts import exempt, outer_levels, rlimit
from model.words import (
    CAP_FULL_SET,
    CAP_SYS_ADMIN,
    CAP_SYS_RESOURCE,
    PF_IO_WORKER,
    PF_USER_WORKER,
)
from properties.claim import Claim, Expectation, Kind, claims, fails, holds
from properties.nproc import not_negative, tasks_of_user
from properties.outcome import made
from properties.workers import MAKERS

_SEED = "pull request v6.4/kernel.user_worker"
_TEST = "kernel/fork.c:copy_process"
_FALSE = fails(needs=MAKERS)
_TRUE = holds(needs=MAKERS)


def _since_counted_first() -> Expectation:
    """Expect a claim to hold where the child is counted before the test (v5.17)."""
    return holds(since=COUNT_BEFORE_TEST, needs=MAKERS)


def _worker(call: Call, outcome: Outcome) -> Truth:
    """A worker is made, and the counter of its user has not wrapped."""
    return both(made(call, outcome, *MAKERS), not_negative(tasks_of_user(call)))


def _within(count: Word, bound: Word) -> Truth:
    """Return whether a count, with the worker added, is within a bound."""
    return no(signed_below(bound, plus(count, 1)))


def _user_is_within_the_limit(call: Call) -> Truth:
    return _within(tasks_of_user(call), rlimit(call))


def _not_root(call: Call) -> Truth:
    return call.cred.uid != 0


def _plain(call: Call) -> Truth:
    """No INIT_USER, no CAP_SYS_RESOURCE, no CAP_SYS_ADMIN in the initial user namespace."""
    return no(exempt(call))


@claims("P32", source=_SEED, kind=Kind.HEADLINE, expect=_FALSE, truth="P32t")
def workers_never_exceed_the_process_limit(call: Call, outcome: Outcome) -> Claim:
    """As literally written; false: real uid 0 is INIT_USER, and exempt."""
    return Claim(_worker(call, outcome), _user_is_within_the_limit(call))


@claims("P32a", source=_SEED, kind=Kind.HEADLINE, expect=_FALSE, truth="P32t")
def workers_of_others_than_root_never_exceed_the_process_limit(
    call: Call, outcome: Outcome
) -> Claim:
    """Not root; still false: capabilities exempt others."""
    owner = _not_root(call)
    return Claim(both(_worker(call, outcome), owner), _user_is_within_the_limit(call))


@claims("P32b", source=_SEED, kind=Kind.HEADLINE, expect=_FALSE, truth="P32t")
def workers_of_owners_without_cap_sys_resource_never_exceed_the_process_limit(
    call: Call, outcome: Outcome
) -> Claim:
    """Neither root nor CAP_SYS_RESOURCE; still false: CAP_SYS_ADMIN."""
    owner = both(_not_root(call), no(call.capable(CAP_SYS_RESOURCE)))
    return Claim(both(_worker(call, outcome), owner), _user_is_within_the_limit(call))


@claims("P32c", source=_SEED, kind=Kind.HEADLINE, expect=_FALSE, truth="P32t")
def workers_of_owners_without_cap_sys_admin_never_exceed_the_process_limit(
    call: Call, outcome: Outcome
) -> Claim:
    """Neither root nor CAP_SYS_ADMIN; still false: CAP_SYS_RESOURCE."""
    owner = both(_not_root(call), no(call.capable(CAP_SYS_ADMIN)))
    return Claim(both(_worker(call, outcome), owner), _user_is_within_the_limit(call))


@claims("P32n", source=_SEED, kind=Kind.HEADLINE, expect=_FALSE, truth="P32t")
def workers_of_containers_never_exceed_the_process_limit(call: Call, outcome: Outcome) -> Claim:
    """Owners in a user namespace of their own; still false: one that maps the real root."""
    contained = below(0, call.cred.user_ns.level)
    return Claim(both(_worker(call, outcome), contained), _user_is_within_the_limit(call))


@claims("P32d", source=_TEST, kind=Kind.HEADLINE, expect=_since_counted_first(), truth="P32t")
def workers_of_plain_owners_never_exceed_the_process_limit(
    call: Call, outcome: Outcome
) -> Claim:
    """Neither root nor either capability: true of the owner's own count, since v5.17.

    v5.14 to v5.16 let one more in for everybody.
    """
    return Claim(both(_worker(call, outcome), _plain(call)), _user_is_within_the_limit(call))


@claims("P32r", source=_TEST, kind=Kind.HEADLINE, expect=_since_counted_first(), truth="P32t")
def workers_of_a_containers_root_never_exceed_the_process_limit(
    call: Call, outcome: Outcome
) -> Claim:
    """Every capability in a namespace below the initial one exempts nobody whose kuid is not 0."""
    cred = call.cred
    root = both(below(0, cred.user_ns.level), cred.cap_effective == CAP_FULL_SET, cred.uid != 0)
    return Claim(both(_worker(call, outcome), root), _user_is_within_the_limit(call))


@claims("P32o", source=_TEST, kind=Kind.HEADLINE, expect=_FALSE, truth="P32t")
def workers_of_plain_owners_never_exceed_the_limit_of_the_objective_user(
    call: Call, outcome: Outcome
) -> Claim:
    """Plain owners, the count of their objective uid; false: inside override_creds()."""
    count = call.current.real_cred.ucounts.nproc
    owner = both(_plain(call), not_negative(count))
    return Claim(both(_worker(call, outcome), owner), _within(count, rlimit(call)))


def _levels_above(call: Call, *, limit: Word | None = None) -> Truth:
    """Return whether every level above the owner's is within its bound (or within ``limit``)."""
    return both(
        *(
            implies(level.exists, _within(level.count, level.bound if limit is None else limit))
            for level in outer_levels(call.cred)
        )
    )


@claims("P32l", source=_TEST, kind=Kind.HEADLINE, expect=_FALSE, truth="P32t")
def workers_of_plain_owners_never_exceed_the_limit_at_any_level(
    call: Call, outcome: Outcome
) -> Claim:
    """Plain owners, the counts in outer namespaces; false: those have bounds of their own."""
    levels = both(_user_is_within_the_limit(call), _levels_above(call, limit=rlimit(call)))
    return Claim(both(_worker(call, outcome), _plain(call)), levels)


@claims("P32t", source=_TEST, kind=Kind.HEADLINE, expect=_since_counted_first())
def workers_of_plain_owners_never_exceed_any_limit_of_their_chain(
    call: Call, outcome: Outcome
) -> Claim:
    """The strongest true form.

    A worker of an owner who is neither INIT_USER nor has CAP_SYS_RESOURCE or CAP_SYS_ADMIN in
    the initial namespace: when it was tested, the tasks of its (namespace, real uid) were
    within the owner's RLIMIT_NPROC, and those of each level above within the snapshot taken
    when the namespace below was made.  What comes later no creation can promise.
    """
    cred = call.cred
    further = implies(below(2, cred.user_ns.level), no(cred.ucounts.beyond_is_over))
    levels = both(_user_is_within_the_limit(call), _levels_above(call), further)
    return Claim(both(_worker(call, outcome), _plain(call)), levels)


@claims("P32x", source=_TEST, kind=Kind.HEADLINE, expect=_TRUE)
def workers_never_exceed_threads_max_or_pids_max(call: Call, outcome: Outcome) -> Claim:
    """What does bound every owner, root too: threads-max and the cgroup's pids.max."""
    system = call.system
    threads = signed_below(system.nr_threads, system.max_threads)
    bounded = both(threads, no(pids_refuse(call.current.cgroup)))
    return Claim(made(call, outcome, *MAKERS), bounded)


@claims("H01", source=_SEED, kind=Kind.HEADLINE, expect=_FALSE, truth="H01t")
def workers_have_their_owners_credentials(call: Call, outcome: Outcome) -> Claim:
    """As literally written, of the owner's real_cred; false inside override_creds()."""
    cred, child = call.current.real_cred, outcome.child
    return Claim(
        made(call, outcome, *MAKERS),
        both(
            child.uid == cred.uid,
            child.euid == cred.euid,
            child.cap_effective == cred.cap_effective,
        ),
    )


@claims("H01t", source="kernel/cred.c:copy_creds", kind=Kind.HEADLINE, expect=_TRUE)
def workers_have_their_owners_subjective_credentials(call: Call, outcome: Outcome) -> Claim:
    """The strongest true form: those it acts with, in its user namespace."""
    cred, child = call.cred, outcome.child
    return Claim(
        made(call, outcome, *MAKERS),
        both(
            child.uid == cred.uid,
            child.euid == cred.euid,
            child.cap_effective == cred.cap_effective,
            child.charged_uid == cred.uid,
            child.user_ns_level == cred.user_ns.level,
        ),
    )


@claims("H02", source=_SEED, kind=Kind.HEADLINE, expect=_TRUE)
def workers_are_born_in_their_owners_cgroup(call: Call, outcome: Outcome) -> Claim:
    """Charged to it, refused by it, frozen with it."""
    group, child = call.current.cgroup, outcome.child
    frozen = implies(group.frozen, child.starts_frozen)
    return Claim(
        made(call, outcome, *MAKERS),
        both(no(child.in_target_cgroup), no(pids_refuse(group)), frozen),
    )


@claims("H03", source=_SEED, kind=Kind.HEADLINE, expect=_TRUE)
def workers_run_on_their_owners_memory(call: Call, outcome: Outcome) -> Claim:
    """CLONE_VM: no kthread_use_mm()."""
    return Claim(made(call, outcome, *MAKERS), outcome.child.mm == int(Share.SHARED))


@claims(
    "H04",
    source=_SEED,
    kind=Kind.HEADLINE,
    expect=holds(needs=USER_WORKER),
)
def io_workers_raise_both_flags(call: Call, outcome: Outcome) -> Claim:
    """PF_IO_WORKER as before and, since patch 5, PF_USER_WORKER; never PF_KTHREAD anew."""
    flags = outcome.child.flags
    marks = PF_IO_WORKER | PF_USER_WORKER
    made_one = both(call.kernel[USER_WORKER], made(call, outcome, Entry.CREATE_IO_THREAD))
    return Claim(made_one, (flags & marks) == marks)


@claims(
    "H05",
    source=_SEED,
    kind=Kind.HEADLINE,
    expect=holds(needs=Entry.VHOST_TASK_CREATE),
)
def vhost_tasks_are_user_workers_but_no_io_workers(call: Call, outcome: Outcome) -> Claim:
    """PF_USER_WORKER alone, unless an io worker makes them."""
    flags = outcome.child.flags
    plain = (call.current.flags & PF_IO_WORKER) == 0
    return Claim(
        both(made(call, outcome, Entry.VHOST_TASK_CREATE), plain),
        both((flags & PF_USER_WORKER) != 0, (flags & PF_IO_WORKER) == 0),
    )


@claims("H06", source=_SEED, kind=Kind.HEADLINE, expect=_TRUE)
def workers_cannot_escape_the_filters_of_their_owner(call: Call, outcome: Outcome) -> Claim:
    """no_new_privs and seccomp are the owner's, and no user code is run."""
    task, child = call.current, outcome.child
    return Claim(
        made(call, outcome, *MAKERS),
        both(
            implies(task.no_new_privs, child.no_new_privs),
            child.seccomp_mode == task.seccomp_mode,
            child.starts_in_kernel,
        ),
    )
