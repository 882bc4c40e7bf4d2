"""What is parsed: a file of a tree, with the compiler's arguments."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Given:
    """What is parsed: a file of a tree, with the compiler's arguments.

    ``texts`` stand for files of the tree, by path.
    """

    root: Path
    path: str
    arguments: list[str]
    texts: dict[str, str]

    @property
    def file(self) -> str:
        """Return the file's place on disk."""
        return str(self.root / self.path)

    @property
    def unsaved(self) -> list[tuple[str, str]]:
        """Return the texts as the compiler's library takes them."""
        return [(str(self.root / name), text) for name, text in self.texts.items()]

    def edits(self, other: Given) -> bool:
        """Return whether this is another one but for the text of the file itself."""
        return self._without() == other._without()

    def _without(self) -> tuple[object, ...]:
        others = {name: text for name, text in self.texts.items() if name != self.path}
        return self.root, self.path, self.arguments, others
