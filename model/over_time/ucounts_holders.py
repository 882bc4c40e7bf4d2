"""Holders of one ucounts: one struct ucounts with any number of credentials, signals and walks.

kernel/ucount.c:inc_rlimit_get_ucounts and do_dec_rlimit_put_ucounts.  As in ``ucounts_references``,
but whoever is alike is only counted, so that a proof is one for any number.  Before v5.14 it
is the user_struct, whose count of signals was taken back as it was made
(kernel/signal.c:__sigqueue_alloc).
"""

from __future__ import annotations

from dataclasses import dataclass

from model.algebra import Truth, Word, both, either, no, signed_below
from model.call import choose
from model.kernel import Kernel
from model.over_time.step import Machine, Move, TransitionSystem, but
from model.patches import RLIMIT_REF_FIRST, UCOUNTS_NPROC
from model.records import BOOL, fact

_WALK = "kernel/ucount.c:inc_rlimit_get_ucounts"
_FREE = "kernel/ucount.c:do_dec_rlimit_put_ucounts"


@dataclass(frozen=True, slots=True)
class Holders:
    """The references of a ucounts, and how many stand before which half-step."""

    refs: Word = fact(64, 2, "its reference count", signed=True)
    creds: Word = fact(64, 1, "credentials that point at it", signed=True)
    below: Word = fact(64, 1, "user namespaces that point at it", signed=True)
    pending: Word = fact(64, 0, "its count of pending signals", signed=True)
    queued: Word = fact(64, 0, "signals in queues that are charged to it", signed=True)
    first: Word = fact(64, 0, "walks that saw the count become 1", signed=True)
    later: Word = fact(64, 0, "walks that found a count", signed=True)
    refused: Word = fact(64, 0, "walks that will be refused, and hold what they took", signed=True)
    bare: Word = fact(64, 0, "walks that will be refused, and saw the count become 1", signed=True)
    owed: Word = fact(64, 0, "references to be put by who saw the count become 0", signed=True)
    at_once: Word = fact(64, 2, "how many walks and signals there may be together", signed=True)
    most: Word = fact(64, 2, "how many credentials and namespaces there may be", signed=True)
    freed: Truth = fact(BOOL, False, "the last reference was put")


SYSTEM = TransitionSystem(
    name="ucounts_holders",
    about="references of one ucounts, held and walked by any number",
    record=Holders,
    tasks="any number of credentials, namespaces, signals and walks under way",
    start=lambda _machine: Holders(),
)


def under_way(state: Holders) -> Word:
    """Return the number of signals, walks and puts under way."""
    walks = state.first + state.later + state.refused + state.bare
    return walks + state.queued + state.owed


def _some(number: Word) -> Truth:
    return signed_below(0, number)


def _put(state: Holders) -> Holders:
    """put_ucounts(): the last reference frees."""
    return but(state, refs=state.refs - 1, freed=state.refs == 1)


def _few(state: Holders) -> Truth:
    return both(_some(state.below), signed_below(under_way(state), state.at_once))


def _goes_on(state: Holders, ready: Truth, after: Holders) -> Move:
    """Nothing is asked of what was freed, or has more references than there can be holders."""
    too_many = signed_below(state.most + state.at_once + 1, state.refs)
    return Move(both(no(state.freed), no(too_many), ready), after)


@SYSTEM.step(at="kernel/cred.c:prepare_creds", who="task")
def a_credential_is_copied(_machine: Machine, state: Holders) -> Move:
    """get_ucounts()."""
    ready = both(_some(state.creds), signed_below(state.creds + state.below, state.most))
    return _goes_on(state, ready, but(state, creds=state.creds + 1, refs=state.refs + 1))


@SYSTEM.step(at="kernel/cred.c:put_cred_rcu", who="RCU")
def a_credential_is_freed(_machine: Machine, state: Holders) -> Move:
    """put_ucounts()."""
    return _goes_on(state, _some(state.creds), _put(but(state, creds=state.creds - 1)))


@SYSTEM.step(at="kernel/user_namespace.c:inc_user_namespaces", who="task")
def a_user_namespace_is_made_below(_machine: Machine, state: Holders) -> Move:
    """By who has a credential."""
    ready = both(_some(state.creds), signed_below(state.creds + state.below, state.most))
    return _goes_on(state, ready, but(state, below=state.below + 1, refs=state.refs + 1))


@SYSTEM.step(at="kernel/user_namespace.c:free_user_ns", who="anybody")
def a_namespace_below_is_freed(_machine: Machine, state: Holders) -> Move:
    """Not the last one while signals are charged through it."""
    unused = either(signed_below(1, state.below), under_way(state) == 0)
    after = _put(but(state, below=state.below - 1))
    return _goes_on(state, both(_some(state.below), unused), after)


@SYSTEM.step(at=_WALK, who="sender")
def a_signal_is_counted_as_the_first(_machine: Machine, state: Holders) -> Move:
    """The reference is still to be taken."""
    after = but(state, pending=1, first=state.first + 1)
    return _goes_on(state, both(_few(state), state.pending == 0), after)


@SYSTEM.step(at=_WALK, who="sender")
def a_signal_is_counted_with_others(_machine: Machine, state: Holders) -> Move:
    """Somebody has taken the reference, or will."""
    after = but(state, pending=state.pending + 1, later=state.later + 1)
    return _goes_on(state, both(_few(state), _some(state.pending)), after)


@SYSTEM.step(at=_WALK, who="sender")
def who_counted_first_takes_the_reference(_machine: Machine, state: Holders) -> Move:
    """And the signal is queued."""
    after = but(state, refs=state.refs + 1, first=state.first - 1, queued=state.queued + 1)
    return _goes_on(state, _some(state.first), after)


@SYSTEM.step(at=_WALK, who="sender")
def who_found_a_count_queues_its_signal(_machine: Machine, state: Holders) -> Move:
    """No reference of its own."""
    after = but(state, later=state.later - 1, queued=state.queued + 1)
    return _goes_on(state, _some(state.later), after)


@SYSTEM.step(at=_WALK, who="other sender")
def a_signal_to_be_refused_is_counted_as_the_first(_machine: Machine, state: Holders) -> Move:
    """The bound is looked at afterwards."""
    after = but(state, pending=1, bare=state.bare + 1)
    return _goes_on(state, both(_few(state), state.pending == 0), after)


@SYSTEM.step(at=_WALK, who="other sender")
def a_signal_to_be_refused_is_counted_with_others(_machine: Machine, state: Holders) -> Move:
    """The bound is looked at afterwards."""
    after = but(state, pending=state.pending + 1, refused=state.refused + 1)
    return _goes_on(state, both(_few(state), _some(state.pending)), after)


def reference_first(kernel: Kernel) -> Truth:
    """Return whether a reference is taken by who counts first, refused or not."""
    return either(no(kernel[UCOUNTS_NPROC]), kernel[RLIMIT_REF_FIRST])


@SYSTEM.step(at=_WALK, who="other sender")
def who_is_to_be_refused_has_its_reference(machine: Machine, state: Holders) -> Move:
    """As everybody who counted first; not from v5.14 until 2026."""
    after = but(state, refs=state.refs + 1, bare=state.bare - 1, refused=state.refused + 1)
    return _goes_on(state, both(reference_first(machine.kernel), _some(state.bare)), after)


def _taken_back(state: Holders) -> Holders:
    return but(state, pending=state.pending - 1)


@SYSTEM.step(at=_WALK, who="other sender")
def a_refused_signal_is_taken_back_and_others_are_left(
    _machine: Machine, state: Holders
) -> Move:
    """The reference stays with them."""
    ready = both(_some(state.refused), signed_below(1, state.pending))
    return _goes_on(state, ready, but(_taken_back(state), refused=state.refused - 1))


@SYSTEM.step(at=_WALK, who="other sender")
def a_refused_signal_is_taken_back_as_the_last(machine: Machine, state: Holders) -> Move:
    """Who takes the last count owes the reference; from v5.14 until 2026 it was forgotten."""
    ready = both(_some(state.refused), state.pending == 1)
    gone = but(_taken_back(state), refused=state.refused - 1)
    owes = but(gone, owed=state.owed + 1)
    return _goes_on(state, ready, choose(reference_first(machine.kernel), owes, gone))


@SYSTEM.step(at=_WALK, who="other sender")
def a_refused_signal_that_was_the_first_is_taken_back(machine: Machine, state: Holders) -> Move:
    """From v5.14 until 2026: the count alone, whoever counts on the reference."""
    ready = both(no(reference_first(machine.kernel)), _some(state.bare))
    return _goes_on(state, ready, but(_taken_back(state), bare=state.bare - 1))


@SYSTEM.step(at=_FREE, who="anybody")
def a_queued_signal_is_freed_and_others_are_left(_machine: Machine, state: Holders) -> Move:
    """The reference stays with them."""
    ready = both(_some(state.queued), signed_below(1, state.pending))
    return _goes_on(state, ready, but(_taken_back(state), queued=state.queued - 1))


@SYSTEM.step(at=_FREE, who="anybody")
def the_last_queued_signal_is_freed(_machine: Machine, state: Holders) -> Move:
    """It owes the reference."""
    ready = both(_some(state.queued), state.pending == 1)
    after = but(_taken_back(state), queued=state.queued - 1, owed=state.owed + 1)
    return _goes_on(state, ready, after)


@SYSTEM.step(at=_FREE, who="anybody", own=True)
def an_owed_reference_is_put(_machine: Machine, state: Holders) -> Move:
    """put_ucounts()."""
    return _goes_on(state, _some(state.owed), _put(but(state, owed=state.owed - 1)))
