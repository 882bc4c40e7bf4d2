"""What a child shares, copies or starts without."""

from __future__ import annotations

from model import words
from model.algebra import Truth, Word, both, either, has, implies, no, same, when_word
from model.call import Call
from model.child import Parent, Share
from model.copy_process import PIDFD_STORED
from model.evaluate import Outcome
from model.patches import CLONE_FLAGS_U64, CLONE_PIDFD, PLUG_TIME, PLUG_TIME_DROPPED
from model.request import Entry
from model.ucounts import shares_its_creators_cred
from model.words import Flag
from properties.claim import Claim, claims, fails, holds
from properties.outcome import failed, from_user_space, kept, made, same_byte

_CREDS = "kernel/cred.c:copy_creds"


def _handlers_are_cleared(call: Call, outcome: Outcome) -> Truth:
    sighand = call.current.sighand
    return both(outcome.child.caught == 0, outcome.child.ignored == sighand.ignored)


@claims(
    "P41",
    source="b612e5df4587; 04ff48239f46",
    expect=holds(since=CLONE_FLAGS_U64, needs=Flag.CLEAR_SIGHAND),
    truth="P41t",
)
def clear_sighand_clears_every_handler(call: Call, outcome: Outcome) -> Claim:
    """Caught signals become SIG_DFL, ignored ones stay; lost on 32 bits until v6.18."""
    asked = has(call.args.flags, words.CLEAR_SIGHAND)
    return Claim(
        both(made(call, outcome, Entry.CLONE3), asked), _handlers_are_cleared(call, outcome)
    )


@claims("P41t", source="b612e5df4587", expect=holds(needs=Flag.CLEAR_SIGHAND))
def clear_sighand_clears_every_handler_on_64_bits(call: Call, outcome: Outcome) -> Claim:
    """The strongest true version for all kernels."""
    asked = both(has(call.args.flags, words.CLEAR_SIGHAND), no(call.system.long_is_32_bit))
    return Claim(
        both(made(call, outcome, Entry.CLONE3), asked), _handlers_are_cleared(call, outcome)
    )


@claims("P42", source="kernel/fork.c:copy_files", expect=holds())
def file_descriptors_are_shared_copied_or_absent(call: Call, outcome: Outcome) -> Claim:
    """None for no_files or a caller without, CLONE_FILES or not; else shared if it is set."""
    none = either(no(call.current.files), call.args.no_files)
    shared = when_word(
        8, has(call.args.flags, words.FILES), int(Share.SHARED), int(Share.COPIED)
    )
    expected = when_word(8, none, int(Share.NONE), shared)
    return Claim(outcome.ok, outcome.child.files == expected)


def _resources(outcome: Outcome) -> list[tuple[int, Word]]:
    child = outcome.child
    return [
        (words.VM, child.mm),
        (words.FS, child.fs),
        (words.FILES, child.files),
        (words.SIGHAND, child.sighand),
        (words.SYSVSEM, child.sysvsem),
        (words.IO, child.io_context),
    ]


@claims("P43", source="clone(2); obvious but false", expect=fails(), truth="P43t")
def a_resource_is_shared_exactly_where_its_flag_says_so(call: Call, outcome: Outcome) -> Claim:
    """False where there is nothing to share: no mm, no files, no io_context, no_files."""
    agree = [
        same(has(call.args.flags, flag), how == int(Share.SHARED))
        for flag, how in _resources(outcome)
    ]
    return Claim(outcome.ok, both(*agree))


@claims("P43t", source="kernel/fork.c:copy_process", expect=holds())
def a_resource_that_there_is_is_shared_exactly_where_its_flag_says_so(
    call: Call, outcome: Outcome
) -> Claim:
    """The strongest true version: shared only with the flag, and with it shared or absent."""
    task = call.current
    absent = {
        words.VM: no(task.mm),
        words.FILES: either(no(task.files), call.args.no_files),
        words.IO: no(task.io_context),
    }
    agree = []
    for flag, how in _resources(outcome):
        expected = both(has(call.args.flags, flag), no(absent.get(flag, False)))
        agree.append(same(expected, how == int(Share.SHARED)))
    return Claim(outcome.ok, both(*agree))


@claims("P44", source="obvious but false", expect=fails(), truth="P44t")
def a_child_has_its_parents_objective_credentials(call: Call, outcome: Outcome) -> Claim:
    """False inside override_creds(): the subjective ones become the child's, for both."""
    cred = call.current.real_cred
    child = outcome.child
    ids = both(child.uid == cred.uid, child.euid == cred.euid)
    return Claim(both(outcome.ok, no(child.new_user_ns)), ids)


@claims("P44t", source=_CREDS, expect=holds())
def a_child_has_its_parents_subjective_credentials(call: Call, outcome: Outcome) -> Claim:
    """The strongest true version; a new user namespace gives every capability inside it."""
    cred, child = call.cred, outcome.child
    ids = both(child.uid == cred.uid, child.euid == cred.euid)
    full = child.cap_effective == words.CAP_FULL_SET
    caps = either(both(child.new_user_ns, full), child.cap_effective == cred.cap_effective)
    level = either(child.new_user_ns, child.user_ns_level == cred.user_ns.level)
    return Claim(outcome.ok, both(ids, caps, level))


@claims("P46c", source="d1e7fd6462ca; kernel/fork.c:copy_process", expect=holds())
def a_child_remembers_the_exec_id_of_the_parent_it_reports_to(
    call: Call, outcome: Outcome
) -> Claim:
    """parent_exec_id and real_parent are taken from the same task."""
    child = outcome.child
    return Claim(outcome.ok, child.parent_exec_id == child.real_parent)


@claims("P47", source="kernel/fork.c:copy_process", expect=holds())
def the_exit_signal_is_the_leaders_for_siblings_and_none_for_threads(
    call: Call, outcome: Outcome
) -> Claim:
    """-1 for threads and only for them; a sibling takes the group leader's, others the asked."""
    child, flags = outcome.child, call.args.flags
    leader = child.exit_signal == call.current.signal.leader_exit_signal
    thread = has(flags, words.THREAD)
    sibling = both(has(flags, words.PARENT), no(thread))
    asked = same_byte(child.exit_signal, call.args.exit_signal)
    return Claim(
        both(outcome.ok, from_user_space(call)),
        both(
            same(child.exit_signal == -1, thread),
            implies(sibling, leader),
            either(thread, sibling, asked),
        ),
    )


@claims("P47f", source="obvious but false", expect=fails(), truth="P47")
def a_sibling_has_the_exit_signal_that_was_asked_for(call: Call, outcome: Outcome) -> Claim:
    """False: with CLONE_PARENT the argument is not used."""
    sibling = both(has(call.args.flags, words.PARENT), no(has(call.args.flags, words.THREAD)))
    return Claim(
        both(made(call, outcome, Entry.CLONE), sibling),
        same_byte(outcome.child.exit_signal, call.args.exit_signal),
    )


@claims("P48", source=_CREDS, expect=holds())
def threads_share_their_cred_unless_one_has_a_thread_keyring(
    call: Call, outcome: Outcome
) -> Claim:
    """Without a thread keyring a thread takes its creator's very cred, nobody else does."""
    expected = both(has(call.args.flags, words.THREAD), no(call.cred.thread_keyring))
    return Claim(outcome.ok, same(outcome.child.shares_cred, expected))


@claims("P48f", source="obvious but false", expect=fails(), truth="P48")
def threads_share_their_cred(call: Call, outcome: Outcome) -> Claim:
    """False: a thread keyring makes copy_creds() prepare a cred of its own."""
    return Claim(both(outcome.ok, outcome.child.same_thread_group), outcome.child.shares_cred)


@claims("P48k", source=_CREDS, expect=holds())
def a_thread_keyring_is_never_shared(call: Call, outcome: Outcome) -> Claim:
    """Whoever's creator has one gets a cred of its own, a thread with a fresh one in it."""
    shared = shares_its_creators_cred(call)
    return Claim(both(outcome.ok, call.cred.thread_keyring), no(shared))


@claims("P4B", source="kernel/fork.c:copy_process; clone(2)", expect=holds(needs=CLONE_PIDFD))
def a_pidfd_is_in_the_childs_table_only_where_it_is_shared(
    call: Call, outcome: Outcome
) -> Claim:
    """The descriptor is reserved after copy_files()."""
    shared = has(call.args.flags, words.FILES | words.PIDFD)
    return Claim(both(outcome.ok, outcome.child.pidfd_in_child), shared)


@claims("P4Bf", source="obvious but false", expect=fails(since=CLONE_PIDFD), truth="P4Bt")
def a_failed_call_leaves_the_place_of_the_pidfd_untouched(
    call: Call, outcome: Outcome
) -> Claim:
    """False: the number is stored before the cgroup and the last tests can refuse."""
    return Claim(failed(outcome), no(outcome.done[PIDFD_STORED]))


@claims("P4Bt", source="kernel/fork.c:copy_process, bad_fork_put_pidfd", expect=holds())
def a_failed_call_leaves_no_pidfd_open(call: Call, outcome: Outcome) -> Claim:
    """The strongest true version: the number may be stored, the descriptor is free again."""
    return Claim(failed(outcome), no(kept(outcome, "pidfd")))


@claims("P4C", source="kernel/fork.c:copy_seccomp", expect=holds())
def a_child_is_as_confined_as_its_caller(call: Call, outcome: Outcome) -> Claim:
    """no_new_privs and the seccomp mode with its filters are inherited."""
    task, child = call.current, outcome.child
    return Claim(
        outcome.ok,
        both(
            implies(task.no_new_privs, child.no_new_privs),
            child.seccomp_mode == task.seccomp_mode,
        ),
    )


@claims("P77c", source="kernel/exit.c:do_notify_parent; 12ae2c81b21c", expect=holds())
def a_child_without_exit_signal_waits_to_be_reaped(call: Call, outcome: Outcome) -> Claim:
    """No process starts out reaped automatically unless CLONE_AUTOREAP asked for it."""
    child = outcome.child
    silent = both(outcome.ok, child.exit_signal == 0, no(child.same_thread_group))
    asked = has(call.args.flags, words.AUTOREAP)
    return Claim(both(silent, no(asked)), no(child.autoreap))


@claims("P77p", source="kernel/fork.c:copy_process", expect=holds())
def a_child_that_is_no_sibling_and_no_thread_is_its_callers(
    call: Call, outcome: Outcome
) -> Claim:
    """Only CLONE_PARENT and CLONE_THREAD hand it to the caller's parent."""
    child = outcome.child
    plain = no(either(has(call.args.flags, words.PARENT), has(call.args.flags, words.THREAD)))
    return Claim(outcome.ok, same(plain, child.real_parent == int(Parent.CALLER)))


@claims("P48p", source=_CREDS, expect=holds())
def a_process_keyring_stays_in_its_process(call: Call, outcome: Outcome) -> Claim:
    """Threads see their creator's, other children start without."""
    own = both(outcome.child.same_thread_group, call.cred.process_keyring)
    return Claim(outcome.ok, same(outcome.child.process_keyring, own))


@claims("P43a", source="kernel/fork.c:copy_process, sas_ss_reset", expect=holds())
def an_alternate_signal_stack_is_never_used_by_two(call: Call, outcome: Outcome) -> Claim:
    """Kept unless memory is shared with a caller that runs on."""
    flags = call.args.flags
    shared = both(has(flags, words.VM), no(has(flags, words.VFORK)))
    return Claim(
        outcome.ok, same(outcome.child.altstack, both(call.current.altstack, no(shared)))
    )


@claims("P91w", source="kernel/fork.c:kernel_clone; vfork(2)", expect=holds())
def a_caller_waits_for_its_child_only_with_vfork(call: Call, outcome: Outcome) -> Claim:
    """And every system call with CLONE_VFORK does."""
    return Claim(
        both(outcome.ok, from_user_space(call)),
        same(outcome.child.vfork_wait, has(call.args.flags, words.VFORK)),
    )


@claims(
    "P57p",
    source="fd38b75c4b43; 06b23f92af87",
    expect=holds(since=PLUG_TIME_DROPPED, needs=PLUG_TIME),
)
def no_child_inherits_that_a_plug_has_a_time(call: Call, outcome: Outcome) -> Claim:
    """PF_BLOCK_TS speaks of the caller's plug; a child starts without one."""
    inherited = has(outcome.child.flags, words.PF_BLOCK_TS)
    return Claim(both(outcome.ok, has(call.current.flags, words.PF_BLOCK_TS)), no(inherited))
