"""What VHOST_SET_OWNER, the move into a cgroup and a close do to what an owner is charged."""

from __future__ import annotations

from model.kernel import Kernel
from model.over_time.vhost_devices import MOST, SYSTEM
from model.over_time.world import World
from model.patches import FORK_OWNER, VHOST_USES_TASK
from model.words import Errno
from properties.claim import Claim, holds
from properties.over_time.claim import each_step, some_step
from properties.over_time.steps import ELSE, changed, happens, only

_SET_OWNER = "drivers/vhost/vhost.c:vhost_dev_set_owner"
_CLEANUP = "drivers/vhost/vhost.c:vhost_dev_cleanup"
_COUNTS = ("opened", "tasks", "kernel_tasks", "pids")
_SERIES = holds(needs=VHOST_USES_TASK)
_KTHREAD_OR_TASK = ("kernel_tasks", "tasks")
Moved = tuple[int, int, int, int]
TASK: Moved = (1, 1, 0, 1)
KTHREAD: Moved = (1, 0, 1, 0)


def _moved(before: World, after: World) -> Moved:
    """Return by how much devices, the owner's tasks, kthreadd's tasks and pids are more."""
    opened, tasks, kernel, pids = (
        int(getattr(after, name)) - int(getattr(before, name)) for name in _COUNTS
    )
    return opened, tasks, kernel, pids


def _ways(kernel: Kernel) -> tuple[Moved, ...]:
    """Return what opening may come to: a task of the owner's, or a kthread moved later."""
    if kernel[VHOST_USES_TASK] is not True:
        return (KTHREAD,)
    return (TASK, KTHREAD) if kernel[FORK_OWNER] is True else (TASK,)


def _full(state: World) -> bool:
    """Return whether a limit leaves no room for one more task of the owner's."""
    tasks, pids = int(state.tasks) >= int(state.limit), int(state.pids) >= int(state.pids_max)
    return tasks or pids


@each_step("Tdv1", of=SYSTEM, source=_SET_OWNER, expect=holds())
def a_device_opened_has_one_worker_more_charged_to_its_owner_or_as_a_kthread_to_root(
    kernel: Kernel, before: World, after: World
) -> Claim:
    """A task is tested and in the cgroup at once; a kthread is neither, and runs astray."""
    moved = _moved(before, after)
    if moved[0] <= 0:
        return ELSE
    room = moved == KTHREAD or not _full(before)
    fine = moved in _ways(kernel) and room and after.refused == 0 and bool(before.in_cgroup)
    there = bool(after.in_cgroup) == (moved == TASK)
    return Claim(True, fine and there and only(before, after, *_COUNTS, "in_cgroup", "refused"))


@each_step("Tdv2", of=SYSTEM, source=_SET_OWNER, expect=_SERIES)
def a_device_is_refused_at_a_limit_of_its_owner_with_ENOMEM(
    _kernel: Kernel, before: World, after: World
) -> Claim:
    """Whatever copy_process() said; nobody is charged."""
    refused = after.refused not in (before.refused, 0)
    fine = _full(before) and after.refused == Errno.ENOMEM and bool(before.in_cgroup)
    return Claim(refused, bool(fine) and changed(before, after) == {"refused"})


@each_step("Tdv3", of=SYSTEM, source="kernel/cgroup/pids.c:pids_can_attach", expect=holds())
def moving_a_kthread_into_its_owners_cgroup_charges_and_does_not_test(
    _kernel: Kernel, before: World, after: World
) -> Claim:
    """It is there then; no other step charges the cgroup alone."""
    moved = happens(before, after, "in_cgroup")
    one = _moved(before, after) == (0, 0, 0, 1)
    return Claim(True, one == moved and (not one or only(before, after, "in_cgroup", "pids")))


@each_step("Tdv4", of=SYSTEM, source=_CLEANUP, expect=holds())
def closing_a_device_takes_its_worker_from_whom_it_was_charged_to_and_the_cgroup(
    _kernel: Kernel, before: World, after: World
) -> Claim:
    """One worker, when it is in the cgroup; of a kind that there is."""
    moved = _moved(before, after)
    if moved[0] >= 0:
        return ELSE
    task = moved == (-1, -1, 0, -1) and int(before.tasks) > 1
    kthread = moved == (-1, 0, -1, -1) and int(before.kernel_tasks) > 1
    there = int(before.opened) > 0 and bool(before.in_cgroup) and after.refused == 0
    return Claim(True, (task or kthread) and there and only(before, after, *_COUNTS, "refused"))


@each_step("Tdv5", of=SYSTEM, source=_SET_OWNER, expect=holds())
def no_count_moves_but_by_opening_moving_and_closing(
    _kernel: Kernel, before: World, after: World
) -> Claim:
    """Limits stay; a step that changes nothing is a device refused once more."""
    moved = _moved(before, after)
    if before == after:
        return Claim(True, before.refused == Errno.ENOMEM and _full(before))
    steps = moved[0] != 0 or happens(before, after, "in_cgroup")
    told = only(before, after, *_COUNTS, "in_cgroup", "refused")
    return Claim(True, told and (steps or changed(before, after) == {"refused"}))


@some_step("Tdv6", of=SYSTEM, source=_SET_OWNER, expect=holds(), cases=(TASK, KTHREAD))
def an_owner_can_open_a_device_with_each_kind_of_worker_of_its_kernel_within_its_limits(
    kernel: Kernel, before: World, after: World, way: Moved
) -> Claim:
    """A kthread beyond them; a task is refused there."""
    able = way in _ways(kernel) and bool(before.in_cgroup) and int(before.opened) < MOST
    refused = way == TASK and _full(before)
    done = after.refused == Errno.ENOMEM if refused else _moved(before, after) == way
    return Claim(able, bool(done))


@some_step("Tdv7", of=SYSTEM, source=_CLEANUP, expect=holds(), cases=_KTHREAD_OR_TASK)
def an_owner_can_close_a_device_with_each_kind_of_worker_that_it_has(
    _kernel: Kernel, before: World, after: World, whose: str
) -> Claim:
    """Once that is in its cgroup."""
    able = int(getattr(before, whose)) > 1 and bool(before.in_cgroup)
    one = getattr(after, whose) == getattr(before, whose) - 1
    return Claim(able, one and _moved(before, after)[0] == -1)


@some_step("Tdv8", of=SYSTEM, source="drivers/vhost/vhost.c:vhost_attach_cgroups",
           expect=holds(needs=~VHOST_USES_TASK | FORK_OWNER))
def a_kthread_astray_comes_into_its_owners_cgroup(
    _kernel: Kernel, before: World, after: World
) -> Claim:
    """Before anything else is done with the device; a task is never astray."""
    return Claim(not before.in_cgroup, bool(after.in_cgroup))
