"""NX recovery: KVM makes its recovery thread, and a signal or RLIMIT_NPROC is in the way.

arch/x86/kvm/mmu/mmu.c:kvm_mmu_post_init_vm, include/linux/call_once.h.  Until v6.12 it is a
kthread, made in KVM_CREATE_VM; in v6.13 a vhost task; since v6.14 the first KVM_RUN makes it,
once for all vCPUs.
"""

from __future__ import annotations

from model.algebra import Truth, either, signed_below
from model.over_time.places import Vcpu
from model.over_time.steps import kvm, signal, sys
from model.over_time.world import World, scope

SYSTEM = scope(
    "nx_recovery",
    about="KVM makes its recovery thread",
    facts="kvm ran completed workers vcpu_a vcpu_b signal_pending full refused reason woke_none",
    tasks="one virtual machine, two vCPUs",
)
SYSTEM.takes(
    signal.a_signal_comes_in,
    signal.the_main_thread_takes_the_signal.called("the signal is handled"),
    sys.the_limit_is_reached,
    sys.there_is_room_again,
    kvm.a_virtual_machine_is_created_with_its_thread,
    kvm.a_virtual_machine_is_created,
    *kvm.vcpu_X_runs,
    *kvm.vcpu_X_takes_the_mutex,
    *kvm.vcpu_X_finds_it_completed,
    *kvm.vcpu_X_asks_for_the_thread,
    *kvm.vcpu_X_calls_again,
    kvm.the_administrator_writes_the_parameter_that_wakes_it.called(
        "a module parameter wakes the thread"
    ),
)


def restarts(world: World) -> Truth:
    """Return whether a vCPU's KVM_RUN is to be restarted."""
    return either(world.vcpu_a == int(Vcpu.RESTARTS), world.vcpu_b == int(Vcpu.RESTARTS))


def more_than_one(world: World) -> Truth:
    """Return whether there are two recovery threads."""
    return signed_below(1, world.workers)
