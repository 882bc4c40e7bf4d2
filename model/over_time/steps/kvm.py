"""arch/x86/kvm, virt/kvm: the recovery thread of a virtual machine, and who wakes it."""

from __future__ import annotations

from model.algebra import Truth, Word, both, either, no, when_word
from model.kvm import tells
from model.over_time import worker_calls
from model.over_time.places import Vcpu
from model.over_time.step import Machine, Move, step, steps
from model.over_time.steps import vhost, vhost_task
from model.over_time.steps.signal import owner_is_awake
from model.over_time.world import WorkerRun, World, but, is_at
from model.patches import KVM_LATE_WORKER, KVM_RETRIES, KVM_VHOST_TASK, KVM_WAKES_LIVE
from model.words import Errno

_CREATE = "virt/kvm/kvm_main.c:kvm_create_vm"
_THREAD = "arch/x86/kvm/mmu/mmu.c:kvm_mmu_start_lpage_recovery"
_POST = "arch/x86/kvm/mmu/mmu.c:kvm_mmu_post_init_vm"
_ONCE = "include/linux/call_once.h:call_once"
_RESTART = "arch/x86/kernel/signal.c:arch_do_signal_or_restart"
VCPUS = ("A", "B")


@step(
    at="virt/kvm/kvm_main.c:kvm_vm_create_worker_thread", who="owner", until=KVM_VHOST_TASK
)
def the_owner_starts_a_virtual_machine_with_a_kthread(_machine: Machine, world: World) -> Move:
    """Until v6.13 KVM's recovery thread was a kthread that moved itself to the cgroups."""
    after = but(world, made=True, kthread=True, nofreeze=True, in_cgroup=True, kvm=True)
    return Move(both(no(world.made), owner_is_awake(world)), after)


@step(at=_THREAD, who="owner", since=KVM_VHOST_TASK)
def the_owner_starts_a_virtual_machine(machine: Machine, world: World) -> Move:
    """KVM makes its recovery thread by vhost_task_create()."""
    return vhost.makes_a_worker(machine, world, True, kvm=True)


@step(at="arch/x86/kvm/mmu/mmu.c:set_nx_huge_pages", who="administrator")
def the_administrator_writes_the_parameter_that_wakes_it(
    machine: Machine, world: World
) -> Move:
    """kvm.nx_huge_pages wakes the thread of every machine that is not being destroyed.

    Since 43fb96ae7855 only where there is one.
    """
    listed = both(world.kvm, either(world.file_here, world.file_there), no(world.woke_freed))
    missing = both(world.workers == 0, no(machine[KVM_WAKES_LIVE]))
    after = but(
        world,
        woke=True,
        woke_freed=is_at(world, WorkerRun.FREED),
        woke_none=either(world.woke_none, missing),
    )
    return Move(listed, after)


@steps(
    tuple(vhost_task.REASONS),
    at=_THREAD,
    who="KVM",
    since=KVM_VHOST_TASK,
)
def kvm_asks_X(machine: Machine, world: World, how: str) -> Move:
    """KVM's recovery thread."""
    return vhost_task.returns(machine, world, how, kvm=True)


def _errno(machine: Machine, world: World) -> Word:
    """Return what becomes of the thread's creation."""
    signalled, full = world.signal_pending, world.full
    task = machine.ask(worker_calls.vhost_task_errno, signalled, full, False)
    kthread = machine.ask(worker_calls.kthread_errno, signalled, full)
    return when_word(16, machine[KVM_VHOST_TASK], task, kthread)


@step(at=_CREATE, who="owner", until=KVM_LATE_WORKER)
def a_virtual_machine_is_created_with_its_thread(machine: Machine, world: World) -> Move:
    """kvm_arch_post_init_vm() makes the thread; a failure ends KVM_CREATE_VM."""
    errno = _errno(machine, world)
    made = errno == 0
    one = when_word(8, made, 1, 0)
    after = but(world, kvm=made, workers=one, refused=tells(machine, errno), reason=errno)
    return Move(no(world.kvm), after)


@step(at=_CREATE, who="owner", since=KVM_LATE_WORKER)
def a_virtual_machine_is_created(_machine: Machine, world: World) -> Move:
    """once_init(); no thread yet."""
    return Move(no(world.kvm), but(world, kvm=True, refused=0, reason=0))


def _place(world: World, cpu: str) -> Word:
    return world.vcpu_a if cpu == "A" else world.vcpu_b


def _is(world: World, cpu: str, place: Vcpu) -> Truth:
    return _place(world, cpu) == int(place)


def _moved(world: World, cpu: str, place: Word) -> World:
    return but(world, vcpu_a=place) if cpu == "A" else but(world, vcpu_b=place)


def _looks(world: World) -> Word:
    """Return where call_once() leads: out at once where it has completed."""
    return when_word(8, world.completed, int(Vcpu.OUT), int(Vcpu.LOOKED))


def _in_vain(machine: Machine, world: World) -> Word:
    """Return the errno of a KVM_RUN that finds call_once() completed."""
    empty = both(no(machine[KVM_RETRIES]), world.completed, world.workers == 0)
    return when_word(16, empty, int(Errno.ENOMEM), 0)


@steps(VCPUS, at=_ONCE, who="vCPU X", since=KVM_LATE_WORKER)
def vcpu_X_runs(machine: Machine, world: World, cpu: str) -> Move:
    """KVM_RUN: done at once where call_once() completed; ENOMEM if it completed in vain."""
    after = but(_moved(world, cpu, _looks(world)), ran=True, refused=_in_vain(machine, world))
    return Move(both(world.kvm, _is(world, cpu, Vcpu.OUT)), after)


@steps(VCPUS, at=_ONCE, who="vCPU X", own=True, since=KVM_LATE_WORKER)
def vcpu_X_takes_the_mutex(_machine: Machine, world: World, cpu: str) -> Move:
    """One at a time."""
    free = no(_is(world, "B" if cpu == "A" else "A", Vcpu.INSIDE))
    return Move(both(_is(world, cpu, Vcpu.LOOKED), free), _moved(world, cpu, int(Vcpu.INSIDE)))


def looks_again(world: World) -> Truth:
    """Return whether the holder of the mutex finds that another completed it meanwhile."""
    return world.completed


@steps(VCPUS, at=_ONCE, who="vCPU X", own=True, since=KVM_LATE_WORKER)
def vcpu_X_finds_it_completed(machine: Machine, world: World, cpu: str) -> Move:
    """It looks again, under the mutex."""
    after = but(_moved(world, cpu, int(Vcpu.OUT)), refused=_in_vain(machine, world))
    return Move(both(_is(world, cpu, Vcpu.INSIDE), looks_again(world)), after)


@steps(VCPUS, at=_POST, who="vCPU X", own=True, since=KVM_LATE_WORKER)
def vcpu_X_asks_for_the_thread(machine: Machine, world: World, cpu: str) -> Move:
    """vhost_task_create(); until 916b7f42b3b3 call_once() completed even if that failed."""
    errno = _errno(machine, world)
    made = errno == 0
    again = both(machine[KVM_RETRIES], errno == int(Errno.ERESTARTNOINTR))
    after = but(
        _moved(world, cpu, when_word(8, again, int(Vcpu.RESTARTS), int(Vcpu.OUT))),
        workers=world.workers + when_word(8, made, 1, 0),
        completed=either(made, no(machine[KVM_RETRIES])),
        refused=when_word(16, again, 0, tells(machine, errno)),
        reason=errno,
    )
    return Move(both(_is(world, cpu, Vcpu.INSIDE), no(looks_again(world))), after)


@steps(VCPUS, at=_RESTART, who="vCPU X", own=True, since=KVM_RETRIES)
def vcpu_X_calls_again(_machine: Machine, world: World, cpu: str) -> Move:
    """After the handler the ioctl is restarted, unseen by user space."""
    ready = both(_is(world, cpu, Vcpu.RESTARTS), no(world.signal_pending))
    return Move(ready, _moved(world, cpu, _looks(world)))
