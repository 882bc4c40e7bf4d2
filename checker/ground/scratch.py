"""Folders that last as long as the process, and no longer, however it ends."""

from __future__ import annotations

import shutil
from pathlib import Path
from tempfile import mkdtemp

from checker.ground.signals import undone_at_the_end


def new_folder(prefix: str) -> Path:
    """Return a new empty folder of ours alone, with no symbolic link in its path."""
    made = Path(mkdtemp(prefix=prefix)).resolve()
    undone_at_the_end(lambda: shutil.rmtree(made, ignore_errors=True))
    return made
