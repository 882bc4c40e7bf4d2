"""The near end of the process that holds libclang: questions, time limits, one line on failure."""

from __future__ import annotations

import os
import pickle
import select
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import IO, Any
from weakref import finalize

from checker.ground.problems import Problem
from checker.ground.scratch import new_folder

SECONDS = 120.0
"""How long one answer may take."""

_ROOM = 1 << 16


@cache
def _scratch() -> Path:
    """Return where the library keeps what it has read of headers: it leaves that when killed."""
    return new_folder("cloneproof-read.")


class Worker:
    """A process for one file and its edits; it ends with the object, or with ``close``."""

    def __init__(self, path: str) -> None:
        self.path = path
        here = str(Path(__file__).resolve().parents[2])
        known = os.environ.get("PYTHONPATH")
        places = os.pathsep.join([here, known] if known else [here])
        self._process = subprocess.Popen(
            [sys.executable, "-m", "source.c.child"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**os.environ, "PYTHONPATH": places, "TMPDIR": str(_scratch())},
            start_new_session=True,
        )
        self._owed = 0
        self.close = finalize(self, _end, self._process)

    @property
    def closed(self) -> bool:
        """Return whether the process was ended."""
        return not self.close.alive

    def send(self, name: str, *given: Any) -> None:
        """Send a request; its answer is to be received before the next."""
        pipe = self._process.stdin
        assert pipe is not None
        try:
            pickle.dump((name, given), pipe, pickle.HIGHEST_PROTOCOL)
            pipe.flush()
        except OSError:
            raise self._ended() from None

    def receive(self) -> Any:
        """Return the answer; raises ``Problem`` if there is none, or none in time."""
        kind, value = pickle.loads(self._answer())
        if kind == "failure":
            raise Problem(f"{self.path} cannot be read: {value}")
        return value

    def ask(self, name: str, *given: Any) -> Any:
        """Send a request and return its answer."""
        while self._owed:
            self._owed -= 1
            self.receive()
        self.send(name, *given)
        return self.receive()

    def post(self, name: str, *given: Any) -> None:
        """Send a request whose answer is not waited for."""
        self.send(name, *given)
        self._owed += 1

    def _answer(self) -> bytes:
        size = int.from_bytes(self._exactly(8), "little")
        return self._exactly(size)

    def _exactly(self, size: int) -> bytes:
        pipe = self._process.stdout
        assert pipe is not None
        found = bytearray()
        while len(found) < size:
            if not _ready(pipe):
                self.close()
                raise Problem(f"{self.path}: the compiler's library took over {SECONDS:.0f} s")
            some = os.read(pipe.fileno(), min(size - len(found), _ROOM))
            if not some:
                raise self._ended()
            found += some
        return bytes(found)

    def _ended(self) -> Problem:
        code = self._process.wait()
        self.close()
        how = f"was ended by signal {-code}" if code < 0 else f"ended with {code}"
        return Problem(f"{self.path}: the compiler's library {how} while it read this file")


def _ready(pipe: IO[bytes]) -> bool:
    """Return whether there is something to read in time, however many files are open."""
    waiting = select.poll()
    waiting.register(pipe, select.POLLIN)
    return bool(waiting.poll(SECONDS * 1000))


def _end(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            try:
                pipe.close()
            except OSError:
                continue
    process.wait()
