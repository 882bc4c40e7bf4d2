"""What overlapping forks do to nr_threads between the threads-max test and publication."""

from __future__ import annotations

from model.kernel import Kernel
from model.over_time.forkers import THREADS, Threads
from properties.claim import Claim, holds
from properties.over_time.claim import each_step, some_step
from properties.over_time.steps import only

_COPY = "kernel/fork.c:copy_process"


def _moved(before: Threads, after: Threads) -> tuple[int, int]:
    """Return by how much (forks past the test, nr_threads) are more."""
    return int(after.admitted) - int(before.admitted), int(after.threads) - int(before.threads)


def _admits(state: Threads) -> bool:
    """Return whether the test lets one more fork pass: nr_threads >= max_threads refuses."""
    return int(state.threads) < int(state.most) and int(state.admitted) < int(state.at_once)


@each_step("Tth1", of=THREADS, source=_COPY, expect=holds())
def each_step_is_one_fork_past_the_test_one_published_or_failed_or_one_thread_released(
    _kernel: Kernel, before: Threads, after: Threads
) -> Claim:
    """nr_threads is raised at publication alone; the limits stay."""
    fine = {
        (1, 0): _admits(before),
        (-1, 1): int(before.admitted) > 0,
        (-1, 0): int(before.admitted) > 0,
        (0, -1): int(before.threads) > 1,
    }
    known = fine.get(_moved(before, after), False)
    return Claim(True, known and only(before, after, "admitted", "threads"))


@some_step("Tth2", of=THREADS, source=_COPY, expect=holds())
def a_fork_passes_while_there_are_less_threads_than_threads_max(
    _kernel: Kernel, before: Threads, after: Threads
) -> Claim:
    """Whoever else has passed and is not published."""
    return Claim(_admits(before), _moved(before, after) == (1, 0))


@some_step("Tth3", of=THREADS, source=_COPY, expect=holds(), cases=((-1, 1), (-1, 0)))
def a_fork_past_the_test_can_publish_its_child_and_can_fail(
    _kernel: Kernel, before: Threads, after: Threads, way: tuple[int, int]
) -> Claim:
    """Whatever nr_threads is by then: it is not tested again."""
    return Claim(int(before.admitted) > 0, _moved(before, after) == way)


@some_step("Tth4", of=THREADS, source="kernel/exit.c:__unhash_process", expect=holds())
def a_thread_can_be_released_at_any_time(
    _kernel: Kernel, before: Threads, after: Threads
) -> Claim:
    """But the last."""
    return Claim(int(before.threads) > 1, _moved(before, after) == (0, -1))
