"""How workers are made, trapped and frozen, said once for every scope in which they are."""

from __future__ import annotations

from model.kernel import Kernel
from model.over_time import (
    cold,
    execing,
    freezing,
    heeding,
    inheriting,
    leaving,
    life,
    suspending,
)
from model.over_time.steps.cgroup import all_trapped, freezes, says, told_to_freeze
from model.over_time.world import World
from model.patches import KVM_VHOST_TASK, WORKERS_ARE_THREADS
from properties.claim import Claim, holds
from properties.over_time.claim import each_step, some_step
from properties.over_time.steps import changed, happens, only
from properties.over_time.workers import (
    AT_BIRTH,
    IO,
    KINDS,
    KTHREAD,
    Kind,
    awake,
    has,
    is_a,
    kinds,
    loops,
    worker_was_made,
)

_SET_OWNER = "drivers/vhost/vhost.c:vhost_dev_set_owner"
_TRAP = "kernel/signal.c:do_freezer_trap"
_OPEN = (
    cold.SYSTEM,
    freezing.SYSTEM,
    suspending.SYSTEM,
    heeding.SYSTEM,
    inheriting.SYSTEM,
    life.SYSTEM,
)
_TRAPPED = (cold.SYSTEM, freezing.SYSTEM, leaving.SYSTEM, execing.SYSTEM)
_SUSPENDED = (suspending.SYSTEM, freezing.SYSTEM)
_FROZEN = ("owner_frozen", "other_frozen", "worker_frozen")
_FIXED = {"io", "kthread", "thread", "deaf", "nofreeze", "kvm", "shares_limits"}


def _is_of_its_time(kernel: Kernel, state: World) -> bool:
    """Return whether a worker is of a kind that is made then; KVM's was a kthread until v6.13."""
    kvms = (KTHREAD,) if state.kvm and kernel[KVM_VHOST_TASK] is not True else ()
    return any(is_a(state, kind) for kind in (*kinds(kernel), *kvms))


@each_step("T82", of=_OPEN, source=_SET_OWNER, expect=holds())
def a_worker_is_made_once_in_the_cgroup_of_an_owner_that_is_awake_as_its_kernel_makes_them(
    kernel: Kernel, before: World, after: World
) -> Claim:
    """A kthread of vhost is moved there; what a worker is never changes afterwards."""
    born = worker_was_made(before) != worker_was_made(after)
    told = born and not happens(before, after, "killed") or changed(before, after) & _FIXED
    once = not worker_was_made(before) and worker_was_made(after)
    waits = has(after, "in_cgroup") and after.kthread and not after.kvm
    home = after.in_cgroup != waits and after.worker_away == before.owner_away
    fine = once and awake(before) and before.file_here and home and _is_of_its_time(kernel, after)
    return Claim(bool(told), bool(fine) and only(before, after, *AT_BIRTH))


@some_step("T8m", of=_OPEN, source="7d9896e9f6d0; " + _SET_OWNER, expect=holds(), cases=KINDS)
def an_owner_that_is_awake_can_have_each_kind_of_worker_that_its_kernel_makes(
    kernel: Kernel, before: World, after: World, kind: Kind
) -> Claim:
    """A kthread before the series, and again if asked for since v6.17 (FORK_OWNER)."""
    known = kind in kinds(kernel) and (kind is not IO or has(before, "io"))
    able = known and awake(before) and before.file_here and not worker_was_made(before)
    return Claim(bool(able), worker_was_made(after) and is_a(after, kind) and not after.kvm)


def _is_told_to_freeze(state: World) -> bool:
    return bool(state.in_cgroup and told_to_freeze(state, state.worker_away))


def _has_SIGKILL(state: World) -> bool:
    return bool((state.killed and state.thread) or state.pending)


def _can_be_trapped(state: World) -> bool:
    """Return whether a worker in its loop is to freeze; io_uring's hears nothing if cancelled."""
    free = state.looks and not state.cancelled and not _has_SIGKILL(state)
    return bool(free and loops(state) and _is_told_to_freeze(state))


@each_step("T88", of=_TRAPPED, source=_TRAP, expect=holds(needs=WORKERS_ARE_THREADS))
def a_worker_is_trapped_in_its_loop_and_let_go_by_a_thaw_or_a_kill(
    _kernel: Kernel, before: World, after: World
) -> Claim:
    """A thread that looks at signals; what cgroup.events says is brought up to date."""
    enters = happens(before, after, "worker_trapped")
    leaves = happens(after, before, "worker_trapped") and not after.worker_gone
    free = not _is_told_to_freeze(before) or _has_SIGKILL(before)
    here = "away" if before.worker_away else "home"
    true = bool(freezes(after, here) and all_trapped(after, here))
    said = bool(says(after, here)) == true or not has(after, f"{here}_says")
    quiet = only(before, after, "worker_trapped", f"{here}_says")
    return Claim(enters or leaves, (_can_be_trapped(before) if enters else free) and said and quiet)


@some_step("T59", of=_TRAPPED, source=_TRAP, expect=holds(needs=WORKERS_ARE_THREADS))
def a_worker_is_trapped_or_let_go_as_its_cgroup_says(
    _kernel: Kernel, before: World, after: World
) -> Claim:
    """vhost's, KVM's and io_uring's; killed it only leaves, or ends."""
    free = not _is_told_to_freeze(before) or _has_SIGKILL(before)
    able = free if before.worker_trapped else _can_be_trapped(before)
    return Claim(able, bool(after.worker_trapped) != bool(before.worker_trapped))


def _can_freeze(state: World, who: str) -> bool:
    """Return whether the refrigerator waits for one who waits for nobody."""
    able = {
        "owner_frozen": not (state.flushing or state.killed),
        "other_frozen": has(state, who) and (not state.closing or state.closed),
        "worker_frozen": state.made and not state.worker_gone and state.looks,
    }
    kept_out = who == "worker_frozen" and state.nofreeze
    return bool(state.suspend and able[who] and not kept_out and not getattr(state, who))


@each_step("Tsu6", of=_SUSPENDED, source="kernel/freezer.c:__refrigerator", expect=holds())
def who_waits_for_the_worker_is_not_frozen_nor_a_worker_that_does_not_look(
    _kernel: Kernel, before: World, after: World
) -> Claim:
    """Each alone, once the machine is to suspend; nobody thaws here."""
    told = changed(before, after) & set(_FROZEN)
    freezes = all(_can_freeze(before, name) and getattr(after, name) for name in told)
    return Claim(bool(told), freezes and len(changed(before, after)) == 1)


@some_step("Tsub", of=_SUSPENDED, source="kernel/freezer.c:__refrigerator", expect=holds(),
           cases=_FROZEN)
def who_is_told_to_freeze_and_waits_for_nobody_freezes(
    _kernel: Kernel, before: World, after: World, who: str
) -> Claim:
    """A worker that looks at signals as well."""
    return Claim(_can_freeze(before, who), bool(getattr(after, who)))


@some_step("T5b", of=_SUSPENDED, source="kernel/power/process.c:freeze_processes", expect=holds(),
           cases=("freeze", "suspend"))
def an_administrator_can_freeze_at_any_time(
    _kernel: Kernel, before: World, after: World, name: str
) -> Claim:
    """A cgroup, or the machine; whatever is under way, whoever waits for whom."""
    return Claim(has(before, name) and not getattr(before, name), bool(getattr(after, name)))
