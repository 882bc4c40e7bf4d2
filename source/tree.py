"""Where source text comes from: a folder, one file, a git tree at a revision."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from weakref import finalize

from checker.ground.problems import Problem
from checker.ground.store import appears_whole, store
from source.text import decoded, prepared

LARGEST = 4_000_000
"""Characters of the largest file that is read; kernel/fork.c has about 90,000."""

LAID, KEPT = "laid", 6
"""Where files of git trees are laid out that a compiler reads, and how many trees are kept."""


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

    def read(self) -> dict[str, str | None]:
        """Return every text that was asked for so far, by path; ``None`` where there was none."""
        return dict(self._texts)

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
    return decoded(raw)


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
    """A git repository at a revision, read through one ``git cat-file --batch``."""

    def __init__(self, repository: Path, revision: str) -> None:
        super().__init__(f"{repository.name}@{revision}")
        self.repository, self.revision = repository, revision
        self._reader: subprocess.Popen[bytes] | None = None
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
        if "\n" in path:
            return None
        if self._reader is None:
            command = ["git", "-C", str(self.repository), "cat-file", "--batch"]
            pipe = subprocess.PIPE
            self._reader = subprocess.Popen(command, stdin=pipe, stdout=pipe)
            finalize(self, _end, self._reader)
        asked, answers = self._reader.stdin, self._reader.stdout
        assert asked is not None and answers is not None
        asked.write(f"{self.revision}:{path}\n".encode())
        asked.flush()
        head = answers.readline().split()
        if len(head) != 3 or not head[2].isdigit():
            return None
        raw = answers.read(int(head[2]) + 1)[:-1]
        return raw if head[1] == b"blob" else None

    def unpacked(self, *pathspecs: str) -> Path:
        """Return a folder that holds the files of some git pathspecs; none need match any.

        It is kept beside what is fetched, by the tree's own id: laid out once, and replaced
        when KEPT others were.
        """
        tree = (self._git("rev-parse", f"{self.revision}^{{tree}}") or b"").decode().strip()
        said = hashlib.sha256("\0".join(pathspecs).encode()).hexdigest()[:16]
        target = store() / LAID / f"{tree}-{said}"
        if not target.is_dir():
            with appears_whole(target) as scratch:
                self._lay(scratch, pathspecs)
            _forget_old(target)
        return target

    def _lay(self, folder: Path, pathspecs: tuple[str, ...]) -> None:
        nothing = (self._git("hash-object", "-t", "tree", os.devnull) or b"").decode().strip()
        told = ("diff-tree", "-r", "-z", "--name-only", "--no-renames")
        names = self._git(*told, nothing, self.revision, "--", *pathspecs) or b""
        for name in names.decode(errors="surrogateescape").split("\0"):
            inside = name and not name.startswith("/") and ".." not in name.split("/")
            raw = self._raw(name) if inside else None
            if raw is not None:
                file = folder / name
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_bytes(raw)


def _forget_old(newest: Path) -> None:
    """Remove all but the KEPT youngest folders that were laid out."""
    every = [one for one in newest.parent.iterdir() if one.is_dir() and one.name[0] != "."]
    for old in sorted(every, key=lambda one: one.stat().st_mtime)[:-KEPT]:
        if old != newest:
            shutil.rmtree(old, ignore_errors=True)


def _end(reader: subprocess.Popen[bytes]) -> None:
    for pipe in (reader.stdin, reader.stdout):
        if pipe is not None:
            pipe.close()
    reader.wait()


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
