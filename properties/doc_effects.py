"""clone(2), the flags mask, man-pages 6.03: what a successful call does to the child."""

from __future__ import annotations

from functools import partial

from model import words
from model.algebra import Truth, Word, both, either, has, has_any, implies, no
from model.call import Call
from model.child import Parent, Share
from model.evaluate import Outcome
from model.patches import CLEAR_SIGHAND as CLEAR_SIGHAND_PATCH
from model.patches import CLONE3_STACK, CLONE_FLAGS_U64, CLONE_PIDFD, EXIT_SIGNAL_CHECK
from model.request import Entry
from model.state import Fallible
from model.words import (
    CHILD_CLEARTID,
    CHILD_SETTID,
    CLEAR_SIGHAND,
    FILES,
    FS,
    IO,
    PARENT,
    PARENT_SETTID,
    PTRACE,
    SIGHAND,
    SYSVSEM,
    THREAD,
    UNTRACED,
    VFORK,
    VM,
)
from properties.claim import Claim, Kind, claims, fails, holds
from properties.premises import (
    UNDOCUMENTED,
    by,
    exit_signal_is_valid,
    has_made_a_task,
    no_sharer_is_inside_execve,
    otherwise_fine,
    stack_is_valid,
)

documents = partial(claims, kind=Kind.DOCUMENTATION)
MASK = "man-pages 6.03, clone(2) the flags mask"
SHARED, COPIED, NONE = int(Share.SHARED), int(Share.COPIED), int(Share.NONE)


def asked(call: Call, outcome: Outcome, flag: int) -> Truth:
    """Return whether a user's call with this flag succeeds."""
    return both(has_made_a_task(call, outcome), has(call.args.flags, flag))


def not_asked(call: Call, outcome: Outcome, flag: int) -> Truth:
    """Return whether a user's call without this flag succeeds."""
    return both(has_made_a_task(call, outcome), no(has(call.args.flags, flag)))


def shared_or_copied(call: Call, flag: int, how: Word) -> Truth:
    """Return whether a resource is shared with the flag and copied without it."""
    there = has(call.args.flags, flag)
    return both(implies(there, how == SHARED), implies(no(there), how == COPIED))


@documents("D75", source=f"{MASK} CLONE_VM, CLONE_FS, CLONE_FILES", expect=holds())
def memory_root_and_descriptors_are_shared_with_their_flag_and_copied_without(
    call: Call, outcome: Outcome
) -> Claim:
    """Exactly so for every call from user space."""
    child = outcome.child
    right = both(
        shared_or_copied(call, VM, child.mm),
        shared_or_copied(call, FS, child.fs),
        shared_or_copied(call, FILES, child.files),
    )
    return Claim(has_made_a_task(call, outcome), right)


@documents("D76", source=f"{MASK} CLONE_SYSVSEM", expect=holds())
def semaphore_adjustments_are_shared_only_with_their_flag(call: Call, outcome: Outcome) -> Claim:
    """CLONE_SYSVSEM shares one list; else the child begins without one."""
    shares = has(call.args.flags, SYSVSEM)
    how = outcome.child.sysvsem
    right = both(implies(shares, how == SHARED), implies(no(shares), how == NONE))
    return Claim(has_made_a_task(call, outcome), right)


@documents("D77", source=f"{MASK} CLONE_IO", expect=fails(), truth="D77t")
def clone_io_shares_an_io_context(call: Call, outcome: Outcome) -> Claim:
    """Not where the caller has none yet: each gets its own later."""
    return Claim(asked(call, outcome, IO), outcome.child.io_context == SHARED)


@documents("D77t", source=f"{MASK} CLONE_IO", expect=holds())
def clone_io_shares_the_io_context_that_the_caller_has(call: Call, outcome: Outcome) -> Claim:
    """Shared with the flag, the child's own without, if the caller has one."""
    premise = both(has_made_a_task(call, outcome), call.current.io_context)
    return Claim(premise, shared_or_copied(call, IO, outcome.child.io_context))


@documents("D34", source=f"{MASK} CLONE_SIGHAND", expect=fails(since=CLEAR_SIGHAND_PATCH),
           truth="D34t")
def without_clone_sighand_the_handlers_are_copied(call: Call, outcome: Outcome) -> Claim:
    """Not with CLONE_CLEAR_SIGHAND, since v5.5."""
    return Claim(not_asked(call, outcome, SIGHAND), _same_handlers(call, outcome))


def _same_handlers(call: Call, outcome: Outcome) -> Truth:
    child, sighand = outcome.child, call.current.sighand
    return both(
        child.sighand == COPIED, child.caught == sighand.caught, child.ignored == sighand.ignored
    )


@documents("D34t", source=f"{MASK} CLONE_SIGHAND, CLONE_CLEAR_SIGHAND", expect=holds())
def without_sharing_or_clearing_the_handlers_are_copied(call: Call, outcome: Outcome) -> Claim:
    """Neither CLONE_SIGHAND nor CLONE_CLEAR_SIGHAND: the same handlers in a table of its own."""
    premise = both(
        has_made_a_task(call, outcome), no(has_any(call.args.flags, SIGHAND | CLEAR_SIGHAND))
    )
    return Claim(premise, _same_handlers(call, outcome))


@documents("D34s", source=f"{MASK} CLONE_SIGHAND", expect=holds())
def clone_sighand_shares_the_handlers_but_not_the_blocked_signals(
    call: Call, outcome: Outcome
) -> Claim:
    """One table of handlers; the mask starts as the caller's and is the child's own."""
    child = outcome.child
    right = both(child.sighand == SHARED, child.blocked == call.current.blocked)
    return Claim(asked(call, outcome, SIGHAND), right)


def _clears(call: Call, outcome: Outcome) -> Truth:
    return both(by(call, Entry.CLONE3), asked(call, outcome, CLEAR_SIGHAND))


@documents(
    "D34c",
    source=f"{MASK} CLONE_CLEAR_SIGHAND",
    expect=holds(since=CLONE_FLAGS_U64, needs=words.Flag.CLEAR_SIGHAND),
    truth="D34d",
)
def clone_clear_sighand_resets_every_handler(call: Call, outcome: Outcome) -> Claim:
    """On 32-bit machines the flag was lost on the way until v6.18."""
    return Claim(_clears(call, outcome), outcome.child.caught == 0)


@documents(
    "D34d",
    source=f"{MASK} CLONE_CLEAR_SIGHAND",
    expect=holds(needs=words.Flag.CLEAR_SIGHAND),
)
def clone_clear_sighand_resets_every_handler_on_64_bit_machines(
    call: Call, outcome: Outcome
) -> Claim:
    """Every signal that the caller handles has its default action in the child."""
    premise = both(_clears(call, outcome), no(call.system.long_is_32_bit))
    return Claim(premise, outcome.child.caught == 0)


@documents(
    "D34i",
    source=f"{MASK} CLONE_CLEAR_SIGHAND",
    expect=holds(needs=words.Flag.CLEAR_SIGHAND),
)
def clone_clear_sighand_leaves_ignored_signals_ignored(call: Call, outcome: Outcome) -> Claim:
    """Only handled signals are reset."""
    return Claim(_clears(call, outcome), outcome.child.ignored == call.current.sighand.ignored)


@documents("D33", source=f"{MASK} CLONE_CHILD_SETTID, CLONE_CHILD_CLEARTID", expect=holds())
def the_child_knows_where_to_store_and_to_clear_its_tid(call: Call, outcome: Outcome) -> Claim:
    """child_tid is kept for each of the two flags, and for none else."""
    child, where, flags = outcome.child, call.args.child_tid, call.args.flags
    right = both(
        implies(has(flags, CHILD_SETTID), child.set_child_tid == where),
        implies(no(has(flags, CHILD_SETTID)), child.set_child_tid == 0),
        implies(has(flags, CHILD_CLEARTID), child.clear_child_tid == where),
        implies(no(has(flags, CHILD_CLEARTID)), child.clear_child_tid == 0),
    )
    return Claim(has_made_a_task(call, outcome), right)


@documents("D33a", source=f"{MASK} CLONE_PARENT_SETTID", expect=fails(), truth="D33t")
def a_successful_call_has_stored_the_tid_for_the_parent(call: Call, outcome: Outcome) -> Claim:
    """A bad address is ignored without an error."""
    return Claim(asked(call, outcome, PARENT_SETTID), outcome.child.parent_tid_stored)


@documents("D33t", source=f"{MASK} CLONE_PARENT_SETTID", expect=holds())
def a_successful_call_has_stored_the_tid_at_a_good_address(call: Call, outcome: Outcome) -> Claim:
    """CLONE_PARENT_SETTID with a writable parent_tid."""
    premise = both(asked(call, outcome, PARENT_SETTID), no(call.fails(Fallible.PUT_PARENT_TID)))
    return Claim(premise, outcome.child.parent_tid_stored)


@documents("D31p", source=f"{MASK} CLONE_PARENT", expect=holds())
def a_siblings_parent_is_the_callers_parent(call: Call, outcome: Outcome) -> Claim:
    """CLONE_PARENT."""
    is_sibling = outcome.child.real_parent == int(Parent.CALLERS_PARENT)
    return Claim(asked(call, outcome, PARENT), is_sibling)


@documents("D31q", source=f"{MASK} CLONE_PARENT", expect=fails(), truth="D31r")
def without_clone_parent_the_caller_is_the_parent(call: Call, outcome: Outcome) -> Claim:
    """Not for a thread, as the page says under CLONE_THREAD."""
    is_child = outcome.child.real_parent == int(Parent.CALLER)
    return Claim(not_asked(call, outcome, PARENT), is_child)


@documents("D31r", source=f"{MASK} CLONE_PARENT, CLONE_THREAD", expect=holds())
def the_caller_is_the_parent_unless_it_makes_a_sibling_or_thread(
    call: Call, outcome: Outcome
) -> Claim:
    """Neither CLONE_PARENT nor CLONE_THREAD: the caller; either of them: the caller's parent."""
    others = has_any(call.args.flags, PARENT | THREAD)
    parent = outcome.child.real_parent
    right = both(
        implies(others, parent == int(Parent.CALLERS_PARENT)),
        implies(no(others), parent == int(Parent.CALLER)),
    )
    return Claim(has_made_a_task(call, outcome), right)


@documents("D78", source=f"{MASK} CLONE_THREAD", expect=holds())
def clone_thread_alone_decides_the_thread_group(call: Call, outcome: Outcome) -> Claim:
    """In the caller's group with the flag, leader of a new one without."""
    thread = has(call.args.flags, THREAD)
    group = outcome.child.same_thread_group
    return Claim(
        has_made_a_task(call, outcome),
        both(implies(thread, group), implies(no(thread), no(group))),
    )


@documents("D79", source=f"{MASK} CLONE_VM", expect=holds())
def shared_memory_without_vfork_clears_the_alternate_stack(call: Call, outcome: Outcome) -> Claim:
    """CLONE_VM without CLONE_VFORK."""
    premise = both(asked(call, outcome, VM), no(has(call.args.flags, VFORK)))
    return Claim(premise, no(outcome.child.altstack))


@documents("D80", source=f"{MASK} CLONE_VFORK", expect=holds())
def the_caller_waits_for_the_child_exactly_with_clone_vfork(
    call: Call, outcome: Outcome
) -> Claim:
    """Until execve(2) or _exit(2) of the child."""
    vfork = has(call.args.flags, VFORK)
    waits = outcome.child.vfork_wait
    return Claim(
        has_made_a_task(call, outcome),
        both(implies(vfork, waits), implies(no(vfork), no(waits))),
    )


@documents("D93", source=f"{MASK} CLONE_PTRACE", expect=holds())
def the_child_of_a_traced_caller_is_traced_where_asked(call: Call, outcome: Outcome) -> Claim:
    """CLONE_PTRACE by a caller that is traced."""
    premise = both(asked(call, outcome, PTRACE), call.current.traced)
    return Claim(premise, outcome.child.traced)


@documents("D94", source=f"{MASK} CLONE_UNTRACED", expect=holds())
def no_tracer_can_force_itself_on_an_untraced_child(call: Call, outcome: Outcome) -> Claim:
    """CLONE_UNTRACED without CLONE_PTRACE."""
    premise = both(asked(call, outcome, UNTRACED), no(has(call.args.flags, PTRACE)))
    return Claim(premise, no(outcome.child.traced))


@documents("D95", source="man-pages 6.03, clone(2) clone3()",
        expect=fails(needs=Entry.CLONE3), truth="D95t")
def clone3_demands_a_stack_for_shared_memory(call: Call, outcome: Outcome) -> Claim:
    """Advice, not a rule: the kernel takes CLONE_VM without a stack, vfork(2) needs that."""
    premise = both(by(call, Entry.CLONE3), has(call.args.flags, VM), call.request.stack == 0)
    return Claim(premise, outcome.errno != 0)


@documents("D95t", source="man-pages 6.03, clone(2) C library/kernel differences",
        expect=holds(needs=Entry.CLONE3))
def clone3_takes_no_stack_for_the_callers_own(call: Call, outcome: Outcome) -> Claim:
    """stack and stack_size 0 are fine, with CLONE_VM too."""
    request = call.request
    premise = both(
        otherwise_fine(call), by(call, Entry.CLONE3), request.stack == 0, request.stack_size == 0
    )
    return Claim(premise, outcome.ok)


@documents("D73", source="man-pages 6.03, clone(2) and the pages it names", expect=fails(),
           truth="D73t")
def a_call_with_none_of_the_documented_faults_succeeds(call: Call, outcome: Outcome) -> Claim:
    """What no page tells: see ``UNDOCUMENTED`` in properties/premises.py."""
    return Claim(otherwise_fine(call, *UNDOCUMENTED), outcome.ok)


@documents("D73t", source="kernel/fork.c:copy_process", expect=holds())
def a_call_with_nothing_wrong_succeeds(call: Call, outcome: Outcome) -> Claim:
    """All the conditions of properties/premises.py together are enough, in every era."""
    return Claim(otherwise_fine(call), outcome.ok)


UNTOLD = "man-pages 6.03, clone(2): not told"


@documents("D73s", source=UNTOLD,
        expect=fails(since=CLONE3_STACK, needs=Entry.CLONE3), truth="D73t")
def clone3_leaves_the_stack_to_the_caller(call: Call, outcome: Outcome) -> Claim:
    """It refuses a stack without a size, a size without a stack, and one out of reach."""
    return Claim(both(otherwise_fine(call, stack_is_valid), by(call, Entry.CLONE3)), outcome.ok)


@documents("D73e", source=UNTOLD, expect=holds(until=EXIT_SIGNAL_CHECK), truth="D73t")
def clone_takes_any_low_byte_for_an_exit_signal(call: Call, outcome: Outcome) -> Claim:
    """65 to 255 are no signals; clone() took them until v7.1."""
    premise = both(otherwise_fine(call, exit_signal_is_valid), by(call, Entry.CLONE))
    return Claim(premise, outcome.ok)


@documents("D73x", source=UNTOLD, expect=fails(), truth="D73t")
def a_shared_root_is_taken_whatever_its_other_sharers_do(call: Call, outcome: Outcome) -> Claim:
    """CLONE_FS while one of them is inside execve(2) gives EAGAIN."""
    premise = both(otherwise_fine(call, no_sharer_is_inside_execve), has(call.args.flags, FS))
    return Claim(premise, outcome.ok)


@documents("D13d", source=f"{MASK} CLONE_DETACHED", expect=holds())
def clone_with_detached_alone_makes_an_ordinary_child(call: Call, outcome: Outcome) -> Claim:
    """The historical flag no longer silences the child: its exit signal is as asked for."""
    premise = both(
        by(call, Entry.CLONE),
        call.args.flags == words.DETACHED,
        outcome.ok,
        call.args.exit_signal == words.SIGCHLD,
    )
    child = outcome.child
    return Claim(premise, both(child.exit_signal == words.SIGCHLD, no(child.same_thread_group)))


@documents("D96", source=f"{MASK} CLONE_PIDFD", expect=holds(since=CLONE_PIDFD))
def a_pidfd_is_for_the_caller_and_not_for_the_child(call: Call, outcome: Outcome) -> Claim:
    """Only where the two share their descriptors (CLONE_FILES) has the child it too."""
    premise = asked(call, outcome, words.PIDFD)
    shares = has(call.args.flags, FILES)
    there = outcome.child.pidfd_in_child
    return Claim(premise, either(both(shares, there), both(no(shares), no(there))))
