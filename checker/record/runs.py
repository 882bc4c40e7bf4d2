"""The record of runs: what each came to, by all that it rests on; see :mod:`checker.ground.sealed`.

A run is found again only under the same command line, the same text of every file of this tree
(code and kept tables), the same Python and the same libraries.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from checker.ground.sealed import Folder, Sealed, Unusable, opened
from checker.record.loaded import loaded_otherwise
from checker.record.sources import Tree, digest, surroundings, tree

WHERE = "CLONEPROOF_RECORD"
"""The variable that says where the record lies; ``no`` for none."""

NONE = "no"
RUN, CATALOGUE, ANSWER = "run", "catalogue", "answer"
"""Kinds of files: a run of what was named, and one of the whole catalogue or a half of it; and
what a question came to that is not one for verdicts alone."""

SAID, RESULTS, MARKS = "said", "results", "landmarks"
"""Sections of a run: its end, its results, and keys of the landmarks that stood."""

_MOST, _MOST_ANSWERS = 8, 64
"""Files of one kind that are kept: the latest."""


@dataclass(frozen=True)
class Runs:
    """The record, as a run of today's tree sees it."""

    folder: Folder
    tree: Tree

    def find(self, kind: str, *asked: str) -> Sealed | None:
        """Return what is kept of the same question on the same tree; nothing if none is."""
        whole = self._whole(kind, asked)
        found = self.folder.read(_name(kind, whole))
        return found if found is not None and found.says["of"] == whole else None

    def keep(self, kind: str, asked: tuple[str, ...], sections: Mapping[str, bytes]) -> None:
        """Keep what a question came to; raise :class:`Unusable` if it cannot be.

        Nothing is kept if a file of the tree changed meanwhile: nobody knows what was read.
        """
        if tree() != self.tree or any(loaded_otherwise()):
            raise Unusable("files changed meanwhile")
        whole = self._whole(kind, asked)
        self.folder.write(_name(kind, whole), {"of": whole}, sections)
        self.folder.forget(self._names(kind)[_MOST_ANSWERS if kind == ANSWER else _MOST :])

    def latest(self, kind: str) -> Iterator[Sealed]:
        """Yield what is kept of a kind, of any tree; the latest first."""
        for name in self._names(kind):
            found = self.folder.read(name)
            if found is not None:
                yield found

    def _names(self, kind: str) -> list[str]:
        return [name for name in self.folder.names() if name.endswith(f".{kind}")]

    def _whole(self, kind: str, asked: tuple[str, ...]) -> str:
        return digest(kind, self.tree.digest, surroundings(), *asked)


def _name(kind: str, whole: str) -> str:
    return f"{whole[:40]}.{kind}"


def place() -> Path | None:
    """Return where the record lies, or nothing if none is to be kept."""
    told = os.environ.get(WHERE, "")
    if told:
        return None if told == NONE else Path(told)
    cache = os.environ.get("XDG_CACHE_HOME", "")
    if not os.path.isabs(cache):
        cache = os.path.expanduser("~/.cache")
    if not os.path.isabs(cache):
        raise Unusable(f"there is no home; {WHERE} says where else")
    return Path(cache) / "cloneproof"


def record() -> Runs | None:
    """Return the record; nothing if none is to be kept.  Raises :class:`Unusable`, and why.

    The tree is read once: it is the one that this process has begun with.
    """
    where = place()
    return None if where is None else known_at(where)


@cache
def known_at(where: Path) -> Runs:
    """Return the record in a folder, with the tree as it stands when that is first asked."""
    try:
        return Runs(opened(where), tree())
    except Unusable as error:
        raise Unusable(f"{where}: {error}") from None
    except OSError as error:
        raise Unusable(f"{error.filename}: {error.strerror}") from None


def moment(when: float) -> str:
    """Return a moment, in seconds since the epoch, as people write it."""
    return time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(when))
