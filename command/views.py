"""The views of one run: made of its results, or as the record keeps them."""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable
from typing import Any

from checker.ground.sealed import Sealed

TABLE, SCREEN, DETAILS, SAVED = "table", "screen", "details", "saved"

HEADLINE = ("V01", "V01t")
"""What a screen tells of a whole run: the claim of the series, and its strongest true form."""


class Views:
    """Each view is made once, and only if it is asked for."""

    def __init__(
        self,
        results: Callable[[], list[Any]],
        kept: Sealed | None = None,
        of_record: tuple[str, ...] | None = None,
    ) -> None:
        """Take the results, and a run of the record that has views of them: all, or some names."""
        self._results, self._kept, self._of_record = results, kept, of_record
        self._known: dict[str, str] = {}
        self._found: list[Any] | None = None
        self.new = False
        """Whether something was made that the record does not keep."""

    def results(self) -> list[Any]:
        """Return the results themselves."""
        if self._found is None:
            self._found = self._results()
        return self._found

    def report(self, style: str, colour: bool) -> str:
        """Return a report on the run."""
        text = self._view(style)
        if not colour or style not in (TABLE, SCREEN):
            return text
        from reports.colours import coloured

        return coloured(text)

    def details(self) -> str:
        """Return what is told of each distinct result below the table."""
        return self._view(DETAILS)

    def saved(self) -> dict[str, str]:
        """Return the files of ``--save`` by name."""
        files: dict[str, str] = json.loads(self._view(SAVED))
        return files

    def sections(self) -> dict[str, bytes]:
        """Return all views so far, and the table, which the record always keeps."""
        names = (TABLE, *self._known)
        return {name: zlib.compress(self._view(name).encode(), 1) for name in names}

    def _view(self, name: str) -> str:
        if name not in self._known:
            self._known[name] = self._from_record(name) or self._made(name)
        return self._known[name]

    def _from_record(self, name: str) -> str:
        if self._kept is None or (self._of_record is not None and name not in self._of_record):
            return ""
        data = self._kept.section(name)
        return zlib.decompress(data).decode() if data else ""

    def _made(self, name: str) -> str:
        self.new = True
        results = self.results()
        if name == SAVED:
            from command.detail import saved

            return json.dumps(saved(results))
        if name == DETAILS:
            from command.detail import detail, distinct

            return "\n".join(line for one in distinct(results) for line in detail(one))
        if name == SCREEN:
            from reports.screen import screen

            return screen(results, HEADLINE)
        from reports.render import render

        return render(results, name)
