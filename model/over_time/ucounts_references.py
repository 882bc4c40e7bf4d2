"""References of one ucounts: who keeps it, while calls take and drop them in half-steps.

kernel/ucount.c:alloc_ucounts, put_ucounts, inc_rlimit_get_ucounts and
do_dec_rlimit_put_ucounts.  A credential holds a reference, and so does a user namespace that
its user made.  Pending signals of that namespace hold one together, taken by the first and
put with the last; while there are any, the namespace is there.  A task's charge goes with its
credential.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum
from functools import wraps
from typing import Any

from model.algebra import Truth, Word, both, either, no, signed_below, when_word
from model.over_time.slots import how_many
from model.over_time.step import Machine, Move, Moves, TransitionSystem, but
from model.patches import (
    RLIMIT_REF_FIRST,
    UCOUNTS_GET_LOCKED,
    UCOUNTS_NPROC,
    UCOUNTS_RCUREF,
)
from model.records import BOOL, fact

_ALLOC = "kernel/ucount.c:alloc_ucounts"
_PUT = "kernel/ucount.c:put_ucounts"
_WALK = "kernel/ucount.c:inc_rlimit_get_ucounts"
_FREE = "kernel/ucount.c:do_dec_rlimit_put_ucounts"
MOST = 2


class Counting(IntEnum):
    """Where a walk stands that counts a signal."""

    NONE = 0
    FIRST = 1
    """It has counted, and saw the count become 1."""
    LATER = 2
    """It has counted, and others had before."""
    HOLDS = 3
    """It saw the count become 1, and has taken the reference."""


@dataclass(frozen=True, slots=True)
class References:
    """One ucounts, its references, and the calls between their half-steps."""

    there: Truth = fact(BOOL, True, "the ucounts was not freed")
    hashed: Truth = fact(BOOL, True, "it is in the table")
    refs: Word = fact(8, 1, "its reference count", signed=True)
    creds: Word = fact(8, 1, "credentials that point at it", signed=True)
    below: Truth = fact(BOOL, False, "a user namespace that its user made points at it")
    pending: Word = fact(8, 0, "its count of pending signals", signed=True)
    queued: Word = fact(8, 0, "signals in queues that are charged to it", signed=True)
    sends: Word = fact(8, 0, "a walk for a signal that will be queued", names="walk")
    refused: Word = fact(8, 0, "a walk for a signal that a bound refuses", names="walk")
    owes: Truth = fact(BOOL, False, "the last signal's reference is yet to be put")
    found: Truth = fact(BOOL, False, "alloc_ucounts() found it and has no reference yet")
    ending: Truth = fact(BOOL, False, "put_ucounts() made the count 0 and has not freed yet")
    dead: Truth = fact(BOOL, False, "alloc_ucounts() gave out one without a reference left")
    used: Truth = fact(BOOL, False, "it was used after it was freed")


SYSTEM = TransitionSystem(
    name="ucounts_references",
    about="references of one struct ucounts, taken and dropped by several callers",
    record=References,
    tasks="one ucounts, 2 credentials, a namespace, 2 signals, one call of each kind at a time",
    start=lambda _machine: References(),
)


def intact(state: References) -> Truth:
    """Return whether nothing was used after it was freed, and no two references were lost.

    What comes then is left out.
    """
    lost = either(signed_below(MOST + 2, state.refs), signed_below(state.refs, 0))
    return no(either(state.used, lost))


def _step(**said: Any) -> Callable[[Moves], Moves]:
    """Declare a step that is taken while all is intact."""

    def declare(move: Moves) -> Moves:
        @wraps(move)
        def guarded(machine: Machine, state: References) -> Move:
            made = move(machine, state)
            return Move(both(made.when, intact(state)), made.then)

        return SYSTEM.step(**said)(guarded)

    return declare


def _uses(state: References) -> References:
    return but(state, used=either(state.used, no(state.there)))


def _get(state: References, where: Truth = True) -> References:
    return but(_uses(state), refs=state.refs + when_word(8, where, 1, 0))


def _freed(state: References, where: Truth) -> References:
    """hlist_del_init() and kfree()."""
    gone = no(where)
    return but(state, there=both(state.there, gone), hashed=both(state.hashed, gone))


def late(machine: Machine) -> Truth:
    """Return whether the last reference goes before the lock is taken to unhash and free.

    Not from 345daff2e994 to v6.14; since then a dead one can be found, but not taken.
    """
    return either(no(machine[UCOUNTS_GET_LOCKED]), machine[UCOUNTS_RCUREF])


def _put(machine: Machine, state: References, where: Truth = True) -> References:
    """Drop a reference; the last one frees."""
    after = but(_uses(state), refs=state.refs - when_word(8, where, 1, 0))
    last, waits = both(where, after.refs == 0), late(machine)
    ending = but(after, ending=either(after.ending, both(last, waits)))
    return _freed(ending, both(last, no(waits)))


def _idle(state: References) -> Truth:
    return both(state.sends == int(Counting.NONE), state.refused == int(Counting.NONE))


@_step(at="kernel/cred.c:prepare_creds", who="task", since=UCOUNTS_NPROC)
def a_credential_is_copied(_machine: Machine, state: References) -> Move:
    """get_ucounts() by somebody who has a reference."""
    ready = both(signed_below(0, state.creds), signed_below(state.creds, MOST))
    return Move(ready, but(_get(state), creds=state.creds + 1))


@_step(at="kernel/cred.c:put_cred_rcu", who="RCU", since=UCOUNTS_NPROC)
def a_credential_is_freed(machine: Machine, state: References) -> Move:
    """Its reference goes."""
    after = _put(machine, but(state, creds=state.creds - 1))
    return Move(both(signed_below(0, state.creds), no(state.ending)), after)


@_step(at="kernel/user_namespace.c:inc_user_namespaces", who="task", since=UCOUNTS_NPROC)
def a_user_namespace_is_made_below(_machine: Machine, state: References) -> Move:
    """It points at the ucounts of its maker, and so do charges inside it, after their own."""
    ready = both(signed_below(0, state.creds), no(state.below))
    return Move(ready, but(_get(state), below=True))


@_step(at="kernel/user_namespace.c:free_user_ns", who="anybody", since=UCOUNTS_NPROC)
def the_namespace_below_is_freed(machine: Machine, state: References) -> Move:
    """Nobody is in it, and no signal is charged through it."""
    unused = both(_idle(state), state.queued == 0, no(state.owes), no(state.ending))
    return Move(both(state.below, unused), _put(machine, but(state, below=False)))


@_step(at=_ALLOC, who="task", since=UCOUNTS_NPROC & UCOUNTS_GET_LOCKED)
def set_uid_finds_it_and_takes_a_reference(_machine: Machine, state: References) -> Move:
    """Under the table's lock, in one go; since v6.15 unless the last one has gone."""
    ready = both(state.hashed, no(state.ending), signed_below(state.creds, MOST))
    return Move(ready, but(_get(state), creds=state.creds + 1))


@_step(at=_ALLOC, who="task", since=UCOUNTS_NPROC, until=UCOUNTS_GET_LOCKED)
def set_uid_finds_it(_machine: Machine, state: References) -> Move:
    """Under the table's lock, which is dropped again."""
    return Move(both(state.hashed, no(state.found)), but(state, found=True))


@_step(at=_ALLOC, who="task", since=UCOUNTS_NPROC, until=UCOUNTS_GET_LOCKED)
def set_uid_takes_a_reference_on_what_it_found(_machine: Machine, state: References) -> Move:
    """get_ucounts() after the lock."""
    ready = both(state.found, signed_below(state.creds, MOST))
    dead = either(state.dead, state.ending, no(state.there))
    return Move(ready, but(_get(state), found=False, creds=state.creds + 1, dead=dead))


@_step(at=_PUT, who="task", own=True, since=UCOUNTS_NPROC)
def the_count_was_zero_and_it_is_freed(_machine: Machine, state: References) -> Move:
    """The lock is taken only now; not from v5.14 to v6.14."""
    return Move(state.ending, but(_freed(state, True), ending=False))


def _counts(state: References) -> tuple[References, Word]:
    """Count a signal; the caller sees whether it is the first."""
    first = when_word(8, state.pending == 0, int(Counting.FIRST), int(Counting.LATER))
    return but(_uses(state), pending=state.pending + 1), first


@_step(at=_WALK, who="sender", since=UCOUNTS_NPROC)
def a_signal_is_counted(_machine: Machine, state: References) -> Move:
    """No bound is in its way: kill(), timers and faults override it."""
    few = signed_below(state.queued, MOST)
    ready = both(state.below, state.sends == int(Counting.NONE), few)
    after, first = _counts(state)
    return Move(ready, but(after, sends=first))


@_step(at=_WALK, who="sender", since=UCOUNTS_NPROC)
def who_counted_first_takes_a_reference_and_the_signal_is_queued(
    _machine: Machine, state: References
) -> Move:
    """The others find that somebody has."""
    after = _get(state, state.sends == int(Counting.FIRST))
    ready = no(state.sends == int(Counting.NONE))
    done = but(after, sends=int(Counting.NONE), queued=state.queued + 1)
    return Move(ready, done)


@_step(at=_WALK, who="other sender", since=UCOUNTS_NPROC)
def a_signal_is_counted_that_will_be_refused(_machine: Machine, state: References) -> Move:
    """sigqueue() in the namespace below, whose bound, its maker's limit of then, is 0."""
    ready = both(state.below, state.refused == int(Counting.NONE))
    after, first = _counts(state)
    return Move(ready, but(after, refused=first))


@_step(at=_WALK, who="other sender", since=RLIMIT_REF_FIRST)
def who_counted_first_takes_a_reference_before_the_bound_is_looked_at(
    _machine: Machine, state: References
) -> Move:
    """Then whoever takes the count back to 0 puts it."""
    ready = state.refused == int(Counting.FIRST)
    return Move(ready, but(_get(state), refused=int(Counting.HOLDS)))


@_step(at=_WALK, who="other sender", since=UCOUNTS_NPROC)
def the_refused_signal_is_taken_back(machine: Machine, state: References) -> Move:
    """Until the reference came first, the refused element lost its count only."""
    first, held = state.refused == int(Counting.LATER), state.refused == int(Counting.HOLDS)
    late = both(no(machine[RLIMIT_REF_FIRST]), state.refused == int(Counting.FIRST))
    ready = both(either(first, held, late), no(state.owes))
    after = but(_uses(state), pending=state.pending - 1, refused=int(Counting.NONE))
    puts = both(machine[RLIMIT_REF_FIRST], after.pending == 0)
    return Move(ready, but(after, owes=puts))


@_step(at=_FREE, who="anybody", since=UCOUNTS_NPROC)
def a_queued_signal_is_freed(_machine: Machine, state: References) -> Move:
    """Its count goes; the last one owes the reference."""
    ready = both(signed_below(0, state.queued), no(state.owes))
    after = but(_uses(state), pending=state.pending - 1, queued=state.queued - 1)
    return Move(ready, but(after, owes=after.pending == 0))


@_step(at=_FREE, who="anybody", own=True, since=UCOUNTS_NPROC)
def the_last_signals_reference_is_put(machine: Machine, state: References) -> Move:
    """put_ucounts() after the count was seen to be 0."""
    ready = both(state.owes, no(state.ending))
    return Move(ready, _put(machine, but(state, owes=False)))


def referred_to(state: References) -> Truth:
    """Return whether anything points at the ucounts, or counts in it."""
    return either(signed_below(0, state.creds), signed_below(0, state.queued), state.below)


def holders(state: References) -> Word:
    """Return how many references there should be while no call is under way."""
    some = how_many((state.below, no(state.pending == 0)), 8)
    return some + state.creds


def quiet(state: References) -> Truth:
    """Return whether no call is between its half-steps."""
    return both(_idle(state), no(state.owes), no(state.found), no(state.ending))
