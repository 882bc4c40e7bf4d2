"""What each signal does to a process and its worker, and what the worker does with it."""

from __future__ import annotations

from model.kernel import Kernel
from model.over_time.worker_signals import SYSTEM
from model.over_time.world import World
from model.patches import (
    IO_THREAD,
    VHOST_SIGKILL,
    WORKER_MASK_KEPT,
)
from properties.claim import Claim, holds
from properties.over_time.claim import each_step, some_step
from properties.over_time.steps import alone, changed, happens, kept, only

_GET = "kernel/signal.c:get_signal"
_SEND = "kernel/signal.c:send_signal_locked"
_OPEN = holds(needs=IO_THREAD & ~WORKER_MASK_KEPT)
"""Where a worker's mask can be emptied: kthreads and the series' process never look."""
_TAKEN = ("took", "left", "looks", "poked", "signal_pending")


def _works(state: World) -> bool:
    """Return whether there is a worker in its loop."""
    return bool(state.made and not state.left and not state.worker_gone)


def _takes(state: World) -> bool:
    """Return whether the worker can take the signal: pending for its process, or for it alone."""
    open_to = _works(state) and state.looks and not state.masked and not state.worker_stopped
    shared = state.thread and state.signal_pending
    return bool(open_to and (state.poked or shared))


@each_step("The2", of=SYSTEM, source="cabc249e6560; kernel/ptrace.c:ptrace_request", expect=holds())
def what_a_worker_is_stays_but_for_its_mask_that_a_tracer_could_empty(
    kernel: Kernel, before: World, after: World
) -> Claim:
    """Until cabc249e6560; of one that is no kernel thread, in its loop."""
    fixed = kept(before, after, "io", "kthread", "thread", "deaf") and bool(after.made)
    emptied = before.masked != after.masked
    able = kernel[WORKER_MASK_KEPT] is not True and not before.kthread and not after.masked
    fine = bool(able) and _works(before) and alone(before, after, "masked")
    return Claim(bool(before.made), fixed and (fine or not emptied))


@each_step("The3", of=SYSTEM, source=_SEND, expect=holds())
def a_signal_to_the_process_is_pending_for_it_and_one_to_the_worker_for_that_alone(
    _kernel: Kernel, before: World, after: World
) -> Claim:
    """Who ignores every signal has none pending; each is sent once."""
    sent = before.signalled != after.signalled or happens(before, after, "signal_pending")
    poked = happens(before, after, "poked")
    group = happens(before, after, "signalled") and bool(after.signal_pending)
    one = _works(before) and not before.deaf and alone(before, after, "poked")
    whole = group and only(before, after, "signalled", "signal_pending")
    return Claim(sent or poked, one if poked else whole)


@each_step("The4", of=SYSTEM, source=_GET, expect=holds())
def the_main_thread_takes_the_signal_unless_it_is_stopped_and_its_handler_runs(
    _kernel: Kernel, before: World, after: World
) -> Claim:
    """A signal that is taken is pending no more, whoever takes it."""
    handled = before.handled != after.handled
    gone = happens(after, before, "signal_pending") and not happens(before, after, "took")
    main = bool(before.signal_pending and after.handled) and not before.main_stopped
    again = gone and bool(before.handled)
    return Claim(handled or gone, main and only(before, after, "signal_pending", "handled")
                 and not after.signal_pending and not again)


@each_step("The5", of=SYSTEM, source=_GET, expect=_OPEN)
def a_worker_takes_a_signal_that_it_looks_for_and_does_not_block_and_leaves_its_loop(
    kernel: Kernel, before: World, after: World
) -> Claim:
    """vhost's of v6.4 to v6.9 went on, and never looked again; no handler runs."""
    told = changed(before, after) & {"took", "left"} or happens(after, before, "poked")
    on = not before.io and kernel[VHOST_SIGKILL] is not True
    left = bool(after.left) != on and bool(after.looks) != on and bool(after.took)
    pending = bool(after.signal_pending) == bool(before.signal_pending and not before.thread)
    fine = _takes(before) and left and pending and not after.poked
    return Claim(bool(told), fine and only(before, after, *_TAKEN))


@each_step("The6", of=SYSTEM, source="f9010dbdce91; kernel/signal.c:do_signal_stop", expect=holds())
def SIGSTOP_stops_the_main_thread_and_a_worker_that_is_its_thread_and_looks(
    _kernel: Kernel, before: World, after: World
) -> Claim:
    """Nobody is stopped before it is sent, and nothing else happens by it."""
    told = changed(before, after) & {"sigstop", "main_stopped", "worker_stopped"}
    able = {
        "sigstop": True,
        "main_stopped": bool(before.sigstop),
        "worker_stopped": bool(before.sigstop and before.thread and before.looks)
        and _works(before),
    }
    fine = all(able[name] and happens(before, after, name) for name in told)
    return Claim(bool(told), fine and len(changed(before, after)) == 1)


@each_step("The7", of=SYSTEM, source="kernel/vhost_task.c:vhost_task_stop", expect=holds())
def a_release_tells_vhosts_worker_to_end_which_sees_it_unless_it_is_stopped(
    _kernel: Kernel, before: World, after: World
) -> Claim:
    """In its loop; io_uring's is told by nobody here."""
    tells, ends = before.closing != after.closing, before.worker_gone != after.worker_gone
    begins = happens(before, after, "closing") and not before.io
    sees = happens(before, after, "worker_gone") and bool(before.closing)
    fine = (sees and not before.worker_stopped) if ends else begins
    return Claim(tells or ends, _works(before) and fine and len(changed(before, after)) == 1)


@each_step("The8", of=SYSTEM, source=_SEND, expect=holds())
def every_step_changes_something_but_a_signal_to_a_worker_that_ignores_it(
    _kernel: Kernel, before: World, after: World
) -> Claim:
    """Everything else is done once."""
    ignored = _works(before) and bool(before.deaf) and not before.poked
    return Claim(True, before != after or ignored)


@some_step("Thea", of=SYSTEM, source=_GET, expect=holds())
def a_signal_that_is_pending_can_be_taken_by_a_main_thread_that_is_not_stopped(
    _kernel: Kernel, before: World, after: World
) -> Claim:
    """Whatever its workers do."""
    able = bool(before.signal_pending) and not before.main_stopped
    taken = bool(after.handled) and not after.signal_pending
    return Claim(able, taken and kept(before, after, "took"))


@some_step("Theb", of=SYSTEM, source=_GET, expect=_OPEN)
def a_worker_that_looks_for_a_signal_and_does_not_block_it_can_take_it(
    _kernel: Kernel, before: World, after: World
) -> Claim:
    """That of its process if it is a thread of it."""
    return Claim(_takes(before), bool(after.took) and kept(before, after, "handled"))


@some_step("Thec", of=SYSTEM, source=_SEND, expect=holds(), cases=("signalled", "sigstop"))
def a_process_can_be_sent_its_signal_and_SIGSTOP_at_any_time(
    _kernel: Kernel, before: World, after: World, what: str
) -> Claim:
    """Each once."""
    return Claim(not getattr(before, what), bool(getattr(after, what)))


@some_step("Thed", of=SYSTEM, source=_SEND, expect=holds())
def a_worker_can_be_sent_the_signal_alone(
    _kernel: Kernel, before: World, after: World
) -> Claim:
    """It may ignore it."""
    able = _works(before) and not before.poked
    sent = before == after if before.deaf else bool(after.poked)
    return Claim(able, sent)


@some_step("Thee", of=SYSTEM, source="kernel/signal.c:do_signal_stop", expect=holds(),
           cases=("main_stopped", "worker_stopped"))
def who_is_told_to_stop_and_looks_stops(
    _kernel: Kernel, before: World, after: World, who: str
) -> Claim:
    """The main thread, and a worker of its group in its loop."""
    worker = _works(before) and before.thread and before.looks
    able = before.sigstop and not getattr(before, who) and (who == "main_stopped" or worker)
    return Claim(bool(able), bool(getattr(after, who)))


@some_step("Thef", of=SYSTEM, source="kernel/vhost_task.c:vhost_task_stop", expect=holds(),
           cases=("closing", "worker_gone"))
def a_device_can_be_released_and_a_worker_that_is_not_stopped_sees_it(
    _kernel: Kernel, before: World, after: World, what: str
) -> Claim:
    """vhost's."""
    tells = not before.io and not before.closing
    sees = before.closing and not before.worker_stopped
    able = _works(before) and (tells if what == "closing" else sees)
    return Claim(bool(able), bool(getattr(after, what)))


@some_step("Theg", of=SYSTEM, source="cabc249e6560; kernel/ptrace.c:ptrace_request",
           expect=_OPEN)
def a_tracer_can_empty_a_workers_mask_until_that_was_mended(
    kernel: Kernel, before: World, after: World
) -> Claim:
    """PTRACE_SETSIGMASK."""
    able = kernel[WORKER_MASK_KEPT] is not True and not before.kthread and before.masked
    return Claim(bool(able) and _works(before), not after.masked)
