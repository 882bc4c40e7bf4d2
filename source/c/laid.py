"""A tree as libclang can open it: a folder on disk, and texts that stand for some of its files."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from checker.ground.scratch import new_folder
from source.tree import Changed, Folder, GitTree, Tree

_OTHERS = ("Documentation", "drivers", "rust", "samples", "sound", "tools")
_HEADERS = (
    ":(glob)**/*.h",
    *(f":(exclude){each}" for each in _OTHERS),
    ":(exclude,glob)arch/[!ax]*/**",
)


@dataclass(frozen=True)
class Laid:
    """Where a tree lies, the texts that replace files of it, and the files that are gone."""

    root: Path
    texts: dict[str, str]
    gone: tuple[str, ...] = ()


def laid(tree: Tree, path: str) -> Laid:
    """Return a tree laid out for reading one of its files.

    Of a git tree the headers are unpacked, once; of a file alone there is nothing but its text.
    """
    if isinstance(tree, Changed):
        return _changed(tree, path)
    if isinstance(tree, Folder):
        return Laid(tree.root.resolve(), {})
    if isinstance(tree, GitTree):
        return Laid(tree.unpacked(*_HEADERS).resolve(), _own(tree, path))
    base = getattr(tree, "base", None)
    if isinstance(base, Tree):
        below = laid(base, path)
        return Laid(below.root, {**below.texts, **_own(tree, path)}, below.gone)
    return Laid(_nothing(), _own(tree, path))


def _changed(tree: Changed, path: str) -> Laid:
    below = laid(tree.base, path)
    texts = {name: text for name, text in tree.texts.items() if text is not None}
    gone = tuple(name for name, text in tree.texts.items() if text is None)
    return Laid(below.root, {**below.texts, **texts}, (*below.gone, *gone))


def _own(tree: Tree, path: str) -> dict[str, str]:
    text = tree.text(path)
    return {} if text is None else {path: text}


@cache
def _nothing() -> Path:
    return new_folder("cloneproof-nothing-")
