"""What opening, asking for a worker, SIGKILL and the last close do to a device's workers."""

from __future__ import annotations

from model.kernel import Kernel
from model.over_time.asking import OTHER, OWNER, SYSTEM, Asker, Asking
from model.patches import VHOST_NEW_WORKER, VHOST_SIGKILL, VHOST_USES_TASK
from model.words import Errno
from properties.claim import Claim, holds
from properties.over_time.claim import each_step, some_step
from properties.over_time.steps import ELSE, changed, goes, happens, only

_IOCTL = "drivers/vhost/vhost.c:vhost_worker_ioctl"
_CHECK = "drivers/vhost/vhost.c:vhost_dev_check_owner"
_SINCE = holds(needs=VHOST_NEW_WORKER)


def _can_ask(kernel: Kernel) -> bool:
    return kernel[VHOST_NEW_WORKER] is True


def _more(before: Asking, after: Asking, whose: str) -> bool:
    return bool(getattr(after, whose) > getattr(before, whose))


def _last_is_gone(state: Asking) -> bool:
    """Return whether nobody has the device's file any more."""
    return bool(state.killed and not state.sharer and not state.passed)


@each_step("Tas1", of=SYSTEM, source="drivers/vhost/vhost.c:vhost_dev_set_owner", expect=holds())
def a_device_is_opened_once_by_a_living_owner_with_one_worker(
    kernel: Kernel, before: Asking, after: Asking
) -> Claim:
    """Charged to the owner since the series, to root before."""
    opens = before.opened != after.opened
    elsewhere = after.elsewhere == (0 if kernel[VHOST_USES_TASK] is True else 1)
    fresh = happens(before, after, "opened") and not before.killed and after.owners == 1
    asked = after.asker == Asker.OWNER
    quiet = only(before, after, "opened", "owners", "elsewhere", "asker")
    return Claim(opens, bool(fresh and elsewhere and asked) and quiet)


@each_step("Tas2", of=SYSTEM, source=_IOCTL, expect=_SINCE)
def a_worker_that_the_owner_asks_for_is_its_own_and_charged_as_the_first_one(
    kernel: Kernel, before: Asking, after: Asking
) -> Claim:
    """VHOST_NEW_WORKER while the owner lives."""
    made = _more(before, after, "owners") and bool(before.opened)
    one = after.owners == int(before.owners) + 1 <= 2 and not before.killed
    told = after.asker == Asker.OWNER and after.answer == 0 and _can_ask(kernel)
    return Claim(made, bool(one and told) and only(before, after, "owners", "asker", "answer"))


@each_step("Tas3", of=SYSTEM, source=_CHECK, expect=_SINCE)
def a_worker_that_a_child_with_the_owners_memory_asks_for_is_the_childs(
    _kernel: Kernel, before: Asking, after: Asking
) -> Claim:
    """In its group, and charged to the user that the child is by then."""
    made = _more(before, after, "sharers")
    strange = int(bool(before.sharer_uid != OWNER))
    one = after.sharers == int(before.sharers) + 1 <= 2 and before.sharer and before.opened
    charged = after.elsewhere == before.elsewhere + strange and after.sharer_asked
    told = after.asker == Asker.SHARER and after.answer == 0
    quiet = only(before, after, "sharers", "elsewhere", "sharer_asked", "asker", "answer")
    return Claim(made, bool(one and charged and told) and quiet)


@each_step("Tas4", of=SYSTEM, source=_CHECK, expect=_SINCE)
def who_is_no_owner_is_refused_and_changes_nothing(
    _kernel: Kernel, before: Asking, after: Asking
) -> Claim:
    """EPERM with another mm; EINVAL for everybody while the device has no owner."""
    made = any(_more(before, after, one) for one in ("owners", "sharers"))
    told = changed(before, after) & {"asker", "answer"}
    stranger = after.asker == Asker.STRANGER and before.passed
    child = after.asker == Asker.SHARER and before.sharer and not before.opened
    why = Errno.EPERM if before.opened else Errno.EINVAL
    fine = (stranger or child) and after.answer == why
    return Claim(bool(told) and not made, bool(fine) and only(before, after, "asker", "answer"))


@each_step("Tas5", of=SYSTEM, source="kernel/fork.c:copy_mm", expect=holds())
def a_living_owner_makes_one_child_and_passes_the_file_and_nothing_else_changes(
    _kernel: Kernel, before: Asking, after: Asking
) -> Claim:
    """Neither needs the device to have an owner."""
    told = {name for name in ("sharer", "passed") if happens(before, after, name)}
    fresh = "sharer" not in told or not before.sharer_killed
    fine = not before.killed and fresh and len(changed(before, after)) == 1
    returns = happens(after, before, "passed")
    return Claim(bool(told) or returns, fine and not returns)


@each_step("Tas6", of=SYSTEM, source="kernel/sys.c:__sys_setresuid", expect=holds())
def a_living_child_becomes_another_user_for_good(
    _kernel: Kernel, before: Asking, after: Asking
) -> Claim:
    """Its workers and its parent stay what they are."""
    moves = before.sharer_uid != after.sharer_uid
    fine = goes(before, after, "sharer_uid", OWNER, OTHER) and bool(before.sharer)
    return Claim(moves, fine and changed(before, after) == {"sharer_uid"})


@each_step("Tas7", of=SYSTEM, source="kernel/signal.c:complete_signal", expect=holds())
def SIGKILL_hits_one_group_and_no_worker_ends_by_that_alone(
    _kernel: Kernel, before: Asking, after: Asking
) -> Claim:
    """The owner's, or its child's, which is gone then; for good."""
    told = changed(before, after) & {"killed", "sharer_killed"} or happens(after, before, "sharer")
    owner = happens(before, after, "killed") and changed(before, after) == {"killed"}
    child = happens(before, after, "sharer_killed") and happens(after, before, "sharer")
    alone = changed(before, after) == {"sharer", "sharer_killed"}
    return Claim(bool(told), owner or (child and alone))


@each_step("Tas8", of=SYSTEM, source="db5247d9bf5c; drivers/vhost/vhost.c:vhost_dev_cleanup",
           expect=holds())
def workers_end_killed_with_their_own_group_or_when_the_last_file_is_closed(
    kernel: Kernel, before: Asking, after: Asking
) -> Claim:
    """SIGKILL alone ends none before v6.10; whoever else has the file keeps the others."""
    fewer = {one for one in ("owners", "sharers") if _more(after, before, one)}
    if not fewer:
        return ELSE
    killed = (before.killed or "owners" not in fewer) and (
        before.sharer_killed or "sharers" not in fewer
    )
    alone = kernel[VHOST_SIGKILL] is True and killed and len(fewer) == 1
    none_left = after.owners == after.sharers == 0
    all_gone = all(getattr(after, one) == 0 for one in fewer)
    fine = (_last_is_gone(before) and none_left) or alone
    return Claim(True, bool(fine) and all_gone and only(before, after, "owners", "sharers"))


@each_step("Tasg", of=SYSTEM, source=_CHECK, expect=_SINCE)
def a_step_that_changes_nothing_is_an_ioctl_that_is_refused_once_more(
    _kernel: Kernel, before: Asking, after: Asking
) -> Claim:
    """Of another process, or of a child while the device has no owner."""
    stranger = before.asker == Asker.STRANGER and before.passed
    child = before.asker == Asker.SHARER and before.sharer and not before.opened
    return Claim(before == after, bool(stranger or child))


@some_step("Tas9", of=SYSTEM, source="drivers/vhost/vhost.c:vhost_dev_set_owner", expect=holds(),
           cases=("opened", "sharer", "passed", "killed"))
def a_living_owner_can_open_the_device_fork_pass_the_file_and_be_killed(
    _kernel: Kernel, before: Asking, after: Asking, what: str
) -> Claim:
    """Each while it has not; a child that was killed is not made again here."""
    able = not before.killed and not getattr(before, what)
    fresh = what != "sharer" or not before.sharer_killed
    return Claim(able and fresh, bool(getattr(after, what)))


@some_step("Tasa", of=SYSTEM, source=_IOCTL, expect=_SINCE)
def the_living_owner_of_a_device_can_have_one_more_worker(
    kernel: Kernel, before: Asking, after: Asking
) -> Claim:
    """Up to two are looked at."""
    able = before.opened and not before.killed and int(before.owners) < 2
    return Claim(_can_ask(kernel) and bool(able), _more(before, after, "owners"))


@some_step("Tasb", of=SYSTEM, source=_CHECK, expect=_SINCE)
def a_child_with_the_owners_memory_can_have_a_worker_too_whoever_was_killed(
    kernel: Kernel, before: Asking, after: Asking
) -> Claim:
    """Once the device has an owner; before that it is told EINVAL."""
    able = _can_ask(kernel) and before.sharer and int(before.sharers) < 2
    refused = after.asker == Asker.SHARER and after.answer == Errno.EINVAL
    made = after.sharers == before.sharers + 1
    return Claim(bool(able), made if before.opened else refused and before.sharers == after.sharers)


@some_step("Tasc", of=SYSTEM, source=_CHECK, expect=_SINCE)
def another_process_with_the_file_can_ask_in_vain(
    kernel: Kernel, before: Asking, after: Asking
) -> Claim:
    """At any time."""
    able = _can_ask(kernel) and before.passed
    return Claim(bool(able), after.asker == Asker.STRANGER and after.answer != 0)


@some_step("Tasd", of=SYSTEM, source="kernel/sys.c:__sys_setresuid", expect=holds(),
           cases=("uid", "killed"))
def a_living_child_can_become_another_user_and_be_killed(
    _kernel: Kernel, before: Asking, after: Asking, what: str
) -> Claim:
    """Whatever it asked for."""
    able = before.sharer and (what == "killed" or before.sharer_uid == OWNER)
    done = after.sharer_uid == OTHER if what == "uid" else bool(after.sharer_killed)
    return Claim(bool(able), done)


@some_step("Tase", of=SYSTEM, source="db5247d9bf5c; kernel/vhost_task.c:vhost_task_fn",
           expect=holds(needs=VHOST_SIGKILL), cases=("owners", "sharers"))
def the_workers_of_a_killed_group_can_end_while_others_work_on(
    kernel: Kernel, before: Asking, after: Asking, whose: str
) -> Claim:
    """Since v6.10, whoever has the file."""
    killed = before.killed if whose == "owners" else before.sharer_killed
    other = "sharers" if whose == "owners" else "owners"
    able = kernel[VHOST_SIGKILL] is True and killed and getattr(before, whose) > 0
    same = getattr(after, other) == getattr(before, other)
    return Claim(bool(able), getattr(after, whose) == 0 and same)


@some_step("Tasf", of=SYSTEM, source="drivers/vhost/vhost.c:vhost_dev_cleanup", expect=holds())
def when_nobody_has_the_file_all_workers_can_end_at_once(
    _kernel: Kernel, before: Asking, after: Asking
) -> Claim:
    """The release stops each of them."""
    some = int(before.owners) > 0 or int(before.sharers) > 0
    return Claim(_last_is_gone(before) and bool(some), after.owners == after.sharers == 0)
