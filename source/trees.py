"""The trees that are at hand: Debian's unpacked sources, and which known kernel each is."""

from __future__ import annotations

import os
from pathlib import Path

from checker.ground.store import store
from source.tree import Folder, Tree

FOLDER = "source"
LIKE = {"6.1": "debian-6.1.192", "6.12": "debian-6.12.117"}
"""Debian's lines and the revisions that were read from them."""


def source_folder() -> Path:
    """Return where fetched sources are unpacked (CLONEPROOF_SOURCES overrides it)."""
    return Path(os.environ.get("CLONEPROOF_SOURCES", store() / FOLDER))


def known_trees() -> dict[str, tuple[Tree, str]]:
    """Return the unpacked trees by line, each with the revision it should be equal to."""
    found: dict[str, tuple[Tree, str]] = {}
    for line, like in LIKE.items():
        for name in (line, f"src{line}"):
            folder = source_folder() / name
            if (folder / "kernel/fork.c").is_file():
                found[line] = (Folder(folder, f"linux-source-{line}"), like)
    return found
