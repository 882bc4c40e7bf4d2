"""RLIMIT_NPROC and threads-max: who is counted, who is charged, who is refused."""

from __future__ import annotations

from model.algebra import (
    LONG_MAX,
    Truth,
    Word,
    below,
    both,
    either,
    has,
    no,
    plus,
    same,
    signed_below,
    when,
    when_word,
)
from model.call import Call
from model.copy_process import FORGETS_EXCESS
from model.evaluate import Outcome
from model.patches import (
    COUNT_BEFORE_TEST,
    NEGATIVE_IS_OVER,
    REAL_UID_KEY,
    ROOT_NS_UNLIMITED,
    UCOUNTS_NPROC,
)
from model.rules import creds
from model.rules.namespaces import new_namespace_without_cap_sys_admin
from model.ucounts import (
    Level,
    any_over,
    caller_is_over,
    charged,
    charged_to_euid,
    child_is_over,
    enforced_nproc_rlimit,
    exempt,
    outer_levels,
    rlimit,
)
from model.words import NEWUSER, PF_NPROC_EXCEEDED
from properties.claim import Claim, claims, fails, holds
from properties.outcome import failed, kept, refused_by, taken

LIMIT = (creds.caller_is_over_its_process_limit, creds.child_would_exceed_a_process_limit)
"""The rows that enforce RLIMIT_NPROC, before and since v5.17."""


def tasks_of_user(call: Call) -> Word:
    """Return the tasks charged to the real uid that the child will have, before the call."""
    counts = call.cred.ucounts
    return when_word(64, call.kernel[UCOUNTS_NPROC], counts.nproc, counts.user_processes)


def not_negative(count: Word) -> Truth:
    """Return whether a counter has not wrapped."""
    return no(signed_below(count, 0))


def _beyond_the_limits(call: Call) -> Truth:
    """Return whether the limits, as this kernel tests them, are exceeded; exempt or not."""
    return when(call.kernel[COUNT_BEFORE_TEST], child_is_over(call), caller_is_over(call))


def _own_user_ns(call: Call) -> Truth:
    """Return whether the child gets a user namespace and is counted in it."""
    return creds.wants_user_ns(call)


@claims(
    "P20",
    source="8f2f9c4d82f2; setrlimit(2)",
    expect=fails(since=UCOUNTS_NPROC, until=COUNT_BEFORE_TEST),
)
def exactly_as_many_tasks_as_the_limit_fit(call: Call, outcome: Outcome) -> Claim:
    """In init_user_ns and not exempt: refused for RLIMIT_NPROC if and only if n >= limit.

    v5.14 to v5.16 let one task more in.
    """
    count = tasks_of_user(call)
    ordinary = both(
        call.cred.user_ns.level == 0,
        no(call.current.overridden),
        no(has(call.args.flags, NEWUSER)),
        no(exempt(call)),
        not_negative(count),
    )
    settled = either(outcome.ok, refused_by(outcome, LIMIT))
    return Claim(both(ordinary, settled), same(outcome.ok, signed_below(count, rlimit(call))))


@claims("P21", source="0cbae9e24fa7", expect=holds(since=NEGATIVE_IS_OVER))
def a_wrapped_count_is_over_every_limit(call: Call, outcome: Outcome) -> Claim:
    """A count that is negative even with the child added lets nobody in who is not exempt."""
    wrapped = signed_below(tasks_of_user(call), -1)
    tested = both(no(has(call.args.flags, NEWUSER)), no(exempt(call)))
    return Claim(both(wrapped, tested), failed(outcome))


@claims("P22", source="8f2f9c4d82f2", expect=holds(since=COUNT_BEFORE_TEST))
def a_new_user_namespace_is_refused_for_its_own_chain_only(
    call: Call, outcome: Outcome
) -> Claim:
    """With CLONE_NEWUSER the child's chain is tested: itself, (ns, euid), the levels above.

    Before v5.17 the caller's count of its real uid decided.
    """
    creator = Level(charged_to_euid(call.cred), enforced_nproc_rlimit(call), True)
    above = [charged(level) for level in (creator, *outer_levels(call.cred))]
    own = any_over(call, above, call.cred)
    refused = both(refused_by(outcome, LIMIT), _own_user_ns(call))
    return Claim(refused, either(rlimit(call) == 0, own))


@claims(
    "P25",
    source="a55d07294f1e",
    expect=fails(since=UCOUNTS_NPROC, until=REAL_UID_KEY),
)
def a_task_is_charged_to_its_real_uid(call: Call, outcome: Outcome) -> Claim:
    """v5.14 to v5.16 charged a child in a new user namespace to its effective uid."""
    return Claim(outcome.ok, outcome.child.charged_uid == outcome.child.uid)


@claims("P26", source="kernel/fork.c:copy_process, bad_fork_cleanup_count", expect=holds())
def a_failed_call_leaves_no_charge(call: Call, outcome: Outcome) -> Claim:
    """Every error path gives the RLIMIT_NPROC charge back, once, if it was taken."""
    return Claim(failed(outcome), no(kept(outcome, "nproc charge")))


@claims("P30", source="obvious but false", expect=fails(), truth="P30t")
def a_child_is_never_born_over_its_limit(call: Call, outcome: Outcome) -> Claim:
    """False: PF_NPROC_EXCEEDED is cleared on the caller, after the child copied it."""
    return Claim(outcome.ok, no(has(outcome.child.flags, PF_NPROC_EXCEEDED)))


@claims("P30t", source="kernel/fork.c:copy_process, dup_task_struct", expect=holds())
def a_child_is_marked_over_its_limit_as_its_caller_was(call: Call, outcome: Outcome) -> Claim:
    """The strongest true version: it keeps the caller's mark, and may meet it in execve()."""
    marked = has(call.current.flags, PF_NPROC_EXCEEDED)
    return Claim(outcome.ok, same(has(outcome.child.flags, PF_NPROC_EXCEEDED), marked))


@claims("P30c", source="kernel/fork.c:copy_process", expect=holds())
def a_successful_call_clears_the_mark_of_its_caller(call: Call, outcome: Outcome) -> Claim:
    """PF_NPROC_EXCEEDED is forgotten once a task could be made."""
    return Claim(outcome.ok, outcome.done[FORGETS_EXCESS])


@claims("P30f", source="obvious but false", expect=fails(), truth="P30c")
def a_failed_call_leaves_the_mark_of_its_caller(call: Call, outcome: Outcome) -> Claim:
    """False: the mark goes as soon as the limit is passed, whatever fails later."""
    marked = has(call.current.flags, PF_NPROC_EXCEEDED)
    return Claim(both(failed(outcome), marked), no(outcome.done[FORGETS_EXCESS]))


@claims(
    "P31",
    source="0ac983f51203",
    expect=holds(since=ROOT_NS_UNLIMITED, needs=UCOUNTS_NPROC),
)
def a_user_namespace_made_by_global_root_is_unlimited(call: Call, outcome: Outcome) -> Claim:
    """v5.14 to v5.16 gave it root's RLIMIT_NPROC, which binds root nowhere else."""
    root = both(call.kernel[UCOUNTS_NPROC], call.cred.uid == 0, call.cred.user_ns.level == 0)
    new = both(outcome.ok, outcome.child.new_user_ns)
    return Claim(both(root, new), outcome.child.user_ns_nproc_max == LONG_MAX)


@claims("P38", source="kernel/cred.c:copy_creds", expect=holds())
def every_new_task_is_charged(call: Call, outcome: Outcome) -> Claim:
    """Thread, process, kernel thread or idle task: each counts, until release_task()."""
    return Claim(outcome.ok, taken(outcome, "nproc charge"))


def _bounded(count: Word, bound: Word) -> Truth:
    """Return whether a count, with the child added, has not wrapped and is within a bound."""
    after = plus(count, 1)
    return both(not_negative(after), no(signed_below(bound, after)))


@claims(
    "P39",
    source="kernel/user_namespace.c:create_user_ns",
    expect=holds(since=COUNT_BEFORE_TEST),
)
def a_new_user_namespace_weighs_on_its_creators_effective_uid(
    call: Call, outcome: Outcome
) -> Claim:
    """Tasks in it are charged to (parent namespace, euid of the creator) as well."""
    bound = both(outcome.ok, _own_user_ns(call), no(exempt(call)))
    return Claim(bound, _bounded(charged_to_euid(call.cred), rlimit(call)))


@claims("P39f", source="obvious but false", expect=fails(), truth="P39")
def a_new_user_namespace_weighs_on_its_creators_real_uid(call: Call, outcome: Outcome) -> Claim:
    """False: in the parent namespace nobody asks for the child's own uid."""
    count = tasks_of_user(call)
    bound = both(outcome.ok, _own_user_ns(call), no(exempt(call)), not_negative(count))
    return Claim(bound, _bounded(count, rlimit(call)))


def _inside(call: Call, outcome: Outcome) -> Truth:
    """A task is made in a user namespace below the initial one, its maker not exempt."""
    return both(outcome.ok, below(0, call.cred.user_ns.level), no(exempt(call)))


@claims("P40", source="obvious but false", expect=fails(), truth="P40t")
def a_namespace_as_a_whole_obeys_the_callers_limit(call: Call, outcome: Outcome) -> Claim:
    """False: its bound is the limit that its creator had when it was made."""
    return Claim(
        _inside(call, outcome), _bounded(call.cred.ucounts.nproc_parent, rlimit(call))
    )


@claims(
    "P40t",
    source="kernel/ucount.c:is_rlimit_overlimit",
    expect=holds(since=COUNT_BEFORE_TEST),
)
def a_namespace_as_a_whole_obeys_its_snapshot(call: Call, outcome: Outcome) -> Claim:
    """The strongest true version: tested at each creation by somebody who is not exempt."""
    cred = call.cred
    return Claim(
        _inside(call, outcome), _bounded(cred.ucounts.nproc_parent, cred.user_ns.nproc_max)
    )


@claims(
    "P40s",
    source="kernel/user_namespace.c:create_user_ns",
    expect=holds(needs=UCOUNTS_NPROC),
)
def the_bound_of_a_new_user_namespace_is_a_snapshot(call: Call, outcome: Outcome) -> Claim:
    """The creator's RLIMIT_NPROC of that moment, for creators that are not root."""
    new = both(call.kernel[UCOUNTS_NPROC], outcome.ok, outcome.child.new_user_ns)
    return Claim(
        both(new, call.cred.uid != 0), outcome.child.user_ns_nproc_max == rlimit(call)
    )


@claims("P6A", source="kernel/fork.c:copy_process", expect=holds())
def threads_max_bounds_every_creation(call: Call, outcome: Outcome) -> Claim:
    """For root, kernel threads and workers too, as far as one caller sees the counter."""
    system = call.system
    return Claim(outcome.ok, signed_below(system.nr_threads, system.max_threads))


@claims("P82", source="kernel/fork.c:copy_process, kernel/nsproxy.c", expect=holds())
def the_process_limit_is_tested_before_the_right_to_new_namespaces(
    call: Call, outcome: Outcome
) -> Claim:
    """Who is over the limit gets EAGAIN, not the EPERM of a missing CAP_SYS_ADMIN."""
    refused = refused_by(outcome, [new_namespace_without_cap_sys_admin])
    return Claim(refused, either(no(_beyond_the_limits(call)), exempt(call)))


@claims("P82n", source="8f2f9c4d82f2", expect=holds(since=COUNT_BEFORE_TEST))
def the_process_limit_is_tested_after_the_new_user_namespace(
    call: Call, outcome: Outcome
) -> Claim:
    """Nothing that forbids the user namespace is left when EAGAIN is given; before v5.17 it was."""
    forbidden = either(
        creds.user_namespaces_nest_too_deep.condition(call),
        creds.too_many_user_namespaces.condition(call),
        creds.chrooted_caller_wants_a_user_namespace.condition(call),
        creds.creator_is_not_mapped_in_its_namespace.condition(call),
    )
    return Claim(refused_by(outcome, LIMIT), no(forbidden))
