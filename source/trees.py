"""The trees that are at hand: Debian's unpacked sources, and which known kernel each is."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from checker.ground.store import store
from source.tree import Folder, Tree

FOLDER = "source"
LIKE = {"6.1": "debian-6.1.192", "6.12": "debian-6.12.117"}
"""Debian's lines and the kernels of the list that were read from them."""
READ: Mapping[str, str] = {
    **LIKE,
    "7.2": "v7.2.13+DEBIAN_USERNS_SYSCTL",
    "7.3": "v7.3.4+DEBIAN_USERNS_SYSCTL",
}
"""All lines of which a tree was read, statement by statement, and which kernel each is."""


def source_folder() -> Path:
    """Return where fetched sources are unpacked (CLONEPROOF_SOURCES overrides it)."""
    return Path(os.environ.get("CLONEPROOF_SOURCES", store() / FOLDER))


def known_trees(lines: Mapping[str, str] = LIKE) -> dict[str, tuple[Tree, str]]:
    """Return the unpacked trees by line, each with the kernel it should be equal to."""
    found: dict[str, tuple[Tree, str]] = {}
    for line, like in lines.items():
        for name in (line, f"src{line}"):
            folder = source_folder() / name
            if (folder / "kernel/fork.c").is_file():
                found[line] = (Folder(folder, f"linux-source-{line}"), like)
    return found
