"""What each half-step of overlapping forks does to the count of their user's tasks."""

from __future__ import annotations

from model.kernel import Kernel
from model.over_time.forkers import FORKERS, Forkers
from model.patches import COUNT_BEFORE_TEST, UCOUNTS_NPROC
from properties.claim import Claim, holds
from properties.over_time.claim import each_step, some_step
from properties.over_time.steps import ELSE, only

_COPY = "kernel/fork.c:copy_process"
_NUMBERS = ("charged", "passed", "ready", "tasks", "count")
Way = tuple[int, int, int, int, int]
BEGINS_CHARGED: Way = (1, 0, 0, 0, 1)
PASSES: Way = (-1, 0, 1, 0, 0)
BACKS_OUT: Way = (-1, 0, 0, 0, -1)
BEGINS_PASSED: Way = (0, 1, 0, 0, 0)
IS_CHARGED: Way = (0, -1, 1, 0, 1)
PUBLISHES: Way = (0, 0, -1, 1, 0)
FAILS: Way = (0, 0, -1, 0, -1)
REAPED: Way = (0, 0, 0, -1, -1)
NOTHING: Way = (0, 0, 0, 0, 0)


def _way(before: Forkers, after: Forkers) -> Way:
    """Return by how much charged, passed, ready, published tasks and the count are more."""
    charged, passed, ready, tasks, count = (
        int(getattr(after, name)) - int(getattr(before, name)) for name in _NUMBERS
    )
    return charged, passed, ready, tasks, count


def _counts_first(kernel: Kernel) -> bool:
    return kernel[COUNT_BEFORE_TEST] is True


def _over(kernel: Kernel, state: Forkers) -> bool:
    """Return whether the test refuses now: from the limit on before v5.14, above it since."""
    count, limit = int(state.count), int(state.limit)
    return count > limit if kernel[UCOUNTS_NPROC] is True else count >= limit


def _room(state: Forkers) -> bool:
    """Return whether one more fork may be in progress."""
    progress = int(state.charged) + int(state.passed) + int(state.ready)
    return progress < int(state.at_once)


def _may(kernel: Kernel, state: Forkers) -> dict[Way, bool]:
    """Return what may happen, each with what it needs."""
    over, first = _over(kernel, state), _counts_first(kernel)
    charged, passed, ready = int(state.charged), int(state.passed), int(state.ready)
    begins = {BEGINS_CHARGED: _room(state), PASSES: charged > 0 and not over,
              BACKS_OUT: charged > 0 and over}
    tests = {BEGINS_PASSED: _room(state) and not over, IS_CHARGED: passed > 0,
             NOTHING: _room(state) and over}
    ends = {PUBLISHES: ready > 0, FAILS: ready > 0, REAPED: int(state.tasks) > 1}
    return {**(begins if first else tests), **ends}


@each_step("Tfo1", of=FORKERS, source=_COPY, expect=holds())
def each_half_step_moves_one_fork_or_one_task_and_the_count_with_it(
    kernel: Kernel, before: Forkers, after: Forkers
) -> Claim:
    """Charged, then tested since v5.17; tested, then charged before.  The limit stays."""
    can = _may(kernel, before).get(_way(before, after), False)
    return Claim(True, can and only(before, after, *_NUMBERS, "spurious", "crowded"))


@each_step("Tfo2", of=FORKERS, source=_COPY, expect=holds())
def only_a_refusal_tells_whether_there_was_room_and_whether_others_crowded_it(
    kernel: Kernel, before: Forkers, after: Forkers
) -> Claim:
    """Counted are who was published or passed, and who is charged beside the refused one."""
    way = _way(before, after)
    if way not in (BACKS_OUT, NOTHING):
        told = only(before, after, *_NUMBERS)
        return Claim(True, told)
    itself = 1 if _counts_first(kernel) else 0
    admitted = int(before.tasks) + int(before.ready) + int(before.passed)
    full = admitted + int(before.charged) - itself >= int(before.limit)
    spurious = bool(before.spurious) or admitted < int(before.limit)
    crowded = bool(before.crowded) and full
    return Claim(True, (bool(after.spurious), bool(after.crowded)) == (spurious, crowded))


@some_step("Tfo3", of=FORKERS, source=_COPY, expect=holds(),
           cases=(BEGINS_CHARGED, PASSES, BACKS_OUT, BEGINS_PASSED, IS_CHARGED, NOTHING,
                  PUBLISHES, FAILS, REAPED))
def what_a_fork_may_do_it_can_do_whatever_the_others_do(
    kernel: Kernel, before: Forkers, after: Forkers, way: Way
) -> Claim:
    """Begin, pass or be refused, be charged, publish, fail later; a task can be reaped."""
    if not _may(kernel, before).get(way, False):
        return ELSE
    return Claim(True, _way(before, after) == way)
