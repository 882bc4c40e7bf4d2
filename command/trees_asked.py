"""A kernel tree where a kernel is asked for: the set of patches that tells it, what it lacks."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from model.revisions import Revision


@dataclass(frozen=True)
class OfTree:
    """The set that a tree is read as, what is said of it, and whether that is all of the tree."""

    kernel: Revision
    note: str
    whole: bool


def is_tree(name: str) -> bool:
    """Return whether a name is a folder that is there, or a revision of one: ``~/linux@v6.12``."""
    folder = Path(name.rpartition("@")[0] if "@" in name else name).expanduser()
    return ("/" in name or name.startswith((".", "~"))) and folder.is_dir()


def of_tree(path: str) -> OfTree:
    """Return a tree as the set of patches that tells it best; raise ``Problem`` for none."""
    from checker.calls.kernel_names import revision_named
    from command.output import Progress
    from source.check import Asked, checked
    from source.saving import as_set, is_whole, note_of
    from source.tree import tree_at

    tree = tree_at(str(Path(path).expanduser()))
    with Progress(1, f"reading {path}") as advance:
        found = checked(tree, None, Asked(False, frozenset(), lambda _what: None))
        told = as_set(tree, found.match)
        advance(1)
    flips = "".join([*(f"+{one}" for one in told.more), *(f"-{one}" for one in told.fewer)])
    kernel = revision_named(f"{found.match.revision.name}{flips}")
    note = f"{path} is taken for {kernel.name} ({note_of(told, found.tree)})"
    return OfTree(kernel, note, is_whole(told))
