"""Who is counted by a core dump, who reports, and what each report does."""

from __future__ import annotations

from model.kernel import Kernel
from model.over_time.coredump import SYSTEM
from model.over_time.de_thread import SYSTEM as EXECING
from model.over_time.places import Dump, Execve, Thread
from model.over_time.world import World
from model.patches import (
    IO_THREAD,
    IO_THREAD_GATE,
    VHOST_SIGKILL,
    WORKER_MASK_KEPT,
    WORKERS_ARE_THREADS,
)
from properties.claim import Claim, holds
from properties.over_time.claim import each_step, some_step
from properties.over_time.steps import changed, happens, only, worker
from properties.over_time.workers import vhost_is_counted

_THREADS = ("main", "second", "vhost", "io")
_IO = ("made", "pending", "worker_gone")
_CALLERS = (SYSTEM, EXECING)
_ZAP = "fs/coredump.c:zap_process; kernel/signal.c:zap_other_threads"
_EXIT = "kernel/exit.c:coredump_task_exit"


def _at(state: World, name: str) -> Thread:
    """Return where a thread is on its way out."""
    return worker(state) if name == "io" else Thread(int(getattr(state, name)))


def _facts(names: list[str]) -> list[str]:
    """Return the facts that say where some threads are."""
    return [one for name in names for one in (_IO if name == "io" else (name,))]


def _moved(before: World, after: World) -> list[str]:
    """Return which threads went on."""
    return [name for name in _THREADS if _at(before, name) is not _at(after, name)]


def _is_called(before: World, after: World) -> bool:
    """Return whether a dump begins, or de_thread()."""
    dumps = before.dump == Dump.NO != after.dump
    return bool(dumps or (before.execve == Execve.BEGUN and after.execve == Execve.WAITS))


@each_step("T60", of=_CALLERS, source=_ZAP, expect=holds())
def a_dump_and_de_thread_count_whom_they_kill(
    kernel: Kernel, before: World, after: World
) -> Claim:
    """SIGKILL for every other living thread, of which v6.4 to v6.9 did not count vhost workers."""
    killed = _moved(before, after)
    counted = [name for name in killed if name != "vhost" or vhost_is_counted(kernel)]
    counts = after.dump in (before.dump, Dump.WAITS) and after.awaited == len(counted)
    rest = ("dump", "execve", "awaited", "worker_dumps", *_facts(killed))
    return Claim(_is_called(before, after), bool(counts) and only(before, after, *rest))


@each_step("T61", of=_CALLERS, source=_ZAP, expect=holds())
def a_dump_and_de_thread_kill_every_living_thread_but_the_one_that_calls_them(
    _kernel: Kernel, before: World, after: World
) -> Claim:
    """The main thread, unless a worker whose mask a tracer changed took a signal and dumps."""
    caller = "io" if happens(before, after, "worker_dumps") else "main"
    able = caller == "main" or (not before.masked and worker(before) is Thread.LIVE)
    others = [name for name in _THREADS if name != caller and _at(before, name) is Thread.LIVE]
    mine = [name for name in others if name != "vhost" or before.vhost_thread]
    all_ = all(_at(after, name) is Thread.KILLED for name in mine)
    fine = bool(able) and all_ and _at(after, caller) is Thread.LIVE
    return Claim(_is_called(before, after), fine)


@each_step("T62", of=SYSTEM, source=_EXIT, expect=holds())
def only_who_was_killed_by_the_dump_reports_and_each_once(
    _kernel: Kernel, before: World, after: World
) -> Claim:
    """A report is one less to wait for, and the thread is parked."""
    waits = before.dump == Dump.WAITS and before.awaited != after.awaited
    gone = _moved(before, after)
    one = before.awaited - after.awaited == 1 and len(gone) == 1
    there = all(
        _at(before, name) is not Thread.NONE and _at(after, name) is Thread.GONE for name in gone
    )
    return Claim(waits, one and there and only(before, after, "awaited", *_facts(gone)))


@each_step("T63", of=SYSTEM, source=_EXIT, expect=holds())
def a_thread_that_parks_was_killed_or_left_by_itself(
    _kernel: Kernel, before: World, after: World
) -> Claim:
    """Before any dump only by exit(2), and nobody counts it; a late io worker ends untold."""
    gone = [name for name in _moved(before, after) if _at(after, name) is Thread.GONE]
    left = before.second_leaves and before.dump == Dump.NO and before.second == Thread.LIVE
    late = worker(before) is Thread.LIVE and not before.worker_dumps
    may = {"second": bool(left), "io": late and before.dump == Dump.WAITS}
    fine = all(_at(before, one) is Thread.KILLED or may.get(one, False) for one in gone)
    alone = len(gone) == 1 and only(before, after, "awaited", *_facts(gone))
    took = not (after.worker_gone and after.pending)
    return Claim(bool(gone), fine and alone and took)


@each_step("T64", of=SYSTEM, source="fs/coredump.c:coredump_wait", expect=holds())
def the_core_is_written_when_nobody_is_awaited_any_more(
    _kernel: Kernel, before: World, after: World
) -> Claim:
    """And a process dumps once."""
    written = before.dump not in (Dump.NO, after.dump)
    fine = after.dump == Dump.DONE and before.dump == Dump.WAITS and before.awaited == 0
    return Claim(written, fine and changed(before, after) == {"dump"})


@each_step("T65", of=SYSTEM, source="kernel/exit.c:do_exit", expect=holds())
def the_second_thread_leaves_once_and_while_it_lives(
    _kernel: Kernel, before: World, after: World
) -> Claim:
    """exit(2) makes it no signal, and is never undone."""
    leaves = before.second_leaves != after.second_leaves
    alone = changed(before, after) == {"second_leaves"}
    return Claim(leaves, before.second == Thread.LIVE and alone and bool(after.second_leaves))


@each_step("T66", of=SYSTEM, source="io_uring/io-wq.c:create_io_worker",
           expect=holds(needs=IO_THREAD))
def an_io_worker_is_made_by_a_task_in_good_health_or_by_queued_task_work(
    kernel: Kernel, before: World, after: World
) -> Claim:
    """The work that was queued is done with it; past its report only until v6.12's gate."""
    made = before.made != after.made or happens(after, before, "task_work")
    healthy = before.dump == Dump.NO and changed(before, after) == {"made", "masked"}
    late = before.task_work and not after.task_work and before.second_leaves
    gone = before.second == Thread.GONE and kernel[IO_THREAD_GATE] is not True
    worked = late and gone and only(before, after, "made", "masked", "task_work")
    return Claim(made, bool(after.made and after.masked) and bool(healthy or worked))


@each_step("T68", of=SYSTEM, source="kernel/ptrace.c:ptrace_request",
           expect=holds(needs=IO_THREAD & ~WORKER_MASK_KEPT))
def a_mask_is_changed_only_of_a_living_worker(
    _kernel: Kernel, before: World, after: World
) -> Claim:
    """PTRACE_SETSIGMASK, until ptrace() leaves workers alone."""
    emptied = before.made and before.masked != after.masked
    alone = changed(before, after) == {"masked"}
    return Claim(bool(emptied), worker(before) is Thread.LIVE and alone and not after.masked)


@each_step("T69", of=SYSTEM, source="drivers/vhost/vhost.c:vhost_dev_set_owner",
           expect=holds(needs=WORKERS_ARE_THREADS))
def a_vhost_worker_is_made_once_and_before_any_dump(
    _kernel: Kernel, before: World, after: World
) -> Claim:
    """As a thread of the process it is one that the dump meets."""
    made = before.vhost != after.vhost and after.vhost not in (Thread.KILLED, Thread.GONE)
    fine = before.vhost == Thread.NONE and before.dump == Dump.NO and bool(after.vhost_thread)
    alone = only(before, after, "vhost", "vhost_thread")
    return Claim(made, fine and after.vhost == Thread.LIVE and alone)


@some_step("T6a", of=SYSTEM, source="fs/coredump.c:do_coredump", expect=holds())
def a_process_can_dump_core_at_any_time_once(
    _kernel: Kernel, before: World, after: World
) -> Claim:
    """By a signal that its main thread takes."""
    return Claim(before.dump == Dump.NO, after.dump == Dump.WAITS and not after.worker_dumps)


@some_step("T6b", of=SYSTEM, source="kernel/exit.c:do_exit", expect=holds())
def a_leaving_thread_goes_past_its_report_while_nothing_dumps(
    _kernel: Kernel, before: World, after: World
) -> Claim:
    """PF_POSTCOREDUMP, which a later dump leaves out."""
    leaves = before.second_leaves and before.second == Thread.LIVE and before.dump == Dump.NO
    return Claim(bool(leaves), after.second == Thread.GONE)


@some_step("T6c", of=SYSTEM, source="drivers/vhost/vhost.c:vhost_dev_set_owner",
           expect=holds(needs=WORKERS_ARE_THREADS))
def a_process_in_good_health_can_open_a_vhost_device(
    kernel: Kernel, before: World, after: World
) -> Claim:
    """Its worker is a thread since v6.4."""
    able = before.dump == Dump.NO and before.vhost == Thread.NONE
    return Claim(able and kernel[WORKERS_ARE_THREADS] is True, after.vhost == Thread.LIVE)


@some_step("T6d", of=SYSTEM, source=_EXIT, expect=holds(), cases=_THREADS)
def every_thread_that_was_killed_comes_to_its_report(
    kernel: Kernel, before: World, after: World, name: str
) -> Claim:
    """A vhost worker since v6.10, when it takes SIGKILL."""
    able = name != "vhost" or kernel[VHOST_SIGKILL] is True
    killed = _at(before, name) is Thread.KILLED
    return Claim(able and killed, _at(after, name) is Thread.GONE)


@some_step("T6e", of=SYSTEM, source="kernel/exit.c:do_exit", expect=holds())
def the_second_thread_can_call_exit_while_it_lives(
    _kernel: Kernel, before: World, after: World
) -> Claim:
    """exit(2) of one thread."""
    able = before.second == Thread.LIVE and not before.second_leaves
    return Claim(able, bool(after.second_leaves))
