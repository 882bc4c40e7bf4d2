"""What each step of any number of holders does to the references of one ucounts."""

from __future__ import annotations

from model.kernel import Kernel
from model.over_time.ucounts_holders import SYSTEM, Holders
from model.patches import RLIMIT_REF_FIRST, UCOUNTS_NPROC
from properties.claim import Claim, holds
from properties.over_time.claim import each_step, some_step
from properties.over_time.steps import ELSE, only

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


def _moved(before: Holders, after: Holders) -> Way:
    """Return by how much which numbers are more after a step."""
    more = {name: int(getattr(after, name)) - int(getattr(before, name)) for name in _NUMBERS}
    return frozenset((name, number) for name, number in more.items() if number)


def _reference_first(kernel: Kernel) -> bool:
    """Return whether who counts first takes the reference before any bound is looked at."""
    return kernel[UCOUNTS_NPROC] is not True or kernel[RLIMIT_REF_FIRST] is True


def _holds(state: Holders, name: str) -> bool:
    return int(getattr(state, name)) > 0


def _under_way(state: Holders) -> int:
    names = ("first", "later", "refused", "bare", "queued", "owed")
    return sum(int(getattr(state, name)) for name in names)


def _for_credentials(state: Holders) -> dict[Way, bool]:
    """Return what may happen to credentials and namespaces, each with what it needs."""
    room = int(state.creds) + int(state.below) < int(state.most)
    unused = int(state.below) > 1 or _under_way(state) == 0
    return {
        COPIED: _holds(state, "creds") and room,
        FREED: _holds(state, "creds"),
        MADE_BELOW: _holds(state, "creds") and room,
        FREED_BELOW: _holds(state, "below") and unused,
    }


def _for_signals(state: Holders) -> dict[Way, bool]:
    """Return what may happen to signals that no bound refuses."""
    pending = int(state.pending)
    few = _holds(state, "below") and _under_way(state) < int(state.at_once)
    return {
        COUNTS_FIRST: few and pending == 0,
        COUNTS_LATER: few and pending > 0,
        TAKES: _holds(state, "first"),
        QUEUES: _holds(state, "later"),
        DEQUEUED: _holds(state, "queued") and pending > 1,
        DEQUEUED_OWING: _holds(state, "queued") and pending == 1,
        PUT: _holds(state, "owed"),
    }


def _for_refused(kernel: Kernel, state: Holders) -> dict[Way, bool]:
    """Return what may happen to signals that a bound refuses."""
    first, pending = _reference_first(kernel), int(state.pending)
    few = _holds(state, "below") and _under_way(state) < int(state.at_once)
    last = _holds(state, "refused") and pending == 1
    return {
        BARE_FIRST: few and pending == 0,
        REFUSED_LATER: few and pending > 0,
        HOLDS_FIRST: first and _holds(state, "bare"),
        BACK: (_holds(state, "refused") and pending > 1) or (last and not first),
        BACK_OWING: last and first,
        BARE_BACK: not first and _holds(state, "bare"),
    }


def _may(kernel: Kernel, state: Holders) -> dict[Way, bool]:
    """Return what may happen, each with what it needs; nothing to what was freed."""
    if state.freed or int(state.refs) > int(state.most) + int(state.at_once) + 1:
        return {}
    return {**_for_credentials(state), **_for_signals(state), **_for_refused(kernel, state)}


@each_step("Tho1", of=SYSTEM, source=_WALK, expect=holds())
def each_step_moves_one_credential_namespace_signal_or_walk_with_its_count_and_reference(
    kernel: Kernel, before: Holders, after: Holders
) -> Claim:
    """As its place in the code needs; how many there may be stays."""
    can = _may(kernel, before).get(_moved(before, after), False)
    return Claim(True, can and only(before, after, *_NUMBERS, "freed"))


@each_step("Tho2", of=SYSTEM, source="kernel/ucount.c:put_ucounts", expect=holds())
def a_ucounts_is_freed_exactly_where_its_last_reference_is_put(
    _kernel: Kernel, before: Holders, after: Holders
) -> Claim:
    """And nothing happens to it afterwards."""
    last = int(before.refs) == 1 and int(after.refs) == 0
    return Claim(True, not before.freed and bool(after.freed) == last)


def _can(kernel: Kernel, before: Holders, after: Holders, way: Way) -> Claim:
    if not _may(kernel, before).get(way, False):
        return ELSE
    return Claim(True, _moved(before, after) == way)


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
