"""Applies hunks to a text as ``git apply`` does: what stands round them must be there."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from functools import cached_property

from checker.ground.problems import Problem
from source.patch.change import ADDED, KEPT, FileChange, Hunk, HunkLine

MOST_PLACES = 100_000
"""Places of one file that are tried; a hunk of three lines of context tries a handful."""

_LINE = re.compile(r"[^\n]*\n|[^\n]+")


class Refused(Problem):
    """A patch does not fit; the message names the file, the hunk and the line."""


@dataclass(frozen=True, slots=True)
class Applied:
    """A file before and after, with the numbers of the lines that went and of those that came.

    A text is ``None`` where the file is not there.  ``moved`` has, for each hunk that did not
    stand where its header says, its number and by how many lines.
    """

    change: FileChange
    before: str | None
    after: str | None
    removed: tuple[int, ...] = ()
    added: tuple[int, ...] = ()
    moved: tuple[tuple[int, int], ...] = ()


def applied(change: FileChange, text: str | None) -> Applied:
    """Return what a change makes of a file's text; raises :class:`Refused` where it does not fit.

    A hunk goes where its lines stand nearest to where its header says; all of them have to be
    there, but for how lines end (LF or CRLF).
    """
    if change.unread:
        return Applied(change, text, text)
    if change.old is None:
        if text is not None:
            raise Refused(f"{change.path}: the patch makes a file that is there already")
    elif text is None:
        raise Refused(f"{change.old}: the patch changes a file that the tree does not have")
    made = _Applying(change, text or "")
    for number, hunk in enumerate(change.hunks, 1):
        made.take(number, hunk)
    return made.done(text)


class _Applying:
    """A file on its way from one text to the other."""

    def __init__(self, change: FileChange, text: str) -> None:
        self.change = change
        self.old = _LINE.findall(text)
        self.ending = "\r\n" if self.old and self.old[0].endswith("\r\n") else "\n"
        self.new: list[str] = []
        self.at = 0
        self.offset = 0
        self.looked = 0
        self.removed: list[int] = []
        self.added: list[int] = []
        self.moved: list[tuple[int, int]] = []

    @cached_property
    def places(self) -> dict[str, list[int]]:
        """Return where each line stands, from 0."""
        found: dict[str, list[int]] = defaultdict(list)
        for at, line in enumerate(self.old):
            found[_plain(line)].append(at)
        return found

    def take(self, number: int, hunk: Hunk) -> None:
        """Apply the next hunk."""
        said = max(hunk.old - 1, 0) if hunk.before else hunk.old
        at = self._place(number, hunk, said + self.offset)
        self.offset = at - said
        if self.offset:
            self.moved.append((number, self.offset))
        self.new += self.old[self.at : at]
        self.at = at
        for line in hunk.lines:
            self._line(line)

    def _line(self, line: HunkLine) -> None:
        if line.mark == ADDED:
            self.new.append(line.text + (self.ending if line.ended else ""))
            self.added.append(len(self.new))
            return
        self.at += 1
        if line.mark == KEPT:
            self.new.append(self.old[self.at - 1])
        else:
            self.removed.append(self.at)

    def _place(self, number: int, hunk: Hunk, wanted: int) -> int:
        """Return before which line, from 0, a hunk goes."""
        before = [line.text for line in hunk.before]
        first, last = self._range(hunk, len(before))
        if not before and first <= wanted <= last:
            return wanted
        near = self.places.get(before[0], []) if before else []
        for at in sorted(near, key=lambda at: abs(at - wanted)):
            if first <= at <= last and self._stands(before, at):
                return at
        raise Refused(self._refusal(number, hunk, before, wanted))

    def _range(self, hunk: Hunk, size: int) -> tuple[int, int]:
        """Return between which lines a hunk may go: one without lines before it begins a file."""
        first, last = self.at, len(self.old) - size
        if hunk.old == 1 and _leads(hunk.lines) == 0:
            last = min(last, 0)
        elif _leads(hunk.lines) > 0 and _trails(hunk.lines) == 0:
            first = max(first, last)
        return first, last

    def _stands(self, lines: list[str], at: int) -> bool:
        self.looked += 1
        if self.looked > MOST_PLACES:
            raise Refused(f"{self.change.path}: too many places look like where its hunks go")
        return all(_plain(self.old[at + place]) == line for place, line in enumerate(lines))

    def _refusal(self, number: int, hunk: Hunk, before: list[str], wanted: int) -> str:
        where = f"{self.change.path}: hunk {number} of {len(self.change.hunks)} does not apply"
        for at, line in enumerate(before, wanted):
            if not 0 <= at < len(self.old):
                return f"{where}: it is at line {hunk.old}, the file has {len(self.old)} lines"
            if _plain(self.old[at]) != line:
                there = _shown(self.old[at])
                return f"{where}: line {at + 1} is {there}, the patch has {_shown(line)}"
        if wanted < self.at:
            return f"{where}: a hunk before it stands there, at line {hunk.old}"
        end = "end" if _leads(hunk.lines) else "begin"
        return (
            f"{where}: it has no lines to {end} with, but line {hunk.old} does not {end} the file"
        )

    def done(self, text: str | None) -> Applied:
        """Return the file before and after."""
        self.new += self.old[self.at :]
        if self.change.new is None and self.new:
            raise Refused(f"{self.change.old}: the patch deletes it, but not all of its lines")
        return Applied(
            self.change,
            text,
            None if self.change.new is None else "".join(self.new),
            tuple(self.removed),
            tuple(self.added),
            tuple(self.moved),
        )


def _plain(line: str) -> str:
    """Return a line without its end, be that LF or CRLF."""
    return line.removesuffix("\n").removesuffix("\r")


def _leads(lines: tuple[HunkLine, ...]) -> int:
    """Return how many kept lines a hunk begins with."""
    for count, line in enumerate(lines):
        if line.mark != KEPT:
            return count
    return len(lines)


def _trails(lines: tuple[HunkLine, ...]) -> int:
    return _leads(lines[::-1])


def _shown(line: str) -> str:
    """Return a line of C as an error shows it."""
    text = " ".join(line.split())
    return f"'{text[:60]}…'" if len(text) > 60 else f"'{text}'"
