"""What pins a ucounts: one that a segment of shared memory is charged to, and its user namespace.

kernel/ucount.c:alloc_ucounts and put_ucounts, mm/mlock.c:user_shm_lock and user_shm_unlock,
kernel/cred.c:put_cred_rcu.  The segment may be of an outer IPC namespace, and stay when the
last task of the user namespace has gone.
"""

from __future__ import annotations

from dataclasses import dataclass

from model.algebra import Truth, Word, both, either, no, signed_below
from model.over_time.step import Machine, Move, TransitionSystem, but
from model.patches import UCOUNTS_NPROC, UCOUNTS_PIN_NS
from model.records import BOOL, fact

MOST = 2


@dataclass(frozen=True, slots=True)
class Pinning:
    """One ucounts of a user namespace, and who keeps either."""

    creds: Word = fact(8, 1, "credentials in the namespace; each keeps both", signed=True)
    segment: Truth = fact(BOOL, False, "a locked segment is charged to the ucounts, and keeps it")
    ns_there: Truth = fact(BOOL, True, "the namespace was not freed")
    ns_used: Truth = fact(BOOL, False, "the namespace was used after it was freed")


SYSTEM = TransitionSystem(
    name="ucounts_pins",
    about="a ucounts, a locked segment of shared memory, and their user namespace",
    record=Pinning,
    tasks="one ucounts, its namespace, 2 credentials and a segment",
    start=lambda _machine: Pinning(),
)


def there(state: Pinning) -> Truth:
    """Return whether anything keeps the ucounts."""
    return either(signed_below(0, state.creds), state.segment)


def _left(machine: Machine, state: Pinning) -> Pinning:
    """Return what is left of the namespace: its credentials keep it, later its ucounts too."""
    pinned = both(machine[UCOUNTS_PIN_NS], there(state))
    kept = either(signed_below(0, state.creds), pinned)
    return but(state, ns_there=both(state.ns_there, kept))


@SYSTEM.step(at="kernel/cred.c:prepare_creds", who="task", since=UCOUNTS_NPROC)
def a_credential_is_copied(_machine: Machine, state: Pinning) -> Move:
    """get_ucounts() and get_user_ns()."""
    ready = both(signed_below(0, state.creds), signed_below(state.creds, MOST))
    return Move(ready, but(state, creds=state.creds + 1))


@SYSTEM.step(at="kernel/cred.c:put_cred_rcu", who="RCU", since=UCOUNTS_NPROC)
def a_credential_is_freed(machine: Machine, state: Pinning) -> Move:
    """put_ucounts() and put_user_ns()."""
    after = _left(machine, but(state, creds=state.creds - 1))
    return Move(signed_below(0, state.creds), after)


@SYSTEM.step(at="mm/mlock.c:user_shm_lock", who="task", since=UCOUNTS_NPROC)
def a_segment_of_shared_memory_is_locked(_machine: Machine, state: Pinning) -> Move:
    """SHM_LOCK: get_ucounts(), and nothing for the namespace."""
    ready = both(signed_below(0, state.creds), no(state.segment))
    return Move(ready, but(state, segment=True))


@SYSTEM.step(at="mm/mlock.c:user_shm_unlock", who="anybody", since=UCOUNTS_NPROC)
def the_segment_is_unlocked(machine: Machine, state: Pinning) -> Move:
    """dec_rlimit_ucounts() climbs by the namespace; then put_ucounts()."""
    used = either(state.ns_used, no(state.ns_there))
    after = _left(machine, but(state, segment=False, ns_used=used))
    return Move(state.segment, after)
