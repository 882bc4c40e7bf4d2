"""What exit(2), SIGKILL and the freezer do to a thread and to its io worker."""

from __future__ import annotations

from model.algebra import both, either, no
from model.kernel import Kernel
from model.over_time.io_wq_exit import SYSTEM
from model.over_time.world import World
from model.patches import IO_THREAD
from properties.claim import Claim, fails, holds
from properties.over_time.claim import each_step, ends, some_step
from properties.over_time.steps import alone, changed, happens
from properties.over_time.workers import loops

_EXIT = "io_uring/io-wq.c:io_wq_exit_workers"
_SINCE = holds(needs=IO_THREAD)


def _alive(state: World) -> bool:
    """Return whether there is an io worker."""
    return bool(state.made and not state.worker_gone)


@each_step("Tlv1", of=SYSTEM, source="io_uring/io-wq.c:create_io_worker", expect=_SINCE)
def a_thread_gets_its_io_worker_while_it_runs(
    _kernel: Kernel, before: World, after: World
) -> Claim:
    """Not on its way out, nor killed; once."""
    made = before.made != after.made
    runs = not (before.leaves or before.owner_gone or before.killed)
    return Claim(made, bool(after.made) and runs and alone(before, after, "made"))


@each_step("Tlv3", of=SYSTEM, source=_EXIT, expect=holds())
def a_thread_that_leaves_waits_until_its_worker_is_gone_and_ends_once(
    _kernel: Kernel, before: World, after: World
) -> Claim:
    """exit(2) or SIGKILL begins it; nobody comes back."""
    moves = changed(before, after) & {"leaves", "owner_gone"}
    begins = happens(before, after, "leaves") and not before.owner_gone
    over = happens(before, after, "owner_gone") and happens(after, before, "leaves")
    fine = (begins and alone(before, after, "leaves")) or (
        over and not _alive(before) and changed(before, after) == {"leaves", "owner_gone"}
    )
    return Claim(bool(moves), fine)


@each_step("Tlv5", of=SYSTEM, source="io_uring/io-wq.c:io_wq_worker", expect=_SINCE)
def an_io_worker_ends_out_of_the_trap_told_or_killed(
    _kernel: Kernel, before: World, after: World
) -> Claim:
    """It is told by the thread that leaves."""
    gone = before.worker_gone != after.worker_gone
    able = loops(before) and (before.leaves or before.killed)
    return Claim(gone, bool(able and after.worker_gone) and alone(before, after, "worker_gone"))


@some_step("Tlv6", of=SYSTEM, source="kernel/exit.c:do_exit", expect=holds())
def a_thread_can_exit_until_it_has_ended(
    _kernel: Kernel, before: World, after: World
) -> Claim:
    """exit(2)."""
    over = before.leaves or before.owner_gone
    return Claim(not over, bool(after.leaves))


@some_step("Tlv8", of=SYSTEM, source="io_uring/io-wq.c:io_wq_worker", expect=_SINCE)
def an_io_worker_that_is_told_to_exit_or_killed_can_end(
    _kernel: Kernel, before: World, after: World
) -> Claim:
    """Out of the trap."""
    able = loops(before) and (before.leaves or before.killed)
    return Claim(bool(able), bool(after.worker_gone))


@some_step("Tlv9", of=SYSTEM, source=_EXIT, expect=holds())
def a_leaving_thread_without_a_worker_can_end(
    _kernel: Kernel, before: World, after: World
) -> Claim:
    """Its workers are gone, or it had none."""
    return Claim(bool(before.leaves) and not _alive(before), bool(after.owner_gone))


@some_step("Tlva", of=SYSTEM, source="io_uring/io-wq.c:create_io_worker", expect=_SINCE)
def a_running_thread_can_get_an_io_worker(
    kernel: Kernel, before: World, after: World
) -> Claim:
    """Its cgroup may be to freeze."""
    runs = not (before.made or before.leaves or before.owner_gone or before.killed)
    return Claim(kernel[IO_THREAD] is True and runs, bool(after.made))


@ends("Tlvb", of=SYSTEM, source="obvious but false; kernel/exit.c:do_exit", expect=fails(),
      truth="P60k")
def a_thread_that_nobody_kills_ends(_kernel: Kernel, state: World) -> Claim:
    """False: without exit(2) or SIGKILL it runs on."""
    return Claim(no(either(state.killed, state.leaves)), state.owner_gone)


@ends("Tlvc", of=SYSTEM, source="obvious but false; io_uring/io-wq.c:io_wq_worker",
      expect=fails(needs=IO_THREAD), truth="P60k")
def an_io_worker_whose_thread_runs_on_ends(_kernel: Kernel, state: World) -> Claim:
    """False: somebody has to tell it, or to kill it."""
    alive = both(state.made, no(state.worker_gone))
    return Claim(both(alive, no(either(state.leaves, state.killed))), state.worker_gone)
