"""What io-wq does when it wants a worker, and what RLIMIT_NPROC has to do with it."""

from __future__ import annotations

from model.kernel import Kernel
from model.over_time.io_wq_retry import LIMIT, SYSTEM
from model.over_time.world import World
from model.patches import IO_THREAD, IO_WQ_RETRIES, IO_WQ_RETRY_LIMIT
from properties.claim import Claim, holds
from properties.over_time.claim import each_step, some_step
from properties.over_time.steps import changed, happens

_RETRY = "io_uring/io-wq.c:io_should_retry_thread"
_SINCE = holds(needs=IO_THREAD)


def _wanting(state: World) -> bool:
    """Return whether a worker is wanted that is neither made nor given up."""
    return bool(state.blocking and not state.made and not state.gave_up)


@each_step("Trt1", of=SYSTEM, source="io_uring/io-wq.c:create_io_worker", expect=_SINCE)
def io_wq_has_one_worker_made_where_one_is_wanted_and_the_limit_has_room(
    _kernel: Kernel, before: World, after: World
) -> Claim:
    """Once, whatever was tried before; and nothing else changes."""
    made = before.made != after.made
    fine = _wanting(before) and not before.full and changed(before, after) == {"made"}
    return Claim(made, bool(after.made) and fine)


@each_step("Trt2", of=SYSTEM, source="0453aad676ff; " + _RETRY, expect=_SINCE)
def io_wq_gives_up_at_a_full_limit_after_the_tries_that_it_has(
    kernel: Kernel, before: World, after: World
) -> Claim:
    """WORKER_INIT_LIMIT of them since v6.11; without end from v5.15 on, at once before that."""
    fails = _wanting(before) and bool(before.full)
    gives_up = happens(before, after, "gave_up") and changed(before, after) == {"gave_up"}
    if kernel[IO_WQ_RETRY_LIMIT] is True and int(before.tries) < LIMIT:
        more = after.tries == before.tries + 1 and changed(before, after) == {"tries"}
        return Claim(fails, more)
    endless = kernel[IO_WQ_RETRIES] is True and kernel[IO_WQ_RETRY_LIMIT] is not True
    return Claim(fails, before == after if endless else gives_up)


@each_step("Trt3", of=SYSTEM, source=_RETRY, expect=holds())
def nothing_is_tried_or_given_up_where_no_worker_is_wanted_or_the_limit_has_room(
    _kernel: Kernel, before: World, after: World
) -> Claim:
    """Nor where it was made, or given up already; and no other step is one in vain."""
    idle = not (_wanting(before) and before.full)
    told = changed(before, after)
    return Claim(idle, bool(told) and not told & {"tries", "gave_up"})


@each_step("Trt4", of=SYSTEM, source="io_uring/io-wq.c:io_wq_create_worker", expect=holds())
def a_worker_is_wanted_once_and_the_limit_is_reached_before_that(
    _kernel: Kernel, before: World, after: World
) -> Claim:
    """For good, both; neither makes a worker."""
    told = changed(before, after) & {"blocking", "full"}
    fine = happens(before, after, *told) and not before.blocking
    return Claim(bool(told), fine and len(changed(before, after)) == 1)


@some_step("Trt5", of=SYSTEM, source="io_uring/io-wq.c:create_io_worker", expect=_SINCE)
def a_worker_that_is_wanted_can_be_made_where_there_is_room(
    _kernel: Kernel, before: World, after: World
) -> Claim:
    """create_io_thread() succeeds."""
    return Claim(_wanting(before) and not before.full, bool(after.made))


@some_step("Trt6", of=SYSTEM, source="3146cba99aa2; " + _RETRY, expect=_SINCE)
def a_creation_that_fails_is_tried_again_or_given_up(
    kernel: Kernel, before: World, after: World
) -> Claim:
    """Uncounted from v5.15 on, counted since v6.11."""
    fails = _wanting(before) and bool(before.full)
    counted = kernel[IO_WQ_RETRY_LIMIT] is True and int(before.tries) < LIMIT
    if counted:
        return Claim(fails, after.tries == before.tries + 1)
    retried = kernel[IO_WQ_RETRIES] is True and kernel[IO_WQ_RETRY_LIMIT] is not True
    return Claim(fails, after == before if retried else bool(after.gave_up))


@some_step("Trt7", of=SYSTEM, source="io_uring/io-wq.c:io_wq_create_worker", expect=_SINCE)
def io_wq_can_want_a_worker_whatever_the_limit(
    kernel: Kernel, before: World, after: World
) -> Claim:
    """RLIMIT_NPROC is asked about only when it is made."""
    known = kernel[IO_THREAD] is True
    return Claim(known and not before.blocking, bool(after.blocking))


@some_step("Trt8", of=SYSTEM, source="kernel/sys.c:do_prlimit", expect=holds())
def the_limit_can_be_reached_before_a_worker_is_wanted(
    _kernel: Kernel, before: World, after: World
) -> Claim:
    """By other tasks of the user, or prlimit()."""
    return Claim(not before.full and not before.blocking, bool(after.full))
