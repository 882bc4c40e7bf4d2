"""A file of a kernel tree as functions: what the review reads."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from checker.ground.problems import Problem
from source.c.arguments import arguments
from source.c.borrowed import found
from source.c.ir import FunctionBody, Record
from source.c.reader import Reader, read
from source.tree import Changed, Folder, Tree


@dataclass(frozen=True)
class Functions(Mapping[str, FunctionBody]):
    """The functions that a file defines, each read when it is asked for."""

    reader: Reader
    names: tuple[str, ...]

    def __getitem__(self, name: str) -> FunctionBody:
        body = self.reader.function(name) if name in self.names else None
        if body is None:
            raise KeyError(name)
        return body

    def __iter__(self) -> Iterator[str]:
        return iter(self.names)

    def __len__(self) -> int:
        return len(self.names)


@dataclass(frozen=True)
class Unit:
    """A file of a tree, read with its headers.

    ``assumed`` says which headers were borrowed or made, ``troubles`` are the compiler's errors
    wherever they stand.
    """

    path: str
    functions: Functions
    assumed: tuple[str, ...]
    missing: tuple[str, ...]
    troubles: tuple[str, ...]
    _reader: Reader

    def function(self, name: str) -> FunctionBody | None:
        """Return a function of the file or of its headers, or ``None`` where none is defined."""
        return self._reader.function(name)

    def record(self, name: str) -> Record | None:
        """Return ``struct x`` or ``union x`` as it is laid out, or ``None`` if it is not known."""
        return self._reader.record(name)

    def digest(self, name: str) -> str | None:
        """Return a key that two functions share if they read the same, lines aside."""
        return self._reader.digest(name)

    def variable(self, name: str) -> str | None:
        """Return a key of a variable's type and initialiser, or ``None`` if it is not known."""
        return self._reader.variable(name)


def _laid(tree: Tree) -> tuple[Path, dict[str, str]]:
    if isinstance(tree, Changed):
        root, texts = _laid(tree.base)
        return root, {**texts, **{at: text or "" for at, text in tree.texts.items()}}
    if isinstance(tree, Folder):
        return tree.root.resolve(), {}
    raise Problem(f"{tree.name}: only a folder can be read by now")


def unit(tree: Tree, path: str) -> Unit:
    """Return a file of a tree, read; raises ``Problem`` where there is no such file."""
    if tree.text(path) is None:
        raise Problem(f"{tree.name} has no {path}")
    root, texts = _laid(tree)
    makefile = tree.text("Makefile") or ""
    generated = found(root, makefile)
    reader = read(root, path, arguments(root, path, generated, makefile, ()), texts)
    errors = tuple(str(each) for each in reader.errors)
    assumed = tuple(f"generated headers are those of {each.name}" for each in generated)
    return Unit(path, Functions(reader, tuple(reader.names())), assumed, (), errors, reader)
