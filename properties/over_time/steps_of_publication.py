"""What each half-step of a fork does, and what signals and a dying init do to it."""

from __future__ import annotations

from model.kernel import Kernel
from model.over_time.places import ForkStage, Init, Life
from model.over_time.publication import SYSTEM
from model.over_time.world import World
from model.patches import PIDNS_DIES_DURING_FORK, SIGNALS_BEFORE_FORK
from model.words import Errno
from properties.claim import Claim, holds
from properties.over_time.claim import each_step, some_step
from properties.over_time.steps import changed, goes, happens, kept, only

_COPY = "kernel/fork.c:copy_process"
_SIGNALS = ("signalled", "noted", "signal_pending")
_PUBLISHED = ("half", "refused", "child", "child_pending", "late_child", "pids")


def _under_way(state: World) -> bool:
    return state.half in (ForkStage.LISTED, ForkStage.CHARGED)


def _adding(state: World) -> bool:
    """Return whether the namespace's init lives: PIDNS_ADDING."""
    return bool(state.child_reaper == Init.ALIVE)


@each_step("Tpb1", of=SYSTEM, source="c3ad2c3b02e9; " + _COPY,
        expect=holds(since=SIGNALS_BEFORE_FORK))
def a_fork_begins_without_a_signal_and_is_charged_before_its_last_tests(
    _kernel: Kernel, before: World, after: World
) -> Claim:
    """recalc_sigpending() once it is on the multiprocess list; then pids_can_fork()."""
    quiet = not (before.signal_pending or before.killed)
    begins = goes(before, after, "half", ForkStage.NO, ForkStage.LISTED)
    charges = goes(before, after, "half", ForkStage.LISTED, ForkStage.CHARGED)
    one = after.pids == before.pids + 1 and only(before, after, "half", "pids")
    fine = (begins and quiet and only(before, after, "half")) or (charges and one)
    ends = after.half in (ForkStage.DONE, ForkStage.FAILED)
    return Claim(before.half != after.half and not ends, bool(fine))


@each_step("Tpb2", of=SYSTEM, source=_COPY,
        expect=holds(since=SIGNALS_BEFORE_FORK & PIDNS_DIES_DURING_FORK))
def a_fork_fails_at_its_last_tests_exactly_where_its_init_or_its_caller_was_killed(
    _kernel: Kernel, before: World, after: World
) -> Claim:
    """ENOMEM for the namespace, EINTR for the caller; its charge goes back."""
    ends = before.half != after.half and after.half in (ForkStage.DONE, ForkStage.FAILED)
    done = _adding(before) and not before.killed
    why = 0 if done else Errno.EINTR if _adding(before) else Errno.ENOMEM
    told = after.half == (ForkStage.DONE if done else ForkStage.FAILED) and after.refused == why
    charge = after.pids == before.pids - (0 if done else 1)
    fine = before.half == ForkStage.CHARGED and told and charge
    return Claim(ends, bool(fine) and only(before, after, *_PUBLISHED))


@each_step("Tpb3", of=SYSTEM, source="c3ad2c3b02e9; " + _COPY,
        expect=holds(since=PIDNS_DIES_DURING_FORK))
def a_child_is_published_by_a_fork_that_succeeds_with_the_signals_noted_for_it(
    _kernel: Kernel, before: World, after: World
) -> Claim:
    """Into a namespace whose init lives; a fork that fails leaves none."""
    ends = before.half == ForkStage.CHARGED != after.half
    done = after.half == ForkStage.DONE
    child = after.child == (Life.ALIVE if done else Life.NONE)
    noted = bool(after.child_pending) == (done and bool(before.noted))
    return Claim(ends, child and noted and not after.late_child)


@each_step("Tpb4", of=SYSTEM, source="kernel/signal.c:__send_signal_locked",
        expect=holds(since=SIGNALS_BEFORE_FORK))
def a_signal_to_the_group_is_noted_for_a_fork_under_way_and_pending_for_its_caller(
    _kernel: Kernel, before: World, after: World
) -> Claim:
    """For good, here: nobody takes it before the fork is over."""
    told = changed(before, after) & set(_SIGNALS)
    sent = happens(before, after, *_SIGNALS) and _under_way(before)
    return Claim(bool(told), sent and only(before, after, *_SIGNALS))


@each_step("Tpb5", of=SYSTEM, source="kernel/pid_namespace.c:zap_pid_ns_processes", expect=holds())
def SIGKILL_and_the_end_of_the_init_change_nothing_of_the_fork_yet(
    _kernel: Kernel, before: World, after: World
) -> Claim:
    """It meets them at its last tests; neither is taken back."""
    told = changed(before, after) & {"killed", "child_reaper"}
    ends = goes(before, after, "child_reaper", Init.ALIVE, Init.ENDING)
    once = happens(before, after, "killed") or ends
    return Claim(bool(told), once and len(changed(before, after)) == 1)


@each_step("Tpb6", of=SYSTEM, source="kernel/exit.c:release_task", expect=holds())
def a_child_that_is_released_gives_one_charge_back_and_nothing_else_changes(
    _kernel: Kernel, before: World, after: World
) -> Claim:
    """What the fork returned stays; a child is made by the fork alone."""
    released = before.half == after.half and changed(before, after) & {
        "child", "pids", "refused", "child_pending", "late_child"
    }
    gone = goes(before, after, "child", Life.ALIVE, Life.GONE)
    one = after.pids == before.pids - 1
    return Claim(bool(released), gone and one and only(before, after, "child", "pids"))


@some_step("Tpb7", of=SYSTEM, source=_COPY, expect=holds())
def a_fork_goes_on_whatever_is_sent_meanwhile(
    _kernel: Kernel, before: World, after: World
) -> Claim:
    """From the list to its end; a pending signal stops it only before it begins."""
    quiet = not (before.signal_pending or before.killed)
    able = _under_way(before) or (before.half == ForkStage.NO and quiet)
    return Claim(able, int(after.half) > int(before.half))


@some_step("Tpb8", of=SYSTEM, source="kernel/signal.c:complete_signal", expect=holds(),
           cases=("signalled", "killed", "child_reaper"))
def signals_and_the_end_of_the_init_may_come_at_any_half_step(
    _kernel: Kernel, before: World, after: World, what: str
) -> Claim:
    """Each once."""
    fresh = _adding(before) if what == "child_reaper" else not getattr(before, what)
    comes = what in changed(before, after) and kept(before, after, "half")
    return Claim(_under_way(before) and fresh, comes)


@some_step("Tpb9", of=SYSTEM, source="kernel/signal.c:complete_signal", expect=holds())
def a_caller_can_be_killed_before_its_fork_and_after_it_failed(
    _kernel: Kernel, before: World, after: World
) -> Claim:
    """At any time."""
    idle = before.half in (ForkStage.NO, ForkStage.FAILED) and not before.killed
    return Claim(idle, bool(after.killed))


@some_step("Tpba", of=SYSTEM, source="kernel/pid_namespace.c:zap_pid_ns_processes", expect=holds())
def an_init_can_end_before_a_fork_and_after_it(
    _kernel: Kernel, before: World, after: World
) -> Claim:
    """Whatever became of the child."""
    return Claim(_adding(before) and not _under_way(before), not _adding(after))


@some_step("Tpbb", of=SYSTEM, source="kernel/exit.c:release_task", expect=holds())
def a_living_child_can_be_released(
    _kernel: Kernel, before: World, after: World
) -> Claim:
    """With a signal pending or not."""
    return Claim(before.child == Life.ALIVE, after.child == Life.GONE)
