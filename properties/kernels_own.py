"""What the kernel makes for itself: whose root it starts in, and which flags reach it."""

from __future__ import annotations

from model.algebra import Truth, both, either, has, no
from model.call import Call
from model.child import Share
from model.evaluate import Outcome
from model.patches import CLONE_INTO_CGROUP, KERNEL_FLAGS_KEPT, UMH_ROOT
from model.request import Entry
from model.words import INTO_CGROUP
from properties.claim import Claim, claims, holds
from properties.outcome import failed, from_user_space, made, through

_FS = "kernel/fork.c:copy_fs"
_HELPER = Entry.USER_MODE_THREAD


def _callers_own_root(outcome: Outcome) -> Truth:
    child = outcome.child
    return both(child.fs == int(Share.SHARED), no(child.fs_of_init))


@claims("Rt1", source=f"ed4b16725290; {_FS}", expect=holds(since=UMH_ROOT, needs=_HELPER))
def a_helper_starts_in_a_root_of_its_own_as_init_has_it(call: Call, outcome: Outcome) -> Claim:
    """Until v7.2 it copied its maker's, or shared it with CLONE_FS."""
    child = outcome.child
    own = both(child.fs == int(Share.COPIED), child.fs_of_init)
    return Claim(made(call, outcome, _HELPER), own)


@claims("Rt2", source=f"ed4b16725290; {_FS}", expect=holds(since=UMH_ROOT, needs=_HELPER))
def a_helper_is_made_from_the_initial_mount_namespace_only(
    call: Call, outcome: Outcome
) -> Claim:
    """Init's root would lead out of another one."""
    outside = no(call.current.nsproxy.mnt_ns_is_initial)
    return Claim(both(through(call, _HELPER), outside), failed(outcome))


@claims("Rt3", source=f"kernel/fork.c:fork_idle; {_FS}", expect=holds())
def an_idle_task_never_shares_its_makers_root(call: Call, outcome: Outcome) -> Claim:
    """It had a copy; since v7.3 it shares init_task's."""
    return Claim(made(call, outcome, Entry.FORK_IDLE), no(_callers_own_root(outcome)))


@claims("Rt4", source=_FS, expect=holds())
def no_child_of_a_user_task_gets_the_root_of_init(call: Call, outcome: Outcome) -> Claim:
    """It shares its maker's, or copies it."""
    return Claim(both(outcome.ok, from_user_space(call)), no(outcome.child.fs_of_init))


@claims("Rt5", source=_FS, expect=holds(needs=UMH_ROOT))
def only_helpers_and_idle_tasks_start_in_the_root_of_init(call: Call, outcome: Outcome) -> Claim:
    """Everybody else's root comes from the caller."""
    asked = either(call.args.umh, call.args.idle)
    return Claim(both(outcome.ok, outcome.child.fs_of_init), asked)


@claims("Rt6", source="f7071db2fe3d; kernel/fork.c:kernel_thread, user_mode_thread",
        expect=holds(since=KERNEL_FLAGS_KEPT, needs=CLONE_INTO_CGROUP))
def a_thread_of_the_kernel_starts_in_the_cgroup_that_was_asked_for(
    call: Call, outcome: Outcome
) -> Claim:
    """From v5.7 to v6.17 its flags lost the upper 32 bits."""
    asked = both(call.kernel[CLONE_INTO_CGROUP], has(call.request.flags, INTO_CGROUP))
    thread = made(call, outcome, Entry.KERNEL_THREAD, Entry.USER_MODE_THREAD)
    return Claim(both(thread, asked), outcome.child.in_target_cgroup)
