"""The process that holds libclang: it parses a file, and edits of it, and answers questions.

Run as ``python -m source.c.child``; requests and answers are pickled, on its pipes.  If the
library crashes or runs away on hostile text, only this process ends.
"""

from __future__ import annotations

import os
import pickle
import resource
import sys
import threading
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any, BinaryIO, cast

STACK = 512 << 20
RECURSION = 20_000
SMALL = 16 << 20
"""Bytes of stack of the threads that parse: the library takes one of its own in each."""

MEMORY = 2 << 30
"""Bytes of address space that the process may take."""

SECONDS = 90
"""Processor time that the process may take after each parse begins."""


FILE, EDIT = 0, 1
"""Which of both that are held a request is about: a file, or an edit of it."""


class _Server:
    def __init__(self) -> None:
        from source.c.edits import Edits

        self.pool = ThreadPoolExecutor(2)
        self.held: dict[int, Future[Any]] = {}
        self.given: dict[int, Any] = {}
        self.edits = Edits()

    def parse(
        self, which: int, root: str, path: str, arguments: list[str], texts: dict[str, str]
    ) -> None:
        """Begin to parse."""
        from source.c.reader import Given

        _allow(SECONDS)
        given = self.given[which] = Given(Path(root), path, arguments, texts)
        if which == FILE:
            self.held[FILE] = self.pool.submit(_file, given)
        else:
            rest = self.given[FILE], self.held[FILE], self.held.get(EDIT)
            self.held[EDIT] = self.pool.submit(self._edit, given, *rest)

    def _edit(self, given: Any, of: Any, file: Future[Any], last: Future[Any] | None) -> Any:
        if last is not None:
            last.exception()
        return self.edits.read(given, of, file.result)

    def ask(self, which: int, question: str, *given: Any) -> Any:
        """Return what the parsed file answers."""
        return getattr(self.held[which].result(), question)(*given)


def _file(given: Any) -> Any:
    from source.c.reader import read

    made = read(given)
    made.begin()
    return made


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
    sys.setrecursionlimit(RECURSION)
    threading.stack_size(STACK)
    thread = threading.Thread(target=serve, args=(_own(0, "rb"), _own(1, "wb")))
    thread.start()
    threading.stack_size(SMALL)
    thread.join()


if __name__ == "__main__":
    main()
