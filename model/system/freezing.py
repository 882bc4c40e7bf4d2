"""Freezing: suspend, and the freezer of cgroup v2, with a worker about.

kernel/freezer.c:freezing_slow_path, kernel/signal.c:get_signal and do_freezer_trap,
kernel/cgroup/freezer.c:cgroup_update_frozen.  A worker that never looks at its signals never
reaches try_to_freeze(); a kernel thread counts as a task of its cgroup and is never trapped.
"""

from __future__ import annotations

from dataclasses import dataclass

from model.algebra import Truth, both, either, no
from model.patches import FORK_OWNER, KVM_VHOST_TASK, VHOST_SIGKILL, WORKERS_ARE_THREADS
from model.records import BOOL, fact
from model.system import calls
from model.system.step import Machine, Move, System, but

_SET_OWNER = "drivers/vhost/vhost.c:vhost_dev_set_owner"


@dataclass(frozen=True, slots=True)
class Freezing:
    """An owner, its worker, and the two freezers."""

    worker: Truth = fact(BOOL, False, "there is a worker")
    task: Truth = fact(BOOL, False, "it is a vhost task, not a kthread")
    nofreeze: Truth = fact(BOOL, False, "PF_NOFREEZE")
    looks: Truth = fact(BOOL, False, "its main loop calls get_signal()")
    in_cgroup: Truth = fact(BOOL, False, "it is in the owner's cgroup")
    kvm: Truth = fact(BOOL, False, "it is KVM's recovery thread")
    thread: Truth = fact(BOOL, False, "it is a thread of the owner's group")
    killed: Truth = fact(BOOL, False, "the owner was killed; another process holds the device")
    suspend: Truth = fact(BOOL, False, "the machine is to suspend")
    owner_frozen: Truth = fact(BOOL, False, "the owner is in the refrigerator")
    worker_frozen: Truth = fact(BOOL, False, "the worker is in the refrigerator")
    freeze: Truth = fact(BOOL, False, "cgroup.freeze is 1")
    owner_trapped: Truth = fact(BOOL, False, "the owner is in the cgroup's trap")
    worker_trapped: Truth = fact(BOOL, False, "the worker is in the cgroup's trap")


SYSTEM = System(
    name="freezing",
    about="suspend and cgroup.freeze with a worker about",
    record=Freezing,
    tasks="one owner and one worker",
    start=lambda _machine: Freezing(),
)


def _awake(state: Freezing) -> Truth:
    return no(either(state.owner_frozen, state.owner_trapped, state.killed))


def _makes(machine: Machine, state: Freezing, fork_owner: bool, kvm: bool) -> Move:
    made = machine.ask(calls.vhost_worker, fork_owner, *calls.ORDINARY)
    task = no(made.by_kthreadd)
    after = but(
        state,
        worker=True,
        task=task,
        thread=made.thread,
        nofreeze=made.nofreeze,
        looks=both(task, machine[WORKERS_ARE_THREADS]),
        in_cgroup=task,
        kvm=kvm,
    )
    return Move(both(no(state.worker), _awake(state), made.errno == 0), after)


@SYSTEM.step(at=_SET_OWNER, who="owner")
def the_owner_opens_the_device(machine: Machine, state: Freezing) -> Move:
    """VHOST_SET_OWNER."""
    return _makes(machine, state, True, False)


@SYSTEM.step(at=_SET_OWNER, who="owner", since=FORK_OWNER)
def the_owner_opens_the_device_and_asks_for_a_kthread(machine: Machine, state: Freezing) -> Move:
    """VHOST_SET_FORK_FROM_OWNER with KTHREAD (v6.17)."""
    return _makes(machine, state, False, False)


@SYSTEM.step(
    at="virt/kvm/kvm_main.c:kvm_vm_create_worker_thread", who="owner", until=KVM_VHOST_TASK
)
def the_owner_starts_a_virtual_machine(_machine: Machine, state: Freezing) -> Move:
    """Until v6.13 KVM's recovery thread was a kthread that moved itself to the cgroups."""
    after = but(state, worker=True, nofreeze=True, in_cgroup=True, kvm=True)
    return Move(both(no(state.worker), _awake(state)), after)


@SYSTEM.step(
    at="arch/x86/kvm/mmu/mmu.c:kvm_mmu_start_lpage_recovery", who="owner", since=KVM_VHOST_TASK
)
def the_owner_starts_a_virtual_machine_with_a_vhost_task(
    machine: Machine, state: Freezing
) -> Move:
    """Since v6.13 it is made by vhost_task_create()."""
    return _makes(machine, state, True, True)


@SYSTEM.step(at="drivers/vhost/vhost.c:vhost_attach_cgroups", who="owner", own=True)
def the_kthread_is_moved_to_the_owners_cgroup(_machine: Machine, state: Freezing) -> Move:
    """cgroup_attach_task_all()."""
    return Move(both(state.worker, no(state.in_cgroup)), but(state, in_cgroup=True))


@SYSTEM.step(at="kernel/signal.c:complete_signal", who="user")
def the_owners_group_is_killed_while_another_process_holds_the_device(
    machine: Machine, state: Freezing
) -> Move:
    """A worker thread ends with it since v6.10; before it worked on and looked no more.

    vhost_task_fn() of v6.4 to v6.9 called get_signal() until it knew that it was dead.
    """
    hit = both(state.worker, state.thread)
    ends = both(hit, machine[VHOST_SIGKILL])
    busy = either(state.worker_frozen, state.worker_trapped)
    after = but(
        state,
        killed=True,
        worker=both(state.worker, no(ends)),
        looks=both(state.looks, no(hit)),
    )
    return Move(both(_awake(state), no(busy)), after)


@SYSTEM.step(at="kernel/power/process.c:freeze_processes", who="administrator")
def the_machine_is_to_suspend(_machine: Machine, state: Freezing) -> Move:
    """Every task without PF_NOFREEZE is told to freeze."""
    return Move(no(state.suspend), but(state, suspend=True))


@SYSTEM.step(at="kernel/cgroup/freezer.c:cgroup_do_freeze", who="administrator")
def the_cgroup_is_to_freeze(_machine: Machine, state: Freezing) -> Move:
    """JOBCTL_TRAP_FREEZE for every task that is no kernel thread."""
    return Move(no(state.freeze), but(state, freeze=True))


@SYSTEM.step(at="kernel/signal.c:get_signal", who="owner", own=True)
def the_owner_freezes_for_suspend(_machine: Machine, state: Freezing) -> Move:
    """try_to_freeze()."""
    ready = both(state.suspend, no(state.owner_frozen), no(state.killed))
    return Move(ready, but(state, owner_frozen=True))


@SYSTEM.step(at="kernel/signal.c:do_freezer_trap", who="owner", own=True)
def the_owner_is_trapped(_machine: Machine, state: Freezing) -> Move:
    """The cgroup's trap; who is in the refrigerator does not get so far before resume."""
    ready = both(state.freeze, no(state.owner_trapped), no(state.killed), no(state.owner_frozen))
    return Move(ready, but(state, owner_trapped=True))


@SYSTEM.step(at="kernel/signal.c:get_signal", who="worker", own=True)
def the_worker_freezes_for_suspend(_machine: Machine, state: Freezing) -> Move:
    """Only where its loop calls get_signal()."""
    ready = both(state.suspend, state.worker, state.looks, no(state.worker_frozen))
    return Move(ready, but(state, worker_frozen=True))


@SYSTEM.step(at="kernel/signal.c:do_freezer_trap", who="worker", own=True)
def the_worker_is_trapped(_machine: Machine, state: Freezing) -> Move:
    """Only where its loop calls get_signal(); a kernel thread is never asked to."""
    asked = both(state.freeze, state.worker, state.task, state.in_cgroup)
    after = but(state, worker_trapped=True)
    outside = both(no(state.worker_trapped), no(state.worker_frozen))
    return Move(both(asked, state.looks, outside), after)


def suspended(state: Freezing) -> Truth:
    """Return whether everybody who has to is frozen."""
    worker = either(no(state.worker), state.nofreeze, state.worker_frozen)
    return both(either(state.killed, state.owner_frozen), worker)


def frozen(state: Freezing) -> Truth:
    """Return whether cgroup.events says frozen: each task of the cgroup is trapped."""
    counted = both(state.worker, state.in_cgroup)
    owner = either(state.killed, state.owner_trapped)
    return both(owner, either(no(counted), state.worker_trapped))
