"""The headers that a build makes, for a tree: borrowed where a package fits, else made."""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import sha256
from pathlib import Path

from checker.ground.scratch import new_folder
from source.c.architecture import Building
from source.c.borrowed import found
from source.c.made import COMPILER, STANDARD, compiler, configuration, headers, stand_in
from source.tree import Changed, Tree

_MATTERS = ("Kbuild", ".tbl", "Makefile", ".config", "Kconfig")
"""By these names ends what headers are made from."""

_GENERATED = ("generated/", "asm/", "config/")
"""What a build makes begins so; a header of another name ought to be in the tree."""


_WRAPPER = "#include <asm-generic/"


class Built:
    """Folders laid out like a built tree, the last one of our own making."""

    def __init__(self, tree: Tree, root: Path, building: Building) -> None:
        self.made = new_folder("cloneproof-made-")
        makefile = tree.text("Makefile") or ""
        self.dialect = makefile + (tree.text("init/Kconfig") or "")
        """The text of the files that set the compiler's arguments."""
        self.of = building.architecture
        self.options = building.options
        self.borrowed = found(root, makefile, building)
        self._missing: dict[str, Path] = {}
        self._empty: set[str] = set()
        self._whose = ""
        self.first = self._write(COMPILER, compiler())
        """A header that is included after the configuration, before all others."""
        for path, text in STANDARD.items():
            self._write(path, text)
        if not self.borrowed:
            symbols, self._whose = configuration(tree, self.of)
            for path, text in headers(tree, symbols, self.of).items():
                self._write(path, text)

    @property
    def folders(self) -> list[Path]:
        """Return where to look, in order."""
        return [*self.borrowed, self.made]

    def _write(self, path: str, text: str) -> Path:
        place = self.made / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text)
        return place

    def make(self, tree: Tree, name: str, beside: str) -> bool:
        """Make a header that was not found; returns whether there is a new one now.

        One that a build would not make counts as missing, and is made empty all the same.
        """
        if name.startswith("/") or ".." in name.split("/") or len(name) > 200:
            return False
        path, text, known = stand_in(tree, name, beside, self.of)
        if (self.made / path).exists():
            return False
        place = self._write(path, text)
        if not known and name.startswith(_GENERATED):
            self._empty.add(name)
        elif not known:
            self._missing[name] = place
        return True

    def missing(self, included: Iterable[str]) -> list[str]:
        """Return which of the included headers the tree ought to have and has not."""
        there = {*included}
        return sorted(name for name, place in self._missing.items() if str(place) in there)

    def told(self, included: Iterable[str]) -> tuple[str, ...]:
        """Return which of the included headers were borrowed or made, a sentence each."""
        names = sorted(included)
        lines = []
        for folder in self.borrowed:
            count = sum(name.startswith(f"{folder}/") for name in names)
            lines.append(f"{count} headers that a build makes are borrowed from {folder.name}")
        if self._whose:
            lines.append(f"generated/autoconf.h is made from {self._whose}")
        if self.options:
            options = " and ".join(self.options)
            lines.append(f"what the configuration leaves out is read with {options} set")
        own = [Path(name) for name in names if self._own(name)]
        wrappers = [each for each in own if each.read_text().startswith(_WRAPPER)]
        others = [self._short(each) for each in own if each not in wrappers]
        if wrappers:
            lines.append(f"{len(wrappers)} headers of asm/ are made as those of asm-generic/")
        if others:
            lines.append(f"made here, as a build would: {', '.join(others)}")
        lines += [f"{name} is taken as empty" for name in sorted(self._empty)]
        return tuple(lines)

    def _own(self, name: str) -> bool:
        return name.startswith(f"{self.made}/") and not name.endswith(("autoconf.h", COMPILER))

    def _short(self, place: Path) -> str:
        return str(place.relative_to(self.made)).rpartition("include/")[2]


_known: dict[tuple[Path, str], Built] = {}


def built(tree: Tree, root: Path, building: Building) -> Built:
    """Return the made and borrowed headers of a tree, once for all its files."""
    changed = tree.texts if isinstance(tree, Changed) else {}
    said = sorted((path, text) for path, text in changed.items() if path.endswith(_MATTERS))
    key = (root, sha256(repr((said, building)).encode()).hexdigest())
    if key not in _known:
        _known[key] = Built(tree, root, building)
    return _known[key]
