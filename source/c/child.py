"""The process that holds libclang: it parses a file, and edits of it, and answers questions.

Run as ``python -m source.c.child``; requests and answers are pickled, on its pipes.  If the
library crashes or runs away on hostile text, only this process ends.
"""

from __future__ import annotations

import gc
import os
import pickle
import resource
import sys
import threading
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any, BinaryIO, TypeAlias, cast

STACK = 512 << 20
RECURSION = 20_000
SMALL = 16 << 20
"""Bytes of stack of the threads that parse: the library takes one of its own in each."""

MEMORY = 2 << 30
"""Bytes of address space that the process may take."""

SECONDS = 90
"""Processor time that the process may take after each parse begins."""


Said: TypeAlias = tuple[str, str, list[str], dict[str, str]]
"""A tree's folder, the file's path in it, the compiler's arguments, and texts of files by path."""

FILE, EDIT = 0, 1
"""Which of both that are held a request is about: a file, or an edit of it."""


class _Server:
    def __init__(self) -> None:
        from source.c.edits import Edits

        self.pool = ThreadPoolExecutor(2)
        self.held: dict[int, Future[Any]] = {}
        self.given: dict[int, Any] = {}
        self.edits = Edits()
        self.ahead: str | None = None

    def parse(self, which: int, said: Said, ahead: str | None = None) -> None:
        """Begin to parse; ``ahead`` is the text of the edit that comes next, if it is known."""
        from source.c.given import Given

        _allow(SECONDS)
        given = self.given[which] = Given(Path(said[0]), *said[1:])
        if which == FILE:
            self.ahead = ahead
            self.held[FILE] = self.pool.submit(self.edits.begin, given, ahead)
        else:
            known = self.ahead is not None and given.texts.get(given.path) == self.ahead
            rest = self.given[FILE], self.held[FILE], self.held.get(EDIT), known
            self.held[EDIT] = self.pool.submit(self._edit, given, *rest)

    def _edit(
        self, given: Any, of: Any, file: Future[Any], last: Future[Any] | None, known: bool
    ) -> Any:
        if last is not None:
            last.exception()
        return self.edits.read(given, of, file.result, known)

    def ask(self, which: int, question: str, *given: Any) -> Any:
        """Return what the parsed file answers."""
        return getattr(self.held[which].result(), question)(*given)


def _allow(seconds: int) -> None:
    """Let the process take some more processor time, counted from now."""
    _, most = resource.getrlimit(resource.RLIMIT_CPU)
    used = resource.getrusage(resource.RUSAGE_SELF)
    until = int(used.ru_utime + used.ru_stime) + seconds
    resource.setrlimit(resource.RLIMIT_CPU, (until, most))


def serve(requests: BinaryIO, answers: BinaryIO) -> None:
    """Answer requests until there are no more."""
    server = _Server()
    while True:
        try:
            name, given = pickle.load(requests)
        except EOFError:
            return
        try:
            answer = ("answer", getattr(server, name)(*given))
        except Exception as error:
            answer = ("failure", f"{type(error).__name__}: {error}"[:300])
        told = pickle.dumps(answer, pickle.HIGHEST_PROTOCOL)
        answers.write(len(told).to_bytes(8, "little") + told)
        answers.flush()


def _own(number: int, mode: str) -> BinaryIO:
    """Return a standard stream that nothing else in the process can reach any more."""
    kept = os.dup(number)
    with open(os.devnull, "r+b") as nothing:
        os.dup2(nothing.fileno(), number)
    return cast(BinaryIO, open(kept, mode))


def main() -> None:
    """Serve on standard input and output, on a deep stack and with bounded memory."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    _allow(SECONDS)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    gc.set_threshold(200_000, 20, 20)  # next to nothing goes round in circles
    sys.setrecursionlimit(RECURSION)
    threading.stack_size(STACK)
    thread = threading.Thread(target=serve, args=(_own(0, "rb"), _own(1, "wb")))
    thread.start()
    threading.stack_size(SMALL)
    thread.join()


if __name__ == "__main__":
    main()
