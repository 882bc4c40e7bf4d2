"""The one place for parallel work: a function over items, in processes that are forked.

Workers inherit the function and the items (nothing but answers is pickled), take the next
item when they are done with one, and never outlive the process that made them.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import pickle
import signal
import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import active_children, connection, get_context, parent_process
from multiprocessing.process import BaseProcess
from typing import Any, TypeVar

from checker.problems import INTERNAL, UNANSWERED, Problem

Item = TypeVar("Item")
Answer = TypeVar("Answer")

ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
"""The signals that end a run; they are for the parent, which ends its workers."""

PATIENCE = 2
"""Seconds that a worker has to end when another one died; then it is killed."""

_PR_SET_PDEATHSIG = 1


class WorkerLost(Problem):
    """A worker process is gone, so that not everything was answered; says how it went."""

    def __init__(self, message: str, code: int = UNANSWERED) -> None:
        super().__init__(message)
        self.code = code


class WorkerFailed(Exception):
    """An exception of a worker that cannot travel as it is; the text names it."""


def each(
    function: Callable[[Item], Answer], items: Iterable[Item], *, jobs: int | None = None
) -> Iterator[tuple[int, Answer]]:
    """Yield the place of an item and its answer, as they come; each item is answered once.

    ``jobs`` is the number of processes (all processors by default); even one is a process of
    its own, so that a solver that aborts takes no more with it.  An exception of the function
    is raised here; if a worker dies, or none can be started, :class:`WorkerLost` is.  Whatever
    ends the iteration ends the workers, too.  Call it in the main thread.
    """
    todo = list(items)
    if not todo:
        return
    with _workers(min(jobs or os.cpu_count() or 1, len(todo)), function, todo) as submitted:
        waiting = set(range(len(todo)))
        for future in as_completed(submitted):
            place, answer = future.result()
            waiting.remove(place)
            yield place, answer
        if waiting:
            raise WorkerLost(f"{len(waiting)} of {len(todo)} items were not answered", INTERNAL)


@contextlib.contextmanager
def _workers(
    count: int, function: Callable[[Item], Answer], items: list[Item]
) -> Iterator[list[Future[tuple[int, Answer]]]]:
    others = active_children()
    pool = ProcessPoolExecutor(
        count, get_context("fork"), _begin, (function, items, os.getpid())
    )
    started: list[BaseProcess] = []
    try:
        with _signals_held():
            try:
                submitted = [pool.submit(_answer, place) for place in range(len(items))]
            except BrokenProcessPool:
                raise
            except (OSError, RuntimeError) as error:
                raise WorkerLost(f"cannot start {count} worker processes: {error}") from None
            finally:
                started += [one for one in active_children() if one not in others]
        yield submitted
    except BrokenProcessPool:
        for one in started:
            one.join(PATIENCE)
        raise _how_it_went(started) from None
    finally:
        for one in started:
            one.kill()
        pool.shutdown(cancel_futures=True)


@contextlib.contextmanager
def _signals_held() -> Iterator[None]:
    """Hold back the signals that end a run: no worker starts with its parent's handlers."""
    held = signal.pthread_sigmask(signal.SIG_BLOCK, ENDING)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, held)


def _how_it_went(workers: list[BaseProcess]) -> WorkerLost:
    """Return what to say of the first worker that died; the pool then ended the others."""
    codes = [one.exitcode or 0 for one in workers]
    ended = [code for code in codes if code != -signal.SIGTERM] or codes
    code = min(ended, default=0)
    if code == -signal.SIGKILL:
        return WorkerLost(
            "a worker process was killed (SIGKILL), as happens when memory runs out;"
            " fewer --jobs need less"
        )
    if code < 0:
        name = signal.Signals(-code).name
        return WorkerLost(f"a worker process died of {name}: its solver aborted, or was ended",
                          UNANSWERED if code == -signal.SIGTERM else INTERNAL)
    return WorkerLost(f"a worker process left by itself with exit code {max(codes)}", INTERNAL)


# ---- in the workers ----------------------------------------------------------------------

_work: tuple[Callable[[Any], Any], list[Any]]


def _begin(function: Callable[[Any], Any], items: list[Any], parent: int) -> None:
    global _work  # noqa: PLW0603 - one per process: what it was forked to do
    _work = function, items
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.signal(signal.SIGHUP, signal.SIG_DFL)
    _die_with(parent)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, ENDING)


def _die_with(parent: int) -> None:
    """End this process when its parent ends, however that does."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    else:
        threading.Thread(target=_watch, daemon=True).start()
    if os.getppid() != parent:
        os._exit(1)


def _watch() -> None:
    mother = parent_process()
    assert mother is not None
    connection.wait([mother.sentinel])
    os._exit(1)


def _answer(place: int) -> tuple[int, Any]:
    function, items = _work
    try:
        return place, function(items[place])
    except MemoryError:
        raise WorkerLost("memory ran out in a worker process; fewer --jobs need less") from None
    except Exception as error:
        raise _that_travels(error) from error
    except BaseException as error:  # a worker that leaves must not end its parent quietly
        raise WorkerFailed(f"a worker left by {type(error).__name__}: {error}") from None


def _that_travels(error: Exception) -> Exception:
    try:
        same = pickle.loads(pickle.dumps(error))
    except Exception:  # noqa: BLE001 - whatever pickling meets
        same = None
    return error if type(same) is type(error) else WorkerFailed(f"{type(error).__name__}: {error}")
