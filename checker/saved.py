"""A folder of small files that belong to one run: the new ones replace the old ones together."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from checker.json_text import load
from checker.problems import Problem
from reports.write import ReportError, write_together

_NAMED = re.compile(r"\w+@[\w.-]+\.(json|svg)")


def replace_saved(folder: Path, files: Mapping[str, str]) -> None:
    """Write ``files`` by their names, and remove what an earlier run had saved there.

    All of it happens, or nothing; files that no run saves stay.  Raises :class:`ReportError`.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ReportError(f"cannot save in {folder}: {error.strerror or error}") from None
    there = folder.resolve()
    write_together({there / name: text for name, text in files.items()}, lambda: _saved(there))


def _saved(folder: Path) -> Iterator[Path]:
    """Yield what a run saved: counterexamples or traces, and the pictures beside them."""
    named = [path for path in folder.iterdir() if _NAMED.fullmatch(path.name)]
    ours = {path.stem for path in named if path.suffix == ".json" and _is_ours(path)}
    yield from (path for path in named if path.stem in ours)


def _is_ours(path: Path) -> bool:
    try:
        found = load(path)
    except Problem:
        return False
    return isinstance(found, dict) and "cloneproof" in found and "property" in found
