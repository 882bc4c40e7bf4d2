"""Reviews a patch: its files, their functions, calls that show what changes, and statements."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field, replace

from checker.ground.problems import Problem
from source.c.architecture import X86_64, Building
from source.c.unit import Unit, unit
from source.patch.apply import Applied
from source.patch.overlay import Patched
from source.review.judge import judge
from source.review.judgement import DIFFERENT, SAME, Judgement, Parting, Place
from source.tree import Tree
from source.verdict.compared import Units, differing, differing_inlines, options_of
from source.verdict.options import Options
from source.verdict.pieces import touched_names
from source.verdict.record import FileVerdict, FunctionVerdict, PatchVerdict
from source.verdict.scope import UNNAMED, UNSEEN, Scope
from source.verdict.shown import show

ASSEMBLY = "assembly is not read"
PARTLY = "not all that changes was looked at"
AS_BEFORE = "what is looked at in it reads as before"
TOLD = "what reads differently in it is a header's, and told already"
WIDELY = "more of other headers uses what changed in it than is followed"


def review(patched: Patched, options: Options) -> PatchVerdict:
    """Return what a patch comes to on a tree."""
    made = PatchVerdict(patched.patch)
    made.told += patched.told
    if patched.backwards:
        made.told.append("the tree has the patch: compared is the tree without it")
    reviewing = _Reviewing(patched, options, made)
    made.files = list(reviewing.files())
    if not patched.whole:
        made.files.append(FileVerdict(".", open=(PARTLY,)))
    if any(one.judgement.verdict != SAME for one in made.functions) and options.calls:
        show(patched, made, options)
    return made


@dataclass
class _Asked:
    """A ``.c`` file that is to be compared.

    ``file`` is its own change, if it has one; ``wanted`` are the functions that count (``None``:
    all), ``beside`` those of headers.  With ``full``, what includes another header than before,
    all of its functions are looked at.
    """

    old: str | None
    new: str | None
    file: Applied | None = None
    wanted: frozenset[str] | None = None
    full: bool = False
    beside: set[str] = field(default_factory=set)
    headers: set[str] = field(default_factory=set)

    @property
    def path(self) -> str:
        """Return its path, afterwards if it is there then."""
        return self.new or self.old or ""


@dataclass(frozen=True, slots=True)
class _Stood:
    """A function that stands on one side alone: where, how it reads, and if others see it."""

    path: str
    digest: str | None
    static: bool


def _place(unit: Unit | None, name: str) -> str:
    """Return the file that a function stands in."""
    body = unit.function(name) if unit is not None else None
    return "" if body is None else body.path


def _stood(unit: Unit | None, name: str) -> _Stood:
    assert unit is not None
    body = unit.function(name)
    return _Stood(unit.path, unit.digest(name), body is not None and body.static)


class _Reviewing:
    """The review of one patch on its way."""

    def __init__(self, patched: Patched, options: Options, made: PatchVerdict) -> None:
        self.patched, self.options, self.made = patched, options, made
        self.trees: tuple[Tree, Tree] = patched.base, patched.head
        self.scope = Scope(self.trees, options.building.architecture)
        self.asked: dict[str, _Asked] = {}
        self.reached: set[str] = set()
        if self.scope.architecture is not X86_64:
            self._assume((f"the tree is built for {self.scope.architecture.name}",))
        self.told: set[tuple[str, str]] = set()
        self.came: dict[str, _Stood] = {}
        self.went: dict[str, _Stood] = {}

    def files(self) -> Iterator[FileVerdict]:
        """Yield the verdict on each file of the patch, and on those that a header reaches."""
        headers = []
        for file in self.patched.files:
            why = self.scope.aside(file.change.path)
            if why:
                yield FileVerdict(file.change.path, _renamed(file), why)
            elif file.change.unread or file.change.path.endswith(".S"):
                yield FileVerdict(file.change.path, open=(file.change.unread or ASSEMBLY,))
            elif file.change.path.endswith(".h"):
                headers.append(file)
            else:
                yield from self._source(file)
        yield from self._headers(headers)
        for one in self.asked.values():
            yield from self._compared(one)
        for file in headers:
            if file.change.path not in self.reached:
                yield FileVerdict(file.change.path, _renamed(file), UNNAMED)
        for path, why in self._moved():
            yield FileVerdict(path, open=(why,))

    def _moved(self) -> Iterator[tuple[str, str]]:
        """Yield what of functions on one side alone may matter to those that did not change.

        That is one that moved to another file and reads differently there, and one that task
        creation named before it came, or names still: another of its name is taken instead.
        """
        if not (self.came or self.went):
            return
        base, head = (self.scope.named(tree) for tree in self.trees)
        for name, now in self.came.items():
            was = self.went.get(name)
            if was is not None and was.digest != now.digest:
                yield now.path, f"{name}() comes from {was.path} and reads differently"
            elif was is None and name in base and not now.static:
                yield now.path, f"{name}() is new here, and task creation named one before"
        for name, was in self.went.items():
            if name not in self.came and name in head and not was.static:
                yield was.path, f"{name}() is gone, and task creation names one still"

    def _source(self, file: Applied) -> Iterator[FileVerdict]:
        """Note that a file is to be compared, or yield why not."""
        change = file.change
        paths = [path for path in (change.old, change.new) if path is not None]
        counts = [self.scope.seen(path) for path in dict.fromkeys(paths)]
        wanted = None if None in counts else frozenset[str]().union(*filter(None, counts))
        if wanted is None or wanted or self.options.functions:
            self.asked[change.path] = _Asked(change.old, change.new, file, wanted)
        else:
            yield FileVerdict(change.path, _renamed(file), UNSEEN)

    def _headers(self, files: list[Applied]) -> Iterator[FileVerdict]:
        """Note which files changed headers reach; yield what was not followed of them."""
        touched = {file.change.path: touched_names(file) for file in files}
        headers = {path for path, names in touched.items() if names}
        names = frozenset[str]().union(*touched.values())
        names, followed = self.scope.spread(headers, names) if names else (names, True)
        if not followed:
            yield from (FileVerdict(path, open=(WIDELY,)) for path in sorted(headers))
        for path in self.scope.users(headers, names) if names else ():
            one = self.asked.setdefault(path, _Asked(path, path))
            one.full = True
            one.headers |= headers
            one.beside |= names

    def _compared(self, asked: _Asked) -> Iterator[FileVerdict]:
        """Yield the verdict on a file, unless it is only asked for headers that it has not."""
        self.options.progress(f"reading {asked.path}")
        try:
            with closing(self._read(asked)) as units:
                sides = units.read if asked.headers else []
                reaches = asked.headers & {name for side in sides for name in side.included}
                self.reached |= reaches
                if asked.file is not None or reaches:
                    judged = self._judged(asked, units, bool(reaches))
                    yield self._widened(asked, judged, options_of(units, asked.file))
        except Problem as problem:
            self.reached |= asked.headers
            yield FileVerdict(asked.path, open=(str(problem),))

    def _widened(self, asked: _Asked, judged: FileVerdict, options: tuple[str, ...]) -> FileVerdict:
        """Return a verdict with what is found where lines that are left out are read as well."""
        if not options:
            return judged
        building = replace(self.options.building, options=options)
        with closing(self._read(asked, building)) as units:
            return judged.beside(self._judged(asked, units, False))

    def _read(self, asked: _Asked, building: Building | None = None) -> Units:
        building = building or self.options.building
        ahead = None if asked.new is None else self.trees[1].text(asked.new)
        base = _unit(self.trees[0], asked.old, building, ahead=ahead)
        return Units(base, _unit(self.trees[1], asked.new, building, base))

    def _judged(self, asked: _Asked, units: Units, full: bool) -> FileVerdict:
        wanted = frozenset(self.options.functions) or asked.wanted
        found = differing(units, wanted, asked.file, full=full)
        inlines = differing_inlines(units, asked.beside) if full else []
        new = [name for name in inlines if (_place(units.head, name), name) not in self.told]
        functions = [self._function(units, name) for name in (*new, *found.functions)]
        differs = [one.judgement for one in functions if one.judgement.verdict == DIFFERENT]
        self.told |= {(one.path, one.function) for one in differs if one.function in new}
        self.came |= {name: _stood(units.head, name) for name in found.new}
        self.went |= {name: _stood(units.base, name) for name in found.gone}
        for side in units.read:
            self._assume(side.assumed)
        opened = (*(f"{name} is set up otherwise" for name in found.variables), *found.skipped)
        old = asked.old if None not in (asked.old, asked.new) and asked.old != asked.new else None
        told = (opened, tuple(functions), found.new, found.gone)
        aside = "" if any(told) else AS_BEFORE if new == inlines else TOLD
        return FileVerdict(asked.path, old, aside, *told)

    def _function(self, units: Units, name: str) -> FunctionVerdict:
        self.options.progress(f"comparing {name}()")
        assert units.base is not None and units.head is not None
        judgement = judge(units.base, units.head, name)
        self._assume(judgement.assumed)
        return _at_change(with_texts(judgement, *self.trees), self.patched)

    def _assume(self, sentences: tuple[str, ...]) -> None:
        self.made.assumed += [one for one in sentences if one not in self.made.assumed]


def _at_change(judgement: Judgement, patched: Patched) -> FunctionVerdict:
    """Return a verdict with the partings at changed lines first."""
    added = {(one.change.new, line) for one in patched.files for line in one.added}
    removed = {(one.change.old, line) for one in patched.files for line in one.removed}

    def away(one: Parting) -> bool:
        head = one.head is not None and (one.head.path, one.head.line) in added
        base = one.base is not None and (one.base.path, one.base.line) in removed
        return not (head or base)

    ordered = tuple(sorted(judgement.partings, key=away))
    near = sum(not away(one) for one in ordered)
    return FunctionVerdict(replace(judgement, partings=ordered), near)


def _renamed(file: Applied) -> str | None:
    return file.change.old if file.change.renamed else None


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


def _unit(
    tree: Tree,
    path: str | None,
    building: Building,
    of: Unit | None = None,
    ahead: str | None = None,
) -> Unit | None:
    if path is None or tree.text(path) is None:
        return None
    return unit(tree, path, building, of, ahead)
