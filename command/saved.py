"""A folder of small files that belong to one run: the new ones replace the old ones together."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from checker.ground.files import make_folder, write_together
from checker.ground.json_text import load
from checker.ground.problems import Problem

_NAMED = re.compile(r"\w+@[\w.-]+\.(json|svg)")


def replace_saved(
    folder: Path, files: Mapping[str, str], beside: Mapping[Path, str] | None = None
) -> None:
    """Write ``files`` by their names, and remove what an earlier run had saved there.

    ``beside`` are files elsewhere that change with them.  All of it happens, or nothing; files
    that no run saves stay.  Raises :class:`FileError`.
    """
    make_folder(folder)
    together = {folder / name: text for name, text in files.items()} | dict(beside or {})
    write_together(together, lambda: _saved(folder))


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
