"""What clone(), unshare(), setns() and a vhost worker do to who shares what with whom."""

from __future__ import annotations

from model.kernel import Kernel
from model.over_time.places import Life
from model.over_time.userns_sharing import SYSTEM
from model.over_time.world import World
from model.patches import VHOST_USES_TASK, WORKERS_ARE_THREADS
from properties.claim import Claim, holds
from properties.over_time.claim import each_step, some_step
from properties.over_time.steps import changed, goes, happens, kept, only

_COPY = "kernel/fork.c:copy_process"
_OTHER = ("child", "child_fs", "child_thread", "child_user_ns")
_WORKER = ("made", "worker_fs", "thread", "worker_user_ns")
_SERIES = holds(needs=VHOST_USES_TASK)


def _threads(state: World) -> bool:
    """Return whether the task's group has more than one thread."""
    return bool(state.child_thread or state.thread)


@each_step("Tsh1", of=SYSTEM, source=_COPY, expect=holds())
def a_clone_in_another_user_namespace_shares_neither_root_nor_thread_group(
    _kernel: Kernel, before: World, after: World
) -> Claim:
    """CLONE_NEWUSER with CLONE_THREAD or CLONE_FS is EINVAL; a plain clone stays with its maker."""
    born = before.child != after.child
    apart = bool(after.child_user_ns) != bool(before.user_ns)
    fresh = not before.user_ns and not (after.child_fs or after.child_thread)
    once = goes(before, after, "child", Life.NONE, Life.ALIVE) and only(before, after, *_OTHER)
    return Claim(born, once and (not apart or fresh))


@each_step("Tsh2", of=SYSTEM, source="e297cd54b3f8; kernel/vhost_task.c:vhost_task_create",
           expect=_SERIES)
def a_vhost_task_shares_its_makers_root_and_namespace_and_its_group_since_v6_4(
    kernel: Kernel, before: World, after: World
) -> Claim:
    """CLONE_FS, and CLONE_THREAD since f9010dbdce91; a kthread is not seen here at all."""
    made = before.made != after.made
    thread = bool(after.thread) == (kernel[WORKERS_ARE_THREADS] is True)
    here = bool(after.worker_user_ns) == bool(before.user_ns)
    fine = happens(before, after, "made", "worker_fs") and only(before, after, *_WORKER)
    return Claim(made, fine and thread and here)


@each_step("Tsh3", of=SYSTEM, source="kernel/user_namespace.c:userns_install", expect=holds())
def only_a_single_thread_enters_a_user_namespace_and_its_root_is_its_own_then(
    _kernel: Kernel, before: World, after: World
) -> Claim:
    """unshare() takes a root of its own; setns() needs one; nobody comes back."""
    enters = before.user_ns != after.user_ns
    own = not (after.child_fs or after.worker_fs) and not _threads(before)
    quiet = only(before, after, "user_ns", "child_fs", "worker_fs")
    return Claim(enters, bool(after.user_ns) and own and quiet)


@each_step("Tsh4", of=SYSTEM, source=_COPY, expect=holds())
def who_was_cloned_stays_in_its_namespace_and_group(
    _kernel: Kernel, before: World, after: World
) -> Claim:
    """Whatever the task does; a shared root is given up by its unshare() alone."""
    others = kept(before, after, *_OTHER[2:]) or not before.child
    workers = kept(before, after, *_WORKER[2:]) or not before.made
    roots = {name for name in ("child_fs", "worker_fs") if getattr(before, name)}
    unshares = not roots & changed(before, after) or happens(before, after, "user_ns")
    return Claim(bool(before.child or before.made), others and workers and unshares)


@each_step("Tsh5", of=SYSTEM, source="kernel/user_namespace.c:userns_install", expect=_SERIES)
def setns_is_refused_for_a_worker_alone_only_where_no_other_task_shares(
    _kernel: Kernel, before: World, after: World
) -> Claim:
    """EINVAL: more than one thread, or more than one user of the fs_struct."""
    refused = before.worker_in_the_way != after.worker_in_the_way
    worker = before.made and (before.worker_fs or before.thread)
    alone = not (before.child_fs or before.child_thread or before.user_ns)
    quiet = only(before, after, "worker_in_the_way")
    return Claim(refused, bool(worker) and alone and quiet)


@each_step("Tshb", of=SYSTEM, source="kernel/user_namespace.c:userns_install", expect=_SERIES)
def a_step_that_changes_nothing_is_a_setns_that_sharers_forbid(
    kernel: Kernel, before: World, after: World
) -> Claim:
    """Nobody alone is refused; before the series a kthread is made unseen."""
    idle = kernel[VHOST_USES_TASK] is True and before == after
    shared = bool(before.child_fs or before.worker_fs) or _threads(before)
    return Claim(idle, shared and not before.user_ns)


@some_step("Tsh6", of=SYSTEM, source=_COPY, expect=holds(),
           cases=((False, False), (False, True), (True, False), (True, True)))
def a_task_can_clone_whatever_it_shares_with_the_other(
    _kernel: Kernel, before: World, after: World, kind: tuple[bool, bool]
) -> Claim:
    """Its root, its thread group, both or neither; within its user namespace."""
    shares = (bool(after.child_fs), bool(after.child_thread)) == kind
    here = bool(after.child_user_ns) == bool(before.user_ns)
    return Claim(not before.child, bool(after.child) and shares and here)


@some_step("Tsh7", of=SYSTEM, source="kernel/user_namespace.c:create_user_ns", expect=holds())
def a_task_can_clone_another_into_a_new_user_namespace(
    _kernel: Kernel, before: World, after: World
) -> Claim:
    """Which shares nothing with it."""
    outside = not before.child and not before.user_ns
    alone = not (after.child_fs or after.child_thread)
    return Claim(outside, bool(after.child and after.child_user_ns) and alone)


@some_step("Tsh8", of=SYSTEM, source="drivers/vhost/vhost.c:vhost_dev_set_owner", expect=_SERIES)
def a_task_can_open_a_vhost_device_whoever_shares_with_it(
    kernel: Kernel, before: World, after: World
) -> Claim:
    """In a user namespace of its own as well."""
    series = kernel[VHOST_USES_TASK] is True
    return Claim(series and not before.made, bool(after.made))


@some_step("Tsh9", of=SYSTEM, source="kernel/fork.c:ksys_unshare", expect=holds())
def a_single_thread_can_make_a_user_namespace_whoever_shares_its_root(
    _kernel: Kernel, before: World, after: World
) -> Claim:
    """CLONE_NEWUSER implies CLONE_FS, which takes a copy."""
    return Claim(not before.user_ns and not _threads(before), bool(after.user_ns))


@some_step("Tsha", of=SYSTEM, source="kernel/user_namespace.c:userns_install", expect=_SERIES)
def who_shares_with_its_worker_alone_is_refused_a_user_namespace_for_that(
    kernel: Kernel, before: World, after: World
) -> Claim:
    """setns(CLONE_NEWUSER): once its worker has a root of its own it may join."""
    worker = bool(before.made and (before.worker_fs or before.thread))
    alone = not (before.child_fs or before.child_thread or before.user_ns)
    return Claim(worker and alone, bool(after.worker_in_the_way))
