"""Writes a report so that it is there in full or not at all."""

from __future__ import annotations

import contextlib
import os
import secrets
from pathlib import Path

_STREAMS = (Path("/dev/stdout"), Path("/dev/stderr"))


class ReportError(OSError):
    """A report cannot be written or read; its text is one line for people."""


def write_atomically(path: str | Path, text: str) -> None:
    """Write ``text`` to ``path``; on failure what was there before is untouched."""
    target = Path(path)
    try:
        if _is_device(target):
            _write(target, text, os.O_WRONLY | os.O_APPEND)
        else:
            _replace(target.resolve(), text)
    except OSError as error:
        raise ReportError(f"cannot write {path}: {error.strerror or error}") from error


def _is_device(path: Path) -> bool:
    """Return whether a path is written to, not replaced: a device, a pipe, ``/dev/stdout``."""
    file_like = not path.exists() or path.is_file() or path.is_dir()
    return not file_like or path.absolute().is_relative_to("/dev/fd") or path in _STREAMS


def _replace(target: Path, text: str) -> None:
    """Write a new file beside the target, then rename it onto the target."""
    beside = target.with_name(f".report.{secrets.token_hex(8)}")
    try:
        _write(beside, text, os.O_WRONLY | os.O_CREAT | os.O_EXCL)
        if target.exists():
            beside.chmod(target.stat().st_mode & 0o777)
        beside.replace(target)
    except BaseException:
        with contextlib.suppress(OSError):
            beside.unlink()
        raise


def _write(path: Path, text: str, flags: int) -> None:
    """Write to a new file, or straight to a device."""
    opened = os.open(path, flags, 0o666)
    with os.fdopen(opened, "w", encoding="utf-8", errors="backslashreplace") as file:
        file.write(text)
        file.flush()
        if flags & os.O_CREAT:
            os.fsync(file.fileno())
