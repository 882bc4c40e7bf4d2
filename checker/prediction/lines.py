"""JSON Lines in, JSON Lines out: many lines in columns, a few of them, or odd ones, one by one."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator

from checker.calls.answer import DEFAULT_KERNEL, answer
from checker.ground.json_text import decoded
from checker.ground.problems import Problem
from model import complete

FEW = 64
"""Lines up to which a batch is answered without columns: numpy alone takes longer to load."""


def predicted(
    batches: Iterable[list[bytes]], name: str, kernel: str = DEFAULT_KERNEL
) -> Iterator[list[str]]:
    """Yield the answers to each batch of lines; raise :class:`Problem` naming a bad line.

    What stands before the bad line is answered first.  ``kernel`` is that of lines that name
    none.
    """
    complete.check()
    before = 0
    for lines in batches:
        told = _in_columns(lines, kernel) if len(lines) > FEW else {}
        answers: list[str] = []
        try:
            for place, line in enumerate(lines):
                answers.append(told.get(place) or _alone(line, name, before + place + 1, kernel))
        except Problem:
            yield answers
            raise
        yield answers
        before += len(lines)


def _in_columns(lines: list[bytes], kernel: str) -> dict[int, str]:
    """Return the answers to the lines that plainly are calls, and can be made, by their place."""
    from checker.prediction.facts import Sorted
    from checker.prediction.told import told

    found = Sorted(kernel)
    for place, line in enumerate(lines):
        found.take(place, line)
    groups = (group for group in found.groups.values() if group.lines)
    return {place: text for group in groups for place, text in told(group)}


def _alone(line: bytes, name: str, number: int, kernel: str) -> str:
    """Return the answer to one line, nothing to an empty one; raise :class:`Problem`."""
    where = f"{name}, line {number}"
    try:
        text = line.decode()
    except UnicodeDecodeError:
        raise Problem(f"{where} is not text in UTF-8") from None
    if not text.strip():
        return ""
    document = decoded(text, where)
    try:
        return json.dumps(answer(document, kernel)) + "\n"
    except Problem as problem:
        raise Problem(f"{where}: {problem}") from None
