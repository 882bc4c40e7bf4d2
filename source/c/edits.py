"""A file that is parsed with one edit after the other: its headers are read once for all."""

from __future__ import annotations

from collections.abc import Callable

from source.c.along import along
from source.c.beside import Beside, read_along
from source.c.given import Given
from source.c.library import ParsedFile, parse_again, parse_to_edit
from source.c.reader import Reader, read
from source.c.types import Types


class Edits:
    """Reads edits of a file; each makes what was shown of the last one void."""

    def __init__(self) -> None:
        self._parsed: ParsedFile | None = None
        self._given: Given | None = None
        self._beside: Beside | None = None

    def begin(self, given: Given, ahead: str | None) -> Reader:
        """Return a file, parsed, along with the edit that is to come where that is known."""
        both = None if ahead is None else along(given, ahead)
        found = None if both is None else read_along(both)
        made, self._beside = found or (read(given), None)
        made.begin()
        return made

    def read(
        self, given: Given, of: Given, file: Callable[[], Reader], ahead: bool = False
    ) -> Reader | Beside:
        """Return an edit of a file, parsed; ``file`` gives the file, once it is parsed.

        One that was parsed along with the file (``ahead``: it may be) is there already.

        Where its text is the file's up to the last ``#include``, and no other text differs, its
        headers read as the file's do, and are not shown again.  The compiler keeps what it made
        of the headers at the file's beginning from the second edit on.
        """
        if not given.edits(of):
            return read(given)
        beside = self._beside if ahead and file() else None
        if beside is not None and beside.base is file() and beside.given == given:
            return beside
        parsed = self._edited(given)
        base = file()
        if not base.headed(given.texts.get(given.path, "")):
            return read(given)
        return Reader(given, parsed, Types(parsed.cursor, base.types), base)

    def _edited(self, given: Given) -> ParsedFile:
        parsed, last = self._parsed, self._given
        self._parsed = None
        fits = last is not None and given.edits(last)
        if parsed is None or not fits or not parse_again(parsed, given.unsaved):
            parsed = parse_to_edit(given.file, given.arguments, given.unsaved)
        self._parsed, self._given = parsed, given
        return parsed
