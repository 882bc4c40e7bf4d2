"""Writes a report so that it is there in full or not at all."""

from __future__ import annotations

import contextlib
import os
import secrets
from pathlib import Path


class ReportError(OSError):
    """A report cannot be written or read; its text is one line for people."""


def write_atomically(path: str | Path, text: str) -> None:
    """Write ``text`` to ``path``; on failure what was there before is untouched."""
    target = Path(path)
    try:
        if target.exists() and not (target.is_file() or target.is_dir()):
            _write(target, text, os.O_WRONLY)
        else:
            _replace(target.resolve(), text)
    except OSError as error:
        raise ReportError(f"cannot write {path}: {error.strerror or error}") from error


def _replace(target: Path, text: str) -> None:
    """Write a new file beside the target, then rename it onto the target."""
    beside = target.with_name(f".{target.name[:100]}.{secrets.token_hex(8)}")
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
    """Write to a new file, or straight to a device such as ``/dev/stdout``."""
    with os.fdopen(os.open(path, flags, 0o666), "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        if flags & os.O_CREAT:
            os.fsync(file.fileno())
