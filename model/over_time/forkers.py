"""Forkers: many callers inside copy_process() at once, between test, charge and publication.

kernel/fork.c:copy_process.  Forkers of one user that are alike are only counted: how many
stand before which half-step.  So the numbers may be anything, and a proof is one for any
number of callers.  The tests are the rules of the single call.
"""

from __future__ import annotations

from dataclasses import dataclass

from model.algebra import Truth, Word, both, either, no, signed_below, when
from model.call import Call, Situation
from model.kernel import Kernel
from model.over_time.questions import charged_with
from model.over_time.step import Machine, Move, TransitionSystem, but
from model.patches import COUNT_BEFORE_TEST
from model.predict import call_of
from model.records import BOOL, fact
from model.request import Entry, Request
from model.rules import creds
from model.state import Cred, Signal, Task
from model.state import System as Whole

_COPY = "kernel/fork.c:copy_process"


@dataclass(frozen=True, slots=True)
class Forkers:
    """One user's tasks and forks in progress, and the machine's number of threads."""

    tasks: Word = fact(64, 1, "published, unreaped tasks of the user", signed=True)
    charged: Word = fact(64, 0, "forks that are charged and not yet tested", signed=True)
    passed: Word = fact(64, 0, "forks that passed the test and are not yet charged", signed=True)
    ready: Word = fact(64, 0, "forks that are charged and passed the test", signed=True)
    count: Word = fact(64, 1, "the kernel's count of the user's tasks", signed=True)
    limit: Word = fact(64, 2, "RLIMIT_NPROC of all of them", signed=True)
    at_once: Word = fact(64, 2, "how many forks may be in progress together", signed=True)
    spurious: Truth = fact(BOOL, False, "a fork was refused though there was room for it")
    crowded: Truth = fact(
        BOOL, True, "each refusal met the limit, counting all forks in progress"
    )


@dataclass(frozen=True, slots=True)
class Threads:
    """Callers between the threads-max test and publication."""

    threads: Word = fact(32, 3, "nr_threads", signed=True)
    admitted: Word = fact(32, 0, "forks that passed the test and are not published", signed=True)
    most: Word = fact(32, 4, "max_threads", signed=True)
    at_once: Word = fact(32, 2, "how many forks may be past the test together", signed=True)


def in_progress(state: Forkers) -> Word:
    """Return the number of forks in progress."""
    return state.charged + state.passed + state.ready


def _call(kernel: Kernel, count: Word, limit: Word) -> Call:
    cred = Cred(ucounts=charged_with(count))
    caller = Task(real_cred=cred, cred=cred, signal=Signal(rlim_nproc=limit))
    return call_of(kernel, Situation(Request(entry=int(Entry.FORK)), current=caller))


def refuses(kernel: Kernel, count: Word, limit: Word) -> Truth:
    """Ask the row of this kernel that enforces RLIMIT_NPROC; ``count`` is without the child."""
    call = _call(kernel, count, limit)
    late = creds.child_would_exceed_a_process_limit.condition
    early = creds.caller_is_over_its_process_limit.condition
    return when(kernel[COUNT_BEFORE_TEST], late(call), early(call))


def _room(state: Forkers) -> Truth:
    return signed_below(in_progress(state), state.at_once)


FORKERS = TransitionSystem(
    name="forkers",
    about="forks of one user that overlap inside copy_process()",
    record=Forkers,
    tasks="any number of tasks and of forks in progress",
    start=lambda _machine: Forkers(),
)


@FORKERS.step(at="kernel/cred.c:copy_creds", who="forker", since=COUNT_BEFORE_TEST)
def a_fork_begins_and_is_charged(_machine: Machine, state: Forkers) -> Move:
    """Since v5.17 the child is counted first."""
    after = but(state, charged=state.charged + 1, count=state.count + 1)
    return Move(_room(state), after)


def _refusal(state: Forkers, itself: int) -> Forkers:
    admitted = state.tasks + state.ready + state.passed
    room = signed_below(admitted, state.limit)
    full = no(signed_below(admitted + state.charged - itself, state.limit))
    return but(
        state,
        spurious=either(state.spurious, room),
        crowded=both(state.crowded, full),
    )


@FORKERS.step(at=_COPY, who="forker", since=COUNT_BEFORE_TEST)
def a_charged_fork_passes_the_test(machine: Machine, state: Forkers) -> Move:
    """The count includes the child, and everybody else's child in progress."""
    refused = machine.ask(refuses, state.count - 1, state.limit)
    after = but(state, charged=state.charged - 1, ready=state.ready + 1)
    return Move(both(signed_below(0, state.charged), no(refused)), after)


@FORKERS.step(at=_COPY, who="forker", since=COUNT_BEFORE_TEST)
def a_charged_fork_is_refused_and_backs_out(machine: Machine, state: Forkers) -> Move:
    """bad_fork_cleanup_count takes the charge back."""
    refused = machine.ask(refuses, state.count - 1, state.limit)
    after = but(_refusal(state, 1), charged=state.charged - 1, count=state.count - 1)
    return Move(both(signed_below(0, state.charged), refused), after)


@FORKERS.step(at=_COPY, who="forker", until=COUNT_BEFORE_TEST)
def a_fork_begins_and_passes_the_test(machine: Machine, state: Forkers) -> Move:
    """Before v5.17 the test came first."""
    refused = machine.ask(refuses, state.count, state.limit)
    after = but(state, passed=state.passed + 1)
    return Move(both(_room(state), no(refused)), after)


@FORKERS.step(at=_COPY, who="forker", until=COUNT_BEFORE_TEST)
def a_fork_begins_and_is_refused(machine: Machine, state: Forkers) -> Move:
    """It was not charged."""
    refused = machine.ask(refuses, state.count, state.limit)
    return Move(both(_room(state), refused), _refusal(state, 0))


@FORKERS.step(at="kernel/cred.c:copy_creds", who="forker", until=COUNT_BEFORE_TEST)
def a_fork_that_passed_is_charged(_machine: Machine, state: Forkers) -> Move:
    """copy_creds() comes after the test."""
    after = but(
        state, passed=state.passed - 1, ready=state.ready + 1, count=state.count + 1
    )
    return Move(signed_below(0, state.passed), after)


@FORKERS.step(at=_COPY, who="forker")
def a_fork_publishes_its_child(_machine: Machine, state: Forkers) -> Move:
    """The charge is the child's from now on."""
    after = but(state, ready=state.ready - 1, tasks=state.tasks + 1)
    return Move(signed_below(0, state.ready), after)


@FORKERS.step(at=_COPY, who="forker")
def a_fork_fails_later_and_backs_out(_machine: Machine, state: Forkers) -> Move:
    """Memory, pids.max, a signal: whatever comes after the test."""
    after = but(state, ready=state.ready - 1, count=state.count - 1)
    return Move(signed_below(0, state.ready), after)


@FORKERS.step(at="kernel/exit.c:release_task", who="parent")
def a_task_is_reaped(_machine: Machine, state: Forkers) -> Move:
    """Its charge goes with it."""
    after = but(state, tasks=state.tasks - 1, count=state.count - 1)
    return Move(signed_below(1, state.tasks), after)


THREADS = TransitionSystem(
    name="threads",
    about="forks that overlap between the threads-max test and publication",
    record=Threads,
    tasks="any number of tasks and of forks in progress",
    start=lambda _machine: Threads(),
)


def threads_max_refuses(kernel: Kernel, threads: Word, most: Word) -> Truth:
    """Ask the row that enforces threads-max."""
    whole = Whole(nr_threads=threads, max_threads=most)
    call = call_of(kernel, Situation(Request(entry=int(Entry.FORK)), system=whole))
    return creds.machine_has_all_the_threads_it_may.condition(call)


@THREADS.step(at=_COPY, who="forker")
def a_fork_passes_the_threads_max_test(machine: Machine, state: Threads) -> Move:
    """nr_threads is read without a lock, and raised only at publication."""
    refused = machine.ask(threads_max_refuses, state.threads, state.most)
    room = signed_below(state.admitted, state.at_once)
    return Move(both(room, no(refused)), but(state, admitted=state.admitted + 1))


@THREADS.step(at=_COPY, who="forker")
def an_admitted_fork_publishes_its_child(_machine: Machine, state: Threads) -> Move:
    """nr_threads++ under tasklist_lock."""
    after = but(state, admitted=state.admitted - 1, threads=state.threads + 1)
    return Move(signed_below(0, state.admitted), after)


@THREADS.step(at=_COPY, who="forker")
def an_admitted_fork_fails(_machine: Machine, state: Threads) -> Move:
    """nr_threads was not raised yet."""
    return Move(signed_below(0, state.admitted), but(state, admitted=state.admitted - 1))


@THREADS.step(at="kernel/exit.c:__unhash_process", who="parent")
def a_thread_is_released(_machine: Machine, state: Threads) -> Move:
    """nr_threads--."""
    return Move(signed_below(1, state.threads), but(state, threads=state.threads - 1))


