"""Reviews what is given: a series patch by patch and as a whole, or a range of commits."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher

from checker.ground.problems import Problem
from source.patch.apply import Applied, Refused
from source.patch.change import FileChange, Patch
from source.patch.commits import Range
from source.patch.overlay import Patched, patched
from source.patch.series import Series
from source.tree import Tree
from source.verdict.options import Options
from source.verdict.record import Review


@dataclass(frozen=True, slots=True)
class Parts:
    """Of several patches: whether each is looked at, and whether all are, as one."""

    each: bool = True
    whole: bool = True


def of_series(tree: Tree, series: Series, parts: Parts, options: Options) -> Review:
    """Return the review of patches put on a tree, one on the other.

    Raises :class:`Refused` for one that does not fit, and says which of several.
    """
    from source.verdict.review import review

    made = Review(tree.name, series.title, told=list(series.told))
    steps = list(_steps(tree, series.patches))
    if parts.each or len(steps) == 1:
        made.patches = [review(one, options) for one in steps]
    if parts.whole and len(steps) > 1:
        made.whole = review(together(steps, series.title), options)
    return made


def of_range(range_: Range, parts: Parts, options: Options) -> Review:
    """Return the review of a range of commits."""
    from source.verdict.review import review

    made = Review(range_.repository.name, range_.word)
    commits = range_.commits if parts.each else []
    made.patches = [review(range_.single(one), options) for one in commits]
    if not commits or (parts.whole and len(commits) > 1):
        made.whole = review(range_.whole(), options)
    return made


def of_commit(range_: Range, commit: str, options: Options) -> Review:
    """Return the review of one commit of a range."""
    from source.verdict.review import review

    return Review(range_.repository.name, commit, [review(range_.single(commit), options)])


def _steps(tree: Tree, patches: tuple[Patch, ...]) -> Iterator[Patched]:
    """Yield each patch on what those before it make; of a tree that has them all, as well."""
    for number, patch in enumerate(patches, 1):
        try:
            one = patched(tree, patch)
        except Refused as refused:
            if len(patches) == 1:
                raise
            raise Refused(f"patch {number} of {len(patches)}: {refused}") from None
        if one.backwards and len(patches) > 1:
            raise Problem("the tree has these patches already: name one without them")
        yield one
        tree = one.head


def together(steps: list[Patched], title: str) -> Patched:
    """Return patches, one on the other, as one: each file as it is before and after all."""
    base, head = steps[0].base, steps[-1].head
    paths: dict[str, str | None] = {}
    for step in steps:
        for file in step.files:
            _follow(paths, file.change)
    files = tuple(
        _whole(FileChange(old, path if head.text(path) is not None else None), base, head)
        for path, old in paths.items()
        if not (old is None and head.text(path) is None)
    )
    unread = tuple(one for step in steps for one in step.files if one.change.unread)
    return Patched(Patch(title, tuple(one.change for one in files)), base, head, (*files, *unread))


def _follow(paths: dict[str, str | None], change: FileChange) -> None:
    """Note under a file's last path the one that it had before all patches."""
    if change.unread:
        return
    old = change.old
    first = paths.pop(old) if old in paths and old is not None else old
    paths[change.path] = first


def _whole(change: FileChange, base: Tree, head: Tree) -> Applied:
    before = base.text(change.old) if change.old is not None else None
    after = head.text(change.new) if change.new is not None else None
    removed, added = changed_lines(before or "", after or "")
    return Applied(change, before, after, removed, added)


def changed_lines(before: str, after: str) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Return the numbers of the lines that one text has and the other has not, in order."""
    old, new = before.split("\n"), after.split("\n")
    first = 0
    while first < min(len(old), len(new)) and old[first] == new[first]:
        first += 1
    last = 0
    while last < min(len(old), len(new)) - first and old[-1 - last] == new[-1 - last]:
        last += 1
    middle = old[first : len(old) - last], new[first : len(new) - last]
    removed: list[int] = []
    added: list[int] = []
    for what, i, j, k, m in SequenceMatcher(None, *middle, autojunk=False).get_opcodes():
        if what != "equal":
            removed += range(first + i + 1, first + j + 1)
            added += range(first + k + 1, first + m + 1)
    return tuple(removed), tuple(added)
