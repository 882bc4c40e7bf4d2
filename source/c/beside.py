"""An edit that was parsed along with its file, asked as a file that was parsed alone."""

from __future__ import annotations

from dataclasses import dataclass, field

from source.c.along import Along, Lines, Twice
from source.c.digests import digest
from source.c.functions import Lowered, Written, lowered
from source.c.given import Given
from source.c.ir import FunctionBody, Record
from source.c.library import Cursor, kind, parse, printed, skipped_lines
from source.c.reader import Reader, is_wrapper, shown
from source.c.types import Types


@dataclass
class Beside:
    """An edit of a file: what it does not change is asked of the file."""

    along: Along
    base: Reader
    changed: dict[str, tuple[Twice, Cursor]]
    """The functions that it changes, as it has them."""
    _lowered: dict[str, Lowered] = field(default_factory=dict)

    @property
    def given(self) -> Given:
        """Return what the edit would be, parsed alone."""
        return self.along.edit

    def absent(self) -> list[str]:
        """Return the headers that were asked for and not found."""
        return self.base.absent()

    def told_errors(self) -> list[str]:
        """Return the compiler's errors as lines: there are none but of headers."""
        return self.base.told_errors()

    def included(self) -> list[str]:
        """Return the files that were included; those of the tree by their path in it."""
        return self.base.included()

    def shares(self) -> bool:
        """Return whether what this file's headers hold is to be asked of the file before."""
        return True

    def declared(self) -> dict[str, frozenset[str]]:
        """Return the names of what the file itself declares: functions, records, variables."""
        return self.base.declared()

    def variables(self) -> list[str]:
        """Return the names of the variables that the file itself defines."""
        return self.base.variables()

    def variable(self, name: str) -> str | None:
        """Return a key of a variable's type and initialiser, or ``None`` where it is not known."""
        return self.base.variable(name)

    def record(self, name: str) -> Record | None:
        """Return a structure or union as it is laid out, or ``None`` where it is not defined."""
        return self.base.record(name)

    def extents(self) -> dict[str, Lines]:
        """Return the lines of the functions that the file itself defines, in order."""
        return {name: self._lines(name, at) for name, at in self.base.extents().items()}

    def _lines(self, name: str, at: Lines) -> Lines:
        if name in self.changed:
            at_once = self.changed[name][1].extent
            return at_once.start.line, at_once.end.line
        return self.along.line(at[0]), self.along.line(at[1])

    def skipped(self) -> list[tuple[int, int]]:
        """Return the lines of the file that its ``#if`` left out, as ranges."""
        return skipped_lines(self.given.file, self.given.arguments, self.given.unsaved)

    def function(self, name: str) -> FunctionBody | None:
        """Return a function of the file or its headers, or ``None`` where none is defined."""
        if name not in self._lowered:
            moved = self._moved(name)
            if name not in self.changed and not moved:
                return self.base.function(name)
            self._lowered[name] = self._read(name, moved)
        return self._lowered[name].body

    def _moved(self, name: str) -> int:
        if name not in self.base.own["function"]:
            return 0
        line = int(self.base.definition(name).location.line)
        return self.along.line(line) - line

    def _read(self, name: str, moved: int) -> Lowered:
        if name not in self.changed:
            return self.base.lowered(name, self.base.definition(name), moved)
        one, at = self.changed[name]
        first, last = at.extent.start.line, at.extent.end.line
        lines = self.given.texts[self.given.path].split("\n")[first - 1 : last]
        written = Written(self.given.path, "\n".join(lines), own=one.named)
        return lowered(at, name, self.base.types, written)

    def digest(self, name: str) -> str | None:
        """Return a key that two functions share if they read the same, lines aside."""
        if name not in self.changed:
            return self.base.digest(name)
        body = self.function(name)
        return None if body is None else digest(body, self.record)


def read_along(both: Along) -> tuple[Reader, Beside] | None:
    """Return a file and its edit, parsed at once, or ``None`` where that does not tell both.

    It does where the compiler reads each text that is put beside as one function, from its first
    to its last character, as it reads the function that is changed; and finds no error in either.
    """
    parsed = parse(both.given.file, both.given.arguments, both.given.unsaved)
    base = Reader(both.given, parsed, Types(parsed.cursor), beside=both.files)
    own = {base.given.path, *map(base.place, both.files)}
    if any(each.path in own for each in base.errors):
        return None
    changed: dict[str, tuple[Twice, Cursor]] = {}
    for one in both.twice:
        found = _defined(base, one)
        if found is None:
            return None
        changed[found[0]] = one, found[1]
    return base, Beside(both, base, changed)


def _defined(base: Reader, one: Twice) -> tuple[str, Cursor] | None:
    """Return the function that a text defines, with its name, if it is all that stands there."""
    found = base.aside.get(one.file, [])
    bodies = [
        each
        for each in found
        if kind(each) == "FUNCTION_DECL"
        and each.is_definition()
        and not is_wrapper(each.spelling)
    ]
    if len(bodies) != 1:
        return None
    at = bodies[0]
    name = one.named(shown(at.spelling))
    made = name in (f"sys_{one.name}", f"compat_sys_{one.name}")
    if one.odd not in at.spelling or not (made or (name == one.name and len(found) == 1)):
        return None
    known = base.extents().get(name)
    whole = known is not None and _fills(at, one, known)
    return (name, at) if whole and _same_head(base.definition(name), at, one) else None


def _fills(at: Cursor, one: Twice, known: Lines) -> bool:
    """Return whether a function ends with its text, and begins where it does in the file."""
    begins, ends = at.extent.start, at.extent.end
    ahead = known[0] - one.before[0]
    lines = (begins.line - ahead, ends.line) == one.after and known[1] == one.before[1]
    return ahead >= 0 and lines and ends.offset == len(one.text.encode()) - 1


def _same_head(base: Cursor, at: Cursor, one: Twice) -> bool:
    """Return whether a function is declared alike on both sides."""
    heads = (printed(base).partition("{")[0], one.named(printed(at)).partition("{")[0])
    return heads[0] == heads[1]
