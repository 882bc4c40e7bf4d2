"""Where things built and fetched by this room live: one folder that ignores itself."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

ROOM = Path(__file__).resolve().parent
SOURCES = ROOM / "probe"


def store() -> Path:
    """The ignored folder for kernels and built probes (CLONEPROOF_KERNELS overrides it)."""
    folder = Path(os.environ.get("CLONEPROOF_KERNELS", ROOM / ".kernels"))
    folder.mkdir(parents=True, exist_ok=True)
    ignore = folder / ".gitignore"
    if not ignore.exists():
        ignore.write_text("*\n")
    return folder


@contextlib.contextmanager
def appears_whole(target: Path) -> Iterator[Path]:
    """A scratch folder that becomes `target` when the block ends well, else vanishes."""
    target.parent.mkdir(parents=True, exist_ok=True)
    scratch = Path(tempfile.mkdtemp(prefix=f".{target.name}.", dir=target.parent))
    try:
        scratch.chmod(0o755)
        yield scratch
        old = scratch.with_name(scratch.name + ".old")
        if target.exists():
            target.rename(old)
        scratch.rename(target)
        shutil.rmtree(old, ignore_errors=True)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
