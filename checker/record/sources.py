"""What a run rests on beside its command line: the text of this tree, Python, and the libraries.

Read from files alone: nothing of what they say is loaded.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from hashlib import blake2b
from pathlib import Path

ROOT = str(Path(__file__).parents[2])
ROOMS = ("model", "properties", "checker", "command", "reports")
"""The rooms that a run reads: code, kept tables, and the schema of reports."""

_ENDS = (".py", ".md", ".json")


Stamp = tuple[int, int, int, int]


@dataclass(frozen=True)
class Tree:
    """The files of the rooms, each with the digest of its text, and when it was last changed."""

    files: dict[str, str]
    """By the path from the project's folder."""
    stamps: tuple[Stamp, ...]
    """File by file its node, its size and the times of its last changes, in nanoseconds."""

    @property
    def digest(self) -> str:
        """Return one digest of all texts, and of where they lie."""
        return digest(ROOT, *(part for one in self.files.items() for part in one))


def tree(rooms: tuple[str, ...] = ROOMS) -> Tree:
    """Return the tree as it stands; raise ``OSError`` for a file that cannot be read.

    A file is read once in a process, unless it was changed meanwhile.
    """
    files: dict[str, str] = {}
    stamps = []
    for room in rooms:
        for path in _files(f"{ROOT}/{room}"):
            found = os.stat(path)
            stamps.append((found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns))
            files[path[len(ROOT) + 1 :]] = _digest_of(path, stamps[-1])
    return Tree(files, tuple(stamps))


@cache
def _digest_of(path: str, _stamp: Stamp) -> str:
    with open(path, "rb", buffering=0) as file:
        return blake2b(file.readall(), digest_size=32).hexdigest()


def _files(folder: str) -> Iterator[str]:
    with os.scandir(folder) as found:
        known = sorted((one.name, one.is_dir()) for one in found)
    for name, is_folder in known:
        if is_folder and name != "__pycache__":
            yield from _files(f"{folder}/{name}")
        elif not is_folder and name.endswith(_ENDS):
            yield f"{folder}/{name}"


@lru_cache(maxsize=1)
def surroundings() -> str:
    """Return a digest of Python, how it was started, the machine, and every library installed.

    A library is known by its version, and by when it was installed.
    """
    flags = str(sys.flags), sys.version, sys.executable, os.uname().machine, *sys.path
    return digest(*flags, *(one for folder in sys.path for one in _libraries(folder)))


def _libraries(folder: str) -> Iterator[str]:
    if not os.path.isdir(folder):
        return
    for name in sorted(os.listdir(folder)):
        if name.endswith((".dist-info", ".pth")):
            path = f"{folder}/{name}"
            record = f"{path}/RECORD" if os.path.exists(f"{path}/RECORD") else path
            yield f"{path} {os.stat(record).st_mtime_ns}"


def digest(*parts: str) -> str:
    """Return a digest of some texts, in which none can be taken for the end of another."""
    made = blake2b(digest_size=32)
    for part in parts:
        data = part.encode("utf-8", "surrogateescape")
        made.update(b"%d:" % len(data))
        made.update(data)
    return made.hexdigest()
