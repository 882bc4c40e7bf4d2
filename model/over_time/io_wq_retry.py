"""io-wq's retries: it makes a worker while RLIMIT_NPROC has no room.

io_uring/io-wq.c:io_should_retry_thread and create_worker_cont.
"""

from __future__ import annotations

from model.algebra import Truth, both, either, no, signed_below, when
from model.over_time.step import Machine, Move
from model.over_time.steps import io_wq, sys
from model.over_time.world import World, but, scope
from model.patches import IO_THREAD, IO_WQ_RETRIES, IO_WQ_RETRY_LIMIT

LIMIT = 3
"""WORKER_INIT_LIMIT."""
_RETRY = "io_uring/io-wq.c:io_should_retry_thread"


SYSTEM = scope(
    "io_wq_retry",
    about="io-wq makes a worker under RLIMIT_NPROC",
    facts="blocking full tries made gave_up",
    tasks="one io worker",
)
SYSTEM.takes(
    sys.the_limit_is_reached.called("the limit leaves no room"),
    io_wq.work_that_blocks_is_submitted.called("io wq wants a worker"),
)


def _open(world: World) -> Truth:
    return both(world.blocking, no(world.made), no(world.gave_up))


def _fails(machine: Machine, world: World) -> Truth:
    ok, _ = io_wq.asks(machine, world)
    return both(_open(world), no(ok))


@SYSTEM.step(at="kernel/fork.c:create_io_thread", who="io-wq", own=True, since=IO_THREAD)
def the_worker_is_made(machine: Machine, world: World) -> Move:
    """create_io_thread() succeeds."""
    ok, after = io_wq.asks(machine, world)
    return Move(both(_open(world), ok), after)


@SYSTEM.step(at=_RETRY, who="io-wq", own=True, since=IO_WQ_RETRIES)
def creation_fails_with_EAGAIN_and_is_tried_again(machine: Machine, world: World) -> Move:
    """Without end, until tries were counted."""
    counted = machine[IO_WQ_RETRY_LIMIT]
    more = either(no(counted), signed_below(world.tries, LIMIT))
    tries = when(counted, world.tries + 1, world.tries)
    return Move(both(_fails(machine, world), more), but(world, tries=tries))


@SYSTEM.step(at=_RETRY, who="io-wq", own=True, since=IO_WQ_RETRY_LIMIT)
def creation_fails_too_often_and_io_wq_gives_up(machine: Machine, world: World) -> Move:
    """WORKER_INIT_LIMIT is reached."""
    enough = no(signed_below(world.tries, LIMIT))
    return Move(both(_fails(machine, world), enough), but(world, gave_up=True))


@SYSTEM.step(at="io_uring/io-wq.c:create_worker_cont", who="io-wq", own=True, since=IO_THREAD,
             until=IO_WQ_RETRIES)
def creation_fails_once_and_io_wq_gives_up(machine: Machine, world: World) -> Move:
    """Before v5.15 there was no second try."""
    return Move(_fails(machine, world), but(world, gave_up=True))
