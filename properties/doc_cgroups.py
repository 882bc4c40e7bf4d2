"""CLONE_INTO_CGROUP: clone(2) and cgroups(7), man-pages 6.03."""

from __future__ import annotations

from functools import partial

from model.algebra import Truth, at_most, both, either, has, no, same
from model.call import Call
from model.evaluate import Outcome
from model.patches import CLONE_INTO_CGROUP
from model.words import INT_MAX, INTO_CGROUP, Errno, Flag
from properties.claim import Claim, Kind, claims, fails, holds
from properties.premises import gives, has_made_a_task, may_enter_the_cgroup, otherwise_fine

documents = partial(claims, kind=Kind.DOCUMENTATION)
ERRORS = "man-pages 6.03, clone(2) ERRORS"
MASK = "man-pages 6.03, clone(2) CLONE_INTO_CGROUP"


def into(call: Call) -> Truth:
    """Return whether CLONE_INTO_CGROUP names a living cgroup and nothing else is wrong."""
    target = call.request.cgroup_target
    return both(
        otherwise_fine(call, may_enter_the_cgroup),
        has(call.args.flags, INTO_CGROUP),
        at_most(call.request.cgroup, INT_MAX),
        target.is_a_cgroup,
        no(target.dead),
    )


def writable(call: Call) -> Truth:
    """Return whether the caller may write both cgroup.procs that count, and sees both cgroups."""
    target = call.request.cgroup_target
    return both(target.writable, target.ancestor_writable, target.visible)


@documents("D20", source=f"{ERRORS} EACCES", expect=holds(needs=Flag.INTO_CGROUP))
def a_cgroup_that_the_caller_may_not_write_gives_eacces(call: Call, outcome: Outcome) -> Claim:
    """cgroup.procs of the target, or of the common ancestor, is not writable."""
    target = call.request.cgroup_target
    premise = both(into(call), no(both(target.writable, target.ancestor_writable)))
    return Claim(premise, gives(outcome, Errno.EACCES))


@documents(
    "D20a",
    source=f"{ERRORS} EACCES",
    expect=fails(needs=Flag.INTO_CGROUP),
    truth="D20",
)
def any_restriction_of_cgroups_on_the_target_gives_eacces(call: Call, outcome: Outcome) -> Claim:
    """Those of nsdelegate give ENOENT, as cgroups(7) itself says."""
    target = call.request.cgroup_target
    unmet = no(both(target.writable, target.ancestor_writable, target.visible))
    return Claim(both(into(call), unmet), gives(outcome, Errno.EACCES))


@documents(
    "D20n",
    source="man-pages 6.03, cgroups(7) nsdelegate",
    expect=holds(needs=Flag.INTO_CGROUP),
)
def a_cgroup_outside_the_delegation_gives_enoent(call: Call, outcome: Outcome) -> Claim:
    """Source or target outside the cgroup namespace, under nsdelegate; else writable."""
    target = call.request.cgroup_target
    premise = both(
        into(call), target.writable, target.ancestor_writable, no(target.visible)
    )
    return Claim(premise, gives(outcome, Errno.ENOENT))


@documents("D20b", source=f"{ERRORS} EBUSY", expect=holds(needs=Flag.INTO_CGROUP))
def a_cgroup_with_domain_controllers_below_gives_ebusy(call: Call, outcome: Outcome) -> Claim:
    """The no-internal-processes rule, in a cgroup that is a valid domain and writable."""
    target = call.request.cgroup_target
    premise = both(into(call), writable(call), target.valid_domain, target.controllers_below)
    return Claim(premise, gives(outcome, Errno.EBUSY))


@documents(
    "D20i", source=f"{ERRORS} EOPNOTSUPP", expect=holds(needs=Flag.INTO_CGROUP)
)
def a_domain_invalid_cgroup_gives_eopnotsupp(call: Call, outcome: Outcome) -> Claim:
    """Whether or not controllers are enabled below it: this is looked at first."""
    premise = both(into(call), writable(call), no(call.request.cgroup_target.valid_domain))
    return Claim(premise, gives(outcome, Errno.EOPNOTSUPP))


@documents(
    "D20e",
    source=f"{ERRORS}; kernel/cgroup/cgroup.c:cgroup_css_set_fork",
    expect=fails(needs=Flag.INTO_CGROUP),
    truth="D20t",
)
def a_cgroup_is_refused_only_for_the_three_documented_reasons(
    call: Call, outcome: Outcome
) -> Claim:
    """Undocumented: EBADF for no cgroup, ENODEV for a removed one, ENOENT, a thread's domain."""
    target = call.request.cgroup_target
    reasons = (
        no(target.writable),
        no(target.ancestor_writable),
        target.controllers_below,
        no(target.valid_domain),
    )
    premise = both(
        otherwise_fine(call, may_enter_the_cgroup), has(call.args.flags, INTO_CGROUP),
        no(either(*reasons)),
    )
    return Claim(premise, outcome.ok)


@documents(
    "D20t",
    source="kernel/cgroup/cgroup.c:cgroup_css_set_fork",
    expect=holds(needs=Flag.INTO_CGROUP),
)
def a_cgroup_with_nothing_against_it_takes_the_child(call: Call, outcome: Outcome) -> Claim:
    """Every condition of ``may_enter_the_cgroup`` met: success, and the child is in it."""
    premise = both(otherwise_fine(call), has(call.args.flags, INTO_CGROUP))
    return Claim(premise, both(outcome.ok, outcome.child.in_target_cgroup))


@documents("D74", source=MASK, expect=holds(needs=Flag.INTO_CGROUP))
def without_the_flag_the_child_starts_in_the_callers_cgroup(
    call: Call, outcome: Outcome
) -> Claim:
    """And with it, where the kernel knows it, in the target."""
    premise = both(has_made_a_task(call, outcome), call.kernel[CLONE_INTO_CGROUP])
    asked = has(call.args.flags, INTO_CGROUP)
    return Claim(premise, same(outcome.child.in_target_cgroup, asked))


@documents("D69", source=MASK, expect=holds(needs=Flag.INTO_CGROUP))
def a_child_put_into_a_frozen_cgroup_starts_frozen(call: Call, outcome: Outcome) -> Claim:
    """clone3(CLONE_INTO_CGROUP) from user space."""
    premise = both(
        has_made_a_task(call, outcome),
        has(call.args.flags, INTO_CGROUP),
        call.kernel[CLONE_INTO_CGROUP],
        call.request.cgroup_target.group.frozen,
    )
    return Claim(premise, outcome.child.starts_frozen)
