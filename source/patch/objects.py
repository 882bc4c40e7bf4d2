"""Files by the ids that git knows them by."""

from __future__ import annotations

import subprocess

from source.text import decoded
from source.tree import LARGEST, Folder, GitTree, Tree


def blob_of(tree: Tree, blob: str) -> str | None:
    """Return the text of a file that the repository of a tree has; ``None`` where it has none."""
    if isinstance(tree, Folder):
        place = tree.root
    elif isinstance(tree, GitTree):
        place = tree.repository
    else:
        return None
    if not blob.strip("0"):
        return None
    command = ["git", "-C", str(place), "cat-file", "blob", blob]
    try:
        done = subprocess.run(command, capture_output=True, check=False)
    except FileNotFoundError:
        return None
    fits = done.returncode == 0 and len(done.stdout) <= LARGEST and b"\0" not in done.stdout
    return decoded(done.stdout) if fits else None
