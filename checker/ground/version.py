"""What a process runs: its sources, and the versions of what decides beside them."""

from __future__ import annotations

import hashlib
import platform
from functools import cache
from importlib import metadata
from pathlib import Path

_ROOT = Path(__file__).resolve().parents[2]
_ROOMS = ("model", "properties", "checker", "source", "kernels", "reports", "page", "command")
_KINDS = {".py", ".c", ".h", ".json", ".cases"}
_DECIDING = (
    "bitwuzla", "cvc5", "hypothesis", "numpy", "python-sat", "tree-sitter", "tree-sitter-c",
    "z3-solver",
)


@cache
def versions() -> dict[str, str]:
    """Return the digest of this process's sources, and the version of each library it may ask."""
    found = {"sources": _digest(), "Python": platform.python_version()}
    return found | {name: _version(name) for name in _DECIDING}


def difference(ours: dict[str, str], theirs: dict[str, str]) -> str:
    """Return the first in which two processes differ, or nothing."""
    for name, here in ours.items():
        there = theirs.get(name, "none")
        if here != there:
            return f"{name} {there}, here {here}"
    return ""


def _digest() -> str:
    """Return the digest of all sources, by their paths in the tree."""
    made = hashlib.sha256()
    files = (path for room in _ROOMS for path in (_ROOT / room).rglob("*"))
    for path in sorted(path for path in files if path.suffix in _KINDS and path.is_file()):
        data = path.read_bytes()
        made.update(f"{path.relative_to(_ROOT).as_posix()} {len(data)}\n".encode() + data)
    return made.hexdigest()[:16]


def _version(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return "none"
