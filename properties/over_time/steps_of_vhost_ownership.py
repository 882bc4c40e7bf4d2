"""What opening, asking for a worker, SIGKILL and the last close do to a device's workers."""

from __future__ import annotations

from model.kernel import Kernel
from model.over_time.places import Asker, Life
from model.over_time.steps.cred import ONE, OTHER
from model.over_time.vhost_ownership import SYSTEM
from model.over_time.world import World
from model.patches import VHOST_NEW_WORKER, VHOST_SIGKILL, VHOST_USES_TASK
from model.words import Errno
from properties.claim import Claim, holds
from properties.over_time.claim import each_step, some_step
from properties.over_time.steps import ELSE, changed, goes, happens, only

_IOCTL = "drivers/vhost/vhost.c:vhost_worker_ioctl"
_CHECK = "drivers/vhost/vhost.c:vhost_dev_check_owner"
_SINCE = holds(needs=VHOST_NEW_WORKER)


def _child(state: World) -> bool:
    """Return whether the child is alive."""
    return bool(state.child == Life.ALIVE)


def _killed(state: World) -> bool:
    """Return whether the child was killed."""
    return bool(state.child == Life.ZOMBIE)


def _can_ask(kernel: Kernel) -> bool:
    return kernel[VHOST_NEW_WORKER] is True


def _more(before: World, after: World, whose: str) -> bool:
    return bool(getattr(after, whose) > getattr(before, whose))


def _last_is_gone(state: World) -> bool:
    """Return whether nobody has the device's file any more."""
    return bool(state.killed and not _child(state) and not state.file_there)


@each_step("Tas1", of=SYSTEM, source="drivers/vhost/vhost.c:vhost_dev_set_owner", expect=holds())
def a_device_is_opened_once_by_a_living_owner_with_one_worker(
    kernel: Kernel, before: World, after: World
) -> Claim:
    """Charged to the owner since the series, to root before."""
    opens = before.made != after.made
    elsewhere = after.elsewhere == (0 if kernel[VHOST_USES_TASK] is True else 1)
    fresh = happens(before, after, "made") and not before.killed and after.workers == 1
    asked = after.asker == Asker.OWNER
    quiet = only(before, after, "made", "workers", "elsewhere", "asker")
    return Claim(opens, bool(fresh and elsewhere and asked) and quiet)


@each_step("Tas2", of=SYSTEM, source=_IOCTL, expect=_SINCE)
def a_worker_that_the_owner_asks_for_is_its_own_and_charged_as_the_first_one(
    kernel: Kernel, before: World, after: World
) -> Claim:
    """VHOST_NEW_WORKER while the owner lives."""
    made = _more(before, after, "workers") and bool(before.made)
    one = after.workers == int(before.workers) + 1 <= 2 and not before.killed
    told = after.asker == Asker.OWNER and after.answer == 0 and _can_ask(kernel)
    return Claim(made, bool(one and told) and only(before, after, "workers", "asker", "answer"))


@each_step("Tas3", of=SYSTEM, source=_CHECK, expect=_SINCE)
def a_worker_that_a_child_with_the_owners_memory_asks_for_is_the_childs(
    _kernel: Kernel, before: World, after: World
) -> Claim:
    """In its group, and charged to the user that the child is by then."""
    made = _more(before, after, "child_workers")
    strange = int(bool(before.child_uid != ONE))
    one = after.child_workers == int(before.child_workers) + 1 <= 2
    able = _child(before) and before.made
    charged = after.elsewhere == before.elsewhere + strange and after.child_asked
    told = after.asker == Asker.CHILD and after.answer == 0
    quiet = only(before, after, "child_workers", "elsewhere", "child_asked", "asker", "answer")
    return Claim(made, bool(one and able and charged and told) and quiet)


@each_step("Tas4", of=SYSTEM, source=_CHECK, expect=_SINCE)
def who_is_no_owner_is_refused_and_changes_nothing(
    _kernel: Kernel, before: World, after: World
) -> Claim:
    """EPERM with another mm; EINVAL for everybody while the device has no owner."""
    made = any(_more(before, after, one) for one in ("workers", "child_workers"))
    told = changed(before, after) & {"asker", "answer"}
    stranger = after.asker == Asker.STRANGER and before.file_there
    child = after.asker == Asker.CHILD and _child(before) and not before.made
    why = Errno.EPERM if before.made else Errno.EINVAL
    fine = (stranger or child) and after.answer == why
    return Claim(bool(told) and not made, bool(fine) and only(before, after, "asker", "answer"))


@each_step("Tas5", of=SYSTEM, source="kernel/fork.c:copy_mm", expect=holds())
def a_living_owner_makes_one_child_and_passes_the_file_and_nothing_else_changes(
    _kernel: Kernel, before: World, after: World
) -> Claim:
    """Neither needs the device to have an owner."""
    makes = goes(before, after, "child", Life.NONE, Life.ALIVE)
    passes = happens(before, after, "file_there")
    alone = changed(before, after) == ({"child", "child_vm"} if makes else {"file_there"})
    fine = not before.killed and alone
    returns = happens(after, before, "file_there")
    return Claim(makes or passes or returns, fine and not returns)


@each_step("Tas6", of=SYSTEM, source="kernel/sys.c:__sys_setresuid", expect=holds())
def a_living_child_becomes_another_user_for_good(
    _kernel: Kernel, before: World, after: World
) -> Claim:
    """Its workers and its parent stay what they are."""
    moves = before.child_uid != after.child_uid
    fine = goes(before, after, "child_uid", ONE, OTHER) and _child(before)
    return Claim(moves, fine and changed(before, after) == {"child_uid"})


@each_step("Tas7", of=SYSTEM, source="kernel/signal.c:complete_signal", expect=holds())
def SIGKILL_hits_one_group_and_no_worker_ends_by_that_alone(
    _kernel: Kernel, before: World, after: World
) -> Claim:
    """The owner's, or its child's, which is gone then; for good."""
    told = bool(changed(before, after) & {"killed", "child"})
    made = goes(before, after, "child", Life.NONE, Life.ALIVE)
    owner = happens(before, after, "killed")
    child = goes(before, after, "child", Life.ALIVE, Life.ZOMBIE)
    alone = len(changed(before, after)) == 1
    return Claim(told and not made, (owner or child) and alone)


@each_step("Tas8", of=SYSTEM, source="db5247d9bf5c; drivers/vhost/vhost.c:vhost_dev_cleanup",
           expect=holds())
def workers_end_killed_with_their_own_group_or_when_the_last_file_is_closed(
    kernel: Kernel, before: World, after: World
) -> Claim:
    """SIGKILL alone ends none before v6.10; whoever else has the file keeps the others."""
    fewer = {one for one in ("workers", "child_workers") if _more(after, before, one)}
    if not fewer:
        return ELSE
    killed = (before.killed or "workers" not in fewer) and (
        _killed(before) or "child_workers" not in fewer
    )
    alone = kernel[VHOST_SIGKILL] is True and killed and len(fewer) == 1
    none_left = after.workers == after.child_workers == 0
    all_gone = all(getattr(after, one) == 0 for one in fewer)
    fine = (_last_is_gone(before) and none_left) or alone
    return Claim(True, bool(fine) and all_gone and only(before, after, "workers", "child_workers"))


@each_step("Tasg", of=SYSTEM, source=_CHECK, expect=_SINCE)
def a_step_that_changes_nothing_is_an_ioctl_that_is_refused_once_more(
    _kernel: Kernel, before: World, after: World
) -> Claim:
    """Of another process, or of a child while the device has no owner."""
    stranger = before.asker == Asker.STRANGER and before.file_there
    child = before.asker == Asker.CHILD and _child(before) and not before.made
    return Claim(before == after, bool(stranger or child))


@some_step("Tas9", of=SYSTEM, source="drivers/vhost/vhost.c:vhost_dev_set_owner", expect=holds(),
           cases=("made", "child", "file_there", "killed"))
def a_living_owner_can_open_the_device_fork_pass_the_file_and_be_killed(
    _kernel: Kernel, before: World, after: World, what: str
) -> Claim:
    """Each while it has not; a child that was killed is not made again here."""
    able = not before.killed and not getattr(before, what)
    return Claim(able, bool(getattr(after, what)))


@some_step("Tasa", of=SYSTEM, source=_IOCTL, expect=_SINCE)
def the_living_owner_of_a_device_can_have_one_more_worker(
    kernel: Kernel, before: World, after: World
) -> Claim:
    """Up to two are looked at."""
    able = before.made and not before.killed and int(before.workers) < 2
    return Claim(_can_ask(kernel) and bool(able), _more(before, after, "workers"))


@some_step("Tasb", of=SYSTEM, source=_CHECK, expect=_SINCE)
def a_child_with_the_owners_memory_can_have_a_worker_too_whoever_was_killed(
    kernel: Kernel, before: World, after: World
) -> Claim:
    """Once the device has an owner; before that it is told EINVAL."""
    able = _can_ask(kernel) and _child(before) and int(before.child_workers) < 2
    refused = after.asker == Asker.CHILD and after.answer == Errno.EINVAL
    made = after.child_workers == before.child_workers + 1
    same = after.child_workers == before.child_workers
    return Claim(bool(able), made if before.made else refused and same)


@some_step("Tasc", of=SYSTEM, source=_CHECK, expect=_SINCE)
def another_process_with_the_file_can_ask_in_vain(
    kernel: Kernel, before: World, after: World
) -> Claim:
    """At any time."""
    able = _can_ask(kernel) and before.file_there
    return Claim(bool(able), after.asker == Asker.STRANGER and after.answer != 0)


@some_step("Tasd", of=SYSTEM, source="kernel/sys.c:__sys_setresuid", expect=holds(),
           cases=("uid", "killed"))
def a_living_child_can_become_another_user_and_be_killed(
    _kernel: Kernel, before: World, after: World, what: str
) -> Claim:
    """Whatever it asked for."""
    able = _child(before) and (what == "killed" or before.child_uid == ONE)
    done = after.child_uid == OTHER if what == "uid" else _killed(after)
    return Claim(bool(able), done)


@some_step("Tase", of=SYSTEM, source="db5247d9bf5c; kernel/vhost_task.c:vhost_task_fn",
           expect=holds(needs=VHOST_SIGKILL), cases=("workers", "child_workers"))
def the_workers_of_a_killed_group_can_end_while_others_work_on(
    kernel: Kernel, before: World, after: World, whose: str
) -> Claim:
    """Since v6.10, whoever has the file."""
    killed = before.killed if whose == "workers" else _killed(before)
    other = "child_workers" if whose == "workers" else "workers"
    able = kernel[VHOST_SIGKILL] is True and killed and getattr(before, whose) > 0
    same = getattr(after, other) == getattr(before, other)
    return Claim(bool(able), getattr(after, whose) == 0 and same)


@some_step("Tasf", of=SYSTEM, source="drivers/vhost/vhost.c:vhost_dev_cleanup", expect=holds())
def when_nobody_has_the_file_all_workers_can_end_at_once(
    _kernel: Kernel, before: World, after: World
) -> Claim:
    """The release stops each of them."""
    some = int(before.workers) > 0 or int(before.child_workers) > 0
    return Claim(_last_is_gone(before) and bool(some), after.workers == after.child_workers == 0)
