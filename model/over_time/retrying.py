"""Retrying: io-wq makes a worker while RLIMIT_NPROC has no room.

io_uring/io-wq.c:io_should_retry_thread and create_worker_cont.
"""

from __future__ import annotations

from dataclasses import dataclass

from model.algebra import Truth, Word, both, no, signed_below
from model.over_time.step import Machine, Move, System, but
from model.patches import IO_THREAD, IO_WQ_RETRIES, IO_WQ_RETRY_LIMIT
from model.records import BOOL, fact

LIMIT = 3
"""WORKER_INIT_LIMIT."""
_RETRY = "io_uring/io-wq.c:io_should_retry_thread"


@dataclass(frozen=True, slots=True)
class Retrying:
    """One worker to be made, and whether there is room for it."""

    wanted: Truth = fact(BOOL, False, "io-wq wants a worker")
    full: Truth = fact(BOOL, False, "RLIMIT_NPROC has no room, and will have none")
    tries: Word = fact(8, 0, "init_retries, up to 3", signed=True)
    made: Truth = fact(BOOL, False, "the worker runs")
    given_up: Truth = fact(BOOL, False, "io-wq gave up")


SYSTEM = System(
    name="retrying",
    about="io-wq makes a worker under RLIMIT_NPROC",
    record=Retrying,
    tasks="one io worker",
    start=lambda _machine: Retrying(),
)


@SYSTEM.step(at="kernel/sys.c:do_prlimit", who="administrator")
def the_limit_leaves_no_room(_machine: Machine, state: Retrying) -> Move:
    """RLIMIT_NPROC is at the number of tasks."""
    return Move(both(no(state.full), no(state.wanted)), but(state, full=True))


@SYSTEM.step(at="io_uring/io-wq.c:io_wq_create_worker", who="owner", since=IO_THREAD)
def io_wq_wants_a_worker(_machine: Machine, state: Retrying) -> Move:
    """Work that blocks."""
    return Move(no(state.wanted), but(state, wanted=True))


def _open(state: Retrying) -> Truth:
    return both(state.wanted, no(state.made), no(state.given_up))


@SYSTEM.step(at="kernel/fork.c:create_io_thread", who="io-wq", own=True, since=IO_THREAD)
def the_worker_is_made(_machine: Machine, state: Retrying) -> Move:
    """create_io_thread() succeeds."""
    return Move(both(_open(state), no(state.full)), but(state, made=True))


@SYSTEM.step(at=_RETRY, who="io-wq", own=True, since=IO_WQ_RETRIES)
def creation_fails_with_EAGAIN_and_is_tried_again(machine: Machine, state: Retrying) -> Move:
    """Without end, until tries were counted."""
    more = signed_below(state.tries, LIMIT)
    if machine[IO_WQ_RETRY_LIMIT] is True:
        return Move(both(_open(state), state.full, more), but(state, tries=state.tries + 1))
    return Move(both(_open(state), state.full), state)


@SYSTEM.step(at=_RETRY, who="io-wq", own=True, since=IO_WQ_RETRY_LIMIT)
def creation_fails_too_often_and_io_wq_gives_up(_machine: Machine, state: Retrying) -> Move:
    """WORKER_INIT_LIMIT is reached."""
    enough = no(signed_below(state.tries, LIMIT))
    return Move(both(_open(state), state.full, enough), but(state, given_up=True))


@SYSTEM.step(at="io_uring/io-wq.c:create_worker_cont", who="io-wq", own=True, since=IO_THREAD,
             until=IO_WQ_RETRIES)
def creation_fails_once_and_io_wq_gives_up(_machine: Machine, state: Retrying) -> Move:
    """Before v5.15 there was no second try."""
    return Move(both(_open(state), state.full), but(state, given_up=True))
