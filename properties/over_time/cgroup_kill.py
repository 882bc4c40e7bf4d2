"""cgroup.kill and SIGKILL against a fork."""

from __future__ import annotations

from model.algebra import Truth, both, either, implies, no
from model.kernel import Kernel
from model.over_time import cgroup_kill
from model.over_time.places import CgroupKill, ForkStage, Life
from model.over_time.world import World
from model.patches import CGROUP_KILL, KILL_SEQ, KILL_SEQ_OF_TARGET
from properties.claim import Claim, fails, holds
from properties.over_time.claim import invariant


def _born(state: World) -> Truth:
    return state.child == int(Life.ALIVE)


@invariant(
    "P70H",
    of=cgroup_kill.SYSTEM,
    source="b69bb476dee9; kernel/cgroup/cgroup.c:cgroup_post_fork",
    expect=holds(since=KILL_SEQ, needs=CGROUP_KILL),
    truth="",
)
def a_fork_that_began_before_a_kill_leaves_no_survivor(_kernel: Kernel, state: World) -> Claim:
    """Until v6.13 the child was spared if the kill was over when it came."""
    finished = both(state.kill == int(CgroupKill.DONE), _born(state), state.forked_before)
    return Claim(finished, state.child_killed)


@invariant(
    "P70w",
    of=cgroup_kill.SYSTEM,
    source="kernel/cgroup/cgroup.c:__cgroup_kill; cgroup v2 documentation",
    expect=fails(needs=CGROUP_KILL),
    truth="P70H",
)
def a_fork_that_overlaps_a_kill_leaves_no_survivor(_kernel: Kernel, state: World) -> Claim:
    """False: one that began after the sequence number was raised, and was past its last look
    at signals when the walk met its parent, is published unharmed when the walk is over.
    Seen on 6.1, 6.6, 6.12, 6.18 and 7.1 (kernels/races).
    """
    finished = both(state.kill == int(CgroupKill.DONE), _born(state))
    return Claim(both(finished, no(state.into_other)), state.child_killed)


@invariant(
    "P71H",
    of=cgroup_kill.SYSTEM,
    source="8e3599202166; kernel/cgroup/cgroup.c:cgroup_css_set_fork",
    expect=fails(since=KILL_SEQ, until=KILL_SEQ_OF_TARGET),
)
def no_child_is_killed_without_a_kill_of_its_cgroup(_kernel: Kernel, state: World) -> Claim:
    """v6.14 compared the sequence numbers of two cgroups."""
    unharmed = both(_born(state), state.kill == int(CgroupKill.NO))
    return Claim(unharmed, no(state.child_killed))


@invariant("P74H", of=cgroup_kill.SYSTEM, source="kernel/fork.c:copy_process", expect=holds())
def a_fork_that_makes_no_child_was_killed(_kernel: Kernel, state: World) -> Claim:
    """EINTR: fatal_signal_pending() stands before publication."""
    over = either(state.half == int(ForkStage.DONE), state.half == int(ForkStage.FAILED))
    return Claim(over, implies(no(_born(state)), state.killed))
