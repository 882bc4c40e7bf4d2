"""KVM's worker, kvm-nx-lpage-recovery: by which entry point it is made, and what its call tells.

virt/kvm/kvm_main.c:kvm_vm_create_worker_thread until v6.13, arch/x86/kvm/mmu/mmu.c:
kvm_mmu_start_lpage_recovery since.  Until v6.14 KVM_CREATE_VM makes it, then the first KVM_RUN.
"""

from __future__ import annotations

from model.algebra import Word, both, no, when_word
from model.patch import Has
from model.patches import KVM_RETRIES, KVM_VHOST_TASK
from model.request import Entry
from model.words import Errno


def maker(has: Has) -> Word:
    """Return the entry point: kthread_create(), or since v6.13 vhost_task_create()."""
    task: Word = int(Entry.VHOST_TASK_CREATE)
    return when_word(8, has[KVM_VHOST_TASK], task, int(Entry.KTHREAD_CREATE))


def tells(has: Has, errno: Word) -> Word:
    """Return the errno of KVM_CREATE_VM or KVM_RUN, of the one that the worker fails with.

    ENOMEM for all of them from v6.13 until 916b7f42b3b3.
    """
    hidden = both(has[KVM_VHOST_TASK], no(has[KVM_RETRIES]), errno != 0)
    return when_word(16, hidden, int(Errno.ENOMEM), errno)
