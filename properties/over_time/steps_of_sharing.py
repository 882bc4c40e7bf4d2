"""What clone(), unshare(), setns() and a vhost worker do to who shares what with whom."""

from __future__ import annotations

from model.kernel import Kernel
from model.over_time.sharing import SYSTEM, Sharing
from model.patches import VHOST_USES_TASK, WORKERS_ARE_THREADS
from properties.claim import Claim, holds
from properties.over_time.claim import each_step, some_step
from properties.over_time.steps import changed, happens, kept, only

_COPY = "kernel/fork.c:copy_process"
_OTHER = ("other", "other_fs", "other_thread", "other_inside")
_WORKER = ("worker", "worker_fs", "worker_thread", "worker_inside")
_SERIES = holds(needs=VHOST_USES_TASK)


def _threads(state: Sharing) -> bool:
    """Return whether the task's group has more than one thread."""
    return bool(state.other_thread or state.worker_thread)


@each_step("Tsh1", of=SYSTEM, source=_COPY, expect=holds())
def a_clone_in_another_user_namespace_shares_neither_root_nor_thread_group(
    _kernel: Kernel, before: Sharing, after: Sharing
) -> Claim:
    """CLONE_NEWUSER with CLONE_THREAD or CLONE_FS is EINVAL; a plain clone stays with its maker."""
    born = before.other != after.other
    apart = bool(after.other_inside) != bool(before.inside)
    fresh = not before.inside and not (after.other_fs or after.other_thread)
    once = happens(before, after, "other") and only(before, after, *_OTHER)
    return Claim(born, once and (not apart or fresh))


@each_step("Tsh2", of=SYSTEM, source="e297cd54b3f8; kernel/vhost_task.c:vhost_task_create",
           expect=_SERIES)
def a_vhost_task_shares_its_makers_root_and_namespace_and_its_group_since_v6_4(
    kernel: Kernel, before: Sharing, after: Sharing
) -> Claim:
    """CLONE_FS, and CLONE_THREAD since f9010dbdce91; a kthread is not seen here at all."""
    made = before.worker != after.worker
    thread = bool(after.worker_thread) == (kernel[WORKERS_ARE_THREADS] is True)
    here = bool(after.worker_inside) == bool(before.inside)
    fine = happens(before, after, "worker", "worker_fs") and only(before, after, *_WORKER)
    return Claim(made, fine and thread and here)


@each_step("Tsh3", of=SYSTEM, source="kernel/user_namespace.c:userns_install", expect=holds())
def only_a_single_thread_enters_a_user_namespace_and_its_root_is_its_own_then(
    _kernel: Kernel, before: Sharing, after: Sharing
) -> Claim:
    """unshare() takes a root of its own; setns() needs one; nobody comes back."""
    enters = before.inside != after.inside
    own = not (after.other_fs or after.worker_fs) and not _threads(before)
    quiet = only(before, after, "inside", "other_fs", "worker_fs")
    return Claim(enters, bool(after.inside) and own and quiet)


@each_step("Tsh4", of=SYSTEM, source=_COPY, expect=holds())
def who_was_cloned_stays_in_its_namespace_and_group(
    _kernel: Kernel, before: Sharing, after: Sharing
) -> Claim:
    """Whatever the task does; a shared root is given up by its unshare() alone."""
    others = kept(before, after, *_OTHER[2:]) or not before.other
    workers = kept(before, after, *_WORKER[2:]) or not before.worker
    roots = {name for name in ("other_fs", "worker_fs") if getattr(before, name)}
    unshares = not roots & changed(before, after) or happens(before, after, "inside")
    return Claim(bool(before.other or before.worker), others and workers and unshares)


@each_step("Tsh5", of=SYSTEM, source="kernel/user_namespace.c:userns_install", expect=_SERIES)
def setns_is_refused_for_a_worker_alone_only_where_no_other_task_shares(
    _kernel: Kernel, before: Sharing, after: Sharing
) -> Claim:
    """EINVAL: more than one thread, or more than one user of the fs_struct."""
    refused = before.refused != after.refused
    worker = before.worker and (before.worker_fs or before.worker_thread)
    alone = not (before.other_fs or before.other_thread or before.inside)
    return Claim(refused, bool(worker) and alone and changed(before, after) == {"refused"})


@each_step("Tshb", of=SYSTEM, source="kernel/user_namespace.c:userns_install", expect=_SERIES)
def a_step_that_changes_nothing_is_a_setns_that_sharers_forbid(
    kernel: Kernel, before: Sharing, after: Sharing
) -> Claim:
    """Nobody alone is refused; before the series a kthread is made unseen."""
    idle = kernel[VHOST_USES_TASK] is True and before == after
    shared = bool(before.other_fs or before.worker_fs) or _threads(before)
    return Claim(idle, shared and not before.inside)


@some_step("Tsh6", of=SYSTEM, source=_COPY, expect=holds(),
           cases=((False, False), (False, True), (True, False), (True, True)))
def a_task_can_clone_whatever_it_shares_with_the_other(
    _kernel: Kernel, before: Sharing, after: Sharing, kind: tuple[bool, bool]
) -> Claim:
    """Its root, its thread group, both or neither; within its user namespace."""
    shares = (bool(after.other_fs), bool(after.other_thread)) == kind
    here = bool(after.other_inside) == bool(before.inside)
    return Claim(not before.other, bool(after.other) and shares and here)


@some_step("Tsh7", of=SYSTEM, source="kernel/user_namespace.c:create_user_ns", expect=holds())
def a_task_can_clone_another_into_a_new_user_namespace(
    _kernel: Kernel, before: Sharing, after: Sharing
) -> Claim:
    """Which shares nothing with it."""
    outside = not before.other and not before.inside
    alone = not (after.other_fs or after.other_thread)
    return Claim(outside, bool(after.other and after.other_inside) and alone)


@some_step("Tsh8", of=SYSTEM, source="drivers/vhost/vhost.c:vhost_dev_set_owner", expect=_SERIES)
def a_task_can_open_a_vhost_device_whoever_shares_with_it(
    kernel: Kernel, before: Sharing, after: Sharing
) -> Claim:
    """In a user namespace of its own as well."""
    series = kernel[VHOST_USES_TASK] is True
    return Claim(series and not before.worker, bool(after.worker))


@some_step("Tsh9", of=SYSTEM, source="kernel/fork.c:ksys_unshare", expect=holds())
def a_single_thread_can_make_a_user_namespace_whoever_shares_its_root(
    _kernel: Kernel, before: Sharing, after: Sharing
) -> Claim:
    """CLONE_NEWUSER implies CLONE_FS, which takes a copy."""
    return Claim(not before.inside and not _threads(before), bool(after.inside))


@some_step("Tsha", of=SYSTEM, source="kernel/user_namespace.c:userns_install", expect=_SERIES)
def who_shares_with_its_worker_alone_is_refused_a_user_namespace_for_that(
    kernel: Kernel, before: Sharing, after: Sharing
) -> Claim:
    """setns(CLONE_NEWUSER): once its worker has a root of its own it may join."""
    worker = bool(before.worker and (before.worker_fs or before.worker_thread))
    alone = not (before.other_fs or before.other_thread or before.inside)
    return Claim(worker and alone, bool(after.refused))
