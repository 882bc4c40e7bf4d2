"""A folder of files that only its owner's runs can have written; no other file is believed.

Each file carries a seal made with a secret of the user's, which lies beside it and which nobody
else can read.  The seal covers the file's name, its header and a digest of each section: what is
cut, changed, exchanged, renamed, or written without the secret is no file of ours.  A folder, a
secret or a file that others could have written is not used.
"""

from __future__ import annotations

import contextlib
import json
import os
import stat
import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from hashlib import blake2b
from pathlib import Path
from typing import Any

from checker.ground.problems import Problem

FORMAT = b"cloneproof sealed 1\n"
SECRET = "secret"
_BYTES = 32
_LONGEST_HEADER = 65_536
_LARGEST = 2**29
"""Bytes of the largest file that is read."""

_AHEAD = 60
"""Seconds that a clock may run ahead of the one that dated a file."""

_STALE = 3600
"""Seconds after which a file that was to be renamed belongs to a run that was killed."""

_sealed_by = partial(blake2b, digest_size=_BYTES, person=b"cloneproof")


class Unusable(Problem):
    """The folder cannot be used; the text is the reason, in one line."""


class _Disbelieved(Exception):
    """A file is none of ours."""


@dataclass(frozen=True)
class Sealed:
    """A file that is believed: what its header says, and its sections, each read when asked for."""

    path: Path
    says: Any
    made: float
    """When it was written, in seconds since the epoch."""
    _sections: dict[str, tuple[int, int, str]]

    def section(self, name: str) -> bytes | None:
        """Return a section; nothing if there is none, or if it is no longer what was sealed."""
        if name not in self._sections:
            return None
        begin, size, digest = self._sections[name]
        try:
            with os.fdopen(_opened(self.path)[0], "rb") as file:
                file.seek(begin)
                data = file.read(size)
        except (OSError, _Disbelieved):
            return None
        return data if _digest(data) == digest else None


@dataclass(frozen=True)
class Folder:
    """A folder that is the user's alone, and the secret in it."""

    path: Path
    _secret: bytes

    def read(self, name: str) -> Sealed | None:
        """Return a file of ours; nothing if there is none, whatever else lies there."""
        try:
            return self._believed(name)
        except (OSError, _Disbelieved):
            return None

    def write(self, name: str, says: Any, sections: Mapping[str, bytes]) -> None:
        """Write a file, in full or not at all; raise :class:`Unusable` if that cannot be done."""
        table, begin = {}, 0
        for section, data in sections.items():
            table[section] = (begin, len(data), _digest(data))
            begin += len(data)
        told = {"name": name, "made": time.time(), "says": says, "sections": table}
        header = json.dumps(told, separators=(",", ":")).encode()
        if len(header) > _LONGEST_HEADER or begin > _LARGEST - 2 * _LONGEST_HEADER:
            raise Unusable("it is too large")
        seal = _sealed_by(header, key=self._secret).hexdigest().encode()
        whole = b"".join((FORMAT, seal, b"\n", header, b"\n", *sections.values()))
        try:
            _put(self.path / name, whole)
        except OSError as error:
            raise Unusable(error.strerror or str(error)) from None

    def names(self) -> list[str]:
        """Return the names of all files but the secret, those written last first."""
        with contextlib.suppress(OSError), os.scandir(self.path) as found:
            dated = [(one.stat(follow_symlinks=False).st_mtime_ns, one.name) for one in found]
            hidden = (SECRET, ".")
            return [name for _, name in sorted(dated, reverse=True) if not name.startswith(hidden)]
        return []

    def forget(self, names: list[str]) -> None:
        """Remove files, and what runs that were killed left half-written."""
        for name in names:
            with contextlib.suppress(OSError):
                (self.path / name).unlink()
        with contextlib.suppress(OSError):
            for beside in self.path.glob(".*.new"):
                if time.time() - beside.lstat().st_mtime > _STALE:
                    beside.unlink()

    def _believed(self, name: str) -> Sealed:
        path = self.path / name
        opened, size = _opened(path)
        with os.fdopen(opened, "rb") as file:
            if file.readline(len(FORMAT) + 1) != FORMAT:
                raise _Disbelieved
            seal = file.readline(2 * _BYTES + 2).rstrip(b"\n")
            header = file.readline(_LONGEST_HEADER + 2).removesuffix(b"\n")
            begin = file.tell()
        if seal != _sealed_by(header, key=self._secret).hexdigest().encode():
            raise _Disbelieved
        told = json.loads(header)
        sections = {key: (begin + at, long, digest) for key, (at, long, digest)
                    in told["sections"].items()}
        whole = begin + sum(long for _, long, _ in sections.values()) == size
        if told["name"] != name or told["made"] > time.time() + _AHEAD or not whole:
            raise _Disbelieved
        return Sealed(path, told["says"], told["made"], sections)


def opened(path: Path) -> Folder:
    """Return a folder, made if there is none; raise :class:`Unusable` where it is not to be used.

    It must be a folder of the user's own that nobody else can write to.
    """
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        _ours(os.lstat(path), stat.S_ISDIR, "folder")
        return Folder(path, _secret_in(path))
    except _Disbelieved as error:
        raise Unusable(str(error)) from None
    except OSError as error:
        raise Unusable(error.strerror or str(error)) from None


def _digest(data: bytes) -> str:
    return blake2b(data, digest_size=_BYTES).hexdigest()


def _ours(found: os.stat_result, kind: Any, what: str, others: int = 0o022) -> None:
    """Raise :class:`_Disbelieved` for what is of another kind, another's, or open to others."""
    if not kind(found.st_mode):
        raise _Disbelieved(f"it is no {what}")
    if found.st_uid != os.geteuid():
        raise _Disbelieved(f"its {what} is another user's")
    if found.st_mode & others:
        raise _Disbelieved(f"others can {'write to' if others == 0o022 else 'read'} its {what}")


def _opened(path: Path, others: int = 0o022) -> tuple[int, int]:
    """Return a descriptor of a file of ours, and its size; raise :class:`_Disbelieved`."""
    flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
    found = os.open(path, flags)
    try:
        known = os.fstat(found)
        _ours(known, stat.S_ISREG, "file", others)
        if known.st_size > _LARGEST:
            raise _Disbelieved("it is too large")
    except _Disbelieved:
        os.close(found)
        raise
    return found, known.st_size


def _secret_in(folder: Path) -> bytes:
    """Return the folder's secret; one that cannot be secret is replaced, and nothing is believed.

    Of two runs that make one at once, the first has made it for both.
    """
    path = folder / SECRET
    with contextlib.suppress(_Disbelieved, OSError):
        return _read_secret(path)
    with contextlib.suppress(FileNotFoundError):
        path.unlink()
    beside = folder / f".{os.urandom(8).hex()}.new"
    try:
        _write(beside, os.urandom(_BYTES))
        with contextlib.suppress(FileExistsError):
            os.link(beside, path)
    finally:
        with contextlib.suppress(OSError):
            beside.unlink()
    return _read_secret(path)


def _read_secret(path: Path) -> bytes:
    with os.fdopen(_opened(path, 0o077)[0], "rb") as file:
        found = file.read(_BYTES + 1)
    if len(found) != _BYTES:
        raise _Disbelieved("its secret is damaged")
    return found


def _put(path: Path, whole: bytes) -> None:
    beside = path.with_name(f".{os.urandom(8).hex()}.new")
    try:
        _write(beside, whole)
        beside.replace(path)
    except OSError:
        with contextlib.suppress(OSError):
            beside.unlink()
        raise


def _write(path: Path, data: bytes) -> None:
    made = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(made, "wb") as file:
        file.write(data)
