"""JSON Lines in, JSON Lines out."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator

from checker.calls.answer import DEFAULT_KERNEL, answer
from checker.ground.json_text import decoded
from checker.ground.problems import Problem
from model import complete


def predicted(
    lines: Iterable[str], name: str, kernel: str = DEFAULT_KERNEL
) -> Iterator[str]:
    """Yield one answer line per input line; raise :class:`Problem` naming a bad one.

    ``kernel`` is that of lines that name none.
    """
    complete.check()
    for number, line in enumerate(_decoded(lines, name), start=1):
        if not line.strip():
            continue
        document = decoded(line, f"{name}, line {number}")
        try:
            yield json.dumps(answer(document, kernel)) + "\n"
        except Problem as problem:
            raise Problem(f"{name}, line {number}: {problem}") from None


def _decoded(lines: Iterable[str], name: str) -> Iterator[str]:
    try:
        yield from lines
    except UnicodeDecodeError:
        raise Problem(f"{name} is not text in UTF-8") from None
