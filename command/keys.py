"""Finds in the record what is kept of statements, by the keys of their verdicts."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from checker.reads.statements import Reads
from checker.record.runs import CATALOGUE, MARKS, RESULTS, Runs
from checker.record.sources import digest
from command.names import CALLS
from command.output import Options
from command.settle import CatalogueHalf
from command.shelf import Shelf

_PAGES = 4
"""Runs that are searched for verdicts: the latest."""


def shelf(runs: Runs, halves: list[CatalogueHalf], options: Options, recheck: bool) -> Shelf:
    """Return what is kept for the statements of a run; with ``recheck`` only their keys."""
    reads = Reads(runs.tree)
    keys = {name: reads.key(statement, how)
            for half in halves for how in (digest(*half.how(options)),)
            for name, statement in _statements(half)}
    made = Shelf(keys, marks=_marks(reads, halves, options))
    pages = iter(()) if recheck else runs.latest(CATALOGUE)
    for page, _ in zip(pages, range(_PAGES), strict=False):
        found = page.section(RESULTS) or b""
        made.standing.update(json.loads(page.section(MARKS) or b"[]"))
        named = {_head(line): line for line in found.split(b"\n")}
        if made.latest is None:
            made.latest, made.before = page, {name: line for (name, _), line in named.items()}
        for (name, key), line in named.items():
            if keys.get(name) == key and name not in made.lines:
                made.lines[name] = line
                made.made = max(made.made, page.made)
        if len(made.lines) == len(keys):
            break
    return made


def _statements(half: CatalogueHalf) -> Iterator[tuple[str, Any]]:
    from properties.catalogue import by_id, timed_by_id

    find: Any = by_id if half.of == CALLS else timed_by_id
    yield from ((name, find(name)) for name in half.ids)


def _marks(reads: Reads, halves: list[CatalogueHalf], options: Options) -> dict[int, str]:
    """Return the key of each landmark of calls, if all calls were asked for."""
    from checker.questions.landmarks import landmarks_of, situation_of
    from properties.landmarks.landmark import DecidedBy

    how = [digest(*half.how(options)) for half in halves if half.of == CALLS]
    return {id(one): reads.landmark(one, situation_of(one), how[0])
            for one in (landmarks_of(DecidedBy.CALL) if how else ())}


def _head(line: bytes) -> tuple[str, str]:
    """Return the id and the key that a line begins with."""
    parts = line.split(b'"', 4)
    return (parts[1].decode(), parts[3].decode()) if len(parts) == 5 else ("", "")
