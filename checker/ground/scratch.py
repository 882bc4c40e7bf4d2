"""Folders that last for a while, and no longer, however it ends."""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from tempfile import gettempdir, mkdtemp

from checker.ground.signals import held, undone, undone_at_the_end

_home: Path | None = None


def new_folder(prefix: str) -> Path:
    """Return a new empty folder of ours alone, with no symbolic link in its path.

    It lasts as long as this process.
    """
    with held():
        made = _made(prefix)
        undone_at_the_end(lambda: _gone(made))
    return made


@contextlib.contextmanager
def folder_for_a_while(prefix: str, within: Path | None = None) -> Iterator[Path]:
    """Yield a new empty folder, in that one or where such things go, that ends with the block."""
    with contextlib.ExitStack() as stack:
        with held():
            made = _made(prefix, within)
            stack.enter_context(undone(lambda: _gone(made)))
        yield made


@contextlib.contextmanager
def home_of_workers() -> Iterator[Path | None]:
    """Yield where worker processes are to make their folders: all of it ends with the block.

    A worker that is killed undoes nothing.  Nothing is made there before one of them does; where
    there is no place for such things, the home is nothing.
    """
    place = _place()
    if place is None:
        yield None
        return
    home = Path(place, f"cloneproof-{os.urandom(16).hex()}")
    with undone(lambda: _gone(home)):
        yield home


def live_in(home: Path | None) -> None:
    """Make all folders of this process there from now on."""
    global _home  # noqa: PLW0603 - of the process
    _home = home


def _place() -> str | None:
    """Return where such things go, or nothing; by a file it is tried whether that is so."""
    with held(), contextlib.suppress(FileNotFoundError):
        return gettempdir()
    return None


def _made(prefix: str, within: Path | None = None) -> Path:
    if within is None and _home is not None:
        _home.mkdir(mode=0o700, exist_ok=True)
    return Path(mkdtemp(prefix=prefix, dir=within or _home)).resolve()


def _gone(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
