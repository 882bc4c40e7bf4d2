"""The process that holds libclang: it parses one file and answers questions about it.

Run as ``python -m source.c.child``; requests and answers are pickled, on its pipes.  If the
library crashes or runs away on hostile text, only this process ends.
"""

from __future__ import annotations

import pickle
import resource
import sys
import threading
from pathlib import Path
from typing import Any, BinaryIO

STACK = 512 << 20
RECURSION = 20_000
MEMORY = 4 << 30
"""Bytes of address space that the process may take."""


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


def main() -> None:
    """Serve on standard input and output, on a deep stack and with bounded memory."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    sys.setrecursionlimit(RECURSION)
    threading.stack_size(STACK)
    answers = sys.stdout.buffer
    thread = threading.Thread(target=serve, args=(sys.stdin.buffer, answers))
    thread.start()
    thread.join()


if __name__ == "__main__":
    main()
