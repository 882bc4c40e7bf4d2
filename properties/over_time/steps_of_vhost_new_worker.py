"""What opening, asking, freeing and closing do to the workers of two devices of one owner."""

from __future__ import annotations

from model.kernel import Kernel
from model.over_time.vhost_new_worker import BOTH, MOST, SYSTEM
from model.over_time.world import World
from model.patches import FORK_OWNER, VHOST_NEW_WORKER, VHOST_USES_TASK
from model.words import Errno
from properties.claim import Claim, holds
from properties.over_time.claim import each_step, some_step
from properties.over_time.steps import ELSE, changed, only

_SET_OWNER = "drivers/vhost/vhost.c:vhost_dev_set_owner"
_IOCTL = "drivers/vhost/vhost.c:vhost_worker_ioctl"
_FREE = "drivers/vhost/vhost.c:vhost_workers_free"
_CALL = ("asked", "of_kthreads", "refused")
_CASES = tuple((device, kthread) for device in BOTH for kthread in (False, True))


def _workers(state: World, device: str) -> int:
    return int(state.a if device == "A" else state.b)


def _kthread(state: World, device: str) -> bool:
    return bool(state.a_kthread if device == "A" else state.b_kthread)


def _more(before: World, after: World, device: str) -> int:
    """Return how many workers more a device has after a step."""
    return _workers(after, device) - _workers(before, device)


def _kinds(kernel: Kernel) -> tuple[bool, ...]:
    """Return whether a device's first worker may be a kthread, and whether it may not."""
    if kernel[VHOST_USES_TASK] is not True:
        return (True,)
    return (False, True) if kernel[FORK_OWNER] is True else (False,)


def _full(state: World) -> bool:
    """Return whether a limit leaves no room for one more task of the owner's."""
    tasks, pids = int(state.tasks) >= int(state.limit), int(state.pids) >= int(state.pids_max)
    return tasks or pids


def _of(device: str) -> tuple[str, ...]:
    name = device.lower()
    return name, f"{name}_kthread", "tasks", "pids", *_CALL


def _charged(before: World, after: World, more: int, kthread: bool) -> bool:
    """Return whether the owner's cgroup, and for tasks its user, are charged with that more."""
    pids = int(after.pids) - int(before.pids) == more
    return pids and int(after.tasks) - int(before.tasks) == (0 if kthread else more)


def _last_call(state: World) -> tuple[bool, bool, int]:
    """Return (it was VHOST_NEW_WORKER, of a device with a kthread, its errno)."""
    return bool(state.asked), bool(state.of_kthreads), int(state.refused)


@each_step("Tcr1", of=SYSTEM, source=_IOCTL, expect=holds(), cases=BOTH)
def a_worker_more_is_the_first_of_its_device_or_asked_for_beside_tasks(
    kernel: Kernel, before: World, after: World, device: str
) -> Claim:
    """Charged as one; only a kthread passes a limit, and VHOST_NEW_WORKER is not for those."""
    more = _more(before, after, device)
    if more <= 0:
        return ELSE
    first, kthread = _workers(before, device) == 0, _kthread(after, device)
    asked = kernel[VHOST_NEW_WORKER] is True and not kthread and not _kthread(before, device)
    kind = kthread in _kinds(kernel) if first else asked
    room = (kthread or not _full(before)) and more == 1 and _workers(after, device) <= MOST
    told = _last_call(after) == (not first, False, 0)
    charged = _charged(before, after, 1, kthread)
    return Claim(True, kind and room and told and charged and only(before, after, *_of(device)))


@each_step("Tcr2", of=SYSTEM, source=_FREE, expect=holds(), cases=BOTH)
def workers_that_end_are_charged_no_more_one_of_several_or_all_of_a_device(
    kernel: Kernel, before: World, after: World, device: str
) -> Claim:
    """VHOST_FREE_WORKER leaves the last one; a device without workers is of no kind."""
    gone = -_more(before, after, device)
    if gone <= 0:
        return ELSE
    left, kthread = _workers(after, device), _kthread(before, device)
    one = gone == 1 and kernel[VHOST_NEW_WORKER] is True
    kind = _kthread(after, device) == (kthread and left > 0)
    told = _last_call(after) == (False, False, 0)
    charged = _charged(before, after, -gone, kthread)
    return Claim(True, (left == 0 or one) and kind and told and charged
                 and only(before, after, *_of(device)))


@each_step("Tcr3", of=SYSTEM, source="7d9896e9f6d0; " + _IOCTL,
           expect=holds(needs=VHOST_USES_TASK))
def a_call_that_makes_no_worker_says_why_and_changes_nothing(
    kernel: Kernel, before: World, after: World
) -> Claim:
    """ENOMEM at a limit; EFAULT for VHOST_NEW_WORKER on a device with a kthread."""
    same = not any(_more(before, after, device) for device in BOTH)
    if not same or before.limit != after.limit:
        return ELSE
    asked, of_kthreads, errno = _last_call(after)
    owned = [_workers(before, one) > 0 for one in BOTH]
    kinds = [_kthread(before, one) for one in BOTH]
    free = not all(owned) and False in _kinds(kernel)
    beside = any(
        owned[i] and not kinds[i] and _workers(before, BOTH[i]) < MOST for i in range(2)
    )
    limit = errno == Errno.ENOMEM and _full(before) and (beside if asked else free)
    kthread = errno == Errno.EFAULT and asked and any(kinds)
    return Claim(True, (kthread if of_kthreads else limit) and only(before, after, *_CALL))


@each_step("Tcr4", of=SYSTEM, source="kernel/sys.c:do_prlimit", expect=holds())
def limits_are_narrowed_before_there_is_any_worker(
    _kernel: Kernel, before: World, after: World
) -> Claim:
    """Both, and nothing else."""
    narrowed = changed(before, after) & {"limit", "pids_max"}
    fresh = int(before.a) == int(before.b) == 0 and after.limit == after.pids_max == 2
    return Claim(bool(narrowed), fresh and before.limit == 4
                 and changed(before, after) == {"limit", "pids_max"})


@some_step("Tcr5", of=SYSTEM, source=_SET_OWNER, expect=holds(), cases=_CASES)
def an_owner_can_open_each_device_with_each_kind_of_worker_within_its_limits(
    kernel: Kernel, before: World, after: World, case: tuple[str, bool]
) -> Claim:
    """A kthread beyond them."""
    device, kthread = case
    able = kthread in _kinds(kernel) and _workers(before, device) == 0
    refused = not kthread and _full(before)
    made = _more(before, after, device) == 1 and _kthread(after, device) == kthread
    told = _last_call(after) == (False, False, int(Errno.ENOMEM)) and before.limit == after.limit
    return Claim(able, told if refused else made)


@some_step("Tcr6", of=SYSTEM, source=_IOCTL, expect=holds(needs=VHOST_NEW_WORKER),
           cases=BOTH)
def an_owner_can_ask_for_one_more_worker_of_a_device_that_it_opened(
    kernel: Kernel, before: World, after: World, device: str
) -> Claim:
    """It is made, or refused with what is in the way."""
    able = kernel[VHOST_NEW_WORKER] is True and 0 < _workers(before, device) < MOST
    if _kthread(before, device):
        return Claim(able, _last_call(after) == (True, True, int(Errno.EFAULT)))
    refused = _last_call(after) == (True, False, int(Errno.ENOMEM))
    return Claim(able, refused if _full(before) else _more(before, after, device) == 1)


@some_step("Tcr7", of=SYSTEM, source="drivers/vhost/vhost.c:vhost_free_worker",
           expect=holds(needs=VHOST_NEW_WORKER), cases=BOTH)
def an_owner_can_free_one_of_several_workers(
    kernel: Kernel, before: World, after: World, device: str
) -> Claim:
    """Which no ring is attached to."""
    able = kernel[VHOST_NEW_WORKER] is True and _workers(before, device) > 1
    return Claim(able, _more(before, after, device) == -1)


@some_step("Tcr8", of=SYSTEM, source=_FREE, expect=holds(), cases=BOTH)
def an_owner_can_close_each_device_that_has_workers(
    _kernel: Kernel, before: World, after: World, device: str
) -> Claim:
    """All of them end."""
    return Claim(_workers(before, device) > 0, _workers(after, device) == 0)


@some_step("Tcr9", of=SYSTEM, source="kernel/sys.c:do_prlimit", expect=holds())
def limits_can_be_narrowed_while_there_is_no_worker(
    _kernel: Kernel, before: World, after: World
) -> Claim:
    """To one task and one worker."""
    fresh = before.limit == 4 and int(before.a) == int(before.b) == 0
    return Claim(fresh, after.limit == 2)
