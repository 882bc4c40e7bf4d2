"""RLIMIT_NPROC over time: what is counted stays true, and who is refused when."""

from __future__ import annotations

from model.algebra import both, either, implies, no, signed_below
from model.kernel import Kernel
from model.over_time import accounts, charges, user_namespaces
from model.over_time.accounts import ACCOUNTS, Accounts
from model.over_time.charges import SlotLife
from model.over_time.commit import Key
from model.over_time.slots import how_many
from model.over_time.user_namespaces import NESTED, NOBODY, Nested
from model.patches import (
    BOUND_OF_INNER_NS,
    COMMIT_CREDS_PAIRED,
    COUNT_BEFORE_TEST,
    REAL_UID_KEY,
    ROOT_NS_UNLIMITED,
    SET_USER_ASKS_CAPABILITIES,
    SET_USER_TESTS_NEW,
    SET_USER_WITHOUT_CAPABILITIES,
    UCOUNTS_NPROC,
)
from properties.claim import Claim, fails, holds
from properties.over_time.claim import conserved, invariant
from properties.over_time.ledger import no_task_is_without_its_charge

_SETUID_ERA = fails(since=UCOUNTS_NPROC, until=SET_USER_TESTS_NEW)
"""v5.14 to v5.16 tested the user that set*uid() left."""


_NO_MARKS = holds(since=SET_USER_ASKS_CAPABILITIES, until=SET_USER_WITHOUT_CAPABILITIES)
"""False everywhere but where root's set*uid() left no mark at all (v5.15, v5.16)."""


@conserved(
    "P23",
    of=NESTED,
    source="kernel/cred.c:copy_creds, commit_creds; kernel/exit.c:release_task",
    expect=fails(since=UCOUNTS_NPROC, until=COMMIT_CREDS_PAIRED),
)
def each_count_is_the_number_of_unreaped_tasks_charged_to_it(
    _kernel: Kernel, state: Nested
) -> Claim:
    """While no call is under way; each call under way is ahead by at most one.

    v5.14 let one unit behind whenever a task moved to a user namespace of its own user.
    """
    return Claim(True, user_namespaces.CHARGES.are_true(state))


@conserved(
    "P24",
    of=NESTED,
    source="629715adc62b",
    expect=fails(since=UCOUNTS_NPROC, until=COMMIT_CREDS_PAIRED),
)
def a_user_without_tasks_has_no_count(_kernel: Kernel, state: Nested) -> Claim:
    """v5.14: user 1 keeps a count that nobody will ever take back, until no fork succeeds."""
    return Claim(user_namespaces.CHARGES.charged(state, "n01") == 0, state.n01 == 0)


@conserved("P23u", of=ACCOUNTS, source="kernel/cred.c:commit_creds", expect=holds())
def set_uid_and_exit_keep_the_counts_true(_kernel: Kernel, state: Accounts) -> Claim:
    """Without user namespaces, in every version: one user's loss is the other's gain."""
    return Claim(True, accounts.CHARGES.are_true(state))


@conserved(
    "P21H",
    of=NESTED,
    source="kernel/ucount.c:dec_rlimit_ucounts",
    expect=holds(),
    each=no_task_is_without_its_charge,
)
def no_count_is_ever_negative(_kernel: Kernel, state: Nested) -> Claim:
    """Nothing is taken back that was not added; v5.14 erred on the other side only."""
    counts = user_namespaces.CHARGES.numbers(state)
    return Claim(True, both(*(no(signed_below(count, 0)) for count in counts)))


@invariant(
    "P25H",
    of=ACCOUNTS,
    source="a55d07294f1e",
    expect=fails(since=UCOUNTS_NPROC, until=REAL_UID_KEY),
)
def a_task_stays_charged_to_its_real_uid(_kernel: Kernel, state: Accounts) -> Claim:
    """v5.14 to v5.16: after setreuid(1, 2) the task of user 1 weighs on user 2."""
    return Claim(
        True,
        both(
            *(
                either(charges.lives(slot, SlotLife.FREE), slot.uid == slot.counted)
                for slot in accounts.slots(state)
            )
        ),
    )


@invariant(
    "P27",
    of=ACCOUNTS,
    source="c923a8e7edb0; kernel/sys.c:flag_nproc_exceeded",
    expect=_SETUID_ERA,
)
def set_uid_to_a_user_over_its_limit_leaves_the_mark(_kernel: Kernel, state: Accounts) -> Claim:
    """The mover itself is not counted yet: beyond the limit without it."""
    return Claim(state.moved, no(state.mark_missing))


@invariant(
    "P27x",
    of=ACCOUNTS,
    source="kernel/sys.c:flag_nproc_exceeded",
    expect=holds(since=SET_USER_ASKS_CAPABILITIES),
)
def set_uid_to_a_user_within_its_limit_leaves_no_mark(_kernel: Kernel, state: Accounts) -> Claim:
    """Before v5.14 a user just at its limit was enough; v5.14 looked at the wrong user.

    v5.15 and v5.16 marked nobody who came from root.
    """
    return Claim(state.moved, no(state.mark_undue))


@invariant("P28", of=ACCOUNTS, source="c16bdeb5a39f; execve(2)", expect=_SETUID_ERA)
def execve_after_set_uid_to_a_user_over_its_limit_fails(
    _kernel: Kernel, state: Accounts
) -> Claim:
    """As long as it is over still, and the task did not fork with success in between."""
    return Claim(state.moved, no(state.escaped))


@invariant("P29", of=ACCOUNTS, source="obvious but false", expect=_NO_MARKS, truth="P28")
def a_marked_task_cannot_execute(_kernel: Kernel, state: Accounts) -> Claim:
    """False: execve() tests anew, and others may have gone."""
    return Claim(state.moved, no(state.pardoned))


@invariant("P30H", of=ACCOUNTS, source="obvious but false", expect=_NO_MARKS)
def execve_refuses_only_who_called_set_uid(_kernel: Kernel, state: Accounts) -> Claim:
    """False: a child inherits its parent's mark, and the limit may be exceeded again later."""
    return Claim(state.moved, no(state.innocent))


@invariant("P33f", of=ACCOUNTS, source="obvious but false", expect=fails(), truth="P33n")
def a_user_never_has_more_tasks_than_its_limit(_kernel: Kernel, state: Accounts) -> Claim:
    """False: set*uid() asks only for a mark, and a limit may be lowered."""
    return Claim(True, no(signed_below(state.limit, state.n1)))


@invariant(
    "P33n",
    of=ACCOUNTS,
    source="8f2f9c4d82f2; setrlimit(2)",
    expect=fails(since=UCOUNTS_NPROC, until=COUNT_BEFORE_TEST),
)
def by_fork_alone_a_user_never_gets_more_tasks_than_its_limit(
    _kernel: Kernel, state: Accounts
) -> Claim:
    """No set*uid(), no lowered limit, one fork at a time; v5.14 to v5.16 gave one more."""
    within = no(signed_below(state.limit, state.n1))
    return Claim(both(no(state.moved), state.limit == 2), within)


@invariant("P38H", of=ACCOUNTS, source="kernel/exit.c:release_task", expect=holds())
def a_zombie_is_charged_until_it_is_reaped(_kernel: Kernel, state: Accounts) -> Claim:
    """The charge goes with release_task(), not with do_exit()."""
    zombies = [(charges.lives(s, SlotLife.ZOMBIE), s.counted) for s in accounts.slots(state)]
    weighing = (
        implies(dead, signed_below(0, accounts.count(state, uid))) for dead, uid in zombies
    )
    return Claim(either(*(dead for dead, _ in zombies)), both(*weighing))


@invariant("P38f", of=ACCOUNTS, source="obvious but false", expect=fails(), truth="P38H")
def ending_a_task_makes_room_for_another_at_once(_kernel: Kernel, state: Accounts) -> Claim:
    """False: its parent has to reap it."""
    living = how_many(
        both(charges.lives(s, SlotLife.ALIVE), s.counted == 1) for s in accounts.slots(state)
    )
    return Claim(True, state.n1 == living)


@invariant(
    "P31H",
    of=NESTED,
    source="0ac983f51203; 59ec71575ab4",
    expect=fails(
        since=BOUND_OF_INNER_NS,
        until=ROOT_NS_UNLIMITED,
        unending=UCOUNTS_NPROC & ~COMMIT_CREDS_PAIRED,
    ),
)
def roots_own_tasks_never_keep_others_from_forking_in_its_namespace(
    _kernel: Kernel, state: Nested
) -> Claim:
    """v5.16 held root's namespace to a limit that root itself is exempt from."""
    return Claim(state.owner == 0, no(state.crowd))


@invariant("P40H", of=NESTED, source="obvious but false", expect=fails(), truth="P40sH")
def a_namespaces_bound_follows_its_creators_limit(kernel: Kernel, state: Nested) -> Claim:
    """False: the bound is a snapshot (and before v5.14 there was none)."""
    return Claim(state.owner == 1, both(kernel[UCOUNTS_NPROC], state.bound == state.limit))


@invariant(
    "P40sH",
    of=NESTED,
    source="kernel/user_namespace.c:create_user_ns",
    expect=holds(unending=UCOUNTS_NPROC & ~COMMIT_CREDS_PAIRED),
)
def a_namespaces_bound_is_one_that_its_creator_had(_kernel: Kernel, state: Nested) -> Claim:
    """The limit of that moment: here 1 or 2."""
    return Claim(state.owner == 1, either(state.bound == 1, state.bound == 2))


@invariant(
    "P89H",
    of=NESTED,
    source="obvious but false",
    expect=fails(needs=UCOUNTS_NPROC),
)
def joining_a_namespace_respects_its_bound(kernel: Kernel, state: Nested) -> Claim:
    """False: setns() and unshare() move the charge and ask nothing."""
    return Claim(both(kernel[UCOUNTS_NPROC], no(state.owner == NOBODY)), no(state.overran))


@invariant(
    "P39H",
    of=NESTED,
    source="kernel/user_namespace.c:create_user_ns",
    expect=holds(since=COMMIT_CREDS_PAIRED, needs=UCOUNTS_NPROC),
)
def every_task_inside_weighs_on_the_namespaces_creator(kernel: Kernel, state: Nested) -> Claim:
    """And on nobody else outside: root's count if root made it, user 1's if user 1 did."""
    here = [(no(charges.lives(m, SlotLife.FREE)), m) for m in user_namespaces.members(state)]
    inside = [both(there, m.key_ns == 1) for there, m in here]
    outside = [both(there, m.key_ns == 0, m.key_uid == state.owner) for there, m in here]
    weighed = user_namespaces.count(state, Key(0, state.owner))
    made = both(kernel[UCOUNTS_NPROC], no(state.owner == NOBODY))
    return Claim(
        both(made, either(*inside)), weighed == how_many(inside) + how_many(outside)
    )
