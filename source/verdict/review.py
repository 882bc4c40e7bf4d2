"""Reviews a patch: its files, their functions, calls that show what changes, and statements."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from checker.ground.problems import Problem
from source.c.unit import Unit, unit
from source.patch.apply import Applied
from source.patch.change import FileChange
from source.patch.overlay import Patched
from source.review.judge import judge
from source.review.judgement import SAME, Judgement, Place
from source.tree import Tree
from source.verdict.compared import Differing, Units, differing
from source.verdict.options import Options
from source.verdict.record import FileVerdict, FunctionVerdict, PatchVerdict
from source.verdict.scope import UNNAMED, UNSEEN, aside, seen, users
from source.verdict.shown import show

ASSEMBLY = "assembly is not read"


def review(patched: Patched, options: Options) -> PatchVerdict:
    """Return what a patch comes to on a tree."""
    made = PatchVerdict(patched.patch)
    if patched.backwards:
        made.told.append("the tree has the patch: compared is the tree without it")
    reviewing = _Reviewing(patched, options, made)
    for file in patched.files:
        made.files += reviewing.file(file)
    if any(one.judgement.verdict != SAME for one in made.functions) and options.calls:
        show(patched, made, options)
    return made


class _Reviewing:
    """The review of one patch on its way."""

    def __init__(self, patched: Patched, options: Options, made: PatchVerdict) -> None:
        self.patched, self.options, self.made = patched, options, made
        self.trees: tuple[Tree, Tree] = patched.base, patched.head
        self._units: dict[tuple[str, str], Units] = {}

    def file(self, file: Applied) -> Iterator[FileVerdict]:
        """Yield the verdicts on a file: on a header's, those on the files that include it, too."""
        change = file.change
        old = change.old if change.renamed else None
        why = aside(change.path)
        if why:
            yield FileVerdict(change.path, old, why)
        elif change.unread or change.path.endswith(".S"):
            yield FileVerdict(change.path, old, open=(change.unread or ASSEMBLY,))
        elif change.path.endswith(".h"):
            yield from self._header(file)
        else:
            yield self._source(file, old)

    def _source(self, file: Applied, old: str | None) -> FileVerdict:
        path = file.change.path
        wanted = seen(path, self.trees)
        if file.change.old is not None and file.change.old != path and wanted is not None:
            also = seen(file.change.old, self.trees)
            wanted = None if also is None else wanted | also
        if wanted == frozenset() and not self.options.functions:
            return FileVerdict(path, old, UNSEEN)
        return self._compared(path, file.change, wanted, file, old)

    def _header(self, file: Applied) -> Iterator[FileVerdict]:
        """Yield the verdicts on the files that name what a header changes, and include it."""
        path, found = file.change.path, False
        for user in users(path, file, self.trees):
            self.options.progress(f"{user} includes {path}")
            try:
                units = self._read(user, user)
            except Problem as problem:
                yield FileVerdict(user, open=(str(problem),))
                found = True
                continue
            if any(one is not None and path in one.included for one in units.sides):
                found = True
                verdict = self._judged(user, units, differing(units, None, None))
                yield replace(verdict, path=user) if user == path else verdict
        if not found:
            yield FileVerdict(path, aside=UNNAMED)

    def _compared(
        self,
        path: str,
        change: FileChange,
        wanted: frozenset[str] | None,
        file: Applied,
        old: str | None,
    ) -> FileVerdict:
        self.options.progress(f"reading {path}")
        try:
            units = self._read(change.old, change.new)
        except Problem as problem:
            return FileVerdict(path, old, open=(str(problem),))
        if self.options.functions:
            wanted = frozenset(self.options.functions)
        return self._judged(path, units, differing(units, wanted, file), old)

    def _read(self, old: str | None, new: str | None) -> Units:
        key = str(old), str(new)
        if key not in self._units:
            sides = zip(self.trees, (old, new), strict=True)
            base, head = (_unit(tree, path, self.options) for tree, path in sides)
            self._units[key] = Units(base, head)
        return self._units[key]

    def _judged(
        self, path: str, units: Units, found: Differing, old: str | None = None
    ) -> FileVerdict:
        functions = []
        for name in found.functions:
            self.options.progress(f"comparing {name}()")
            assert units.base is not None and units.head is not None
            judgement = judge(units.base, units.head, name)
            self._assume(judgement.assumed)
            functions.append(FunctionVerdict(with_texts(judgement, *self.trees)))
        for side in units.sides:
            self._assume(side.assumed if side is not None else ())
        opened = (*(f"{name} is set up otherwise" for name in found.variables), *found.skipped)
        return FileVerdict(path, old, "", opened, tuple(functions), found.new, found.gone)

    def _assume(self, sentences: tuple[str, ...]) -> None:
        self.made.assumed += [one for one in sentences if one not in self.made.assumed]


def with_texts(judgement: Judgement, base: Tree, head: Tree) -> Judgement:
    """Return a verdict with the text of each line that it names."""
    partings = tuple(
        replace(one, base=_told(one.base, base), head=_told(one.head, head))
        for one in judgement.partings
    )
    opened = tuple(told for one in judgement.open_at if (told := _told(one, head)) is not None)
    return replace(judgement, partings=partings, open_at=opened)


def _told(place: Place | None, tree: Tree) -> Place | None:
    if place is None or place.text:
        return place
    lines = (tree.text(place.path) or "").split("\n")
    inside = 0 < place.line <= len(lines)
    return replace(place, text=lines[place.line - 1].strip() if inside else "")


def _unit(tree: Tree, path: str | None, options: Options) -> Unit | None:
    if path is None or tree.text(path) is None:
        return None
    return unit(tree, path)
