"""What trees came to before: found again where every text that was read is as it was.

A report is kept for one place of a tree, one question, one text of this project's files, one Python
and one set of libraries.  Beside it stand the digests of all texts of the tree that were read, and
which were looked for in vain: one that differs now, and the tree is read anew.  The folder is that
of :mod:`checker.record.runs`; what others could have written there is not believed.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

from checker.ground.sealed import Folder, Sealed, Unusable, opened
from checker.record.loaded import loaded_otherwise
from checker.record.runs import place
from checker.record.sources import ROOMS, digest, surroundings
from checker.record.sources import tree as project
from source.tree import Folder as FolderTree
from source.tree import GitTree, Tree

_KIND, _MOST = "tree-", 24
_CODE, _READ = "code", "read"
_READING = (*ROOMS, "source")
"""The rooms that a reading rests on."""


@dataclass(frozen=True)
class Told:
    """A report in every style, and the exit code that it ends with."""

    texts: Mapping[str, str]
    code: int


def find(tree: Tree, *asked: str) -> Told | None:
    """Return what the same tree came to before; nothing if it was not read, or has changed."""
    folder = _folder(tree)
    if folder is None:
        return None
    kept = folder.read(_name(_whole(tree, asked)))
    if kept is None or kept.says != {"of": _whole(tree, asked)}:
        return None
    return _believed(tree, kept)


def _believed(tree: Tree, kept: Sealed) -> Told | None:
    told, read = kept.section(_CODE), kept.section(_READ)
    if told is None or read is None:
        return None
    texts: dict[str, str] = json.loads(told)
    known: dict[str, str] = json.loads(read)
    if any(_digest(tree.text(path)) != text for path, text in known.items()):
        return None
    return Told({key: text for key, text in texts.items() if key != _CODE}, int(texts[_CODE]))


def keep(tree: Tree, told: Told, *asked: str) -> None:
    """Keep what a tree came to, if it can be; nothing where files of ours changed meanwhile."""
    folder = _folder(tree)
    if folder is None or any(loaded_otherwise(_READING)):
        return
    read = {path: _digest(text) for path, text in tree.read().items()}
    sections = {
        _CODE: json.dumps({**told.texts, _CODE: str(told.code)}).encode(),
        _READ: json.dumps(read).encode(),
    }
    whole = _whole(tree, asked)
    try:
        folder.write(_name(whole), {"of": whole}, sections)
    except Unusable:
        return
    ours = [name for name in folder.names() if name.startswith(_KIND)]
    folder.forget(ours[_MOST:])


def _folder(tree: Tree) -> Folder | None:
    """Return where reports are kept; nothing where none are, or for a file alone."""
    if not isinstance(tree, FolderTree | GitTree):
        return None
    try:
        where = place()
        return None if where is None else opened(where)
    except Unusable:
        return None


def _whole(tree: Tree, asked: tuple[str, ...]) -> str:
    rooms = project(_READING).digest
    return digest(rooms, surroundings(), type(tree).__name__, tree.name, *asked)


def _name(whole: str) -> str:
    return f"{_KIND}{whole[:32]}"


def _digest(text: str | None) -> str:
    return "" if text is None else digest(text)
