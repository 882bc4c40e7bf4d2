"""The one place for parallel work: a function over items, in processes that are forked.

Workers inherit the function and the items (only answers are pickled), get the next item when
they are done with one, and never outlive the process that made them.  Nothing here needs a
thread or a lock that a dying process could take along, so that every death is noticed.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import pickle
import signal
import sys
import tempfile
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import accumulate
from multiprocessing import get_context
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import IO, Any, TypeVar

from checker.ground.problems import INTERNAL, UNANSWERED, Problem
from checker.ground.scratch import home_of_workers, live_in
from checker.ground.signals import ENDING, held, undone
from model.mistake import with_its_place

Item = TypeVar("Item")
Answer = TypeVar("Answer")

_PR_SET_PDEATHSIG = 1

_alone = False


def alone() -> None:
    """From now on this process does items itself: as a worker of others it is not forked."""
    global _alone  # noqa: PLW0603 - what kind of process this is
    _alone = True


class WorkerLost(Problem):
    """A worker process is gone, so that not everything was answered; says how it went."""

    def __init__(self, message: str, code: int = UNANSWERED) -> None:
        super().__init__(message)
        self.code = code


class WorkerFailed(Exception):
    """An exception of a worker that cannot travel as it is; the text names it."""


@dataclass(frozen=True)
class Lane:
    """Items of one kind: what is done with each, and how many processes are worth it.

    Where each process first makes what all the items share, none ``joins`` that had others.
    """

    function: Callable[[Any], Any]
    items: list[Any]
    most: int | None = None
    joined: bool = True


def each(
    function: Callable[[Item], Answer], items: Iterable[Item], *, jobs: int | None = None
) -> Iterator[tuple[int, Answer]]:
    """Yield the place of an item and its answer, as they come; each item is answered once.

    ``jobs`` is the number of processes (all processors by default); even one is a process of
    its own, so that a solver that aborts takes no more with it.  An exception of the function
    is raised here; if a worker dies, or none can be started, :class:`WorkerLost` is.  Whatever
    ends the iteration ends the workers, too.
    """
    for _lane, place, answer in side_by_side([Lane(function, list(items))], jobs=jobs):
        yield place, answer


def side_by_side(
    lanes: Sequence[Lane], *, jobs: int | None = None
) -> Iterator[tuple[int, int, Any]]:
    """Yield which lane, the place of an item in it, and its answer: :func:`each` of several.

    A process has items of one lane, and only then of others: what these share it makes once.
    """
    todo = [(lane, place) for lane, one in enumerate(lanes) for place in range(len(one.items))]
    if _alone:
        for lane, place in todo:
            yield lane, place, lanes[lane].function(lanes[lane].items[place])
        return
    left = _Left(lanes, jobs or os.cpu_count() or 1)

    def answer(item: tuple[int, int]) -> Any:
        lane, place = item
        return lanes[lane].function(lanes[lane].items[place])

    with _workers(len(left.begins), answer, todo) as crew:
        for worker, lane in zip(crew, left.begins, strict=True):
            worker.lane = lane
            worker.give(left.next_of(worker))
        for _ in todo:
            worker = _first_ready(crew)
            at, found = worker.answer()
            worker.give(left.next_of(worker))
            yield *todo[at], found


class _Left:
    """What is left of the lanes, and the lane that each process begins with."""

    def __init__(self, lanes: Sequence[Lane], jobs: int) -> None:
        ends = list(accumulate(len(one.items) for one in lanes))
        self._joined = [one.joined for one in lanes]
        self._left = [
            deque(range(end - len(one.items), end)) for one, end in zip(lanes, ends, strict=True)
        ]
        room = [min(len(one.items), one.most or jobs) for one in lanes]
        turns = ((turn, lane) for lane, most in enumerate(room) for turn in range(most))
        self.begins = [lane for _, lane in sorted(turns)][:jobs]
        """In turn one more of each lane, as far as there is room."""

    def next_of(self, worker: _Worker) -> int | None:
        """Return what a process does next: of its lane, then of others; nothing at the end."""
        if not self._left[worker.lane]:
            worker.lane = next(self._others(), worker.lane)
        own = self._left[worker.lane]
        return own.popleft() if own else None

    def _others(self) -> Iterator[int]:
        """Yield the lanes that may be joined, and those that nobody began with."""
        for lane, left in enumerate(self._left):
            if left and (self._joined[lane] or lane not in self.begins):
                yield lane


class _Worker:
    """A process, our end of its pipe, and the place of the item that it is at."""

    def __init__(
        self, answer: Callable[[int], bytes], before: list[_Worker], home: Path | None
    ) -> None:
        context = get_context("fork")
        self.pipe, theirs = context.Pipe()
        ours = [self.pipe, *(one.pipe for one in before)]
        about = answer, theirs, ours, os.getpid(), home
        self.process = context.Process(target=_serve, args=about, daemon=True)
        self.process.start()
        theirs.close()
        self.place: int | None = None
        self.lane = 0

    def give(self, place: int | None) -> None:
        """Give it an item, or none."""
        self.place = place
        if place is not None:
            with contextlib.suppress(OSError):  # a worker that is gone is met when it is asked
                self.pipe.send(place)

    def answer(self) -> tuple[int, Any]:
        """Return the place that it was given, and its answer; raise what it raised."""
        try:
            place, well, answer = self.pipe.recv()
        except (EOFError, OSError):
            raise self._lost() from None
        except Exception as error:
            raise WorkerFailed(f"an answer cannot be read: {error}") from error
        if place != self.place:
            raise WorkerLost(f"item {self.place} was asked, and {place} answered", INTERNAL)
        if not well:
            raise answer
        return place, answer

    def _lost(self) -> WorkerLost:
        self.process.join()
        return _how_it_went(self.process.exitcode or 0, _last_line())


def _first_ready(crew: list[_Worker]) -> _Worker:
    """Return a worker that has something to tell, or died."""
    busy: dict[Any, _Worker] = {one.pipe: one for one in crew if one.place is not None}
    ready = wait([*busy, *(one.process.sentinel for one in crew)])
    told = next((busy[one] for one in ready if isinstance(one, Connection)), None)
    return told or next(one for one in crew if one.process.sentinel in ready)


_words: IO[bytes]


@contextlib.contextmanager
def _workers(
    count: int, function: Callable[[Item], Answer], items: list[Item]
) -> Iterator[list[_Worker]]:
    global _words  # noqa: PLW0603 - where the output of workers goes
    crew: list[_Worker] = []
    with _unnamed_file() as _words, home_of_workers() as home, undone(partial(_end, crew)):
        try:
            with held():  # no worker starts with its parent's handlers
                for _ in range(count):
                    crew.append(_Worker(partial(_answer, function, items), crew, home))
            yield crew
        except OSError as error:
            if len(crew) == count:
                raise
            raise WorkerLost(f"cannot start {count} worker processes: {error.strerror}") from None


def _end(crew: list[_Worker]) -> None:
    for one in crew:
        one.process.kill()
    for one in crew:
        one.process.join()
        one.pipe.close()


def _unnamed_file() -> IO[bytes]:
    if sys.platform == "linux":  # in memory: no disk can be full
        return open(os.memfd_create("words of workers"), "w+b")
    return tempfile.TemporaryFile()


def _how_it_went(code: int, words: str) -> WorkerLost:
    """Return what to say of a worker that died with an exit code and these last words."""
    said = f" ({words})" if words else ""
    if code == -signal.SIGKILL or "memory" in words.lower() or "bad_alloc" in words:
        return WorkerLost(f"a worker process was killed, as happens when memory runs out{said};"
                          " fewer --jobs need less")
    if code < 0:
        ours = UNANSWERED if code == -signal.SIGTERM else INTERNAL
        return WorkerLost(f"a worker process died of {signal.Signals(-code).name}{said}", ours)
    return WorkerLost(f"a worker process left by itself with exit code {code}{said}", INTERNAL)


def _last_line() -> str:
    """Return the last that workers said: a library that aborts, for one; nobody else hears it."""
    _words.seek(0)
    lines = _words.read().decode(errors="replace").split("\n")
    return next((line.strip() for line in reversed(lines) if line.strip()), "")


# ---- in the workers ----------------------------------------------------------------------


def _serve(
    answer: Callable[[int], bytes], pipe: Connection, others: list[Connection], parent: int,
    home: Path | None,
) -> None:
    for one in others:
        one.close()
    os.dup2(_words.fileno(), 1)
    os.dup2(_words.fileno(), 2)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.signal(signal.SIGHUP, signal.SIG_DFL)
    _die_with(parent)
    live_in(home)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, ENDING)
    with contextlib.suppress(EOFError, OSError):  # the parent is gone
        while True:
            pipe.send_bytes(answer(pipe.recv()))


def _die_with(parent: int) -> None:
    """End this process when its parent ends, however that does."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)


def _answer(function: Callable[[Any], Any], items: list[Any], place: int) -> bytes:
    return answered(function, place, items[place])


def answered(function: Callable[[Any], Any], place: int, item: Any) -> bytes:
    """Return an item's place, whether the function returned, and what it returned or raised."""
    try:
        return pickle.dumps((place, True, function(item)))
    except BaseException as error:  # noqa: BLE001 - a worker that leaves must not end its parent
        return pickle.dumps((place, False, _that_travels(with_its_place(error))))


def _that_travels(error: BaseException) -> Exception:
    if isinstance(error, MemoryError):
        return WorkerLost("memory ran out in a worker process; fewer --jobs need less")
    told = WorkerFailed(f"{type(error).__name__}: {error}")
    try:
        same = pickle.loads(pickle.dumps(error))
    except Exception:  # noqa: BLE001 - whatever pickling meets
        return told
    return error if isinstance(error, Exception) and type(same) is type(error) else told
