"""References of ucounts for any number of holders: nothing is freed that is pointed at."""

from __future__ import annotations

from model.algebra import Truth, Word, both, either, no, signed_below
from model.kernel import Kernel
from model.over_time import ucounts_holders
from model.over_time.ucounts_holders import Holders
from model.patches import RLIMIT_REF_FIRST, UCOUNTS_NPROC
from properties.claim import Claim, fails
from properties.over_time.claim import Proof, inductive


def _numbers(state: Holders) -> tuple[Word, ...]:
    return (
        state.creds, state.below, state.pending, state.queued, state.first, state.later,
        state.refused, state.bare, state.owed,
    )


def there_are_credentials_and_namespaces_and_no_signal(
    _kernel: Kernel, state: Holders
) -> Truth:
    """Any number of credentials and namespaces, each with its reference, and no signal."""
    quiet = (state.pending, state.queued, state.first, state.later, state.refused, state.bare)
    held = both(state.refs == state.creds + state.below, signed_below(0, state.refs))
    ranged = both(no(signed_below(state.creds, 0)), no(signed_below(state.below, 0)))
    return both(
        no(state.freed), held, ranged, state.owed == 0, *(number == 0 for number in quiet)
    )


def nobody_is_counted_below_0(_kernel: Kernel, state: Holders) -> Truth:
    """Nothing is taken away where nothing is."""
    return both(*(no(signed_below(number, 0)) for number in _numbers(state)))


def the_count_is_that_of_signals_and_walks(_kernel: Kernel, state: Holders) -> Truth:
    """Whoever has counted is queued or walks."""
    walks = state.first + state.later + state.refused + state.bare
    return state.pending == state.queued + walks


def while_anything_counts_there_is_a_namespace_below(_kernel: Kernel, state: Holders) -> Truth:
    """Through which it is charged."""
    return either(signed_below(0, state.below), ucounts_holders.under_way(state) == 0, state.freed)


def each_reference_has_a_holder(_kernel: Kernel, state: Holders) -> Truth:
    """One for all signals together, unless who counted first has yet to take it."""
    held = state.creds + state.below + state.owed
    none = both(state.pending == 0, state.refs == held)
    taking = both(state.first + state.bare == 1, state.refs == held)
    taken = both(state.first + state.bare == 0, state.refs == held + 1)
    return either(none, both(signed_below(0, state.pending), either(taking, taken)))


def what_was_freed_has_no_reference(_kernel: Kernel, state: Holders) -> Truth:
    """And nothing else happens to it."""
    return either(no(state.freed), state.refs == 0)


@inductive(
    "P37a",
    of=ucounts_holders.SYSTEM,
    source="kernel/ucount.c:inc_rlimit_get_ucounts",
    expect=fails(since=UCOUNTS_NPROC, until=RLIMIT_REF_FIRST),
    proof=Proof(
        there_are_credentials_and_namespaces_and_no_signal,
        (),
        (
            nobody_is_counted_below_0,
            the_count_is_that_of_signals_and_walks,
            while_anything_counts_there_is_a_namespace_below,
            each_reference_has_a_holder,
            what_was_freed_has_no_reference,
        ),
    ),
)
def what_any_number_of_signals_refer_to_is_not_freed(_kernel: Kernel, state: Holders) -> Claim:
    """Nor while credentials or namespaces do; before v5.14 the same of the user_struct."""
    referred = either(
        *(signed_below(0, number) for number in (state.creds, state.below, state.queued))
    )
    return Claim(True, no(both(state.freed, referred)))
