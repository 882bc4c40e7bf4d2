"""What clone(), execve() and exit do to exec ids and to the signal that a parent is sent."""

from __future__ import annotations

from model import words
from model.kernel import Kernel
from model.over_time.exec_ids import SYSTEM, ids
from model.over_time.places import Life
from model.over_time.world import World
from properties.claim import Claim, holds
from properties.over_time.claim import each_step, some_step
from properties.over_time.steps import changed, goes, kept, only

_TIMES = (1, 2**32 - 1)


def _raised(kernel: Kernel, before: World, after: World) -> int:
    """Return by how much the parent's id is another, as it wraps."""
    return int(after.self_exec_id - before.self_exec_id) % int(ids(kernel))


@each_step("Tei1", of=SYSTEM, source="kernel/fork.c:copy_process", expect=holds())
def a_child_remembers_the_exec_id_that_its_parent_has_then(
    _kernel: Kernel, before: World, after: World
) -> Claim:
    """And has the exit signal that was asked for."""
    born = goes(before, after, "child", Life.NONE, Life.ALIVE)
    fresh = after.parent_exec_id == before.self_exec_id and after.executed == 0
    asked = after.child_signal == words.SIGUSR1
    quiet = only(before, after, "child", "child_signal", "parent_exec_id", "executed")
    return Claim(born, bool(fresh and asked) and quiet)


@each_step("Tei2", of=SYSTEM, source="d1e7fd6462ca; fs/exec.c:begin_new_exec", expect=holds())
def each_execve_of_a_parent_raises_its_exec_id_by_one(
    kernel: Kernel, before: World, after: World
) -> Claim:
    """It wraps at its bits: 32, and 64 since v5.7; nothing of the child changes."""
    raised = _raised(kernel, before, after)
    lives = before.child == Life.ALIVE
    counted = after.executed - before.executed == (raised if lives else 0)
    within = 0 <= int(after.self_exec_id) < int(ids(kernel))
    fewer = after.execs_left == before.execs_left - 1 and within
    quiet = only(before, after, "self_exec_id", "executed", "execs_left")
    told = {"self_exec_id", "execs_left"} & changed(before, after)
    return Claim(bool(told), raised in _TIMES and bool(counted and fewer) and quiet)


@each_step("Tei3", of=SYSTEM, source="fs/exec.c:begin_new_exec", expect=holds())
def a_child_that_executes_will_send_SIGCHLD(
    _kernel: Kernel, before: World, after: World
) -> Claim:
    """Whatever was asked for; nothing else of it changes here."""
    changes = before.child_signal != after.child_signal and before.child != Life.NONE
    fine = before.child == Life.ALIVE and after.child_signal == words.SIGCHLD
    return Claim(changes, fine and changed(before, after) == {"child_signal"})


@each_step("Tei4", of=SYSTEM, source="kernel/signal.c:do_notify_parent", expect=holds())
def a_child_sends_its_signal_if_its_parents_id_is_the_one_it_remembers_else_SIGCHLD(
    _kernel: Kernel, before: World, after: World
) -> Claim:
    """Once, when it ends."""
    told = before.notice != after.notice
    ends = goes(before, after, "child", Life.ALIVE, Life.GONE)
    agree = before.parent_exec_id == before.self_exec_id
    sent = after.notice == (before.child_signal if agree else words.SIGCHLD)
    return Claim(told or ends, ends and sent and only(before, after, "child", "notice"))


@each_step("Tei5", of=SYSTEM, source="kernel/fork.c:copy_process", expect=holds())
def what_a_child_remembers_is_for_good(_kernel: Kernel, before: World, after: World) -> Claim:
    """Nobody is born twice, and no steps come back."""
    born = goes(before, after, "child", Life.NONE, Life.ALIVE)
    ends = goes(before, after, "child", Life.ALIVE, Life.GONE)
    once = born or ends or before.child == after.child
    return Claim(True, once and (born or kept(before, after, "parent_exec_id")))


@some_step("Tei6", of=SYSTEM, source="fs/exec.c:begin_new_exec", expect=holds(), cases=_TIMES)
def a_parent_can_execute_as_often_as_is_said(
    kernel: Kernel, before: World, after: World, times: int
) -> Claim:
    """Whether it has a child or not."""
    done = after.execs_left == before.execs_left - 1 and _raised(kernel, before, after) == times
    return Claim(int(before.execs_left) > 0, done)


@some_step("Tei7", of=SYSTEM, source="kernel/fork.c:copy_process", expect=holds())
def a_child_can_be_made_whatever_was_executed_before(
    _kernel: Kernel, before: World, after: World
) -> Claim:
    """clone(SIGUSR1)."""
    return Claim(before.child == Life.NONE, after.child == Life.ALIVE)


@some_step("Tei8", of=SYSTEM, source="fs/exec.c:de_thread", expect=holds(),
           cases=(Life.ALIVE, Life.GONE))
def a_living_child_can_execute_and_can_end(
    _kernel: Kernel, before: World, after: World, then: Life
) -> Claim:
    """Whatever its parent executed."""
    sends = words.SIGCHLD if then == Life.ALIVE else before.child_signal
    done = after.child == then and after.child_signal == sends
    quiet = kept(before, after, "self_exec_id", "execs_left")
    return Claim(before.child == Life.ALIVE, done and quiet)
