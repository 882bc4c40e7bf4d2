"""What clone3() takes: every argument it accepts is one that it understands."""

from __future__ import annotations

from model import words
from model.algebra import (
    Truth,
    Word,
    at_most,
    both,
    either,
    has,
    has_any,
    implies,
    no,
    plus_unsigned,
    same,
    when_word,
)
from model.call import Call
from model.entries import visible
from model.evaluate import Outcome
from model.patches import (
    ACCESS_OK_BY_SIGN,
    ACCESS_OK_TO_LIMIT,
    CLEAR_SIGHAND,
    CLONE3_NEWTIME,
    CLONE3_STACK,
    CLONE_AUTOREAP,
    CLONE_INTO_CGROUP,
    CLONE_NNP,
    EMPTY_MNTNS,
    PIDFD_AUTOKILL,
    SET_TID,
)
from model.request import Entry
from model.state import Fallible
from model.words import Flag
from properties.claim import Claim, claims, holds
from properties.outcome import made

_CLONE3 = "kernel/fork.c:copy_clone_args_from_user, clone3_args_valid"


def _clone3(call: Call, outcome: Outcome) -> Truth:
    return made(call, outcome, Entry.CLONE3)


@claims("P94s", source=_CLONE3, expect=holds(needs=Entry.CLONE3))
def clone3_reads_a_struct_of_64_bytes_to_a_page(call: Call, outcome: Outcome) -> Claim:
    """Neither shorter than its first version nor longer than a page, and readable."""
    usize = call.request.usize
    sized = both(
        at_most(words.CLONE_ARGS_SIZE_VER0, usize), at_most(usize, words.PAGE_SIZE)
    )
    return Claim(_clone3(call, outcome), both(sized, no(call.fails(Fallible.COPY_CLONE_ARGS))))


def _flags_of(call: Call) -> Word:
    """Return the flags that clone3() knows on this kernel."""
    reserved = words.CSIGNAL | words.DETACHED
    known: Word = words.LEGACY_FLAGS & ~reserved
    for patch, flag in (
        (CLONE3_NEWTIME, words.NEWTIME),
        (CLEAR_SIGHAND, words.CLEAR_SIGHAND),
        (CLONE_INTO_CGROUP, words.INTO_CGROUP),
        (CLONE_AUTOREAP, words.AUTOREAP),
        (CLONE_NNP, words.NNP),
        (PIDFD_AUTOKILL, words.PIDFD_AUTOKILL),
        (EMPTY_MNTNS, words.EMPTY_MNTNS),
    ):
        known = known | when_word(64, call.kernel[patch], flag, 0)
    return known


@claims("P08k", source=_CLONE3, expect=holds(needs=Entry.CLONE3))
def clone3_takes_no_flag_that_it_does_not_know(call: Call, outcome: Outcome) -> Claim:
    """Reserved bits are refused, so that they can get a meaning; clone() ignores them."""
    known = _flags_of(call)
    return Claim(_clone3(call, outcome), (call.request.flags | known) == known)


@claims("P41s", source=f"{_CLONE3}; clone(2) EINVAL", expect=holds(needs=Entry.CLONE3))
def clone3_never_both_shares_and_clears_handlers(call: Call, outcome: Outcome) -> Claim:
    """CLONE_SIGHAND with CLONE_CLEAR_SIGHAND never makes a task."""
    contrary = has(call.request.flags, words.SIGHAND | words.CLEAR_SIGHAND)
    return Claim(_clone3(call, outcome), no(contrary))


@claims("P10s", source=f"{_CLONE3}; a0eb9abd8af9", expect=holds(needs=Entry.CLONE3))
def clone3_takes_an_exit_signal_only_where_it_is_used(call: Call, outcome: Outcome) -> Claim:
    """0 to 64, and 0 for threads and siblings."""
    signal = call.request.exit_signal
    unused = has_any(call.request.flags, words.THREAD | words.PARENT)
    return Claim(
        _clone3(call, outcome),
        both(at_most(signal, words.SIGNAL_MAX), implies(unused, signal == 0)),
    )


@claims(
    "P90s",
    source="fa729c4df558; kernel/fork.c:clone3_stack_valid; 86e6b1547b3d",
    expect=holds(
        since=CLONE3_STACK & (~ACCESS_OK_BY_SIGN | ACCESS_OK_TO_LIMIT), needs=Entry.CLONE3
    ),
)
def clone3_takes_a_stack_with_its_size_in_user_memory(call: Call, outcome: Outcome) -> Claim:
    """Both or neither, and no wrap-around; v6.4 to v6.11 took any end below 2**63 on x86."""
    stack, size = call.request.stack, call.request.stack_size
    end = plus_unsigned(stack, size)
    inside = both(at_most(stack, end), at_most(end, words.TASK_SIZE_MAX))
    good = both(same(stack == 0, size == 0), either(stack == 0, inside))
    return Claim(_clone3(call, outcome), good)


@claims("P86s", source="49cb2fc42ce4", expect=holds(needs=SET_TID))
def clone3_takes_pids_with_their_number(call: Call, outcome: Outcome) -> Claim:
    """set_tid and set_tid_size both or neither, at most one pid per level, 32 at most."""
    request, size = call.request, call.args.set_tid_size
    given = visible(request.set_tid, request.usize, 64) != 0
    good = both(
        same(given, size != 0),
        at_most(size, words.MAX_PID_NS_LEVEL),
        implies(given, no(call.fails(Fallible.COPY_SET_TID))),
    )
    return Claim(both(call.kernel[SET_TID], _clone3(call, outcome)), good)


@claims("P72f", source="ef2c41cf38a7", expect=holds(needs=Flag.INTO_CGROUP))
def clone3_enters_a_cgroup_by_a_whole_descriptor_only(call: Call, outcome: Outcome) -> Claim:
    """CLONE_INTO_CGROUP needs the struct that has the field, and a possible number in it."""
    request = call.request
    entering = has(request.flags, words.INTO_CGROUP)
    whole = at_most(words.CLONE_ARGS_SIZE_VER2, request.usize)
    return Claim(
        both(entering, _clone3(call, outcome)),
        both(whole, at_most(request.cgroup, words.INT_MAX)),
    )
