"""A tree as libclang can open it: a folder on disk, and texts that stand for some of its files."""

from __future__ import annotations

import io
import subprocess
import tarfile
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory

from checker.ground.problems import Problem
from source.tree import Changed, Folder, GitTree, Tree

_OTHERS = ("Documentation", "drivers", "rust", "samples", "sound", "tools")
_HEADERS = (
    ":(glob)**/*.h",
    *(f":(exclude){each}" for each in _OTHERS),
    ":(exclude,glob)arch/[!x]*/**",
)
_unpacked: dict[tuple[Path, str, str], TemporaryDirectory[str]] = {}


@dataclass(frozen=True)
class Laid:
    """Where a tree lies, the texts that replace files of it, and the files that are gone."""

    root: Path
    texts: dict[str, str]
    gone: tuple[str, ...] = ()


def laid(tree: Tree, path: str) -> Laid:
    """Return a tree laid out for reading one of its files.

    Of a git tree the headers and the file's own folder are unpacked, once; of a file alone
    there is nothing but its text.
    """
    if isinstance(tree, Changed):
        return _changed(tree, path)
    if isinstance(tree, Folder):
        return Laid(tree.root.resolve(), {})
    if isinstance(tree, GitTree):
        return Laid(_from_git(tree, path), {})
    base = getattr(tree, "base", None)
    text = tree.text(path) or ""
    if isinstance(base, Tree):
        below = laid(base, path)
        return Laid(below.root, {**below.texts, path: text}, below.gone)
    return Laid(_empty(tree.name), {path: text})


def _changed(tree: Changed, path: str) -> Laid:
    below = laid(tree.base, path)
    texts = {name: text for name, text in tree.texts.items() if text is not None}
    gone = tuple(name for name, text in tree.texts.items() if text is None)
    return Laid(below.root, {**below.texts, **texts}, (*below.gone, *gone))


def _folder(key: tuple[Path, str, str]) -> tuple[Path, bool]:
    known = key in _unpacked
    if not known:
        _unpacked[key] = TemporaryDirectory(prefix="cloneproof-tree-")
    return Path(_unpacked[key].name).resolve(), known


def _empty(name: str) -> Path:
    return _folder((Path(), name, ""))[0]


def _from_git(tree: GitTree, path: str) -> Path:
    own = str(PurePosixPath(path).parent)
    root, known = _folder((tree.repository, tree.revision, ""))
    if not known:
        _unpack(tree, root, _HEADERS)
    if not _folder((tree.repository, tree.revision, own))[1] and tree.text(path) is not None:
        _unpack(tree, root, (f":(glob){own}/*.[ch]",))
    return root


def _unpack(tree: GitTree, root: Path, what: tuple[str, ...]) -> None:
    command = ["git", "-C", str(tree.repository), "archive", "--format=tar", tree.revision, *what]
    done = subprocess.run(command, capture_output=True, check=False)
    if done.returncode != 0:
        said = done.stderr.decode("utf-8", "replace").strip().splitlines()
        raise Problem(f"{tree.name}: {said[-1] if said else 'git archive failed'}")
    with tarfile.open(fileobj=io.BytesIO(done.stdout)) as archive:
        archive.extractall(root, filter="data")
