"""What credentials and a locked segment do to a ucounts and to its user namespace."""

from __future__ import annotations

from model.kernel import Kernel
from model.over_time.ucounts_pins import MOST, SYSTEM, Pinning
from model.patches import UCOUNTS_NPROC, UCOUNTS_PIN_NS
from properties.claim import Claim, holds
from properties.over_time.claim import each_step, some_step
from properties.over_time.steps import changed, happens, only

_SINCE = holds(needs=UCOUNTS_NPROC)


def _known(kernel: Kernel) -> bool:
    return kernel[UCOUNTS_NPROC] is True


@each_step("Tpi1", of=SYSTEM, source="kernel/cred.c:put_cred_rcu", expect=_SINCE)
def credentials_are_copied_and_freed_one_by_one_and_only_who_has_one_copies_it(
    _kernel: Kernel, before: Pinning, after: Pinning
) -> Claim:
    """The segment does not change; nor does the namespace where one is copied."""
    more = int(after.creds) - int(before.creds)
    fine = int(before.creds) > 0 and int(after.creds) <= MOST and abs(more) == 1
    quiet = only(before, after, "creds", *(("ns_there",) if more < 0 else ()))
    return Claim(more != 0, fine and quiet)


@each_step("Tpi2", of=SYSTEM, source="mm/mlock.c:user_shm_lock", expect=_SINCE)
def a_segment_is_locked_by_who_has_a_credential_and_unlocked_by_anybody(
    _kernel: Kernel, before: Pinning, after: Pinning
) -> Claim:
    """Unlocking climbs by the namespace, which is used after it was freed if it was."""
    if happens(before, after, "segment"):
        alone = changed(before, after) == {"segment"}
        return Claim(True, alone and int(before.creds) > 0)
    unlocks = happens(after, before, "segment")
    used = bool(after.ns_used) == bool(before.ns_used or not before.ns_there)
    return Claim(unlocks, used and only(before, after, "segment", "ns_used", "ns_there"))


@each_step("Tpi3", of=SYSTEM, source="f9d87929d451; kernel/ucount.c:put_ucounts", expect=_SINCE)
def a_namespace_is_freed_with_its_last_credential_or_since_v5_17_its_last_ucounts(
    kernel: Kernel, before: Pinning, after: Pinning
) -> Claim:
    """At that step, and for good."""
    pinned = kernel[UCOUNTS_PIN_NS] is True and bool(after.segment)
    needed = int(after.creds) > 0 or pinned
    return Claim(True, bool(after.ns_there) == (bool(before.ns_there) and needed))


@each_step("Tpi4", of=SYSTEM, source="mm/mlock.c:user_shm_unlock", expect=_SINCE)
def only_unlocking_uses_the_namespace(_kernel: Kernel, before: Pinning, after: Pinning) -> Claim:
    """dec_rlimit_ucounts() climbs; it is told for good."""
    used = before.ns_used != after.ns_used
    return Claim(_unlocks(before, after) or used, not used or (
        _unlocks(before, after) and bool(after.ns_used)))


def _unlocks(before: Pinning, after: Pinning) -> bool:
    return happens(after, before, "segment")


@some_step("Tpi5", of=SYSTEM, source="kernel/cred.c:prepare_creds", expect=_SINCE, cases=(1, -1))
def who_has_a_credential_can_copy_and_free_it(
    kernel: Kernel, before: Pinning, after: Pinning, more: int
) -> Claim:
    """Two at most are looked at."""
    able = 0 < int(before.creds) <= MOST - max(more, 0)
    return Claim(_known(kernel) and able, after.creds == before.creds + more)


@some_step("Tpi6", of=SYSTEM, source="mm/mlock.c:user_shm_lock", expect=_SINCE)
def a_segment_can_be_locked_by_who_has_a_credential_and_unlocked_at_any_time(
    kernel: Kernel, before: Pinning, after: Pinning
) -> Claim:
    """Its namespace may be gone by then."""
    able = _known(kernel) and (bool(before.segment) or int(before.creds) > 0)
    return Claim(able, bool(after.segment) != bool(before.segment))
