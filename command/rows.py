"""Statements as rows of an index: what ``list`` and ``show`` tell, with nothing loaded."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypeAlias

from checker.ground.problems import Problem, nearest
from checker.record.sources import ROOT

Row: TypeAlias = "dict[str, Any]"
"""``told`` is what JSON says of a statement; beside it is where it stands, and other ids of it."""


def catalogue(rows: list[Row]) -> Iterator[str]:
    """Yield the lines of ``cloneproof list``, two of each statement."""
    for row in rows:
        one = row["told"]
        yield f"{one['id']:<6} {one['kind'][:4]}  {one['sentence']}"[:100]
        yield f"             {one['expected']}"[:100]


def shown(row: Row) -> list[str]:
    """Return the lines of ``cloneproof show``."""
    one = row["told"]
    how = f", {one['how']}" if one["how"] else ""
    lines = [
        f"{one['id']}: {one['sentence']}",
        "",
        f"  {one['claim']}",
        "",
        f"  kind      {one['kind']}{how}, about {one['about']}",
        f"  subjects  {', '.join(one['subjects'])}",
        f"  source    {one['source']}",
        f"  expected  {one['expected']}",
    ]
    if one["strongest_true"]:
        lines.append(f"  true form {one['strongest_true']}")
    if row["of_histories"]:
        lines.append(f"  histories {row['of_histories']}, which once had this id, too")
    if row["once"]:
        lines.append(f"  once      {', '.join(row['once'])}, each of one system")
    lines += ["", f"  declared in {row['module']}", ""]
    return lines + [f"  {line}" for line in _text(row["file"], row["line"])]


def _text(file: str, line: int) -> list[str]:
    """Return the lines of a function, from where it begins."""
    known = (Path(ROOT) / file).read_text(encoding="utf-8").splitlines(keepends=True)
    return "".join(inspect.getblock(known[line - 1 :])).splitlines()


def of_kind(rows: list[Row], kind: str | None) -> list[Row]:
    """Return the statements of a kind; all of them for none."""
    return [row for row in rows if kind in (None, *row["kinds"])]


FEWEST_WORDS = 0.3
"""How near a statement must be, of the nearest, to be told beside it."""


def by_words(rows: list[Row], wanted: str, words: dict[str, dict[str, int]]) -> list[Row]:
    """Return the statements that are about what is wanted, the nearest first.

    Raises :class:`Problem` where no statement has one of its words.
    """
    from checker.ground.meaning import nearest_in

    found = nearest_in(wanted, words, len(rows))
    if not found:
        raise Problem(f"no statement speaks of any of these words: {wanted!r}")
    known = {row["told"]["id"]: row for row in rows}
    scored = [(_weight(known[name]) * score, known[name]) for name, score in found]
    scored.sort(key=lambda pair: -pair[0])
    return [row for score, row in scored if score >= FEWEST_WORDS * scored[0][0]]


def _weight(row: Row) -> float:
    """Return how much a statement counts: less where it says what single steps do."""
    return 0.8 if row["told"]["how"] in ("each-step", "some-step") else 1.0


def about(rows: list[Row], subject: str | None, nouns: list[str]) -> list[Row]:
    """Return the statements about a subject, written in any case; all of them for none.

    Raises :class:`Problem` for a subject that is none of the ``nouns``.
    """
    if subject is None:
        return rows
    noun = next((one for one in nouns if one.lower() == subject.lower()), None)
    if noun is None:
        hint = nearest(subject, nouns) or "; `cloneproof list --subjects` lists them"
        raise Problem(f"unknown subject {subject!r}{hint}")
    return [row for row in rows if noun in row["told"]["subjects"]]


def by_subject(rows: list[Row], nouns: list[str]) -> dict[str, list[str]]:
    """Return the ids of the statements about each subject that there are any about."""
    found: dict[str, list[str]] = {}
    for noun in nouns:
        ids = [row["told"]["id"] for row in rows if noun in row["told"]["subjects"]]
        if ids:
            found[noun] = ids
    return found


def index(rows: list[Row], nouns: list[str]) -> Iterator[str]:
    """Yield the lines of an index: a subject, how many are about it, and their ids."""
    from reports.text import paragraph

    for noun, ids in by_subject(rows, nouns).items():
        yield paragraph(f"{noun} ({len(ids)}): {' '.join(ids)}")
