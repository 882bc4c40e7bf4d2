"""What a patch says: files, hunks and lines, as they are written in it."""

from __future__ import annotations

from dataclasses import dataclass

KEPT, REMOVED, ADDED = " ", "-", "+"
"""The marks of a hunk's lines."""


@dataclass(frozen=True, slots=True)
class HunkLine:
    """A line of a hunk: its mark, its text without the newline, and whether one ends it."""

    mark: str
    text: str
    ended: bool = True


@dataclass(frozen=True, slots=True)
class Hunk:
    """A stretch of changed lines with what stands round them; lines count from 1."""

    old: int
    new: int
    lines: tuple[HunkLine, ...]

    @property
    def before(self) -> tuple[HunkLine, ...]:
        """Return the lines that have to be there."""
        return tuple(one for one in self.lines if one.mark != ADDED)

    @property
    def after(self) -> tuple[HunkLine, ...]:
        """Return the lines that stand there afterwards."""
        return tuple(one for one in self.lines if one.mark != REMOVED)

    @property
    def removed(self) -> tuple[int, ...]:
        """Return the numbers that its header gives the lines that go."""
        return _numbers(self.before, self.old, REMOVED)

    @property
    def added(self) -> tuple[int, ...]:
        """Return the numbers that its header gives the lines that come."""
        return _numbers(self.after, self.new, ADDED)


def _numbers(lines: tuple[HunkLine, ...], first: int, mark: str) -> tuple[int, ...]:
    return tuple(at for at, line in enumerate(lines, first) if line.mark == mark)


@dataclass(frozen=True, slots=True)
class FileChange:
    """What becomes of one file; ``old`` is ``None`` for a new one, ``new`` for one that goes.

    ``unread`` says why its text cannot be told: it is binary, a link, a submodule.  ``blob`` is
    the id by which git knows the file that the change was made for, where it is said.
    """

    old: str | None
    new: str | None
    hunks: tuple[Hunk, ...] = ()
    unread: str = ""
    blob: str = ""

    @property
    def path(self) -> str:
        """Return the file's path afterwards; of one that goes, the path that it had."""
        return self.new or self.old or ""

    @property
    def renamed(self) -> bool:
        """Return whether the file has another path afterwards."""
        return None not in (self.old, self.new) and self.old != self.new

    def backwards(self) -> FileChange:
        """Return the change that undoes this one."""
        turned = {KEPT: KEPT, REMOVED: ADDED, ADDED: REMOVED}
        hunks = tuple(
            Hunk(
                one.new,
                one.old,
                tuple(HunkLine(turned[line.mark], line.text, line.ended) for line in one.lines),
            )
            for one in self.hunks
        )
        return FileChange(self.new, self.old, hunks, self.unread)


@dataclass(frozen=True, slots=True)
class Patch:
    """One patch: what it is called, its place in a series (0: none is said), what it changes.

    ``message`` is its Message-ID, or its commit in a git repository.
    """

    subject: str
    files: tuple[FileChange, ...]
    number: int = 0
    total: int = 0
    version: int = 1
    message: str = ""

    @property
    def called(self) -> str:
        """Return how reports call it: its subject, or the file that it changes."""
        if self.subject:
            return self.subject
        return self.files[0].path if self.files else "a patch that changes nothing"


def as_one(patches: list[Patch], subject: str) -> Patch:
    """Return several patches, in order, as one that changes what they change together."""
    files = tuple(one for patch in patches for one in patch.files)
    return Patch(subject, files, message=patches[-1].message if patches else "")
