"""Who freezes, when, and what a freeze leaves alone: suspend and cgroup.freeze."""

from __future__ import annotations

from model.kernel import Kernel
from model.over_time.both_freezers import SYSTEM
from model.over_time.world import World
from model.patches import KVM_VHOST_TASK, VHOST_SIGKILL
from properties.claim import Claim, holds
from properties.over_time.claim import each_step, ends, some_step
from properties.over_time.steps import changed, happens, only
from properties.over_time.workers import awake


@each_step("T51", of=SYSTEM, source="drivers/vhost/vhost.c:vhost_dev_set_owner", expect=holds())
def what_a_worker_is_never_changes(_kernel: Kernel, before: World, after: World) -> Claim:
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
    _kernel: Kernel, before: World, after: World
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
    kernel: Kernel, before: World, after: World
) -> Claim:
    """From v6.4 to v6.9 the thread works on and looks at signals no more; others do not care."""
    killed = before.killed != after.killed
    hit = bool(before.made and before.thread)
    ends = hit and kernel[VHOST_SIGKILL] is True
    free = awake(before) and not before.worker_frozen and not before.worker_trapped
    worker = bool(after.made) == (bool(before.made) and not ends)
    looks = bool(after.looks) == (bool(before.looks) and not hit)
    fine = free and worker and looks and after.killed
    return Claim(killed, bool(fine) and only(before, after, "killed", "made", "looks"))


@some_step("T5a", of=SYSTEM, source="kernel/signal.c:complete_signal", expect=holds())
def an_owner_that_is_awake_can_be_killed(
    _kernel: Kernel, before: World, after: World
) -> Claim:
    """Where its worker does not sleep."""
    free = awake(before) and not before.worker_frozen and not before.worker_trapped
    return Claim(free, bool(after.killed))


@some_step("T5c", of=SYSTEM, source="virt/kvm/kvm_main.c:kvm_create_vm", expect=holds(),
           cases=(False, True))
def an_owner_that_is_awake_can_have_a_worker_made_by_vhost_or_by_KVM(
    kernel: Kernel, before: World, after: World, kvm: bool
) -> Claim:
    """KVM's is a kthread until v6.13, a vhost task since."""
    free = awake(before) and not before.made
    task = kernel[KVM_VHOST_TASK] is True
    return Claim(free, bool(after.made) and after.kvm == kvm and (not kvm or after.kthread != task))


@ends("T5e", of=SYSTEM, source="drivers/vhost/vhost.c:vhost_attach_cgroups", expect=holds())
def a_worker_comes_to_be_in_its_owners_cgroup(_kernel: Kernel, state: World) -> Claim:
    """A kthread is moved by its owner, in vhost_dev_set_owner()."""
    return Claim(state.made, state.in_cgroup)
