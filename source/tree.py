"""Where source text comes from: a folder, one file, a git tree at a revision."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from checker.ground.problems import Problem
from source.text import prepared

LARGEST = 4_000_000
"""Characters of the largest file that is read; kernel/fork.c has about 90,000."""


@dataclass
class Tree:
    """A kernel's source text by path; files that were looked for and not found are noted."""

    name: str
    missing: set[str] = field(default_factory=set)
    _texts: dict[str, str | None] = field(default_factory=dict)

    def text(self, path: str) -> str | None:
        """Return a file's text, or ``None`` where the tree has no such file."""
        if path not in self._texts:
            raw = self._raw(path)
            self._texts[path] = None if raw is None else _decoded(path, raw)
            if raw is None:
                self.missing.add(path)
        return self._texts[path]

    def _raw(self, path: str) -> bytes | None:
        raise NotImplementedError

    def shown(self, path: str) -> str:
        """Return the path of a file as a reader of a report can open it."""
        return path


def _decoded(path: str, raw: bytes) -> str:
    if len(raw) > LARGEST:
        raise Problem(f"{path} has {len(raw):,} bytes; files above {LARGEST:,} are not read")
    if b"\0" in raw:
        raise Problem(f"{path} is not C source: it holds zero bytes")
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return raw.decode("latin-1")


class Folder(Tree):
    """An unpacked source tree."""

    def __init__(self, root: Path, name: str = "") -> None:
        super().__init__(name or root.name)
        self.root = root

    def _raw(self, path: str) -> bytes | None:
        file = self.root / path
        try:
            return file.read_bytes() if file.is_file() else None
        except OSError as error:
            raise Problem(f"cannot read {file}: {error.strerror}") from None


class OneFile(Tree):
    """A file given alone, taken for the kernel file whose functions it defines."""

    def __init__(self, file: Path, path: str) -> None:
        super().__init__(file.name)
        self.path = path
        self.file = file

    def _raw(self, path: str) -> bytes | None:
        if path != self.path:
            return None
        try:
            return self.file.read_bytes()
        except OSError as error:
            raise Problem(f"cannot read {self.file}: {error.strerror}") from None


class Changed(Tree):
    """A tree with some files replaced, or without them (``None``): what a patch makes of it."""

    def __init__(self, base: Tree, texts: Mapping[str, str | None], name: str = "") -> None:
        super().__init__(name or base.name)
        self.base = base
        self.texts = dict(texts)

    def text(self, path: str) -> str | None:
        """Return the replaced text, or the base's."""
        return self.texts[path] if path in self.texts else self.base.text(path)


class GitTree(Tree):
    """A git repository at a revision, read with ``git show REV:path``."""

    def __init__(self, repository: Path, revision: str) -> None:
        super().__init__(f"{repository.name}@{revision}")
        self.repository, self.revision = repository, revision
        if self._git("rev-parse", "--quiet", "--verify", f"{revision}^{{tree}}") is None:
            raise Problem(f"{repository} has no revision {revision!r} (or is no git repository)")

    def _git(self, *words: str) -> bytes | None:
        command = ["git", "-C", str(self.repository), *words]
        try:
            done = subprocess.run(command, capture_output=True, check=False)
        except FileNotFoundError:
            raise Problem("git is not installed") from None
        return done.stdout if done.returncode == 0 else None

    def _raw(self, path: str) -> bytes | None:
        return self._git("show", f"{self.revision}:{path}")


class Beside(OneFile):
    """A file given alone, with a tree at hand for everything else."""

    def __init__(self, file: Path, path: str, base: Tree) -> None:
        super().__init__(file, path)
        self.name = f"{file.name} beside {base.name}"
        self.base = base

    def text(self, path: str) -> str | None:
        """Return the file's text, or the base tree's."""
        return super().text(path) if path == self.path else self.base.text(path)


MARKS = {
    "copy_process": "kernel/fork.c",
    "copy_creds": "kernel/cred.c",
    "create_user_ns": "kernel/user_namespace.c",
    "copy_namespaces": "kernel/nsproxy.c",
    "is_rlimit_overlimit": "kernel/ucount.c",
    "vhost_task_create": "kernel/vhost_task.c",
}
"""By which function a file given alone is recognised."""


def tree_at(place: str) -> Tree:
    """Return the tree that a command-line argument names: FOLDER, FILE.c or REPOSITORY@REV."""
    path = Path(place)
    if path.is_dir():
        if not (path / "kernel/fork.c").is_file():
            raise Problem(f"{place} has no kernel/fork.c: it is no kernel source tree")
        return Folder(path, place)
    if path.is_file():
        return _one_file(path)
    repository, at, revision = place.rpartition("@")
    if at and Path(repository).is_dir():
        tree = GitTree(Path(repository), revision)
        if tree.text("kernel/fork.c") is None:
            raise Problem(f"{place} has no kernel/fork.c: it is no kernel source tree")
        return tree
    raise Problem(f"{place}: no such folder, file or REPOSITORY@REVISION")


def _one_file(file: Path) -> Tree:
    alone = OneFile(file, "")
    text = alone.text("") or ""
    found = prepared(text)
    for mark, path in MARKS.items():
        if found.has(mark):
            return OneFile(file, path)
    wanted = ", ".join(MARKS)
    raise Problem(f"{file} defines none of {wanted}: there is nothing to read in it")
