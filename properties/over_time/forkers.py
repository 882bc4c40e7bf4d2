"""Forks that overlap: exactness, overshoot and spurious refusals, for any number of them."""

from __future__ import annotations

from model.algebra import LONG_MAX, Truth, Word, both, either, no, signed_below, when
from model.kernel import Kernel
from model.over_time.forkers import FORKERS, THREADS, Forkers, Threads, in_progress
from model.patches import COUNT_BEFORE_TEST, UCOUNTS_NPROC
from properties.claim import Claim, fails, holds
from properties.over_time.assumed import assumed
from properties.over_time.claim import Lemma, Proof, inductive, invariant

MOST_TASKS = 2**22


def _at_most(left: Word, right: Word) -> Truth:
    return no(signed_below(right, left))


def _from(least: int, *numbers: Word) -> Truth:
    return both(*(no(signed_below(number, least)) for number in numbers))


def _few(*numbers: Word) -> Truth:
    return both(*(_at_most(number, MOST_TASKS) for number in numbers))


def no_fork_is_in_progress_and_there_are_no_more_tasks_than_the_limit(
    _kernel: Kernel, state: Forkers
) -> Truth:
    """Any number of tasks, any limit; one fork at least may be in progress."""
    return both(
        _from(0, state.tasks),
        _from(1, state.at_once),
        state.charged == 0,
        state.passed == 0,
        state.ready == 0,
        state.count == state.tasks,
        _at_most(state.tasks, state.limit),
        no(state.spurious),
        state.crowded,
    )


_PIDS = "PID_MAX_LIMIT (include/linux/threads.h), and each fork in progress has its caller"


@assumed(_PIDS)
def there_are_at_most_2_to_the_22_tasks_and_as_many_forks_in_progress(state: Forkers) -> Truth:
    """So no count wraps."""
    return _few(state.tasks, state.charged, state.passed, state.ready)


@assumed("limits are compared as long, RLIM_INFINITY as LONG_MAX (kernel/ucount.c)")
def no_limit_is_above_long_max(state: Forkers) -> Truth:
    """And none is negative, which is no assumption."""
    return _at_most(state.limit, LONG_MAX)


def no_number_is_negative(_kernel: Kernel, state: Forkers) -> Truth:
    """And one fork at least may be in progress."""
    numbers = (state.limit, state.tasks, state.charged, state.passed, state.ready)
    return both(_from(0, *numbers), _from(1, state.at_once))


def the_count_is_the_tasks_and_the_charged_forks(
    _kernel: Kernel, state: Forkers
) -> Truth:
    """The ledger lemma, with calls under way."""
    return state.count == state.tasks + state.charged + state.ready


def no_more_forks_are_in_progress_than_said(
    _kernel: Kernel, state: Forkers
) -> Truth:
    """By the declaration of ``at_once``."""
    return _at_most(in_progress(state), state.at_once)


def forks_take_the_half_steps_in_one_order(kernel: Kernel, state: Forkers) -> Truth:
    """Charged and untested since v5.17, tested and uncharged before."""
    return when(kernel[COUNT_BEFORE_TEST], state.passed == 0, state.charged == 0)


def published_and_admitted_are_within_the_limit(
    _kernel: Kernel, state: Forkers
) -> Truth:
    """Since v5.17 who passes the test has counted itself."""
    return _at_most(state.tasks + state.ready + state.passed, state.limit)


def published_and_admitted_overshoot_by_the_other_forks(
    _kernel: Kernel, state: Forkers
) -> Truth:
    """Who passed before did not count those who had passed and were not charged."""
    most = state.limit + state.at_once - 1
    return _at_most(state.tasks + state.ready + state.passed, most)


def published_and_admitted_overshoot_by_all_forks(
    _kernel: Kernel, state: Forkers
) -> Truth:
    """The same with the one task more of v5.14 to v5.16."""
    return _at_most(state.tasks + state.ready + state.passed, state.limit + state.at_once)


_LEDGER = (
    no_number_is_negative,
    the_count_is_the_tasks_and_the_charged_forks,
    no_more_forks_are_in_progress_than_said,
    forks_take_the_half_steps_in_one_order,
)


def _proof(*lemmas: Lemma) -> Proof:
    return Proof(
        no_fork_is_in_progress_and_there_are_no_more_tasks_than_the_limit,
        (
            there_are_at_most_2_to_the_22_tasks_and_as_many_forks_in_progress,
            no_limit_is_above_long_max,
        ),
        (*_LEDGER, *lemmas),
    )


@inductive(
    "P33t",
    of=FORKERS,
    source="8f2f9c4d82f2; kernel/fork.c:copy_process",
    expect=holds(since=COUNT_BEFORE_TEST),
    proof=_proof(published_and_admitted_are_within_the_limit),
)
def overlapping_forks_never_make_more_tasks_than_the_limit(
    _kernel: Kernel, state: Forkers
) -> Claim:
    """However many overlap; before v5.17 two could take the last place together."""
    return Claim(True, _at_most(state.tasks, state.limit))


@inductive(
    "P33b",
    of=FORKERS,
    source="kernel/fork.c:copy_process",
    expect=fails(since=UCOUNTS_NPROC, until=COUNT_BEFORE_TEST),
    proof=_proof(published_and_admitted_overshoot_by_the_other_forks),
)
def overlapping_forks_overshoot_by_less_than_their_number(
    _kernel: Kernel, state: Forkers
) -> Claim:
    """k forks at once make at most k-1 tasks too many; k from v5.14 to v5.16."""
    return Claim(True, _at_most(state.tasks, state.limit + state.at_once - 1))


@inductive(
    "P33c",
    of=FORKERS,
    source="kernel/fork.c:copy_process",
    expect=holds(),
    proof=_proof(published_and_admitted_overshoot_by_all_forks),
)
def overlapping_forks_overshoot_by_no_more_than_their_number(
    _kernel: Kernel, state: Forkers
) -> Claim:
    """In every version."""
    return Claim(True, _at_most(state.tasks, state.limit + state.at_once))


@inductive(
    "P33k",
    of=FORKERS,
    source="kernel/fork.c:copy_process",
    expect=holds(),
    proof=_proof(published_and_admitted_overshoot_by_all_forks),
)
def the_count_exceeds_the_limit_by_at_most_twice_the_forks_in_progress(
    _kernel: Kernel, state: Forkers
) -> Claim:
    """Charges of forks that will back out count meanwhile."""
    return Claim(True, _at_most(state.count, state.limit + state.at_once + state.at_once))


@inductive(
    "P33i",
    of=FORKERS,
    source="kernel/fork.c:copy_process, bad_fork_cleanup_count",
    expect=holds(),
    proof=_proof(),
)
def the_count_is_ahead_of_the_tasks_by_at_most_the_forks_in_progress(
    _kernel: Kernel, state: Forkers
) -> Claim:
    """Never behind, and level again when none is in progress."""
    ahead = state.count - state.tasks
    return Claim(True, both(no(signed_below(ahead, 0)), _at_most(ahead, in_progress(state))))


@invariant("P33r", of=FORKERS, source="obvious but false", expect=fails(), truth="P33k")
def the_count_never_exceeds_the_limit_while_forks_overlap(
    _kernel: Kernel, state: Forkers
) -> Claim:
    """False: before v5.17 the test came too early, since then the charge does."""
    return Claim(True, _at_most(state.count, state.limit))


@inductive(
    "P34",
    of=FORKERS,
    source="8f2f9c4d82f2",
    expect=fails(since=COUNT_BEFORE_TEST),
    proof=_proof(),
    truth="P34b",
)
def no_fork_is_refused_while_there_is_room(_kernel: Kernel, state: Forkers) -> Claim:
    """The price of v5.17: two forks for the last place count themselves, and both back out.

    There is room if the published and the admitted are fewer than the limit.
    """
    return Claim(True, no(state.spurious))


@inductive(
    "P34b",
    of=FORKERS,
    source="kernel/fork.c:copy_process",
    expect=holds(),
    proof=_proof(),
)
def a_fork_is_refused_only_if_all_in_progress_would_exceed_the_limit(
    _kernel: Kernel, state: Forkers
) -> Claim:
    """The bound of the spurious refusals: tasks, other forks in progress, and itself."""
    return Claim(True, state.crowded)


def no_fork_is_past_the_test_and_there_are_no_more_threads_than_allowed(
    _kernel: Kernel, state: Threads
) -> Truth:
    """Any numbers; one fork at least may be past the test."""
    ranged = both(_from(0, state.threads), _from(1, state.at_once))
    return both(ranged, state.admitted == 0, _at_most(state.threads, state.most))


@assumed(_PIDS)
def there_are_at_most_2_to_the_22_threads(state: Threads) -> Truth:
    """nr_threads and max_threads are int."""
    return both(_few(state.threads), _at_most(state.most, 2**31 - 1))


def no_number_of_threads_is_negative(_kernel: Kernel, state: Threads) -> Truth:
    """And one fork at least may be past the test."""
    return both(_from(0, state.threads, state.most), _from(1, state.at_once))


def no_more_are_past_the_test_than_said(
    _kernel: Kernel, state: Threads
) -> Truth:
    """By the declaration of ``at_once``."""
    return both(no(signed_below(state.admitted, 0)), _at_most(state.admitted, state.at_once))


def threads_and_admitted_overshoot_by_the_other_forks(
    _kernel: Kernel, state: Threads
) -> Truth:
    """The last to pass saw fewer threads than allowed, and k-1 others at most are in between."""
    most = state.most + state.at_once - 1
    return either(
        both(state.admitted == 0, _at_most(state.threads, most)),
        _at_most(state.threads + state.admitted, most),
    )


@inductive(
    "P6AH",
    of=THREADS,
    source="kernel/fork.c:copy_process",
    expect=holds(),
    proof=Proof(
        no_fork_is_past_the_test_and_there_are_no_more_threads_than_allowed,
        (there_are_at_most_2_to_the_22_threads,),
        (
            no_number_of_threads_is_negative,
            no_more_are_past_the_test_than_said,
            threads_and_admitted_overshoot_by_the_other_forks,
        ),
    ),
)
def threads_max_triggers_too_late_by_less_than_the_overlapping_forks(
    _kernel: Kernel, state: Threads
) -> Claim:
    """With k forks between test and publication there are at most max_threads + k - 1."""
    return Claim(True, _at_most(state.threads, state.most + state.at_once - 1))


@invariant("P6Af", of=THREADS, source="obvious but false", expect=fails(), truth="P6AH")
def there_are_never_more_threads_than_threads_max(_kernel: Kernel, state: Threads) -> Claim:
    """False, as the comment in copy_process() says: two forks can pass for the last place."""
    return Claim(True, _at_most(state.threads, state.most))


@invariant("P6Ai", of=THREADS, source="obvious but false", expect=fails(), truth="P6AH")
def the_overshoot_of_threads_max_stays_below_its_bound(_kernel: Kernel, state: Threads) -> Claim:
    """False: the bound is reached (here with two forks at once), so it is the smallest."""
    return Claim(True, signed_below(state.threads, state.most + state.at_once - 1))
