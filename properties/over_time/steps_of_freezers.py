"""Who is told to freeze, and who does so: cgroup.freeze and suspend, said once for each scope."""

from __future__ import annotations

from model.kernel import Kernel
from model.over_time import both_freezers, cgroup_freezer, de_thread, io_wq_exit, suspend
from model.over_time.steps.cgroup import told_to_freeze
from model.over_time.world import World
from model.patches import IO_THREAD, WORKERS_ARE_THREADS
from properties.claim import Claim, holds
from properties.over_time.claim import each_step, some_step
from properties.over_time.steps import changed, happens, only
from properties.over_time.workers import awake, has, loops, says_the_truth

_FREEZE = "kernel/cgroup/freezer.c:cgroup_do_freeze"
_TRAP = "kernel/signal.c:do_freezer_trap"
_SUSPEND = "kernel/power/process.c:freeze_processes"
_REFRIGERATOR = "kernel/freezer.c:__refrigerator"
_OWNER_TRAPPED = (cgroup_freezer.SYSTEM, both_freezers.SYSTEM)
_IO_TRAPPED = (io_wq_exit.SYSTEM, de_thread.SYSTEM)
_SUSPENDED = (suspend.SYSTEM, both_freezers.SYSTEM)
_THREADS = holds(needs=WORKERS_ARE_THREADS)
_IO = holds(needs=IO_THREAD)
_FROZEN = ("owner_frozen", "other_frozen", "worker_frozen")


@each_step("T86", of=(*_OWNER_TRAPPED, io_wq_exit.SYSTEM), source=_FREEZE, expect=holds())
def writing_to_cgroup_freeze_changes_what_is_said_at_most(
    _kernel: Kernel, before: World, after: World
) -> Claim:
    """Nobody is trapped or let go by it; a cgroup that is thawed never says frozen."""
    written = before.freeze != after.freeze
    quiet = only(before, after, "freeze", "home_says")
    return Claim(written, says_the_truth(after, "home") and quiet)


@each_step("T87", of=_OWNER_TRAPPED, source=_TRAP, expect=holds())
def an_owner_is_trapped_awake_and_let_go_when_its_cgroup_thaws_or_it_is_killed(
    _kernel: Kernel, before: World, after: World
) -> Claim:
    """cgroup_enter_frozen() tells the cgroup."""
    told = bool(told_to_freeze(before, before.owner_away))
    enters = happens(before, after, "owner_trapped")
    leaves = happens(after, before, "owner_trapped")
    here = "away" if before.owner_away else "home"
    able = awake(before) and told and says_the_truth(after, here)
    quiet = only(before, after, "owner_trapped", *((f"{here}_says",) if enters else ()))
    free = not told and not before.killed and quiet
    dies = bool(before.killed) and (
        happens(before, after, "closing") or happens(before, after, "owner_gone")
    )
    return Claim(enters or leaves, (able and quiet) if enters else (free or dies))


@some_step("T58", of=_OWNER_TRAPPED, source=_TRAP, expect=holds())
def an_owner_that_is_to_freeze_can_do_so_at_once(
    _kernel: Kernel, before: World, after: World
) -> Claim:
    """If it is awake."""
    told = bool(told_to_freeze(before, before.owner_away))
    return Claim(told and awake(before), bool(after.owner_trapped))


@some_step("T8f", of=cgroup_freezer.SYSTEM, source=_TRAP, expect=holds())
def an_owner_in_the_trap_can_leave_it_when_its_cgroup_thaws(
    _kernel: Kernel, before: World, after: World
) -> Claim:
    """Or when it is moved to one that does not freeze."""
    told = told_to_freeze(before, before.owner_away)
    able = before.owner_trapped and not told and not before.killed
    return Claim(bool(able), not after.owner_trapped)


@some_step("T8l", of=(cgroup_freezer.SYSTEM, io_wq_exit.SYSTEM), source=_FREEZE, expect=holds())
def a_cgroup_can_be_frozen_and_thawed_at_any_time(
    _kernel: Kernel, before: World, after: World
) -> Claim:
    """Whatever its members do."""
    return Claim(True, before.freeze != after.freeze)


@each_step("Tsu5", of=_SUSPENDED, source=_SUSPEND, expect=holds())
def a_machine_is_told_to_suspend_once_and_who_waits_for_the_worker_then_is_caught(
    _kernel: Kernel, before: World, after: World
) -> Claim:
    """Who begins to wait later as well; nobody is frozen by it yet."""
    told = before.suspend != after.suspend
    waits = bool(before.flushing or (before.closing and not before.closed))
    fine = bool(after.suspend) and bool(after.caught) == waits
    return Claim(told, fine and only(before, after, "suspend", "caught"))


def _is_told_to_freeze(state: World) -> bool:
    return bool(state.in_cgroup and told_to_freeze(state, state.worker_away))


def _has_SIGKILL(state: World) -> bool:
    return bool((state.killed and state.thread) or state.pending)


def _can_be_trapped(state: World) -> bool:
    """Return whether a worker in its loop is to freeze; io_uring's hears nothing if cancelled."""
    free = state.looks and not state.cancelled and not _has_SIGKILL(state)
    return bool(free and loops(state) and _is_told_to_freeze(state))


def _is_trapped_and_let_go(before: World, after: World) -> Claim:
    """A thread that looks at signals; what cgroup.events says is brought up to date."""
    enters = happens(before, after, "worker_trapped")
    leaves = happens(after, before, "worker_trapped") and not after.worker_gone
    free = not _is_told_to_freeze(before) or _has_SIGKILL(before)
    here = "away" if before.worker_away else "home"
    quiet = only(before, after, "worker_trapped", f"{here}_says") and says_the_truth(after, here)
    return Claim(enters or leaves, (_can_be_trapped(before) if enters else free) and quiet)


def _can_be_trapped_and_let_go(before: World, after: World) -> Claim:
    """Killed it only leaves, or ends."""
    free = not _is_told_to_freeze(before) or _has_SIGKILL(before)
    able = free if before.worker_trapped else _can_be_trapped(before)
    return Claim(able, bool(after.worker_trapped) != bool(before.worker_trapped))


@each_step("T88", of=_OWNER_TRAPPED, source=_TRAP, expect=_THREADS)
def a_worker_is_trapped_in_its_loop_and_let_go_by_a_thaw_or_a_kill(
    _kernel: Kernel, before: World, after: World
) -> Claim:
    """vhost's and KVM's, as a thread."""
    return _is_trapped_and_let_go(before, after)


@each_step("Tlv4", of=_IO_TRAPPED, source=_TRAP, expect=_IO)
def an_io_worker_is_trapped_alive_and_not_killed_and_leaves_by_a_thaw_or_killed(
    _kernel: Kernel, before: World, after: World
) -> Claim:
    """The same."""
    return _is_trapped_and_let_go(before, after)


@some_step("T59", of=_OWNER_TRAPPED, source=_TRAP, expect=_THREADS)
def a_worker_that_looks_at_signals_is_trapped_or_let_go_as_its_cgroup_says(
    _kernel: Kernel, before: World, after: World
) -> Claim:
    """vhost's or KVM's, beside its owner or alone."""
    return _can_be_trapped_and_let_go(before, after)


@some_step("Tlv7", of=_IO_TRAPPED, source=_TRAP, expect=_IO)
def an_io_worker_is_trapped_or_let_go_as_its_cgroup_says(
    _kernel: Kernel, before: World, after: World
) -> Claim:
    """Of a process that executes, or of a thread that leaves."""
    return _can_be_trapped_and_let_go(before, after)


def _can_freeze(state: World, who: str) -> bool:
    """Return whether the refrigerator waits for one who waits for nobody."""
    able = {
        "owner_frozen": not (state.flushing or state.killed),
        "other_frozen": has(state, who) and (not state.closing or state.closed),
        "worker_frozen": state.made and not state.worker_gone and state.looks,
    }
    kept_out = who == "worker_frozen" and state.nofreeze
    return bool(state.suspend and able[who] and not kept_out and not getattr(state, who))


@each_step("Tsu6", of=_SUSPENDED, source=_REFRIGERATOR, expect=holds())
def who_waits_for_the_worker_is_not_frozen_nor_a_worker_that_does_not_look(
    _kernel: Kernel, before: World, after: World
) -> Claim:
    """Each alone, once the machine is to suspend; nobody thaws here."""
    told = changed(before, after) & set(_FROZEN)
    freezes = all(_can_freeze(before, name) and getattr(after, name) for name in told)
    return Claim(bool(told), freezes and len(changed(before, after)) == 1)


@some_step("Tsub", of=_SUSPENDED, source=_REFRIGERATOR, expect=holds(),
           cases=_FROZEN)
def who_is_told_to_freeze_and_waits_for_nobody_freezes(
    _kernel: Kernel, before: World, after: World, who: str
) -> Claim:
    """A worker that looks at signals as well."""
    return Claim(_can_freeze(before, who), bool(getattr(after, who)))


@some_step("T5b", of=_SUSPENDED, source=_SUSPEND, expect=holds(),
           cases=("freeze", "suspend"))
def an_administrator_can_freeze_at_any_time(
    _kernel: Kernel, before: World, after: World, name: str
) -> Claim:
    """A cgroup, or the machine; whatever is under way, whoever waits for whom."""
    return Claim(has(before, name) and not getattr(before, name), bool(getattr(after, name)))
