"""KVM's worker asked about by the ioctl that makes it: `kvm_create_vm`, since v6.14 `kvm_run`.

Each stands for the entry point by which that kernel makes it (:mod:`model.kvm`).
"""

from __future__ import annotations

from typing import Any

from checker.ground.problems import Problem
from model.kernel import Kernel
from model.kvm import maker, tells
from model.patches import CLONE3_STACK, KVM_LATE_WORKER, KVM_RETRIES, KVM_VHOST_TASK
from model.request import Entry
from model.words import Errno

CREATE, RUN = "kvm_create_vm", "kvm_run"
IOCTLS = (CREATE, RUN)


def entry_of(ioctl: str, kernel: Kernel) -> Entry:
    """Return the entry point that an ioctl of KVM stands for on a kernel.

    Raises :class:`Problem` where it makes no worker: arch/x86/kvm/mmu/mmu.c:kvm_mmu_post_init_vm.
    """
    late = kernel[KVM_LATE_WORKER] is True
    if late is not (ioctl == RUN):
        other = RUN if late else CREATE
        raise Problem(f"{ioctl.upper()} makes no worker on {kernel.name}: "
                      f"{other.upper()} does; ask for {other}")
    return Entry(int(maker(kernel)))


def notes_of(ioctl: str, kernel: Kernel) -> list[str]:
    """Return what is to be said of a worker that an ioctl makes on a kernel."""
    task = kernel[KVM_VHOST_TASK] is True
    first = "the first KVM_RUN of a VM" if ioctl == RUN else "KVM_CREATE_VM"
    by = "vhost_task_create(), as a thread of its caller" if task else (
        "kthread_create(), and moves it to its caller's cgroups, at its caller's nice")
    notes = [f"{first} makes kvm-nx-lpage-recovery by {by}",
             f"told is of it alone: {ioctl.upper()} has errors of its own besides, and makes "
             "none where kvm.nx_huge_pages is never"]
    if task and kernel[KVM_RETRIES] is not True:
        notes.append(f"{ioctl.upper()} tells ENOMEM there, whatever that failed with: EAGAIN of a "
                     "limit, or a signal")
    if kernel[CLONE3_STACK] is not True:
        notes.append("KVM has this worker since v5.4, and where its mend of CVE-2018-12207 was "
                     "taken: it may be missing there")
    if not task:
        notes.append("in a container's pid namespace the worker has no pid: cgroup.procs of the "
                     "cgroup of its VM shows 0 there (of v1 nothing), the cgroup is populated all "
                     "the same, and rmdir() says EBUSY until the VM is gone")
    return notes


def as_made(line: dict[str, Any], kernel: Kernel) -> tuple[dict[str, Any], str]:
    """Return a line that asks for an ioctl of KVM with what that stands for, and which it is.

    Any other line comes back as it is, with nothing; raises :class:`Problem` as
    :func:`entry_of` does.
    """
    ioctl = ioctl_of(line)
    if not ioctl:
        return line, ""
    return placed(line, entry_of(ioctl, kernel)), ioctl


def placed(line: dict[str, Any], entry: Entry) -> dict[str, Any]:
    """Return a line that asks for an entry point in the place of an ioctl."""
    return {**line, "request": {**line["request"], "entry": int(entry)}}


def ioctl_of(line: dict[str, Any]) -> str:
    """Return the ioctl of KVM that a line asks for; nothing where it asks for another call."""
    request = line.get("request")
    said = request.get("entry") if isinstance(request, dict) else None
    ioctl = said.lower() if isinstance(said, str) else ""
    return ioctl if ioctl in IOCTLS else ""


def as_told(answer: dict[str, Any], kernel: Kernel) -> dict[str, Any]:
    """Return an answer about the worker as its ioctl tells it: ``inside`` is the worker's errno."""
    inside = answer["errno"]
    if inside == "0":
        return answer
    errno = Errno(int(tells(kernel, int(Errno[inside])))).name
    return {**answer, "errno": errno, **({"inside": inside} if errno != inside else {})}
