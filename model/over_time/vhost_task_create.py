"""What vhost_task_create() returns, and what its callers take it for.

kernel/vhost_task.c:vhost_task_create, drivers/vhost/vhost.c:vhost_worker_create,
arch/x86/kvm/mmu/mmu.c.  NULL on failure until v6.13, an error pointer since.
"""

from __future__ import annotations

from model.over_time.steps import kvm, vhost, vhost_task
from model.over_time.world import scope

SYSTEM = scope(
    "vhost_task_create",
    about="what vhost_task_create() returns and its callers test",
    facts="returned kvm tested used",
    tasks="one caller",
)
SYSTEM.takes(
    *vhost.vhost_asks_X,
    *kvm.kvm_asks_X,
    vhost_task.the_caller_tests_what_it_was_given,
)
