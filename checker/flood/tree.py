"""Which tree a flood is of: what is kept of another one is not gone on with."""

from __future__ import annotations

import hashlib
from pathlib import Path

_ROOT = Path(__file__).parents[2]
_ROOMS = ("model", "properties", "checker/calls", "checker/flood", "checker/readings")
_TABLES = ("reports/counterexamples.md",)


def digest_of_tree() -> str:
    """Return a digest of the model, the statements, the readings, and what is drawn from."""
    files = [path for room in _ROOMS for path in (_ROOT / room).rglob("*.py")]
    made = hashlib.sha256()
    for path in sorted([*files, *(_ROOT / table for table in _TABLES)]):
        made.update(f"{path.relative_to(_ROOT)} {path.stat().st_size} ".encode())
        made.update(path.read_bytes())
    return made.hexdigest()
