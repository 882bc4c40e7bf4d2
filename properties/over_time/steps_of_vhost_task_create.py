"""What vhost_task_create() returns in which case, and what its callers do with it."""

from __future__ import annotations

from model.kernel import Kernel
from model.over_time.places import ReturnedPointer
from model.over_time.vhost_task_create import SYSTEM
from model.over_time.world import World
from model.patches import KVM_VHOST_TASK, VHOST_ERR_PTR, VHOST_USES_TASK
from properties.claim import Claim, holds
from properties.over_time.claim import each_step, some_step
from properties.over_time.steps import changed, happens, only

_CREATE = "kernel/vhost_task.c:vhost_task_create"
_SERIES = holds(needs=VHOST_USES_TASK)


def _failure(kernel: Kernel) -> ReturnedPointer:
    """Return what is returned instead of a task."""
    return ReturnedPointer.ERROR if kernel[VHOST_ERR_PTR] is True else ReturnedPointer.NULL


@each_step("Trn1", of=SYSTEM, source="cb380909ae3b; " + _CREATE, expect=_SERIES)
def a_caller_is_given_a_task_or_what_stands_for_a_failure_on_its_kernel(
    kernel: Kernel, before: World, after: World
) -> Claim:
    """NULL until v6.13, an error pointer since; once, and KVM asks since v6.13 alone."""
    given = bool(changed(before, after) & {"returned", "kvm"})
    what = (
        after.returned in (ReturnedPointer.TASK, _failure(kernel))
        and before.returned == ReturnedPointer.NONE
    )
    who = not after.kvm or kernel[KVM_VHOST_TASK] is True
    return Claim(given, bool(what and who) and only(before, after, "returned", "kvm"))


@each_step("Trn2", of=SYSTEM, source=_CREATE, expect=_SERIES)
def a_caller_tests_once_what_it_was_given_and_uses_a_task_alone(
    _kernel: Kernel, before: World, after: World
) -> Claim:
    """It starts the task; a failure it reports."""
    told = bool(changed(before, after) & {"tested", "used"})
    once = happens(before, after, "tested") and before.returned != ReturnedPointer.NONE
    uses = bool(after.used) == (before.returned == ReturnedPointer.TASK)
    return Claim(told, once and uses and only(before, after, "tested", "used"))


@some_step("Trn3", of=SYSTEM, source=_CREATE, expect=_SERIES, cases=(False, True))
def vhost_can_be_given_a_task_and_a_failure(
    kernel: Kernel, before: World, after: World, fails: bool
) -> Claim:
    """At the limit, without memory; with a signal pending."""
    known = kernel[VHOST_USES_TASK] is True
    what = _failure(kernel) if fails else ReturnedPointer.TASK
    able = known and before.returned == ReturnedPointer.NONE
    return Claim(able, after.returned == what and not after.kvm)


@some_step("Trn4", of=SYSTEM, source="d96c77bd4eeb; " + _CREATE,
           expect=holds(needs=KVM_VHOST_TASK), cases=(False, True))
def KVM_can_be_given_a_task_and_a_failure(
    kernel: Kernel, before: World, after: World, fails: bool
) -> Claim:
    """Since its recovery thread is a vhost task."""
    known = kernel[KVM_VHOST_TASK] is True
    what = _failure(kernel) if fails else ReturnedPointer.TASK
    able = known and before.returned == ReturnedPointer.NONE
    return Claim(able, after.returned == what and bool(after.kvm))


@some_step("Trn5", of=SYSTEM, source=_CREATE, expect=_SERIES)
def who_was_given_something_can_test_it(
    _kernel: Kernel, before: World, after: World
) -> Claim:
    """Whatever it is."""
    given = before.returned != ReturnedPointer.NONE and not before.tested
    return Claim(given, bool(after.tested) and after.returned == before.returned)
