"""Unified diffs, plain or git's, read by unidiff and checked."""

from __future__ import annotations

import re
from collections.abc import Iterator

from unidiff.constants import DEV_NULL
from unidiff.errors import UnidiffParseError
from unidiff.patch import Hunk as ReadHunk
from unidiff.patch import PatchedFile, PatchSet

from checker.ground.problems import Problem
from source.configuration import listed
from source.patch.change import ADDED, KEPT, REMOVED, FileChange, Hunk, HunkLine

LONGEST_PATH = 1_000
"""Characters of the longest line that names files."""

MOST_FILES = 20_000
"""Files of the largest patch that is read; a release changes about 14,000."""

TOP = listed(
    """
    Documentation LICENSES arch block certs crypto drivers fs include init io_uring ipc kernel lib
    mm net rust samples scripts security sound tools usr virt
    """
)
"""The folders of a kernel tree: a path that begins with one has no prefix (``a/``)."""

_BEGINS = re.compile(r"^(?:diff -|Index: |--- \S[^\n]*\n\+\+\+ )", re.MULTILINE)
_NAMES_FILES = ("diff ", "--- ", "+++ ", "Binary file", "rename ", "copy ")
_HUNK = re.compile(r"@@ -\d{1,9}(?:,(\d{1,9}))? \+\d{1,9}(?:,(\d{1,9}))? @@")
_ENDS = ("-- ", "--- ", "+++ ")
_SAYS_ENOUGH = re.compile(r"^(?:new|deleted) file mode |^(?:old|new) mode |^rename |^copy ", re.M)
"""What a file's header says that needs no hunk behind it."""

_BLOB = re.compile(r"^index ([0-9a-f]{7,64})\.\.", re.MULTILINE)
_RENAMED = re.compile(r"^(?:rename|copy) (from|to) (.+)$", re.MULTILINE)
_COPIED = re.compile(r"^copy from ", re.MULTILINE)
_ESCAPE = re.compile(r'\\([0-7]{3}|[abtnvfr"\\])')
_ESCAPED = {"a": 7, "b": 8, "t": 9, "n": 10, "v": 11, "f": 12, "r": 13, '"': 34, "\\": 92}


def begins(text: str) -> int:
    """Return where the first diff of a text begins; its length where it holds none."""
    found = _BEGINS.search(text)
    return len(text) if found is None else found.start()


def changes(text: str) -> tuple[FileChange, ...]:
    """Return what a text with diffs changes, file by file; nothing where it holds none.

    Raises :class:`Problem` for a diff that is cut off, or whose counts do not fit its lines.
    """
    start = begins(text)
    lines = _Lines(text[start:], text.count("\n", 0, start))
    try:
        found = PatchSet(lines)
    except (UnidiffParseError, ValueError) as error:
        said = str(error).split(":", maxsplit=1)[0].strip().lower()
        raise Problem(f"line {lines.number} of the patch: {said}") from None
    if len(found) > MOST_FILES:
        raise Problem(f"the patch changes {len(found):,} files: at most {MOST_FILES:,} are read")
    return tuple(_change(one) for one in found)


class _Lines:
    """The lines of a diff with their newlines; ``number`` is the one that was read last.

    Refused is what unidiff would pass over: a header of a hunk that is none, and changed lines
    beyond those that a header counts.
    """

    def __init__(self, text: str, before: int) -> None:
        self.text, self.number = text, before
        self.left = [0, 0]
        self.behind = False

    def __iter__(self) -> Iterator[str]:
        for line in self.text.split("\n"):
            self.number += 1
            if max(self.left) > 0:
                self._inside(line)
            else:
                self._outside(line)
            yield line + "\n"

    def _inside(self, line: str) -> None:
        mark = line[:1]
        self.left[0] -= mark not in ("+", "\\")
        self.left[1] -= mark not in ("-", "\\")
        self.behind = max(self.left) <= 0

    def _outside(self, line: str) -> None:
        if line.startswith("@@"):
            counts = _HUNK.match(line)
            if counts is None:
                raise self._refused("is no header of a hunk")
            self.left = [int(one) if one else 1 for one in counts.groups()]
        elif line.startswith(_NAMES_FILES) and len(line) > LONGEST_PATH:
            raise self._refused("is no name of a file: too long")
        elif self.behind and line[:1] in ("+", "-") and not line.startswith(_ENDS):
            raise self._refused("is one more than the hunk's header counts")
        self.behind = self.behind and line.startswith("\\")

    def _refused(self, why: str) -> Problem:
        return Problem(f"line {self.number} of the patch {why}")


def _change(read: PatchedFile) -> FileChange:
    said = "".join(read.patch_info or ())
    names = dict(_RENAMED.findall(said))
    old = _path(names.get("from", read.source_file), "from" in names)
    new = _path(names.get("to", read.target_file), "to" in names)
    if _COPIED.search(said):
        return FileChange(None, new, unread=f"it is a copy of {old}")
    hunks = tuple(_hunk(one) for one in read)
    if not hunks and not _why_unread(read) and not _SAYS_ENOUGH.search(said):
        raise Problem(f"{new or old}: no hunk stands behind its header in the patch")
    if len(hunks) == 1 and not names:
        old = None if _is_empty(read[0].source_start, read[0].source_length) else old
        new = None if _is_empty(read[0].target_start, read[0].target_length) else new
    blob = _BLOB.search(said)
    return FileChange(old, new, hunks, _why_unread(read), blob.group(1) if blob else "")


def _is_empty(start: int, length: int) -> bool:
    return start == length == 0


def _why_unread(read: PatchedFile) -> str:
    if read.is_binary_file:
        return "it is binary"
    if read.is_symlink:
        return "it is a link"
    return "it is a submodule" if read.is_submodule else ""


def _path(written: str, bare: bool = False) -> str | None:
    """Return a path without git's quotes and its first folder (``a/``); ``None`` for none."""
    if written == DEV_NULL:
        return None
    path = written.strip()
    if path.startswith('"') and path.endswith('"') and len(path) > 1:
        path = _unquoted(path[1:-1])
    if not bare:
        path = _below(path)
    if path.startswith("/") or ".." in path.split("/") or "\0" in path:
        raise Problem(f"the patch changes {path[:100]}, which is outside of the tree")
    return path


def _below(path: str) -> str:
    """Return a path without its first folder, unless that is one of the kernel's own."""
    first, _, rest = path.partition("/")
    own = first in TOP and rest.split("/")[0] not in TOP
    return path if own or not rest else rest


def _unquoted(text: str) -> str:
    def one(match: re.Match[str]) -> str:
        word = match.group(1)
        return chr(_ESCAPED[word] if word in _ESCAPED else int(word, 8) & 0xFF)

    plain = _ESCAPE.sub(one, text)
    try:
        return plain.encode("latin-1").decode()
    except UnicodeError:
        return plain


def _hunk(read: ReadHunk) -> Hunk:
    lines: list[HunkLine] = []
    for one in read:
        if one.line_type == "\\" and lines:
            last = lines[-1]
            lines[-1] = HunkLine(last.mark, last.text, ended=False)
        elif one.line_type in (KEPT, REMOVED, ADDED):
            lines.append(HunkLine(one.line_type, one.value.rstrip("\n").removesuffix("\r")))
    return Hunk(read.source_start, read.target_start, tuple(lines))
