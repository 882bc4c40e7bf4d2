"""Writes files so that they are there in full or not at all, also several that belong together."""

from __future__ import annotations

import contextlib
import fcntl
import os
import secrets
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path

from checker.ground.signals import held, undone

_STREAMS = (Path("/dev/stdout"), Path("/dev/stderr"))
_BESIDE = ".report."
_STALE = 3600
"""Seconds after which a file that was to be renamed belongs to a run that was killed."""


class FileError(OSError):
    """A file cannot be written; its text is one line for people."""


def write_atomically(path: str | Path, text: str) -> None:
    """Write ``text`` to ``path``; on failure what was there before is untouched."""
    write_together({Path(path): text})


def write_together(
    files: Mapping[Path, str], gone: Callable[[], Iterable[Path]] = tuple
) -> None:
    """Write each file's text, and remove what ``gone`` names: all of it, or nothing.

    Everything is written beside its target first; then the targets change in one go, which no
    other run's can mix with and no signal interrupts.  ``gone`` is asked just before.  Raises
    :class:`FileError` (a full disk, a folder that takes no file); nothing has changed then.
    """
    staged: dict[Path, Path] = {}
    with undone(lambda: _forget(staged)):
        for path, text in files.items():
            with _errors_about(path):
                _stage(path, text, staged)
        folders = {target.parent for target in staged.values()}
        for folder in folders:
            _sweep(folder)
        with _held(folders):
            _put_in_place(staged, gone)


def make_folder(path: Path) -> None:
    """Make a folder, with those that it is in."""
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise FileError(f"cannot make {path}: {error.strerror}") from None


def check_writable(path: str | Path, within: Path | None = None) -> None:
    """Raise :class:`FileError` if a file could not be written now; nothing is left there.

    The error speaks of ``within``, the folder that files are to go to, where there is one.
    """
    staged: dict[Path, Path] = {}
    target = Path(path)
    with undone(lambda: _forget(staged)), _errors_about(within or target):
        if not _is_device(target):
            _stage(target, "-" * 4096, staged)


def _forget(staged: dict[Path, Path]) -> None:
    for beside in staged:
        with contextlib.suppress(OSError):
            beside.unlink()


@contextlib.contextmanager
def _errors_about(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise FileError(f"cannot write {path}: {error.strerror or error}") from error


def _is_device(path: Path) -> bool:
    """Return whether a path is written to, not replaced: a device, a pipe, ``/dev/stdout``."""
    file_like = not path.exists() or path.is_file() or path.is_dir()
    return not file_like or path.absolute().is_relative_to("/dev/fd") or path in _STREAMS


def _stage(path: Path, text: str, staged: dict[Path, Path]) -> None:
    """Write a new file beside the target, to be renamed; or straight to a device."""
    if _is_device(path):
        return _write(path, text, os.O_WRONLY | os.O_APPEND)
    target = path.resolve()
    if target.is_dir():
        raise IsADirectoryError(None, "Is a directory")
    beside = target.with_name(f"{_BESIDE}{secrets.token_hex(8)}")
    staged[beside] = target
    _write(beside, text, os.O_WRONLY | os.O_CREAT | os.O_EXCL)
    if target.exists():
        beside.chmod(target.stat().st_mode & 0o777)
    return None


def _sweep(folder: Path) -> None:
    """Remove what a run that was killed had not yet renamed."""
    with contextlib.suppress(OSError):
        for beside in folder.glob(f"{_BESIDE}*"):
            if time.time() - beside.stat().st_mtime > _STALE:
                beside.unlink()


def _put_in_place(staged: dict[Path, Path], gone: Callable[[], Iterable[Path]]) -> None:
    named = {path.parent.resolve() / path.name for path in gone()}
    leaving = named - set(staged.values())
    for beside, target in staged.items():
        with _errors_about(target):
            if not _same(beside, target):
                beside.replace(target)
    for path in leaving:
        with _errors_about(path):
            path.unlink(missing_ok=True)


def _same(beside: Path, target: Path) -> bool:
    """Return whether a file has its text already: to replace one costs some milliseconds."""
    return target.exists() and beside.read_bytes() == target.read_bytes()


@contextlib.contextmanager
def _held(folders: set[Path]) -> Iterator[None]:
    """Hold folders against other runs, where the file system can, and signals back."""
    with contextlib.ExitStack() as stack:
        for folder in sorted(folders):
            with contextlib.suppress(OSError):
                opened = os.open(folder, os.O_RDONLY)
                stack.callback(os.close, opened)
                fcntl.flock(opened, fcntl.LOCK_EX)
        stack.enter_context(held())
        yield


def _write(path: Path, text: str, flags: int) -> None:
    """Write to a new file, or straight to a device."""
    opened = os.open(path, flags, 0o666)
    with os.fdopen(opened, "w", encoding="utf-8", errors="backslashreplace") as file:
        file.write(text)
