"""The process that holds libclang: it parses one file and answers questions about it.

Run as ``python -m source.c.child``; requests and answers are pickled, on its pipes.  If the
library crashes or runs away on hostile text, only this process ends.
"""

from __future__ import annotations

import os
import pickle
import resource
import sys
import threading
from pathlib import Path
from typing import Any, BinaryIO, cast

STACK = 512 << 20
RECURSION = 20_000
MEMORY = 2 << 30
"""Bytes of address space that the process may take."""

SECONDS = 90
"""Processor time that the process may take."""


class _Server:
    def __init__(self) -> None:
        self.reader: Any = None

    def parse(self, root: str, path: str, arguments: list[str], texts: dict[str, str]) -> Any:
        """Parse, and return the names of headers that are missing."""
        from source.c.reader import read

        self.reader = read(Path(root), path, arguments, texts)
        return self.reader.absent()

    def ask(self, question: str, *given: Any) -> Any:
        """Return what the parsed file answers."""
        return getattr(self.reader, question)(*given)


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
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS + 1))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    sys.setrecursionlimit(RECURSION)
    threading.stack_size(STACK)
    thread = threading.Thread(target=serve, args=(_own(0, "rb"), _own(1, "wb")))
    thread.start()
    thread.join()


if __name__ == "__main__":
    main()
