"""A tree before and after a patch, in memory."""

from __future__ import annotations

from dataclasses import dataclass

from source.patch.apply import Applied, Refused, applied
from source.patch.change import FileChange, Patch
from source.patch.objects import blob_of
from source.tree import Changed, Tree

OBJECTS = "the patch does not fit the tree: its files are those that it was made for, from git"


@dataclass(frozen=True, slots=True)
class Patched:
    """A patch put on a tree: both trees and what became of each file."""

    patch: Patch
    base: Tree
    head: Changed
    files: tuple[Applied, ...]
    backwards: bool = False
    """Whether the tree had the patch: then ``base`` is the tree without it."""
    told: tuple[str, ...] = ()
    whole: bool = True
    """Whether ``files`` are all that changes: of a diff that is too large some are left out."""


def patched(tree: Tree, patch: Patch) -> Patched:
    """Return a tree before and after a patch.

    Where it does not fit but can be taken off in full, the tree has it already.  Where that is
    not so either, the files that it was made for may be among the objects of the tree's
    repository.  Raises :class:`Refused` otherwise, and says why it does not fit.
    """
    try:
        head, files = _overlay(tree, patch.files)
    except Refused as refused:
        try:
            return _without(tree, patch, refused)
        except Refused:
            return _on_objects(tree, patch, refused)
    return Patched(patch, tree, head, files)


def _on_objects(tree: Tree, patch: Patch, refused: Refused) -> Patched:
    root = tree.base if isinstance(tree, Changed) else tree
    texts: dict[str, str | None] = {}
    for change in patch.files:
        if change.old is not None and not change.unread:
            texts[change.old] = blob_of(root, change.blob)
            if texts[change.old] is None:
                raise refused
    base = _copy(tree)
    base.texts.update(texts)
    try:
        head, files = _overlay(base, patch.files)
    except Refused:
        raise refused from None
    return Patched(patch, base, head, files, told=(OBJECTS,))


def _without(tree: Tree, patch: Patch, refused: Refused) -> Patched:
    try:
        turned = tuple(one.backwards() for one in reversed(patch.files))
        base, _ = _overlay(tree, turned)
        head, files = _overlay(base, patch.files)
    except Refused:
        raise refused from None
    return Patched(patch, base, head, files, backwards=True)


def _overlay(tree: Tree, files: tuple[FileChange, ...]) -> tuple[Changed, tuple[Applied, ...]]:
    head = _copy(tree)
    done = []
    for change in files:
        if change.unread:
            done.append(Applied(change, None, None))
            continue
        if change.renamed and head.text(change.path) is not None:
            raise Refused(f"{change.path}: the patch makes a file that is there already")
        place = change.old if change.old is not None else change.path
        one = applied(change, head.text(place))
        if change.old is not None and change.old != change.new:
            head.texts[change.old] = None
        if change.new is not None:
            head.texts[change.new] = one.after
        done.append(one)
    return head, tuple(done)


def _copy(tree: Tree) -> Changed:
    """Return a tree to put changes on; never one on top of another that was changed."""
    if isinstance(tree, Changed):
        return Changed(tree.base, tree.texts, tree.name)
    return Changed(tree, {})
