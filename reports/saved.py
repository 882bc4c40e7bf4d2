"""A folder of small files that belong to one run: the new ones replace the old ones together."""

from __future__ import annotations

import json
import re
import secrets
import shutil
from collections.abc import Mapping
from pathlib import Path

from reports.write import ReportError, write_atomically

_NAMED = re.compile(r"\w+@[\w.-]+\.(json|svg)")


def replace_saved(folder: Path, files: Mapping[str, str]) -> None:
    """Write ``files`` by their names, then remove what an earlier run had saved there.

    All are written beside the folder's own before the first takes its place, so that a full
    disk leaves what was there.  Files that no run saves stay.  Raises :class:`ReportError`.
    """
    before = _saved(folder)
    staged = folder / f".saving.{secrets.token_hex(8)}"
    try:
        staged.mkdir(parents=True)
        for name, text in files.items():
            write_atomically(staged / name, text)
        for name in files:
            (staged / name).replace(folder / name)
        for path in before - {folder / name for name in files}:
            path.unlink()
    except ReportError:
        raise
    except OSError as error:
        raise ReportError(f"cannot save in {folder}: {error.strerror or error}") from None
    finally:
        shutil.rmtree(staged, ignore_errors=True)


def _saved(folder: Path) -> set[Path]:
    """Return what an earlier run saved: a counterexample or trace, and the picture beside it."""
    if not folder.is_dir():
        return set()
    named = {path for path in folder.iterdir() if _NAMED.fullmatch(path.name)}
    ours = {path for path in named if path.suffix == ".json" and _is_ours(path)}
    return ours | {path for path in named if path.with_suffix(".json") in ours}


def _is_ours(path: Path) -> bool:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return isinstance(found, dict) and "cloneproof" in found and "property" in found
