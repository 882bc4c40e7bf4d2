"""Signals that end a run: one line, 128 plus the signal's number, and nothing left behind."""

from __future__ import annotations

import atexit
import contextlib
import os
import signal
import sys
from collections.abc import Callable, Iterator
from typing import Any, NoReturn

SAID = {signal.SIGINT: "interrupted", signal.SIGTERM: "terminated", signal.SIGHUP: "hung up"}
"""What is said of each; worker processes end with the process that made them."""

ENDING = tuple(SAID)
"""The signals that end a run; they are for the parent of workers, which ends these."""

_undo: list[Callable[[], object]] = []


class Ended(BaseException):
    """A signal asks the run to end; raised where the main thread stands, to let it clean up."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = signal.Signals(number)


def end_at_once(name: str) -> None:
    """From now on a signal ends the process there and then, after what :func:`undone` asks for.

    Nobody can swallow it, as libraries do with an exception while they are imported.
    """

    def end(number: int, _frame: Any) -> None:
        leave(name, number)

    _handle(end)


def end_by_exception(name: str) -> None:
    """From now on the first signal raises :class:`Ended`, a second one ends at once.

    For work with a machine, whose every ``finally`` has to run.  Where an exception would be
    swallowed (while an object is destroyed), it ends at once, too.
    """

    def end(number: int, _frame: Any) -> None:
        end_at_once(name)
        raise Ended(number)

    def swallowed(what: Any) -> None:
        if isinstance(what.exc_value, Ended):
            leave(name, what.exc_value.number)
        sys.__unraisablehook__(what)

    sys.unraisablehook = swallowed
    _handle(end)


@contextlib.contextmanager
def held() -> Iterator[None]:
    """Hold back the signals that end a run until the block ends.

    What is made there is whole, and it is known what is to be undone, before any of them comes;
    and a process that is made there has none of its parent's handlers called.
    """
    before = signal.pthread_sigmask(signal.SIG_BLOCK, ENDING)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


@contextlib.contextmanager
def undone(undo: Callable[[], object]) -> Iterator[None]:
    """Have ``undo`` called when the block ends, however it does, a signal included."""
    _undo.append(undo)
    try:
        yield
    finally:
        undo()
        _undo.remove(undo)


def undone_at_the_end(undo: Callable[[], object]) -> None:
    """Have ``undo`` called when this process (not its children) ends, by a signal or by itself."""
    _undo.append(_in_this_process(undo))
    atexit.register(_undo[-1])


def _in_this_process(undo: Callable[[], object]) -> Callable[[], object]:
    here = os.getpid()

    def call() -> None:
        if os.getpid() == here:
            undo()

    return call


def undo_all() -> None:
    """Call all that is to be undone: for whoever ends the process without Python's own end."""
    for undo in reversed(_undo):
        with contextlib.suppress(Exception):
            undo()


def heed(reason: str) -> None:
    """Send ourselves the interrupt that z3 took for itself, if its reason tells of one."""
    if "interrupted" in reason:
        signal.raise_signal(signal.SIGINT)


def leave(name: str, number: int) -> NoReturn:
    """Undo what is half done, say so, and end the process: nothing that works is waited for."""
    undo_all()
    with contextlib.suppress(OSError):
        os.write(2, f"{name}: {SAID[signal.Signals(number)]}\n".encode())
    os._exit(128 + number)


def _handle(handler: Any) -> None:
    for number in SAID:
        if signal.getsignal(number) is not signal.SIG_IGN:  # nohup, or a shell's background job
            signal.signal(number, handler)
