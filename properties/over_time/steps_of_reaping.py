"""What becomes of a child, of its maker's signal handlers, and of who waits for it."""

from __future__ import annotations

from model.kernel import Kernel
from model.over_time.caller import ASIDE, HERE, NEW
from model.over_time.places import Init, Life
from model.over_time.reaping import SYSTEM
from model.over_time.world import World
from model.patches import THREADS_STAY
from properties.claim import Claim, holds
from properties.over_time.claim import each_step, some_step
from properties.over_time.steps import changed, goes, happens, kept, only

_COPY = "kernel/fork.c:copy_process"
_ZAP = "kernel/pid_namespace.c:zap_pid_ns_processes"
_CHILD = ("child", "child_sighand", "child_vm", "child_pid_ns", "child_init")
_WAITED = ("waited", "wait_failed")
_ASIDE = ("for_children", "pid_ns_made")


def _alone(state: World) -> bool:
    """Return whether there is no child, alive or to be waited for."""
    return state.child in (Life.NONE, Life.GONE)


def _lives(state: World) -> bool:
    return bool(state.child == Life.ALIVE)


def _ends(before: World, after: World) -> bool:
    return _lives(before) and not _lives(after)


@each_step("Trp1", of=SYSTEM, source=_ZAP, expect=holds())
def SIGCHLD_is_ignored_from_the_end_of_an_init_that_shares_the_handlers_until_a_sigaction(
    _kernel: Kernel, before: World, after: World
) -> Claim:
    """Whether one call made it or it was set aside; neither execve() nor wait() undoes it."""
    zapped = before.child_init and before.child_sighand and _ends(before, after)
    turned = before.ignores_child != after.ignores_child
    undone = turned and changed(before, after) == {"ignores_child"} and not after.ignores_child
    return Claim(bool(zapped or turned), bool((after.ignores_child and zapped) or undone))


@each_step("Trp2", of=SYSTEM, source="kernel/signal.c:do_notify_parent", expect=holds())
def a_child_that_ends_is_a_zombie_unless_its_maker_ignores_SIGCHLD_by_then(
    _kernel: Kernel, before: World, after: World
) -> Claim:
    """Even an init that had it ignored itself a moment before: then nobody can wait for it."""
    end = Life.GONE if after.ignores_child else Life.ZOMBIE
    aside = before.child_init and before.child_pid_ns == ASIDE
    reaper = Init.GONE if aside else before.child_reaper
    quiet = only(before, after, "child", "child_reaper", "ignores_child")
    fine = after.child == end and after.child_reaper == reaper
    return Claim(_ends(before, after), bool(fine) and quiet)


@each_step("Trp3", of=SYSTEM, source=_COPY, expect=holds())
def a_child_is_made_when_the_one_before_is_gone_and_is_an_init_in_another_namespace(
    _kernel: Kernel, before: World, after: World
) -> Claim:
    """Of one made by the call, or of the one set aside, where nobody was; handlers need memory."""
    born = not _lives(before) and _lives(after)
    ns = int(after.child_pid_ns)
    where = before.child_reaper == Init.NONE if before.for_children else ns != ASIDE
    reaper = Init.ALIVE if ns == ASIDE else before.child_reaper
    shares = bool(after.child_sighand) == bool(after.child_vm)
    init = bool(after.child_init) == (ns != HERE) and after.child_reaper == reaper
    fine = _alone(before) and where and (ns == ASIDE) == bool(before.for_children)
    new = not (after.waited or after.wait_failed)
    return Claim(born, bool(fine and init and shares and new)
                 and only(before, after, *_CHILD, "child_reaper", *_WAITED))


@each_step("Trp4", of=SYSTEM, source="kernel/exit.c:do_wait", expect=holds())
def a_wait_takes_a_zombie_and_fails_for_one_that_nobody_waited_for(
    _kernel: Kernel, before: World, after: World
) -> Claim:
    """ECHILD; it changes nothing else, and nothing else takes a zombie."""
    if _lives(after):
        return Claim(False, True)
    taken = goes(before, after, "child", Life.ZOMBIE, Life.GONE)
    reaped = taken and happens(before, after, "waited") and only(before, after, "child", "waited")
    lost = before.child == Life.GONE and not before.waited
    failed = lost and changed(before, after) <= {"wait_failed"} and bool(after.wait_failed)
    told = changed(before, after) & set(_WAITED)
    zombie = before.child == Life.ZOMBIE != after.child
    return Claim(bool(told or zombie or before == after), bool(reaped or failed))


@each_step("Trp5", of=SYSTEM, source="kernel/pid_namespace.c:pidns_install", expect=holds())
def a_pid_namespace_is_set_aside_once_and_left_for_good(
    _kernel: Kernel, before: World, after: World
) -> Claim:
    """One without an init is freed when it is left."""
    told = changed(before, after) & set(_ASIDE)
    aside = happens(before, after, *_ASIDE)
    there = bool(after.pid_ns_made) == (before.child_reaper != Init.NONE)
    left = happens(after, before, "for_children") and there
    return Claim(bool(told), (aside or left) and only(before, after, *_ASIDE))


@each_step("Trp6", of=SYSTEM, source="fs/exec.c:unshare_sighand", expect=holds())
def an_execve_leaves_handlers_and_memory_to_the_child(
    _kernel: Kernel, before: World, after: World
) -> Claim:
    """Which stays as it is otherwise; what is ignored stays ignored."""
    stays = _lives(before) and _lives(after) and kept(before, after, *_ASIDE, "ignores_child")
    apart = not (after.child_sighand or after.child_vm)
    return Claim(stays, apart and only(before, after, "child_sighand", "child_vm"))


@some_step("Trp7", of=SYSTEM, source=_COPY, expect=holds(since=THREADS_STAY),
           cases=((HERE, False), (HERE, True), (NEW, False), (NEW, True)))
def a_task_without_a_child_can_clone_one_whatever_is_shared(
    _kernel: Kernel, before: World, after: World, kind: tuple[int, bool]
) -> Claim:
    """In a namespace set aside instead of its own, until that has had its init."""
    ns, shares = kind
    open_to = not before.for_children or (before.child_reaper == Init.NONE and ns == HERE)
    where = ASIDE if before.for_children else ns
    made = _lives(after) and after.child_pid_ns == where
    return Claim(_alone(before) and bool(open_to), bool(made and after.child_sighand == shares))


@some_step("Trp8", of=SYSTEM, source="kernel/exit.c:do_exit", expect=holds())
def a_child_can_end_be_waited_for_and_be_missed(
    _kernel: Kernel, before: World, after: World
) -> Claim:
    """Each in its turn: living, zombie, gone without a wait."""
    lost = before.child == Life.GONE and not before.waited
    able = _lives(before) or before.child == Life.ZOMBIE or lost
    done = after.wait_failed if lost else after.child in (Life.ZOMBIE, Life.GONE)
    moved = lost or after.child != before.child
    return Claim(bool(able), bool(done and moved))


@some_step("Trp9", of=SYSTEM, source="kernel/signal.c:do_sigaction", expect=holds())
def who_ignores_SIGCHLD_can_hear_of_its_children_again(
    _kernel: Kernel, before: World, after: World
) -> Claim:
    """Whatever became of the init that had it ignored."""
    return Claim(bool(before.ignores_child), not after.ignores_child)


@some_step("Trpa", of=SYSTEM, source="kernel/pid_namespace.c:copy_pid_ns", expect=holds())
def a_pid_namespace_can_be_set_aside_and_left(
    _kernel: Kernel, before: World, after: World
) -> Claim:
    """With a child or without."""
    able = before.for_children or not before.pid_ns_made
    return Claim(bool(able), bool(before.for_children) != bool(after.for_children))


@some_step("Trpb", of=SYSTEM, source="fs/exec.c:begin_new_exec", expect=holds())
def a_task_can_execute_beside_a_living_child(
    _kernel: Kernel, before: World, after: World
) -> Claim:
    """Whatever they share."""
    apart = not (after.child_sighand or after.child_vm)
    return Claim(_lives(before), apart and only(before, after, "child_sighand", "child_vm"))
