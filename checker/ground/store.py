"""Where things that were built and fetched live: one folder that ignores itself."""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from checker.ground.scratch import folder_for_a_while

HOME = Path(__file__).resolve().parents[2] / "kernels" / ".kernels"
"""Kernels, built probes, generated cases and source trees, unless told otherwise."""


def store() -> Path:
    """The ignored folder for kernels and built probes (CLONEPROOF_KERNELS overrides it)."""
    folder = Path(os.environ.get("CLONEPROOF_KERNELS", HOME))
    folder.mkdir(parents=True, exist_ok=True)
    ignore = folder / ".gitignore"
    if not ignore.exists():
        ignore.write_text("*\n")
    return folder


@contextlib.contextmanager
def appears_whole(target: Path) -> Iterator[Path]:
    """A scratch folder that becomes `target` when the block ends well, else vanishes."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with folder_for_a_while(f".{target.name}.", target.parent) as scratch:
        scratch.chmod(0o755)
        yield scratch
        _put_in_place(scratch, target)


def _put_in_place(scratch: Path, target: Path) -> None:
    """Rename; if somebody else makes the same thing at the same moment, theirs will do."""
    old = scratch.with_name(scratch.name + ".old")
    with contextlib.suppress(FileNotFoundError):
        target.rename(old)
    try:
        scratch.rename(target)
    except OSError as error:
        if error.errno not in (errno.EEXIST, errno.ENOTEMPTY):
            raise
    shutil.rmtree(old, ignore_errors=True)
