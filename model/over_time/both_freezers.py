"""Both freezers: suspend, and the freezer of cgroup v2, with a worker about.

kernel/freezer.c:freezing_slow_path, kernel/signal.c:get_signal and do_freezer_trap,
kernel/cgroup/freezer.c:cgroup_update_frozen.  A worker that never looks at its signals never
reaches try_to_freeze(); a kernel thread counts as a task of its cgroup and is never trapped.
"""

from __future__ import annotations

from model.algebra import Truth, both, either, no
from model.over_time.steps import cgroup, kvm, signal, vhost
from model.over_time.world import World, scope

SYSTEM = scope(
    "both_freezers",
    about="suspend and cgroup.freeze with a worker about",
    facts="made kthread nofreeze looks in_cgroup kvm thread killed suspend owner_frozen "
    "worker_frozen freeze owner_trapped worker_trapped",
    tasks="one owner and one worker",
)
SYSTEM.takes(
    vhost.the_worker_of_a_device_is_made.called("the owner opens the device"),
    vhost.the_kthread_that_was_asked_for_is_made.called(
        "the owner opens the device and asks for a kthread"
    ),
    kvm.the_owner_starts_a_virtual_machine_with_a_kthread.called(
        "the owner starts a virtual machine"
    ),
    kvm.the_owner_starts_a_virtual_machine.called(
        "the owner starts a virtual machine with a vhost task"
    ),
    vhost.the_kthread_is_moved_to_the_owners_cgroup,
    signal.the_owners_group_is_killed_while_another_process_holds_the_device,
    signal.the_machine_is_to_suspend,
    cgroup.the_cgroup_is_to_freeze,
    signal.the_owner_freezes.called("the owner freezes for suspend"),
    signal.the_owner_is_trapped,
    signal.the_worker_freezes.called("the worker freezes for suspend"),
    signal.the_worker_is_trapped,
)


def suspended(state: World) -> Truth:
    """Return whether everybody who has to is frozen."""
    worker = either(no(state.made), state.nofreeze, state.worker_frozen)
    return both(either(state.killed, state.owner_frozen), worker)


def frozen(state: World) -> Truth:
    """Return whether cgroup.events says frozen: each task of the cgroup is trapped."""
    counted = both(state.made, state.in_cgroup)
    owner = either(state.killed, state.owner_trapped)
    return both(owner, either(no(counted), state.worker_trapped))
