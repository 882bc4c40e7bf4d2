"""What each of a family does when it forks, ends or waits, and what is left of the others."""

from __future__ import annotations

from model import words
from model.kernel import Kernel
from model.over_time.families import SYSTEM
from model.over_time.places import Life, Parentage
from model.over_time.world import World
from model.patches import CLONE_AUTOREAP, SIBLING_SIGNAL_LOCKED
from properties.claim import Claim, holds
from properties.over_time.claim import each_step, some_step
from properties.over_time.steps import ELSE, changed, goes, happens, only

_COPY = "kernel/fork.c:copy_process"
_CHILD = ("child", "child_thread", "child_parent", "child_signal", "autoreap")
_ORPHAN = ("child", "child_parent", "child_signal")


def _free(state: World) -> bool:
    """Return whether the caller lives and has neither a child nor a fork under way."""
    return bool(not state.owner_gone and state.child == Life.NONE and not state.forking)


def _lives(state: World, who: str) -> bool:
    """Return whether the child lives, or who else is not gone."""
    return bool(state.child == Life.ALIVE if who == "child" else not getattr(state, who))


def _orphaned(before: World, after: World) -> bool:
    """Return whether the child is where it was, with a reaper who is to get SIGCHLD."""
    reaper = after.child_parent == Parentage.REAPER and after.child_signal == words.SIGCHLD
    return bool(reaper and after.child == before.child)


def _same(before: World, after: World) -> bool:
    return not changed(before, after) & set(_ORPHAN)


@each_step("Tfa1", of=SYSTEM, source=_COPY, expect=holds())
def a_child_of_ones_own_has_the_signal_asked_for_and_a_thread_has_none(
    _kernel: Kernel, before: World, after: World
) -> Claim:
    """A living caller's, one at a time; only who is no thread can be made to reap itself."""
    born = goes(before, after, "child", Life.NONE, Life.ALIVE) and not before.forking
    quiet = bool(after.child_thread or after.autoreap)
    signal = after.child_signal == 0 or (after.child_signal == words.SIGCHLD and not quiet)
    mine = after.child_parent == Parentage.CALLER and _free(before)
    once = not (after.child_thread and after.autoreap)
    return Claim(born, bool(mine and signal and once) and only(before, after, *_CHILD))


@each_step("Tfa2", of=SYSTEM, source="b4e00444cab4; " + _COPY, expect=holds())
def a_sibling_is_its_makers_parents_with_its_makers_exit_signal(
    kernel: Kernel, before: World, after: World
) -> Claim:
    """That of the moment of publication since v5.10; before, one that was read early."""
    born = goes(before, after, "child", Life.NONE, Life.ALIVE) and bool(before.forking)
    locked = kernel[SIBLING_SIGNAL_LOCKED] is True
    signal = after.child_signal == (before.exit_signal if locked else before.sampled)
    elder = after.child_parent == (
        Parentage.REAPER if before.parent_gone else Parentage.GRANDPARENT
    )
    kind = not (after.child_thread or after.autoreap or after.forking)
    fine = not before.owner_gone and signal and elder and kind
    return Claim(born, bool(fine) and only(before, after, *_CHILD, "forking"))


@each_step("Tfa3", of=SYSTEM, source="123be07b0b39; " + _COPY, expect=holds())
def no_init_begins_to_make_a_sibling(_kernel: Kernel, before: World, after: World) -> Claim:
    """CLONE_PARENT is EINVAL with SIGNAL_UNKILLABLE; others read their signal there."""
    begins = happens(before, after, "forking")
    fine = _free(before) and not before.owner_init and after.sampled == before.exit_signal
    return Claim(begins, bool(fine) and only(before, after, "forking", "sampled"))


@each_step("Tfa4", of=SYSTEM, source="kernel/exit.c:reparent_leader", expect=holds())
def a_parent_that_ends_leaves_its_children_to_a_reaper_who_gets_SIGCHLD(
    _kernel: Kernel, before: World, after: World
) -> Claim:
    """Living or zombie; whoever is not its child stays as it is."""
    if before.parent_gone == after.parent_gone:
        return ELSE
    its = before.child_parent == Parentage.GRANDPARENT and before.child != Life.NONE
    left = _orphaned(before, after) if its else _same(before, after)
    ends = happens(before, after, "parent_gone")
    told = after.exit_signal == words.SIGCHLD
    return Claim(True, ends and left and told
                 and only(before, after, "parent_gone", "exit_signal", *_ORPHAN))


@each_step("Tfa5", of=SYSTEM, source="kernel/exit.c:forget_original_parent", expect=holds())
def a_caller_that_ends_leaves_its_child_to_a_reaper_and_an_init_leaves_none(
    _kernel: Kernel, before: World, after: World
) -> Claim:
    """zap_pid_ns_processes() reaps what an init has; siblings are not its to leave."""
    if before.owner_gone == after.owner_gone:
        return ELSE
    mine = before.child_parent == Parentage.CALLER and before.child != Life.NONE
    its = mine and not before.child_thread
    zapped = after.child == Life.GONE and only(before, after, "owner_gone", "child")
    quiet = only(before, after, "owner_gone", *_ORPHAN)
    mine_left = zapped if before.owner_init else _orphaned(before, after)
    left = mine_left if its else _same(before, after)
    ends = happens(before, after, "owner_gone") and not before.forking
    alone = not (before.child_thread and before.child == Life.ALIVE)
    return Claim(True, ends and alone and left and quiet)


@each_step("Tfa6", of=SYSTEM, source="kernel/exit.c:exit_notify", expect=holds())
def a_task_that_ends_is_a_zombie_that_tells_its_parent_or_is_released_untold(
    _kernel: Kernel, before: World, after: World
) -> Claim:
    """A thread, or one made with CLONE_AUTOREAP; an exit signal of 0 tells nobody."""
    ends = before.child == Life.ALIVE != after.child and before.owner_gone == after.owner_gone
    released = bool(before.child_thread or before.autoreap)
    end = after.child == (Life.GONE if released else Life.ZOMBIE)
    told = bool(after.notified) == (not released and before.child_signal != 0)
    return Claim(ends, bool(end and told) and only(before, after, "child", "notified"))


@each_step("Tfa7", of=SYSTEM, source="kernel/exit.c:wait_task_zombie", expect=holds())
def a_zombie_goes_with_the_wait_that_finds_it_or_with_its_init(
    _kernel: Kernel, before: World, after: World
) -> Claim:
    """Nobody waits for anybody else."""
    gone = goes(before, after, "child", Life.ZOMBIE, Life.GONE)
    waited = bool(after.waited) and only(before, after, "child", "waited")
    zapped = before.owner_gone != after.owner_gone and bool(before.owner_init)
    other = bool(before.waited) == bool(after.waited)
    return Claim(gone or not other, gone and (waited or (zapped and other)))


@each_step("Tfa8", of=SYSTEM, source="kernel/exit.c:release_task", expect=holds())
def nobody_comes_back_and_what_a_task_is_stays(
    _kernel: Kernel, before: World, after: World
) -> Claim:
    """Made once; a thread stays one, and so does who reaps itself, or is an init."""
    stages = ((0, 1), (1, 2), (1, 3), (2, 3))
    moves = (before.child, after.child) in stages or before.child == after.child
    born = before.child == Life.NONE
    kind = born or not changed(before, after) & {"child_thread", "autoreap"}
    told = not happens(after, before, "notified") and (after.notified or not before.notified)
    early = before.sampled == after.sampled or happens(before, after, "forking")
    return Claim(True, bool(moves and kind and told) and early)


@each_step("Tfa9", of=SYSTEM, source=_COPY, expect=holds())
def a_caller_is_the_init_of_a_namespace_before_it_has_any_child(
    _kernel: Kernel, before: World, after: World
) -> Claim:
    """Made so by its living parent, for good."""
    told = before.owner_init != after.owner_init
    fine = _free(before) and not before.parent_gone and bool(after.owner_init)
    return Claim(told, fine and changed(before, after) == {"owner_init"})


@some_step("Tfaa", of=SYSTEM, source=_COPY, expect=holds(),
           cases=((False, words.SIGCHLD), (False, 0), (True, 0)))
def a_living_task_can_make_a_child_with_or_without_a_signal_or_a_thread(
    _kernel: Kernel, before: World, after: World, kind: tuple[bool, int]
) -> Claim:
    """An init as well."""
    made = after.child == Life.ALIVE and not after.autoreap
    return Claim(_free(before), made and (bool(after.child_thread), after.child_signal) == kind)


@some_step("Tfab", of=SYSTEM, source="12ae2c81b21c; " + _COPY,
           expect=holds(needs=CLONE_AUTOREAP))
def a_living_task_can_make_a_child_that_reaps_itself(
    kernel: Kernel, before: World, after: World
) -> Claim:
    """CLONE_AUTOREAP (v7.1)."""
    return Claim(kernel[CLONE_AUTOREAP] is True and _free(before), bool(after.autoreap))


@some_step("Tfac", of=SYSTEM, source=_COPY, expect=holds())
def who_is_no_init_can_make_a_sibling(_kernel: Kernel, before: World, after: World) -> Claim:
    """CLONE_PARENT, whether its parent lives or not."""
    able = not before.owner_init and (_free(before) or (before.forking and not before.owner_gone))
    done = after.forking if not before.forking else after.child_parent != Parentage.CALLER
    return Claim(bool(able), bool(done) and (not before.forking or after.child == Life.ALIVE))


@some_step("Tfad", of=SYSTEM, source="kernel/exit.c:do_exit", expect=holds(),
           cases=("parent_gone", "owner_gone", "child"))
def whoever_lives_can_end(
    _kernel: Kernel, before: World, after: World, who: str
) -> Claim:
    """A leader with a thread, or in a fork, after that."""
    waits = before.forking or (before.child_thread and before.child == Life.ALIVE)
    able = _lives(before, who) and not (waits and who == "owner_gone")
    others = {"parent_gone", "owner_gone", "child"} - {who}
    alone = who == "owner_gone" or not changed(before, after) & others
    return Claim(able, not _lives(after, who) and alone)


@some_step("Tfae", of=SYSTEM, source="kernel/exit.c:wait_consider_task", expect=holds())
def every_zombie_can_be_waited_for(_kernel: Kernel, before: World, after: World) -> Claim:
    """With __WALL, whatever its exit signal."""
    return Claim(before.child == Life.ZOMBIE, bool(after.waited) and after.child == Life.GONE)


@some_step("Tfaf", of=SYSTEM, source=_COPY, expect=holds())
def a_caller_without_children_can_have_been_made_an_init(
    _kernel: Kernel, before: World, after: World
) -> Claim:
    """By its living parent, with CLONE_NEWPID."""
    able = _free(before) and not before.owner_init and not before.parent_gone
    return Claim(able, bool(after.owner_init))
