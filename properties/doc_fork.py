"""fork(2), man-pages 6.03: what the child of fork() has, and how fork() fails."""

from __future__ import annotations

from functools import partial

from model.algebra import Truth, both, no
from model.call import Call
from model.child import Parent, Share
from model.evaluate import Outcome
from model.request import Entry
from model.state import Fallible
from model.words import SIGCHLD, Errno
from properties.claim import Claim, Kind, claims, holds
from properties.premises import (
    by,
    gives,
    has_made_a_task,
    no_signal_comes,
    nothing_fails_by_chance,
    otherwise_fine,
)

documents = partial(claims, kind=Kind.DOCUMENTATION)
FORK = "man-pages 6.03, fork(2)"


def forked(call: Call, outcome: Outcome) -> Truth:
    """Return whether fork() succeeds."""
    return both(by(call, Entry.FORK), outcome.ok)


@documents("D42", source=f"{FORK} ERRORS ERESTARTNOINTR", expect=holds())
def a_pending_signal_restarts_fork(call: Call, outcome: Outcome) -> Claim:
    """ERESTARTNOINTR, which the signal return path turns into another fork()."""
    premise = both(
        by(call, Entry.FORK), otherwise_fine(call, no_signal_comes), call.chance.signal_pending
    )
    return Claim(premise, gives(outcome, Errno.ERESTARTNOINTR))


@documents("D42m", source=f"{FORK} ERRORS ENOMEM", expect=holds())
def fork_without_memory_gives_enomem(call: Call, outcome: Outcome) -> Claim:
    """The task structure, or a copy of the address space, cannot be had."""
    premise = both(
        by(call, Entry.FORK),
        otherwise_fine(call, nothing_fails_by_chance),
        call.chance.fails == int(Fallible.DUP_MM),
    )
    return Claim(premise, gives(outcome, Errno.ENOMEM))


@documents("D87", source=FORK, expect=holds())
def a_forked_child_ends_with_sigchld(call: Call, outcome: Outcome) -> Claim:
    """The termination signal is always SIGCHLD."""
    return Claim(forked(call, outcome), outcome.child.exit_signal == SIGCHLD)


@documents("D88", source=FORK, expect=holds())
def a_forked_child_has_copies_of_memory_descriptors_and_handlers(
    call: Call, outcome: Outcome
) -> Claim:
    """A separate memory space, copied file descriptors, directories and handlers."""
    child, copied = outcome.child, int(Share.COPIED)
    copies = both(
        child.mm == copied, child.files == copied, child.fs == copied, child.sighand == copied
    )
    return Claim(forked(call, outcome), copies)


@documents("D89", source=FORK, expect=holds())
def a_forked_child_inherits_no_semaphore_adjustments(call: Call, outcome: Outcome) -> Claim:
    """It has no undo list."""
    return Claim(forked(call, outcome), outcome.child.sysvsem == int(Share.NONE))


@documents("D90", source=FORK, expect=holds())
def a_forked_child_is_a_process_of_its_own_with_the_caller_as_parent(
    call: Call, outcome: Outcome
) -> Claim:
    """A single thread, in a group of its own, child of the caller."""
    child = outcome.child
    own = both(no(child.same_thread_group), child.real_parent == int(Parent.CALLER))
    return Claim(forked(call, outcome), own)


@documents("D91", source="man-pages 6.03, credentials(7); fork(2)", expect=holds())
def a_forked_child_has_its_creators_ids_and_capabilities(call: Call, outcome: Outcome) -> Claim:
    """Real and effective user id and the effective capabilities are the caller's."""
    child, cred = outcome.child, call.cred
    same = both(
        child.uid == cred.uid,
        child.euid == cred.euid,
        child.cap_effective == cred.cap_effective,
    )
    return Claim(forked(call, outcome), same)


@documents("D92", source="man-pages 6.03, prctl(2) PR_SET_NO_NEW_PRIVS; seccomp(2)", expect=holds())
def no_new_privs_and_seccomp_are_inherited(call: Call, outcome: Outcome) -> Claim:
    """Once set, no_new_privs holds in every child; the seccomp mode is the caller's."""
    child, current = outcome.child, call.current
    premise = both(has_made_a_task(call, outcome), current.no_new_privs)
    return Claim(premise, both(child.no_new_privs, child.seccomp_mode == current.seccomp_mode))
