"""Who freezes, when, and what a freeze leaves alone: suspend and cgroup.freeze."""

from __future__ import annotations

from model.kernel import Kernel
from model.over_time.freezing import SYSTEM, Freezing
from model.patches import FORK_OWNER, KVM_VHOST_TASK, VHOST_SIGKILL, WORKERS_ARE_THREADS
from properties.claim import Claim, holds
from properties.over_time.claim import each_step, ends, some_step
from properties.over_time.steps import changed, happens, only

_TRAP = "kernel/signal.c:do_freezer_trap"
_MADE = {"made", "kthread", "thread", "nofreeze", "looks", "in_cgroup", "kvm"}
_THREADS = holds(needs=WORKERS_ARE_THREADS)


def _awake(state: Freezing) -> bool:
    return not (state.owner_frozen or state.owner_trapped or state.killed)


@each_step("T50", of=SYSTEM, source="drivers/vhost/vhost.c:vhost_dev_set_owner", expect=holds())
def a_worker_is_made_once_by_an_owner_that_is_awake(
    kernel: Kernel, before: Freezing, after: Freezing
) -> Claim:
    """A vhost task starts in its owner's cgroup, and its loop looks at signals since v6.4."""
    born = happens(before, after, "made")
    looks = after.looks == (not after.kthread and kernel[WORKERS_ARE_THREADS] is True)
    home = after.in_cgroup if after.kvm or not after.kthread else not after.in_cgroup
    thread = after.thread == (not after.kthread and kernel[WORKERS_ARE_THREADS] is True)
    kthread = after.nofreeze or not after.kthread
    fine = _awake(before) and looks and home and thread and kthread
    return Claim(born, bool(fine) and only(before, after, *_MADE))


@each_step("T51", of=SYSTEM, source="drivers/vhost/vhost.c:vhost_dev_set_owner", expect=holds())
def what_a_worker_is_never_changes(_kernel: Kernel, before: Freezing, after: Freezing) -> Claim:
    """Only whether it looks at signals does: not once it knows that it is dead."""
    kinds = changed(before, after) & {"kthread", "thread", "nofreeze", "kvm"}
    looks = bool(before.made and before.looks != after.looks)
    gone = happens(after, before, "made") or looks
    killed = happens(before, after, "killed")
    return Claim(bool(before.made), not kinds and (killed or not gone))


@each_step(
    "T52",
    of=SYSTEM,
    source="drivers/vhost/vhost.c:vhost_attach_cgroups",
    expect=holds(),
)
def only_a_kthread_has_to_be_moved_into_its_owners_cgroup(
    _kernel: Kernel, before: Freezing, after: Freezing
) -> Claim:
    """Nothing else is changed by it, and nobody leaves."""
    moved = bool(before.made) and before.in_cgroup != after.in_cgroup
    alone = after.in_cgroup and changed(before, after) == {"in_cgroup"}
    home = bool(before.in_cgroup) or bool(before.kthread)
    comes = happens(before, after, "in_cgroup")
    there = bool(after.made) and (not before.made or home)
    return Claim(bool(before.made) or comes, there and (not moved or bool(alone)) or
                 happens(before, after, "killed"))


@each_step("T53", of=SYSTEM, source="kernel/signal.c:complete_signal", expect=holds())
def the_owner_is_killed_awake_and_takes_a_worker_thread_along_since_v6_10(
    kernel: Kernel, before: Freezing, after: Freezing
) -> Claim:
    """From v6.4 to v6.9 the thread works on and looks at signals no more; others do not care."""
    killed = before.killed != after.killed
    hit = bool(before.made and before.thread)
    ends = hit and kernel[VHOST_SIGKILL] is True
    free = _awake(before) and not before.worker_frozen and not before.worker_trapped
    worker = bool(after.made) == (bool(before.made) and not ends)
    looks = bool(after.looks) == (bool(before.looks) and not hit)
    fine = free and worker and looks and after.killed
    return Claim(killed, bool(fine) and only(before, after, "killed", "made", "looks"))


@each_step("T54", of=SYSTEM, source="kernel/power/process.c:freeze_processes", expect=holds())
def telling_all_to_freeze_freezes_nobody_yet(
    _kernel: Kernel, before: Freezing, after: Freezing
) -> Claim:
    """Each freezes itself when it looks; so with suspend, and with cgroup.freeze."""
    told = changed(before, after) & {"suspend", "freeze"}
    fine = all(getattr(after, name) for name in told)
    return Claim(bool(told), fine and changed(before, after) == told and len(told) == 1)


@each_step("T55", of=SYSTEM, source="kernel/freezer.c:__refrigerator", expect=holds())
def who_enters_the_refrigerator_was_told_lives_and_looks_at_signals(
    _kernel: Kernel, before: Freezing, after: Freezing
) -> Claim:
    """One at a time, and nothing else happens; nobody leaves before resume."""
    frozen = changed(before, after) & {"owner_frozen", "worker_frozen"}
    owner = "worker_frozen" in frozen or not before.killed
    worker = "owner_frozen" in frozen or (before.made and before.looks)
    entered = all(getattr(after, name) for name in frozen)
    fine = before.suspend and owner and worker and entered
    return Claim(bool(frozen), bool(fine) and changed(before, after) == frozen)


@each_step("T56", of=SYSTEM, source=_TRAP, expect=holds())
def the_owner_is_trapped_alive_and_outside_the_refrigerator(
    _kernel: Kernel, before: Freezing, after: Freezing
) -> Claim:
    """Once cgroup.freeze is 1."""
    trapped = before.owner_trapped != after.owner_trapped
    fine = before.freeze and not before.killed and not before.owner_frozen
    alone = changed(before, after) == {"owner_trapped"}
    return Claim(trapped, bool(fine and after.owner_trapped and alone))


@each_step("T57", of=SYSTEM, source=_TRAP, expect=_THREADS)
def a_worker_is_trapped_only_as_a_task_that_looks_at_signals(
    _kernel: Kernel, before: Freezing, after: Freezing
) -> Claim:
    """Outside the refrigerator, in the cgroup that freezes; a kernel thread never is."""
    trapped = before.worker_trapped != after.worker_trapped
    told = before.freeze and before.in_cgroup
    asked = told and before.made and not before.kthread and before.looks
    alone = changed(before, after) == {"worker_trapped"}
    return Claim(trapped, bool(asked and not before.worker_frozen and alone))


@some_step("T58", of=SYSTEM, source=_TRAP, expect=holds())
def who_is_to_freeze_can_do_so_at_once(
    _kernel: Kernel, before: Freezing, after: Freezing
) -> Claim:
    """The owner, if it lives and does not sleep in the refrigerator."""
    told = before.freeze and not before.killed and not before.owner_frozen
    return Claim(bool(told and not before.owner_trapped), bool(after.owner_trapped))


@some_step("T59", of=SYSTEM, source=_TRAP, expect=_THREADS)
def a_worker_that_looks_at_signals_can_be_trapped_beside_its_owner(
    _kernel: Kernel, before: Freezing, after: Freezing
) -> Claim:
    """In the same cgroup, vhost's or KVM's."""
    told = before.freeze and before.made and not before.kthread and before.in_cgroup
    free = before.looks and not before.worker_frozen and not before.worker_trapped
    return Claim(bool(told and free), bool(after.worker_trapped))


@some_step("T5a", of=SYSTEM, source="kernel/signal.c:complete_signal", expect=holds())
def an_owner_that_is_awake_can_be_killed(
    _kernel: Kernel, before: Freezing, after: Freezing
) -> Claim:
    """Where its worker does not sleep."""
    free = _awake(before) and not before.worker_frozen and not before.worker_trapped
    return Claim(free, bool(after.killed))


@some_step("T5b", of=SYSTEM, source="kernel/cgroup/freezer.c:cgroup_freeze", expect=holds(),
           cases=("freeze", "suspend"))
def an_administrator_can_freeze_at_any_time(
    _kernel: Kernel, before: Freezing, after: Freezing, name: str
) -> Claim:
    """A cgroup, or the machine; whatever is under way."""
    return Claim(not getattr(before, name), bool(getattr(after, name)))


@some_step("T5c", of=SYSTEM, source="virt/kvm/kvm_main.c:kvm_create_vm", expect=holds(),
           cases=(False, True))
def an_owner_that_is_awake_can_have_a_worker_made_by_vhost_or_by_KVM(
    kernel: Kernel, before: Freezing, after: Freezing, kvm: bool
) -> Claim:
    """KVM's is a kthread until v6.13, a vhost task since."""
    free = _awake(before) and not before.made
    task = kernel[KVM_VHOST_TASK] is True
    return Claim(free, bool(after.made) and after.kvm == kvm and (not kvm or after.kthread != task))


@some_step("T5d", of=SYSTEM, source="7d9896e9f6d0; drivers/vhost/vhost.c:vhost_worker_create",
           expect=holds(needs=FORK_OWNER), cases=(False, True))
def the_owner_chooses_between_a_kthread_and_a_task(
    kernel: Kernel, before: Freezing, after: Freezing, task: bool
) -> Claim:
    """VHOST_SET_FORK_FROM_OWNER (v6.17)."""
    free = _awake(before) and not before.made and kernel[FORK_OWNER] is True
    return Claim(free, bool(after.made) and not after.kvm and after.kthread != task)


@ends("T5e", of=SYSTEM, source="drivers/vhost/vhost.c:vhost_attach_cgroups", expect=holds())
def a_worker_comes_to_be_in_its_owners_cgroup(_kernel: Kernel, state: Freezing) -> Claim:
    """A kthread is moved by its owner, in vhost_dev_set_owner()."""
    return Claim(state.made, state.in_cgroup)
