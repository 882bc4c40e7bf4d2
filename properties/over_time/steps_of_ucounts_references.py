"""What each half-step does to the references, the counts and the life of one ucounts."""

from __future__ import annotations

from model.kernel import Kernel
from model.over_time.ucounts_references import MOST, SYSTEM, Counting, References, intact
from model.patches import (
    RLIMIT_REF_FIRST,
    UCOUNTS_GET_LOCKED,
    UCOUNTS_NPROC,
    UCOUNTS_RCUREF,
)
from properties.claim import Claim, holds
from properties.over_time.claim import each_step, some_step
from properties.over_time.steps import ELSE, changed, goes, happens, kept, only

_WALK = "kernel/ucount.c:inc_rlimit_get_ucounts"
_PUT = "kernel/ucount.c:put_ucounts"
_DEC = "kernel/ucount.c:do_dec_rlimit_put_ucounts"
_SINCE = holds(needs=UCOUNTS_NPROC)
_WALKS = ("sends", "refused")
_LIFE = ("there", "hashed", "ending", "used")


def _more(before: References, after: References, name: str) -> int:
    """Return by how much a number is more after a step."""
    return int(getattr(after, name)) - int(getattr(before, name))


def _begins(before: References, after: References, walk: str) -> bool:
    """Return whether a walk counts its signal."""
    return bool(getattr(before, walk) == Counting.NONE != getattr(after, walk))


def _ends(before: References, after: References, walk: str) -> bool:
    return bool(getattr(before, walk) != Counting.NONE == getattr(after, walk))


def _reference_first(kernel: Kernel) -> bool:
    return kernel[RLIMIT_REF_FIRST] is True


def _late(kernel: Kernel) -> bool:
    """Return whether the last reference goes before the lock is taken to unhash and free."""
    return kernel[UCOUNTS_GET_LOCKED] is not True or kernel[UCOUNTS_RCUREF] is True


def _idle(state: References) -> bool:
    return bool(state.sends == state.refused == Counting.NONE)


def _frees(before: References, after: References) -> bool:
    """Return whether the step is the freeing of what has no reference left."""
    return happens(after, before, "ending")


@each_step("Trf1", of=SYSTEM, source="345daff2e994; " + _PUT, expect=_SINCE)
def a_reference_goes_with_the_credential_namespace_or_first_signal_that_holds_it(
    _kernel: Kernel, before: References, after: References
) -> Claim:
    """Taken by who counted first, put by who owes it."""
    held = _more(before, after, "creds") + _more(before, after, "below")
    takes = before.sends == Counting.FIRST and _ends(before, after, "sends")
    keeps = goes(before, after, "refused", Counting.FIRST, Counting.HOLDS)
    puts = happens(after, before, "owes")
    return Claim(True, _more(before, after, "refs") == held + takes + keeps - puts)


@each_step("Trf2", of=SYSTEM, source=_WALK, expect=_SINCE)
def a_signal_is_counted_when_a_walk_begins_and_no_more_when_it_is_freed_or_taken_back(
    _kernel: Kernel, before: References, after: References
) -> Claim:
    """It is queued when its walk ends, unless it is refused."""
    begins = sum(_begins(before, after, walk) for walk in _WALKS)
    back, queued = _ends(before, after, "refused"), _ends(before, after, "sends")
    freed = _more(before, after, "queued") < 0
    counted = _more(before, after, "pending") == begins - back - freed
    return Claim(True, counted and _more(before, after, "queued") == queued - freed)


@each_step("Trf3", of=SYSTEM, source=_WALK, expect=_SINCE, cases=_WALKS)
def a_walk_counts_below_a_namespace_and_sees_whether_it_is_the_first(
    _kernel: Kernel, before: References, after: References, walk: str
) -> Claim:
    """The count becomes 1, whoever had counted before."""
    begins = _begins(before, after, walk)
    first = Counting.FIRST if before.pending == 0 else Counting.LATER
    few = walk == "refused" or int(before.queued) < MOST
    fine = before.below and few and getattr(after, walk) == first
    return Claim(begins, bool(fine) and only(before, after, walk, "pending", "used"))


@each_step("Trf4", of=SYSTEM, source=_WALK, expect=_SINCE)
def a_walk_that_is_not_refused_ends_with_its_signal_queued(
    _kernel: Kernel, before: References, after: References
) -> Claim:
    """It goes no other way."""
    moves = before.sends not in (Counting.NONE, after.sends)
    quiet = only(before, after, "sends", "queued", "refs", "used")
    return Claim(bool(moves), _ends(before, after, "sends") and quiet)


@each_step("Trf5", of=SYSTEM, source=_WALK, expect=_SINCE)
def a_refused_walk_takes_its_reference_first_since_2026_and_its_count_back(
    kernel: Kernel, before: References, after: References
) -> Claim:
    """The last count owes the reference then; before that nobody did."""
    if before.refused in (Counting.NONE, after.refused):
        return ELSE
    first = _reference_first(kernel)
    keeps = goes(before, after, "refused", Counting.FIRST, Counting.HOLDS)
    ends = _ends(before, after, "refused") and not before.owes
    held = before.refused != Counting.FIRST or not first
    owes = bool(after.owes) == (first and after.pending == 0)
    back = ends and held and owes and only(before, after, "refused", "pending", "owes", "used")
    takes = keeps and first and only(before, after, "refused", "refs", "used")
    return Claim(True, bool(back or takes))


@each_step("Trf6", of=SYSTEM, source=_DEC, expect=_SINCE)
def a_signal_freed_as_the_last_owes_the_reference(
    _kernel: Kernel, before: References, after: References
) -> Claim:
    """Others leave it to them."""
    freed = _more(before, after, "queued") < 0
    owes = bool(after.owes) == (after.pending == 0) and not before.owes
    return Claim(freed, bool(owes) and _more(before, after, "queued") == -1
                 and only(before, after, "pending", "queued", "owes", "used"))


@each_step("Trf7", of=SYSTEM, source=_DEC, expect=_SINCE)
def a_reference_is_owed_by_who_took_the_last_count_and_put_while_nothing_is_being_freed(
    _kernel: Kernel, before: References, after: References
) -> Claim:
    """Once."""
    owes, puts = happens(before, after, "owes"), happens(after, before, "owes")
    counted = _more(before, after, "pending") == -1 and after.pending == 0
    put = not before.ending and only(before, after, "owes", "refs", *_LIFE)
    return Claim(owes or puts, bool(put if puts else counted))


@each_step("Trf8", of=SYSTEM, source="kernel/cred.c:prepare_creds", expect=_SINCE)
def a_credential_more_is_a_copy_or_found_in_the_table_with_a_reference_left(
    _kernel: Kernel, before: References, after: References
) -> Claim:
    """One less is freed; not while the last reference is on its way."""
    more = _more(before, after, "creds")
    found = bool(before.hashed) and not before.ending
    comes = more == 1 and int(before.creds) < MOST and (int(before.creds) > 0 or found)
    goes_off = more == -1 and int(before.creds) > 0 and not before.ending
    quiet = only(before, after, "creds", "refs", *(("used",) if more > 0 else _LIFE))
    return Claim(more != 0, (comes or goes_off) and quiet)


@each_step("Trf9", of=SYSTEM, source="kernel/user_namespace.c:free_user_ns", expect=_SINCE)
def a_namespace_below_is_made_by_who_has_a_credential_and_freed_when_nothing_counts_in_it(
    _kernel: Kernel, before: References, after: References
) -> Claim:
    """No walk, no signal, no reference that is owed."""
    moves = before.below != after.below
    unused = _idle(before) and before.queued == 0 and not (before.owes or before.ending)
    fine = unused if before.below else int(before.creds) > 0
    return Claim(moves, bool(fine) and only(
        before, after, "below", "refs", *(_LIFE if before.below else ("used",))))


@each_step("Trfa", of=SYSTEM, source="345daff2e994; " + _PUT, expect=_SINCE)
def a_ucounts_is_unhashed_and_freed_with_its_last_reference_or_soon_after(
    kernel: Kernel, before: References, after: References
) -> Claim:
    """At once from v5.14 to v6.14; else by who made the count 0, which takes the lock then."""
    if _frees(before, after):
        gone = not (after.there or after.hashed)
        return Claim(True, gone and only(before, after, "there", "hashed", "ending"))
    last = _more(before, after, "refs") < 0 and after.refs == 0
    waits, at_once = last and _late(kernel), last and not _late(kernel)
    there = [bool(after.there), bool(after.hashed)] == [
        bool(before.there) and not at_once, bool(before.hashed) and not at_once
    ]
    return Claim(True, there and bool(after.ending) == bool(before.ending or waits))


@each_step("Trfb", of=SYSTEM, source=_WALK, expect=_SINCE)
def whoever_takes_puts_or_counts_uses_the_ucounts_and_it_is_told_if_it_was_freed(
    _kernel: Kernel, before: References, after: References
) -> Claim:
    """What comes after that is left out; none is given out dead since 345daff2e994."""
    used = not before.there and not _frees(before, after)
    alike = kept(before, after, "found", "dead") and bool(changed(before, after))
    return Claim(intact(before), alike and bool(after.used) == bool(before.used or used))


@some_step("Trfc", of=SYSTEM, source="kernel/cred.c:prepare_creds", expect=_SINCE, cases=(1, -1))
def credentials_can_be_copied_found_and_freed(
    kernel: Kernel, before: References, after: References, more: int
) -> Claim:
    """Found in the table when the last one went but something else holds the ucounts."""
    found = bool(before.hashed) and not before.ending
    comes = int(before.creds) < MOST and (int(before.creds) > 0 or found)
    able = comes if more > 0 else int(before.creds) > 0 and not before.ending
    known = kernel[UCOUNTS_NPROC] is True and intact(before)
    return Claim(known and able, _more(before, after, "creds") == more)


@some_step("Trfd", of=SYSTEM, source="kernel/user_namespace.c:create_user_ns", expect=_SINCE)
def a_namespace_below_can_be_made_by_who_has_a_credential_and_be_freed_unused(
    kernel: Kernel, before: References, after: References
) -> Claim:
    """Once at a time."""
    unused = _idle(before) and before.queued == 0 and not (before.owes or before.ending)
    able = unused if before.below else int(before.creds) > 0
    known = kernel[UCOUNTS_NPROC] is True and intact(before)
    return Claim(known and bool(able), before.below != after.below)


@some_step("Trfe", of=SYSTEM, source=_WALK, expect=_SINCE, cases=_WALKS)
def a_walk_can_begin_below_a_namespace_and_goes_on_whoever_else_walks(
    kernel: Kernel, before: References, after: References, walk: str
) -> Claim:
    """A refused one takes its count back when no reference is owed."""
    if not intact(before):
        return ELSE
    at = getattr(before, walk)
    begins = before.below and (walk == "refused" or int(before.queued) < MOST)
    takes = walk == "refused" and at == Counting.FIRST and _reference_first(kernel)
    free = takes or walk == "sends" or not before.owes
    then = Counting.HOLDS if takes else Counting.NONE
    moves = _begins(before, after, walk) if at == Counting.NONE else getattr(after, walk) == then
    return Claim(bool(begins if at == Counting.NONE else free), moves)


@some_step("Trff", of=SYSTEM, source=_DEC, expect=_SINCE)
def a_queued_signal_can_be_freed_unless_a_reference_is_owed(
    _kernel: Kernel, before: References, after: References
) -> Claim:
    """Whoever walks."""
    able = int(before.queued) > 0 and not before.owes and intact(before)
    return Claim(able, _more(before, after, "queued") == -1)


@some_step("Trfg", of=SYSTEM, source=_PUT, expect=_SINCE)
def an_owed_reference_is_put_and_what_has_none_left_is_freed(
    _kernel: Kernel, before: References, after: References
) -> Claim:
    """By the kernel itself, whatever else happens."""
    waits = bool(before.owes or before.ending) and intact(before)
    done = _frees(before, after) if before.ending else happens(after, before, "owes")
    return Claim(waits, done)
