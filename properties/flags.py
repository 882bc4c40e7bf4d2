"""Flag guards: combinations that never make a task, and some that only seem not to."""

from __future__ import annotations

from dataclasses import replace

from model import words
from model.algebra import (
    Truth,
    at_most,
    both,
    clear,
    either,
    has,
    has_any,
    implies,
    no,
    signed_below,
)
from model.call import Call
from model.child import Parent, Share
from model.evaluate import Outcome
from model.new_namespaces import Ns
from model.patches import (
    CLONE3_EXIT_SIGNAL,
    CLONE3_NEWTIME,
    CLONE_AUTOREAP,
    CLONE_NNP,
    CLONE_PIDFD,
    DEBIAN_USERNS_SYSCTL,
    EXIT_SIGNAL_CHECK,
    LEGACY_LOWER_32,
    NO_SIBLINGS_OF_INIT,
    PARENT_WITH_NEW_NAMESPACES,
    PIDFD_AUTOKILL,
    PIDFD_POINTER_CHECK,
    PIDFD_THREAD,
    TIME_NAMESPACES,
    TIMENS_AT_EXEC,
    USERNS_FS_GUARD,
)
from model.request import Entry
from model.rules.flags import FLAGS
from model.state import Fallible
from model.words import (
    DETACHED,
    FS,
    NEWNS,
    NEWPID,
    NEWTIME,
    NEWUSER,
    PARENT,
    PARENT_SETTID,
    PIDFD,
    SIGHAND,
    THREAD,
    VM,
    Errno,
    Flag,
)
from properties.claim import Claim, claims, fails, holds
from properties.outcome import failed, from_user_space, made, refused_by, through, twin

_COPY = "kernel/fork.c:copy_process"


@claims("P01", source=f"{_COPY}; clone(2)", expect=holds())
def a_new_mount_namespace_never_shares_its_root(call: Call, outcome: Outcome) -> Claim:
    """CLONE_NEWNS with CLONE_FS never makes a task."""
    return Claim(has(call.args.flags, NEWNS | FS), failed(outcome))


@claims("P01e", source="9d4e752a24f7", expect=holds(needs=Entry.CLONE3))
def an_empty_mount_namespace_never_shares_its_root(call: Call, outcome: Outcome) -> Claim:
    """CLONE_EMPTY_MNTNS with CLONE_FS never makes a task: unknown, since v7.1 like NEWNS."""
    asked = has(call.request.flags, words.EMPTY_MNTNS | FS)
    return Claim(both(through(call, Entry.CLONE3), asked), failed(outcome))


@claims("P02", source="e66eded8309e (CVE-2013-1858)", expect=holds(since=USERNS_FS_GUARD))
def a_new_user_namespace_never_shares_its_root(call: Call, outcome: Outcome) -> Claim:
    """CLONE_NEWUSER with CLONE_FS never makes a task."""
    return Claim(has(call.args.flags, NEWUSER | FS), failed(outcome))


@claims("P02c", source="e66eded8309e (CVE-2013-1858)", expect=holds(since=USERNS_FS_GUARD))
def whoever_shares_a_root_is_in_the_same_user_namespace(call: Call, outcome: Outcome) -> Claim:
    """The security form, for one creation: who could chroot() a root that others use."""
    shares = outcome.child.fs == int(Share.SHARED)
    return Claim(both(outcome.ok, shares), no(outcome.child.new_user_ns))


@claims("P03", source=_COPY, expect=holds())
def a_thread_shares_handlers_and_memory(call: Call, outcome: Outcome) -> Claim:
    """On success CLONE_THREAD implies CLONE_SIGHAND and CLONE_VM."""
    flags = call.args.flags
    return Claim(both(outcome.ok, has(flags, THREAD)), has(flags, SIGHAND | VM))


@claims("P03c", source=_COPY, expect=holds())
def a_new_thread_has_the_handlers_and_the_memory_of_its_group(
    call: Call, outcome: Outcome
) -> Claim:
    """The same, told of the child: memory is shared, or the group has none."""
    child = outcome.child
    memory = child.mm == int(Share.SHARED)
    return Claim(
        both(outcome.ok, child.same_thread_group),
        both(child.sighand == int(Share.SHARED), either(memory, no(call.current.mm))),
    )


@claims("P04", source="obvious but false", expect=fails(), truth="P04t")
def tasks_that_share_handlers_are_threads_of_one_group(call: Call, outcome: Outcome) -> Claim:
    """CLONE_SIGHAND without CLONE_THREAD is legal."""
    flags = call.args.flags
    return Claim(both(outcome.ok, has(flags, SIGHAND)), has(flags, THREAD))


@claims("P04t", source=_COPY, expect=holds())
def tasks_that_share_handlers_share_memory(call: Call, outcome: Outcome) -> Claim:
    """The strongest true version: one handler table, one address space (or none)."""
    child = outcome.child
    return Claim(
        both(outcome.ok, child.sighand == int(Share.SHARED)),
        either(child.mm == int(Share.SHARED), no(call.current.mm)),
    )


@claims("P05", source=f"{_COPY}; 123be07b0b39", expect=holds(since=NO_SIBLINGS_OF_INIT))
def an_init_never_makes_itself_a_sibling(call: Call, outcome: Outcome) -> Claim:
    """CLONE_PARENT by any thread of a pid namespace's init never makes a task."""
    sibling = has(call.args.flags, PARENT)
    return Claim(both(sibling, call.current.signal.unkillable), failed(outcome))


@claims("P05f", source="obvious but false", expect=fails(), truth="P05t")
def the_parent_of_all_but_an_init_is_in_the_same_pid_namespace(
    call: Call, outcome: Outcome
) -> Claim:
    """False: after setns() to a living pid namespace the next child enters it alone."""
    child = outcome.child
    ordinary = both(child.has_pid, no(child.is_child_reaper))
    return Claim(both(outcome.ok, ordinary), child.pid_ns == int(Ns.SAME))


@claims("P05t", source=_COPY, expect=holds())
def without_a_namespace_set_aside_the_parent_is_in_the_same_pid_namespace(
    call: Call, outcome: Outcome
) -> Claim:
    """The strongest true version: no pending pid namespace, no CLONE_NEWPID, no sibling."""
    here = both(
        call.current.nsproxy.pid_for_children_is_active,
        no(has_any(call.args.flags, NEWPID | PARENT | THREAD)),
    )
    child = outcome.child
    parent = child.real_parent == int(Parent.CALLER)
    return Claim(both(outcome.ok, here), both(parent, child.pid_ns == int(Ns.SAME)))


@claims("P06", source=f"{_COPY}; clone(2) EINVAL", expect=holds())
def no_thread_is_made_for_another_pid_or_user_namespace(call: Call, outcome: Outcome) -> Claim:
    """CLONE_THREAD with CLONE_NEWUSER, CLONE_NEWPID or a pending pid namespace is refused."""
    elsewhere = either(
        has_any(call.args.flags, NEWUSER | NEWPID),
        no(call.current.nsproxy.pid_for_children_is_active),
    )
    return Claim(both(has(call.args.flags, THREAD), elsewhere), failed(outcome))


@claims(
    "P07",
    source="clone(2) EINVAL, false since 1f7f4dde5c94",
    expect=fails(since=PARENT_WITH_NEW_NAMESPACES),
    truth="P07t",
)
def no_sibling_is_made_in_a_new_pid_or_user_namespace(call: Call, outcome: Outcome) -> Claim:
    """False since v3.13: CLONE_PARENT goes with CLONE_NEWPID and CLONE_NEWUSER."""
    flags = call.args.flags
    return Claim(both(has(flags, PARENT), has_any(flags, NEWPID | NEWUSER)), failed(outcome))


@claims("P07t", source="1f7f4dde5c94", expect=holds(since=PARENT_WITH_NEW_NAMESPACES))
def clone_parent_is_refused_to_inits_only(call: Call, outcome: Outcome) -> Claim:
    """The strongest true version: for all others clone() fails as it would without the flag."""
    signal = call.current.signal
    sibling = both(
        through(call, Entry.CLONE),
        has(call.args.flags, PARENT),
        no(either(signal.unkillable, signal.autoreap)),
    )
    flags = clear(call.request.flags, PARENT)
    plain = twin(call, request=replace(call.request, entry=int(Entry.CLONE), flags=flags))
    return Claim(sibling, outcome.errno == plain.errno)


@claims("P08", source="3f2c788a1314", expect=holds(since=LEGACY_LOWER_32), truth="P08e")
def legacy_clone_sets_no_flag_beyond_32_bits(call: Call, _outcome: Outcome) -> Claim:
    """Nor CLONE_NEWTIME, which lies in its exit signal; v5.4 lets sign extension through."""
    beyond = has_any(call.args.flags, 2**64 - 1 - words.LEGACY_FLAGS | NEWTIME)
    return Claim(through(call, Entry.FORK, Entry.VFORK, Entry.CLONE), no(beyond))


@claims("P08e", source="3f2c788a1314", expect=holds())
def legacy_clone_has_no_effect_of_clone3_only_flags(call: Call, outcome: Outcome) -> Claim:
    """Handlers stay and the cgroup too; broken from v5.5 to v5.7-rc5, none of them named here."""
    child = outcome.child
    plain = both(
        child.caught == call.current.sighand.caught,
        no(child.in_target_cgroup),
        no(child.autoreap),
        no(child.autokill),
        child.time_ns_for_children != int(Ns.NEW),
    )
    legacy = made(call, outcome, Entry.FORK, Entry.VFORK, Entry.CLONE)
    return Claim(both(legacy, no(call.current.signal.autoreap)), plain)


@claims(
    "P09",
    source="a402f1e35313; UAPI sched.h",
    expect=holds(since=CLONE3_NEWTIME, needs=Flag.NEWTIME),
)
def clone3_accepts_a_new_time_namespace(call: Call, outcome: Outcome) -> Claim:
    """CLONE_NEWTIME alone, well asked, is not an EINVAL: what may be missing is a right."""
    request = call.request
    plain = both(
        at_most(words.CLONE_ARGS_SIZE_VER0, request.usize),
        at_most(request.exit_signal, words.SIGNAL_MAX),
        request.set_tid == 0,
        request.set_tid_size == 0,
        request.stack == 0,
        request.stack_size == 0,
        call.chance.fails == int(Fallible.NONE),
    )
    asked = both(
        call.kernel[TIME_NAMESPACES],
        through(call, Entry.CLONE3),
        request.flags == NEWTIME,
    )
    return Claim(both(asked, plain), outcome.errno != int(Errno.EINVAL))


def _is_a_signal_or_none(outcome: Outcome) -> Truth:
    signal = outcome.child.exit_signal
    given = both(no(signed_below(signal, 0)), no(signed_below(words.SIGNAL_MAX, signal)))
    return either(given, outcome.child.same_thread_group)


@claims("P10", source="09e7827e7857", expect=holds(since=EXIT_SIGNAL_CHECK), truth="P10t")
def every_exit_signal_is_a_signal(call: Call, outcome: Outcome) -> Claim:
    """False of clone() until v7.1: 65 to 255 are stored (do_notify_parent() drops them)."""
    sane = no(signed_below(words.SIGNAL_MAX, call.current.signal.leader_exit_signal))
    asked = both(from_user_space(call), outcome.ok, sane)
    return Claim(asked, _is_a_signal_or_none(outcome))


@claims("P10t", source="a0eb9abd8af9", expect=holds(since=CLONE3_EXIT_SIGNAL, needs=Entry.CLONE3))
def every_exit_signal_of_clone3_is_a_signal(call: Call, outcome: Outcome) -> Claim:
    """The strongest true version for all kernels; a sibling takes its leader's."""
    sane = no(signed_below(words.SIGNAL_MAX, call.current.signal.leader_exit_signal))
    return Claim(both(made(call, outcome, Entry.CLONE3), sane), _is_a_signal_or_none(outcome))


@claims("P11", source="clone(2); 83b290c9e3b5",
        expect=holds(since=CLONE_PIDFD, until=PIDFD_THREAD), truth="P11t")
def a_pidfd_is_never_of_a_thread(call: Call, outcome: Outcome) -> Claim:
    """CLONE_PIDFD with CLONE_THREAD is refused, until v6.9."""
    return Claim(has(call.args.flags, PIDFD | THREAD), failed(outcome))


@claims("P11t", source=_COPY, expect=holds(since=CLONE_PIDFD))
def a_pidfd_never_goes_with_detached(call: Call, outcome: Outcome) -> Claim:
    """What stayed: CLONE_PIDFD with CLONE_DETACHED is refused."""
    return Claim(has(call.args.flags, PIDFD | DETACHED), failed(outcome))


@claims(
    "P12",
    source="kernel/fork.c:kernel_clone; 3af8588c7715",
    expect=holds(since=PIDFD_POINTER_CHECK),
    truth="P12t",
)
def pidfd_and_pid_are_never_stored_at_one_address(call: Call, outcome: Outcome) -> Claim:
    """CLONE_PIDFD and CLONE_PARENT_SETTID with equal pointers; v5.4's clone3 allows it."""
    shared = both(
        has(call.args.flags, PIDFD | PARENT_SETTID), call.args.pidfd == call.args.parent_tid
    )
    return Claim(both(from_user_space(call), shared), failed(outcome))


@claims("P12t", source="clone(2) EINVAL", expect=holds(since=CLONE_PIDFD))
def legacy_clone_never_stores_both_pidfd_and_pid(call: Call, outcome: Outcome) -> Claim:
    """It has one pointer for both."""
    asked = has(call.args.flags, PIDFD | PARENT_SETTID)
    return Claim(both(through(call, Entry.CLONE), asked), failed(outcome))


def _guards(call: Call, errno: Errno) -> Truth:
    """Return whether a guard that gives this error objects, whichever comes first."""
    return either(
        *(
            both(call.kernel.stands(row.where), row.condition(call))
            for row in FLAGS
            if row.errno == errno
        )
    )


@claims(
    "P13",
    source=_COPY,
    expect=holds(until=PIDFD_AUTOKILL | DEBIAN_USERNS_SYSCTL),
    truth="P13t",
)
def the_order_of_the_guards_cannot_be_seen(call: Call, _outcome: Outcome) -> Claim:
    """No two guards that hold together give different errors; v7.1 and Debian add an EPERM."""
    wrong, forbidden = _guards(call, Errno.EINVAL), _guards(call, Errno.EPERM)
    return Claim(either(wrong, forbidden), no(both(wrong, forbidden)))


@claims("P13t", source=_COPY, expect=holds())
def guards_refuse_with_einval_unless_privilege_is_missing(call: Call, outcome: Outcome) -> Claim:
    """The strongest true version: where no EPERM guard objects, every order gives EINVAL."""
    refused = both(refused_by(outcome, FLAGS), no(_guards(call, Errno.EPERM)))
    return Claim(refused, outcome.errno == int(Errno.EINVAL))


@claims(
    "P14",
    source="2b5f9dad32ed",
    expect=holds(since=TIMENS_AT_EXEC, needs=Flag.NEWTIME),
)
def shared_memory_is_never_refused_for_a_pending_time_namespace(
    call: Call, outcome: Outcome
) -> Claim:
    """With CLONE_VM the error is what it would be without unshare(CLONE_NEWTIME) before."""
    nsproxy = replace(call.current.nsproxy, time_for_children_is_active=True)
    without = twin(call, current=replace(call.current, nsproxy=nsproxy))
    pending = no(call.current.nsproxy.time_for_children_is_active)
    return Claim(both(has(call.args.flags, VM), pending), outcome.errno == without.errno)


@claims(
    "P17",
    source="12ae2c81b21c",
    expect=holds(needs=Flag.AUTOREAP),
)
def a_task_reaped_automatically_is_an_own_child_without_exit_signal(
    call: Call, outcome: Outcome
) -> Claim:
    """CLONE_AUTOREAP (v7.1): no thread, no sibling, nothing to be waited for."""
    asked = both(call.kernel[CLONE_AUTOREAP], has(call.args.flags, words.AUTOREAP))
    child = outcome.child
    own = both(
        child.autoreap,
        child.exit_signal == 0,
        no(child.same_thread_group),
        child.real_parent == int(Parent.CALLER),
    )
    return Claim(both(asked, outcome.ok, no(call.args.idle)), own)


@claims("P17s", source="12ae2c81b21c", expect=holds(needs=Flag.AUTOREAP))
def a_task_reaped_automatically_makes_no_sibling(call: Call, outcome: Outcome) -> Claim:
    """CLONE_PARENT by it is refused: the sibling would take its exit signal, not its fate."""
    sibling = has(call.args.flags, PARENT)
    return Claim(both(call.current.signal.autoreap, sibling), failed(outcome))


def _autokill(call: Call, outcome: Outcome) -> Truth:
    return both(outcome.ok, outcome.child.autokill)


@claims("P18", source="c8134b5f13ae", expect=holds(needs=Flag.PIDFD_AUTOKILL))
def who_kills_by_closing_a_pidfd_was_allowed_to(call: Call, outcome: Outcome) -> Claim:
    """CLONE_PIDFD_AUTOKILL (v7.1) needs no_new_privs on the child, or CAP_SYS_ADMIN."""
    privileged = call.capable_in_own_ns(words.CAP_SYS_ADMIN)
    return Claim(_autokill(call, outcome), either(outcome.child.no_new_privs, privileged))


@claims(
    "P18f",
    source="obvious but false",
    expect=fails(needs=Flag.PIDFD_AUTOKILL),
    truth="P18",
)
def a_child_killed_by_closing_a_pidfd_never_gains_privilege(
    call: Call, outcome: Outcome
) -> Claim:
    """False: made with CAP_SYS_ADMIN it has no no_new_privs, and may execute a setuid file."""
    return Claim(_autokill(call, outcome), outcome.child.no_new_privs)


@claims("P18p", source="c8134b5f13ae", expect=holds(needs=Flag.PIDFD_AUTOKILL))
def who_kills_by_closing_a_pidfd_has_one_and_need_not_wait(
    call: Call, outcome: Outcome
) -> Claim:
    """CLONE_PIDFD_AUTOKILL goes with CLONE_PIDFD and CLONE_AUTOREAP only, not with threads."""
    together = has(call.args.flags, PIDFD | words.AUTOREAP)
    thread = outcome.child.same_thread_group
    return Claim(_autokill(call, outcome), both(together, no(thread)))


@claims("P18n", source="24baca56fafc", expect=holds(needs=Flag.NNP))
def no_new_privs_is_never_asked_for_a_thread(call: Call, outcome: Outcome) -> Claim:
    """CLONE_NNP (v7.1) with CLONE_THREAD never makes a task."""
    asked = both(call.kernel[CLONE_NNP], has(call.args.flags, words.NNP | THREAD))
    return Claim(asked, failed(outcome))


@claims("P18i", source="kernel/fork.c:copy_seccomp", expect=holds())
def no_new_privs_comes_from_the_caller_or_on_request(call: Call, outcome: Outcome) -> Claim:
    """CLONE_NNP (v7.1) is the only way to start with what the caller has not."""
    asked = has(call.args.flags, words.NNP)
    inherited = call.current.no_new_privs
    return Claim(outcome.ok, implies(outcome.child.no_new_privs, either(inherited, asked)))
