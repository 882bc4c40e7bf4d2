"""KVM's worker, kvm-nx-lpage-recovery: which call makes it, and by which entry of the kernel."""

from __future__ import annotations

from dataclasses import replace

from checker.ground.problems import Problem
from checker.why.asked import Asked
from model.kernel import Kernel
from model.patches import KVM_LATE_WORKER, KVM_VHOST_TASK, VHOST_ERR_PTR
from model.request import Entry

CREATE, RUN = "kvm_create_vm", "kvm_run"


def with_maker(asked: Asked, kernel: Kernel) -> Asked:
    """Return the question asked of what makes KVM's worker on a kernel; any other as it is.

    Raises :class:`Problem` where that call makes none: arch/x86/kvm/mmu/mmu.c:
    kvm_mmu_post_init_vm until v6.13, kvm_mmu_start_lpage_recovery since.
    """
    if asked.function not in (CREATE, RUN):
        return asked
    late = kernel[KVM_LATE_WORKER] is True
    if late is not (asked.function == RUN):
        other = RUN if late else CREATE
        raise Problem(f"{asked.function.upper()} makes no worker on {kernel.name}: "
                      f"{other.upper()} does; ask --entry {other}")
    task = kernel[KVM_VHOST_TASK] is True
    entry = Entry.VHOST_TASK_CREATE if task else Entry.KTHREAD_CREATE
    given = {**asked.given, "request.entry": int(entry)}
    return replace(asked, entry=entry, given=given, notes=(*asked.notes, *_notes(asked, kernel)))


def _notes(asked: Asked, kernel: Kernel) -> list[str]:
    task = kernel[KVM_VHOST_TASK] is True
    first = "the first KVM_RUN of a VM" if asked.function == RUN else "KVM_CREATE_VM"
    by = "vhost_task_create(), as a thread of its caller" if task else (
        "kthread_create(), and moves it to its caller's cgroups, at its caller's nice")
    notes = [f"{first} makes kvm-nx-lpage-recovery by {by}",
             f"told is of it alone: {asked.function.upper()} has errors of its own besides"]
    if task and kernel[VHOST_ERR_PTR] is not True:
        notes.append(f"{asked.function.upper()} tells ENOMEM there, whatever that failed with")
    if not task:
        notes.append("in a container's pid namespace the worker has no pid: cgroup.procs of the "
                     "cgroup of its VM shows 0 there (of v1 nothing), the cgroup is populated all "
                     "the same, and rmdir() says EBUSY until the VM is gone")
    return notes
