"""What each step of any number of holders does to the references of one ucounts."""

from __future__ import annotations

from model.algebra import Truth, Word, both, either, no, signed_below
from model.kernel import Kernel
from model.over_time.ucounts_holders import SYSTEM, Holders
from model.patches import RLIMIT_REF_FIRST, UCOUNTS_NPROC
from properties.claim import Claim, holds
from properties.over_time.claim import each_step, some_step
from properties.over_time.steps import only

_WALK = "kernel/ucount.c:inc_rlimit_get_ucounts"
_NUMBERS = (
    "refs", "creds", "below", "pending", "queued", "first", "later", "refused", "bare", "owed",
)
Way = frozenset[tuple[str, int]]
"""By how much which numbers are more."""


def _way(**more: int) -> Way:
    return frozenset(more.items())


COPIED, FREED = _way(refs=1, creds=1), _way(refs=-1, creds=-1)
MADE_BELOW, FREED_BELOW = _way(refs=1, below=1), _way(refs=-1, below=-1)
COUNTS_FIRST, COUNTS_LATER = _way(pending=1, first=1), _way(pending=1, later=1)
TAKES, QUEUES = _way(refs=1, first=-1, queued=1), _way(later=-1, queued=1)
BARE_FIRST, REFUSED_LATER = _way(pending=1, bare=1), _way(pending=1, refused=1)
HOLDS_FIRST = _way(refs=1, bare=-1, refused=1)
BACK, BACK_OWING = _way(pending=-1, refused=-1), _way(pending=-1, refused=-1, owed=1)
BARE_BACK = _way(pending=-1, bare=-1)
DEQUEUED, DEQUEUED_OWING = _way(pending=-1, queued=-1), _way(pending=-1, queued=-1, owed=1)
PUT = _way(refs=-1, owed=-1)
FOR_CREDENTIALS = (COPIED, FREED, MADE_BELOW, FREED_BELOW)
FOR_SIGNALS = (COUNTS_FIRST, COUNTS_LATER, TAKES, QUEUES, DEQUEUED, DEQUEUED_OWING, PUT)
FOR_REFUSED = (BARE_FIRST, REFUSED_LATER, HOLDS_FIRST, BACK, BACK_OWING, BARE_BACK)


def _moved(before: Holders, after: Holders, way: Way) -> Truth:
    """Return whether a step makes these numbers more by so much, and no other."""
    more = dict(way)
    return both(
        *(getattr(after, one) == getattr(before, one) + more.get(one, 0) for one in _NUMBERS)
    )


def _reference_first(kernel: Kernel) -> Truth:
    """Return whether who counts first takes the reference before any bound is looked at."""
    return either(no(kernel[UCOUNTS_NPROC]), kernel[RLIMIT_REF_FIRST])


def _holds(state: Holders, name: str) -> Truth:
    return signed_below(0, getattr(state, name))


def _under_way(state: Holders) -> Word:
    return state.first + state.later + state.refused + state.bare + state.queued + state.owed


def _for_credentials(state: Holders) -> dict[Way, Truth]:
    """Return what may happen to credentials and namespaces, each with what it needs."""
    room = signed_below(state.creds + state.below, state.most)
    unused = either(signed_below(1, state.below), _under_way(state) == 0)
    return {
        COPIED: both(_holds(state, "creds"), room),
        FREED: _holds(state, "creds"),
        MADE_BELOW: both(_holds(state, "creds"), room),
        FREED_BELOW: both(_holds(state, "below"), unused),
    }


def _few(state: Holders) -> Truth:
    """Return whether one more signal may be sent from below."""
    return both(_holds(state, "below"), signed_below(_under_way(state), state.at_once))


def _for_signals(state: Holders) -> dict[Way, Truth]:
    """Return what may happen to signals that no bound refuses."""
    few, counted = _few(state), _holds(state, "pending")
    return {
        COUNTS_FIRST: both(few, state.pending == 0),
        COUNTS_LATER: both(few, counted),
        TAKES: _holds(state, "first"),
        QUEUES: _holds(state, "later"),
        DEQUEUED: both(_holds(state, "queued"), signed_below(1, state.pending)),
        DEQUEUED_OWING: both(_holds(state, "queued"), state.pending == 1),
        PUT: _holds(state, "owed"),
    }


def _for_refused(kernel: Kernel, state: Holders) -> dict[Way, Truth]:
    """Return what may happen to signals that a bound refuses."""
    first, few, bare = _reference_first(kernel), _few(state), _holds(state, "bare")
    refused, more = _holds(state, "refused"), signed_below(1, state.pending)
    last = both(refused, state.pending == 1)
    return {
        BARE_FIRST: both(few, state.pending == 0),
        REFUSED_LATER: both(few, _holds(state, "pending")),
        HOLDS_FIRST: both(first, bare),
        BACK: either(both(refused, more), both(last, not first)),
        BACK_OWING: both(last, first),
        BARE_BACK: both(not first, bare),
    }


def _may(kernel: Kernel, state: Holders) -> dict[Way, Truth]:
    """Return what may happen, each with what it needs; nothing to what was freed."""
    beyond = signed_below(state.most + state.at_once + 1, state.refs)
    every = {**_for_credentials(state), **_for_signals(state), **_for_refused(kernel, state)}
    return {way: both(no(state.freed), no(beyond), may) for way, may in every.items()}


@each_step("Tho1", of=SYSTEM, source=_WALK, expect=holds())
def each_step_moves_one_credential_namespace_signal_or_walk_with_its_count_and_reference(
    kernel: Kernel, before: Holders, after: Holders
) -> Claim:
    """As its place in the code needs; how many there may be stays."""
    ways = _may(kernel, before).items()
    can = either(*(both(may, _moved(before, after, way)) for way, may in ways))
    return Claim(True, both(can, only(before, after, *_NUMBERS, "freed")))


@each_step("Tho2", of=SYSTEM, source="kernel/ucount.c:put_ucounts", expect=holds())
def a_ucounts_is_freed_exactly_where_its_last_reference_is_put(
    _kernel: Kernel, before: Holders, after: Holders
) -> Claim:
    """And nothing happens to it afterwards."""
    last = int(before.refs) == 1 and int(after.refs) == 0
    return Claim(True, not before.freed and bool(after.freed) == last)


def _can(kernel: Kernel, before: Holders, after: Holders, way: Way) -> Claim:
    return Claim(_may(kernel, before).get(way, False), _moved(before, after, way))


@some_step("Tho3", of=SYSTEM, source="kernel/cred.c:prepare_creds", expect=holds(),
           cases=FOR_CREDENTIALS)
def credentials_and_namespaces_can_come_and_go_whatever_is_under_way(
    kernel: Kernel, before: Holders, after: Holders, way: Way
) -> Claim:
    """But the last namespace, while signals are charged through it."""
    return _can(kernel, before, after, way)


@some_step("Tho4", of=SYSTEM, source=_WALK, expect=holds(), cases=FOR_SIGNALS)
def a_signal_can_be_counted_queued_and_freed_whoever_else_walks(
    kernel: Kernel, before: Holders, after: Holders, way: Way
) -> Claim:
    """Its first takes the reference, its last owes it, and puts it."""
    return _can(kernel, before, after, way)


@some_step("Tho5", of=SYSTEM, source=_WALK, expect=holds(), cases=FOR_REFUSED)
def a_signal_that_is_refused_can_be_counted_and_taken_back_whoever_else_walks(
    kernel: Kernel, before: Holders, after: Holders, way: Way
) -> Claim:
    """With its reference, but from v5.14 until 2026."""
    return _can(kernel, before, after, way)
