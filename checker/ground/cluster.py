"""Campaigns on other machines: the workers of a Dask scheduler, which run this very version.

Items go out as workers are free.  An item whose worker is gone is done elsewhere; one that
takes several workers along is reported.
"""

from __future__ import annotations

import contextlib
import pickle
import time
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache, partial
from importlib import import_module
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Any

from checker.ground import pool
from checker.ground.pool import WorkerLost
from checker.ground.problems import INTERNAL, Problem
from checker.ground.scheduler import Scheduler
from checker.ground.version import difference, versions

if TYPE_CHECKING:
    from collections.abc import Generator

PATIENCE = 15
"""Seconds for a scheduler to answer, and for it to have a worker."""
ALONE = 60
"""Seconds that a campaign waits for a worker when it has lost all."""
MISSING = (
    "--scheduler needs Dask: pip install 'cloneproof[cluster]' (here, and on each worker)"
)


@dataclass(frozen=True)
class Cluster(Scheduler):
    """The workers of the Dask scheduler at an address, ``tcp://host:8786``."""

    address: str

    def __post_init__(self) -> None:
        versions()  # of what is loaded: whatever is edited while this process works

    def _answers(
        self, work: Callable[[Any], Any], todo: list[Any]
    ) -> Generator[tuple[int, Any], None, None]:
        function = pickle.dumps(work)
        with _connected(self.address) as client:
            yield from _Campaign(self.address, client, function, todo).answers()


@contextlib.contextmanager
def _connected(address: str) -> Iterator[Any]:
    """Connect to a scheduler whose workers are all as we are; what is asked ends with it."""
    try:
        distributed: Any = import_module("distributed")
    except ImportError:
        raise Problem(MISSING) from None
    with _silenced():
        try:
            client = distributed.Client(address, timeout=PATIENCE, set_as_default=False)
        except (OSError, ValueError, TimeoutError):
            raise Problem(
                f"no scheduler answers at {address}: start one with `dask scheduler`"
            ) from None
        try:
            _refuse_others(client, address)
            yield client
        finally:
            with contextlib.suppress(Exception):  # it may be gone: so is what it was asked
                client.close(timeout=5)


@contextlib.contextmanager
def _silenced() -> Iterator[None]:
    """Keep what Dask logs of lost connections off the screen: it is said in one line."""
    import logging

    about = [logging.getLogger(name) for name in ("distributed", "tornado", "asyncio")]
    levels = [one.level for one in about]
    for one in about:
        one.setLevel(logging.CRITICAL + 1)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        for one, level in zip(about, levels, strict=True):
            one.setLevel(level)


def _refuse_others(client: Any, address: str) -> None:
    """Raise :class:`Problem` if there is no worker, or one that runs something else."""
    try:
        client.wait_for_workers(1, timeout=PATIENCE)
    except TimeoutError:
        raise Problem(
            f"the scheduler at {address} has no worker: start some with"
            f" `dask worker {address} --nthreads 1`"
        ) from None
    for worker, said in sorted(client.run(_about, on_error="return").items()):
        _refuse(worker, said if isinstance(said, dict) else {"sources": f"none ({said!r})"})


def _refuse(worker: str, said: dict[str, str]) -> None:
    differs = difference(versions() | {"threads": "1"}, said)
    if differs:
        raise Problem(
            f"the worker at {worker} runs another version: {differs}; give it this tree and these"
            " libraries, and start it anew with --nthreads 1"
        )


@dataclass
class _Campaign:
    """A function (as bytes) and items; which are out, and what comes of them."""

    address: str
    client: Any
    function: bytes
    items: list[Any]
    _out: dict[int, Any] = field(default_factory=dict)
    _back: SimpleQueue[int] = field(default_factory=SimpleQueue)
    _seen: float = field(default_factory=time.monotonic)

    def answers(self) -> Iterator[tuple[int, Any]]:
        """Yield each item's place and its answer."""
        # A task of its own: made again where a worker is lost that had it.
        work = self.client.submit(bytes, self.function, pure=False)
        left = iter(range(len(self.items)))
        try:
            while self._sent(work, left):
                place = self._next()
                yield place, _opened(place, self._answer(place))
        finally:
            with contextlib.suppress(Exception):  # the scheduler may be gone
                self.client.cancel([work, *self._out.values()], force=True)

    def _sent(self, work: Any, left: Iterator[int]) -> bool:
        """Send an item for each free worker; return whether any is out.

        Not more than that: Dask takes whatever waits on a worker that dies for its murderer.
        """
        while len(self._out) < max(1, self._workers()):
            place = next(left, None)
            if place is None:
                break
            item = pickle.dumps(self.items[place])
            future = self.client.submit(_answered, versions(), work, place, item, pure=False)
            self._out[place] = future
            future.add_done_callback(partial(_put, self._back, place))
        return bool(self._out)

    def _workers(self) -> int:
        return len(self.client.scheduler_info(n_workers=-1)["workers"])

    def _next(self) -> int:
        """Return the place of an item that is answered; raise if nobody is there to answer."""
        while True:
            with contextlib.suppress(Empty):
                return self._back.get(timeout=1)
            if self.client.status not in ("running", "connecting"):
                raise self._lost()
            now = time.monotonic()
            self._seen = now if self._workers() else self._seen
            if now - self._seen > ALONE:
                raise WorkerLost(f"the scheduler at {self.address} has lost all its workers")

    def _answer(self, place: int) -> bytes:
        import distributed

        future = self._out.pop(place)
        try:
            answer: bytes = future.result()
        except distributed.KilledWorker as killed:
            raise WorkerLost(
                f"{_named(self.items[place])} took {killed.allowed_failures + 1} workers along, the"
                f" last at {killed.last_worker.address}, and is given up: that worker's log says"
                " more"
            ) from None
        except (distributed.client.FutureCancelledError, OSError):
            raise self._lost() from None
        except Exception as error:
            raise WorkerLost(f"a worker cannot load what it is given: {error!r}") from error
        return answer

    def _lost(self) -> WorkerLost:
        return WorkerLost(f"the scheduler at {self.address} is lost")


def _named(item: Any) -> str:
    text = " ".join(str(item).split())
    return f"item {text[:80]!r}"


def _put(back: SimpleQueue[int], place: int, _future: Any) -> None:
    back.put(place)


def _opened(place: int, packed: bytes) -> Any:
    """Return an answer; raise what the function raised, or if it is no answer to this item."""
    told, well, answer = pickle.loads(packed)
    if told != place:
        raise WorkerLost(f"item {place} was asked, and {told} answered", INTERNAL)
    if not well:
        raise answer
    return answer


# ---- in the workers ----------------------------------------------------------------------


def _about(dask_worker: Any) -> dict[str, str]:
    """Return what this worker runs, and on how many threads: solvers stand only one."""
    return versions() | {"threads": str(dask_worker.state.nthreads)}


def _answered(expected: dict[str, str], function: bytes, place: int, item: bytes) -> bytes:
    """Return an item's place, whether the function returned, and what; refuse if we differ."""
    from distributed import get_worker

    worker = get_worker()
    differs = difference(expected | {"threads": "1"}, _about(worker))
    if differs:
        text = f"the worker at {worker.address} joined with another version: {differs}"
        return pickle.dumps((place, False, WorkerLost(text)))
    pool.alone()
    return pool.answered(lambda packed: _unpacked(function)(pickle.loads(packed)), place, item)


@lru_cache(maxsize=1)
def _unpacked(function: bytes) -> Any:
    """Return the function; what it keeps in what it shares is kept between items."""
    return pickle.loads(function)
