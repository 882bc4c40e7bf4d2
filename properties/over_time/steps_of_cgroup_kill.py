"""What each half-step of a fork and of cgroup.kill needs, and what it does."""

from __future__ import annotations

from model.kernel import Kernel
from model.over_time.cgroup_kill import SYSTEM
from model.over_time.places import CgroupKill, ForkStage
from model.over_time.world import World
from model.patches import CGROUP_KILL, CLONE_INTO_CGROUP, KILL_SEQ, KILL_SEQ_OF_TARGET
from properties.claim import Claim, holds
from properties.over_time.claim import each_step, some_step
from properties.over_time.steps import changed, happens, only

_WALK = "kernel/cgroup/cgroup.c:__cgroup_kill"
_WHERE_KILLED = holds(needs=CGROUP_KILL)


def _locked(state: World) -> bool:
    """Return whether the fork holds cgroup_mutex."""
    return bool(state.into_other) and state.half in (ForkStage.CHARGED, ForkStage.TESTED)


@each_step("T20", of=SYSTEM, source="kernel/fork.c:copy_process", expect=holds())
def a_fork_begins_once_looks_for_a_fatal_signal_and_is_over(
    _kernel: Kernel, before: World, after: World
) -> Claim:
    """A killed caller comes no further than its last look; past that it makes a child."""
    way = int(before.half), int(after.half)
    fine = {
        (ForkStage.NO, ForkStage.CHARGED): not before.killed
        and only(before, after, "half", "into_other"),
        (ForkStage.CHARGED, ForkStage.TESTED): not before.killed and only(before, after, "half"),
        (ForkStage.CHARGED, ForkStage.FAILED): before.killed and only(before, after, "half"),
        (ForkStage.TESTED, ForkStage.DONE): after.child
        and only(before, after, "half", "child", "child_killed"),
    }
    known = {(int(old), int(new)): truth for (old, new), truth in fine.items()}
    return Claim(before.half != after.half, bool(known.get(way, False)))


@each_step("T21", of=SYSTEM, source="kernel/cgroup/cgroup.c:cgroup_css_set_fork", expect=holds())
def a_fork_that_takes_the_mutex_waits_for_a_kill_that_walks(
    _kernel: Kernel, before: World, after: World
) -> Claim:
    """CLONE_INTO_CGROUP takes cgroup_mutex, which the walk holds; a plain fork does not."""
    begins = before.half == ForkStage.NO and after.half == ForkStage.CHARGED
    waits = not after.into_other or before.kill != CgroupKill.WALKS
    return Claim(begins, waits)


@each_step("T22", of=SYSTEM, source=_WALK, expect=_WHERE_KILLED)
def a_kill_begins_once_and_not_under_the_mutex_of_a_fork(
    _kernel: Kernel, before: World, after: World
) -> Claim:
    """It is over when everybody that it could meet has SIGKILL."""
    way = before.kill, after.kill
    if way == (CgroupKill.NO, CgroupKill.WALKS):
        moved = before.half in (ForkStage.CHARGED, ForkStage.TESTED)
        fine = not _locked(before) and after.forked_before == moved and only(
            before, after, "kill", "forked_before"
        )
        return Claim(True, fine)
    met = before.into_other or before.killed
    child = not before.child or before.child_killed
    over = (
        way == (CgroupKill.WALKS, CgroupKill.DONE) and met and child and only(before, after, "kill")
    )
    return Claim(before.kill != after.kill, bool(over))


@each_step("T23", of=SYSTEM, source=_WALK, expect=_WHERE_KILLED)
def the_forker_is_killed_only_by_a_walk_over_its_own_cgroup(
    _kernel: Kernel, before: World, after: World
) -> Claim:
    """Not where it makes its child in another one that is killed."""
    killed = happens(before, after, "killed")
    walks = before.kill == CgroupKill.WALKS and not before.into_other
    return Claim(killed, walks and only(before, after, "killed"))


@each_step("T24", of=SYSTEM, source=_WALK, expect=_WHERE_KILLED)
def a_published_child_is_killed_only_by_the_walk(
    _kernel: Kernel, before: World, after: World
) -> Claim:
    """And SIGKILL is never taken back from it, nor from its parent."""
    killed = before.child and before.child_killed != after.child_killed
    walks = before.kill == CgroupKill.WALKS and only(before, after, "child_killed")
    return Claim(bool(killed), bool(walks and after.child_killed))


@each_step("T25", of=SYSTEM, source="kernel/cgroup/cgroup.c:cgroup_kill", expect=_WHERE_KILLED)
def killing_the_empty_cgroup_hits_nobody(
    _kernel: Kernel, before: World, after: World
) -> Claim:
    """It was before the fork; only its sequence number is another."""
    killed = before.other_killed != after.other_killed
    return Claim(killed, before.half == ForkStage.NO and changed(before, after) == {"other_killed"})


@each_step("T26", of=SYSTEM, source="kernel/cgroup/cgroup.c:cgroup_post_fork", expect=_WHERE_KILLED)
def a_child_is_born_killed_only_where_its_cgroup_is_or_was(
    _kernel: Kernel, before: World, after: World
) -> Claim:
    """While the walk is under way it is always, or the walk has yet to meet it."""
    born = happens(before, after, "child", "child_killed")
    return Claim(born, before.kill != CgroupKill.NO or bool(before.other_killed))


@each_step("T2b", of=SYSTEM, source="kernel/cgroup/cgroup.c:cgroup_post_fork", expect=holds())
def a_child_is_born_killed_exactly_where_its_kernel_can_tell_that_its_cgroup_was(
    kernel: Kernel, before: World, after: World
) -> Claim:
    """While the walk is under way; since v6.14 by a sequence number that moved meanwhile.

    Until v7.3 the number of the forker's own cgroup was sampled, for a child in another as well.
    """
    born = happens(before, after, "child")
    other = bool(before.into_other and before.other_killed)
    moved = bool(before.forked_before) or (other and kernel[KILL_SEQ_OF_TARGET] is not True)
    told = moved if kernel[KILL_SEQ] is True else bool(before.kill == CgroupKill.WALKS)
    return Claim(born, bool(after.child_killed) == told)


@each_step("T2c", of=SYSTEM, source=_WALK, expect=_WHERE_KILLED)
def nobody_is_killed_who_is_not_there(
    _kernel: Kernel, before: World, after: World
) -> Claim:
    """A child is published before it can be met, or is born so."""
    killed = before.child_killed != after.child_killed
    return Claim(killed, bool(after.child))


@some_step("T27", of=SYSTEM, source="kernel/fork.c:copy_process", expect=holds())
def a_fork_under_way_goes_on_whatever_is_killed(
    _kernel: Kernel, before: World, after: World
) -> Claim:
    """It waits for nobody; a fatal signal makes it fail."""
    under_way = before.half in (ForkStage.CHARGED, ForkStage.TESTED)
    return Claim(under_way, int(after.half) > int(before.half))


@some_step("T28", of=SYSTEM, source=_WALK, expect=_WHERE_KILLED)
def a_walk_goes_on_until_it_is_over(_kernel: Kernel, before: World, after: World) -> Claim:
    """It meets the forker, or the child, or has met all."""
    meets = changed(before, after) & {"killed", "child_killed", "kill"}
    return Claim(before.kill == CgroupKill.WALKS, bool(meets) and after.half == before.half)


@some_step("T29", of=SYSTEM, source="kernel/cgroup/cgroup.c:cgroup_kill", expect=holds())
def a_cgroup_can_be_killed_unless_a_fork_into_it_is_under_way(
    kernel: Kernel, before: World, after: World
) -> Claim:
    """At any moment of a plain fork; since v5.14, and before that nobody can."""
    free = before.kill == CgroupKill.NO and not _locked(before)
    can = (
        after.kill == CgroupKill.WALKS if kernel[CGROUP_KILL] is True else after.half != before.half
    )
    return Claim(free and before.half in (ForkStage.CHARGED, ForkStage.TESTED), can)


@some_step(
    "T2a",
    of=SYSTEM,
    source="kernel/cgroup/cgroup.c:cgroup_css_set_fork",
    expect=holds(needs=CLONE_INTO_CGROUP),
    cases=(False, True),
)
def who_is_not_killed_can_begin_to_fork(
    kernel: Kernel, before: World, after: World, into: bool
) -> Claim:
    """Into the other cgroup as well, unless that is being killed."""
    fresh = before.half == ForkStage.NO and not before.killed
    free = not into or before.kill != CgroupKill.WALKS
    known = kernel[CLONE_INTO_CGROUP] is True
    return Claim(
        fresh and free and known, after.half == ForkStage.CHARGED and after.into_other == into
    )


@some_step("T2d", of=SYSTEM, source="kernel/cgroup/cgroup.c:cgroup_kill", expect=_WHERE_KILLED)
def a_cgroup_can_be_killed_before_a_fork_and_after_it(
    kernel: Kernel, before: World, after: World
) -> Claim:
    """Whichever cgroup the child was made in."""
    idle = before.kill == CgroupKill.NO and before.half in (
        ForkStage.NO,
        ForkStage.DONE,
        ForkStage.FAILED,
    )
    return Claim(kernel[CGROUP_KILL] is True and idle, after.kill == CgroupKill.WALKS)
