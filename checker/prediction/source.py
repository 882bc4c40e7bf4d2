"""The lines of a file or a pipe, as many at once as are there: nobody waits for more of them."""

from __future__ import annotations

import io
import select
from collections.abc import Iterator
from typing import IO

PIECE = 1 << 20
"""Bytes asked for at once."""

LARGEST = 1 << 23
"""Bytes after which a batch is answered, though more are there."""

MOST = 1 << 16
"""Lines of the largest batch."""

BURST = 1 << 12
"""From so many bytes on somebody writes more than a line: a moment is waited for the rest."""

MOMENT = 5
"""That moment, in milliseconds."""


def batches(stream: IO[bytes]) -> Iterator[list[bytes]]:
    """Yield the lines of a stream, in order, without their ends; a batch has at least one."""
    rest = b""
    while given := _there(stream):
        text = rest + given
        end = _end(text)
        rest = text[end:]
        yield from _parts(text[:end].splitlines())
    yield from _parts(rest.splitlines())


def _parts(lines: list[bytes]) -> Iterator[list[bytes]]:
    for first in range(0, len(lines), MOST):
        yield lines[first : first + MOST]


def _end(text: bytes) -> int:
    """Return where the last whole line ends; a carriage return alone ends one, too."""
    return max(text.rfind(b"\n"), text.rfind(b"\r", 0, len(text) - 1)) + 1


def _there(stream: IO[bytes]) -> bytes:
    """Return what a stream has by now, at least something unless it is at its end."""
    read = stream.read1  # type: ignore[attr-defined]  # of every buffered stream
    parts: list[bytes] = [read(PIECE)]
    size = len(parts[0])
    while parts[-1] and size < LARGEST and _has_more(stream, MOMENT if size >= BURST else 0):
        parts.append(read(PIECE))
        size += len(parts[-1])
    return b"".join(parts)


def _has_more(stream: IO[bytes], wait: int) -> bool:
    """Return whether a stream has more, or its end, within some milliseconds."""
    try:
        number = stream.fileno()
    except io.UnsupportedOperation:
        return True
    asked = select.poll()
    asked.register(number, select.POLLIN)
    return bool(asked.poll(wait))
