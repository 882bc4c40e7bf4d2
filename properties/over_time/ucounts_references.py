"""References of ucounts: nothing is freed that a credential, a segment or a signal points at."""

from __future__ import annotations

from model.algebra import both, no, signed_below
from model.kernel import Kernel
from model.over_time import ucounts_pins, ucounts_references
from model.over_time.ucounts_pins import Pinning
from model.over_time.ucounts_references import References
from model.patches import (
    RLIMIT_REF_FIRST,
    UCOUNTS_GET_LOCKED,
    UCOUNTS_NPROC,
    UCOUNTS_PIN_NS,
    UCOUNTS_RCUREF,
)
from properties.claim import Claim, holds
from properties.over_time.claim import invariant

_WALK = "kernel/ucount.c:inc_rlimit_get_ucounts"


@invariant(
    "P37",
    of=ucounts_references.SYSTEM,
    source=_WALK,
    expect=holds(since=UCOUNTS_GET_LOCKED & RLIMIT_REF_FIRST, needs=UCOUNTS_NPROC),
)
def no_ucounts_is_freed_while_a_count_or_a_cred_refers_to_it(
    kernel: Kernel, state: References
) -> Claim:
    """A signal refused while another is counted took the reference with it, until 2026."""
    return Claim(both(kernel[UCOUNTS_NPROC], ucounts_references.referred_to(state)), state.there)


@invariant(
    "P37l",
    of=ucounts_references.SYSTEM,
    source=_WALK,
    expect=holds(since=RLIMIT_REF_FIRST, needs=UCOUNTS_NPROC),
)
def while_no_call_is_under_way_each_reference_has_a_holder(
    kernel: Kernel, state: References
) -> Claim:
    """The same race can leave one too many as well: then the ucounts stays for good."""
    settled = both(kernel[UCOUNTS_NPROC], ucounts_references.quiet(state), state.there)
    return Claim(settled, state.refs == ucounts_references.holders(state))


@invariant(
    "P37f",
    of=ucounts_references.SYSTEM,
    source="345daff2e994",
    expect=holds(since=UCOUNTS_GET_LOCKED, needs=UCOUNTS_NPROC),
)
def who_finds_a_ucounts_in_the_table_gets_one_with_a_reference_left(
    kernel: Kernel, state: References
) -> Claim:
    """Mended before v5.14 was released: find and get, and the last put, were not one."""
    return Claim(kernel[UCOUNTS_NPROC], no(state.dead))


@invariant(
    "P37d",
    of=ucounts_references.SYSTEM,
    source="345daff2e994; b4dc0bee2a74; kernel/ucount.c:put_ucounts",
    expect=holds(since=UCOUNTS_GET_LOCKED, until=UCOUNTS_RCUREF, needs=UCOUNTS_NPROC),
)
def a_ucounts_in_the_table_has_a_reference_left(kernel: Kernel, state: References) -> Claim:
    """The last one went under the table's lock; since v6.15 it goes before, and takes no more."""
    return Claim(both(kernel[UCOUNTS_NPROC], state.hashed), signed_below(0, state.refs))


@invariant(
    "P37n",
    of=ucounts_pins.SYSTEM,
    source="f9d87929d451 (CVE-2022-24122)",
    expect=holds(since=UCOUNTS_PIN_NS, needs=UCOUNTS_NPROC),
)
def the_user_namespace_of_a_ucounts_is_there_as_long_as_the_ucounts(
    kernel: Kernel, state: Pinning
) -> Claim:
    """v5.14 to v5.16: a locked segment outlives the namespace that it is charged in."""
    return Claim(both(kernel[UCOUNTS_NPROC], ucounts_pins.there(state)), state.ns_there)


@invariant(
    "P37u",
    of=ucounts_pins.SYSTEM,
    source="f9d87929d451 (CVE-2022-24122)",
    expect=holds(since=UCOUNTS_PIN_NS, needs=UCOUNTS_NPROC),
)
def no_walk_up_from_a_ucounts_uses_a_freed_namespace(kernel: Kernel, state: Pinning) -> Claim:
    """Where the segment is unlocked, or removed, after all of the namespace have gone."""
    return Claim(kernel[UCOUNTS_NPROC], no(state.ns_used))
