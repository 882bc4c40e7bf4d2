"""arch/x86/kvm, virt/kvm: the recovery thread of a virtual machine, and who wakes it."""

from __future__ import annotations

from model.algebra import both, either, no
from model.over_time.step import Machine, Move, step, steps
from model.over_time.steps import vhost_task
from model.over_time.steps.signal import owner_is_awake
from model.over_time.world import Run, World, but, is_at
from model.patches import KVM_VHOST_TASK


@step(
    at="virt/kvm/kvm_main.c:kvm_vm_create_worker_thread", who="owner", until=KVM_VHOST_TASK
)
def the_owner_starts_a_virtual_machine_with_a_kthread(_machine: Machine, world: World) -> Move:
    """Until v6.13 KVM's recovery thread was a kthread that moved itself to the cgroups."""
    after = but(world, made=True, kthread=True, nofreeze=True, in_cgroup=True, kvm=True)
    return Move(both(no(world.made), owner_is_awake(world)), after)


@step(
    at="arch/x86/kvm/mmu/mmu.c:kvm_wake_nx_recovery_thread",
    who="administrator",
    since=KVM_VHOST_TASK,
)
def the_administrator_writes_the_parameter_that_wakes_it(
    _machine: Machine, world: World
) -> Move:
    """kvm.nx_huge_pages wakes the thread of every machine that is not being destroyed."""
    listed = both(world.kvm, either(world.file_here, world.file_there), no(world.woke_freed))
    freed = is_at(world, Run.FREED)
    return Move(listed, but(world, woke=True, woke_freed=freed))


@steps(
    tuple(vhost_task.REASONS),
    at="arch/x86/kvm/mmu/mmu.c:kvm_mmu_start_lpage_recovery",
    who="KVM",
    since=KVM_VHOST_TASK,
)
def kvm_asks_X(machine: Machine, world: World, how: str) -> Move:
    """KVM's recovery thread."""
    return vhost_task.returns(machine, world, how, kvm=True)
