"""The cgroup that the child starts in, and what that does to it (cgroup_post_fork)."""

from __future__ import annotations

from model import words
from model.algebra import Truth, Word, both, has, no, when, when_word
from model.call import Call
from model.effects import task
from model.patches import CGROUP_FREEZE, CGROUP_KILL, KILL_SEQ, KILL_SEQ_OF_TARGET
from model.rows import decides
from model.rules.cgroup import entered, into_cgroup


@decides("in_target_cgroup", at="kernel/cgroup/cgroup.c:cgroup_post_fork")
def in_target_cgroup(call: Call) -> Truth:
    """CLONE_INTO_CGROUP; an idle task is in no cgroup."""
    return both(into_cgroup(call), no(call.args.idle))


def _kernel_thread(call: Call) -> Truth:
    return has(task.flags.value(call), words.PF_KTHREAD)


@decides("starts_frozen", at="kernel/cgroup/cgroup.c:cgroup_post_fork")
def starts_frozen(call: Call) -> Truth:
    """A child of a frozen cgroup is trapped, unless it is a kernel thread or an idle task."""
    frozen = both(call.kernel[CGROUP_FREEZE], entered(call).frozen)
    return both(frozen, no(call.args.idle), no(_kernel_thread(call)))


def _kills_before(call: Call) -> Word:
    """Return the count of kills that cgroup_can_fork() read: since 8e3599202166 the target's."""
    target = both(into_cgroup(call), call.kernel[KILL_SEQ_OF_TARGET])
    there = call.request.cgroup_target.group.kill_seq
    return when_word(32, target, there, call.current.cgroup.kill_seq)


def _kills_after(call: Call) -> Word:
    """Return the count that cgroup_post_fork() compares with it: of the cgroup it enters."""
    before = entered(call).kill_seq
    return when_word(32, call.chance.cgroup_killed != 0, (before + 1) & 0xFFFFFFFF, before)


@decides("born_killed", at="kernel/cgroup/cgroup.c:cgroup_post_fork")
def born_killed(call: Call) -> Truth:
    """cgroup.kill during the fork reaches the child.

    v5.14 to v6.13 only while the kill still walks its tasks; since v6.14 whenever the
    sequence number moved, which until 8e3599202166 was compared across two cgroups.
    """
    walking = call.chance.cgroup_killed == 1
    moved = _kills_before(call) != _kills_after(call)
    noticed = when(call.kernel[KILL_SEQ], moved, walking)
    return both(call.kernel[CGROUP_KILL], noticed, no(_kernel_thread(call)))
