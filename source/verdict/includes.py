"""Which headers a file of a tree may include, by the words of its ``#include`` lines."""

from __future__ import annotations

import re
from collections.abc import Iterable

from source.c.architecture import Architecture
from source.tree import Tree

_INCLUDED = re.compile(r"^[ \t]*#[ \t]*include[ \t]*[<\"]([\w./+-]+)[>\"]", re.MULTILINE)


class Includes:
    """The headers that files of a tree may include, as read for an architecture."""

    def __init__(self, tree: Tree, architecture: Architecture) -> None:
        self.tree = tree
        own = f"{architecture.root}/include"
        self._folders = ("include", "include/uapi", own, f"{own}/uapi")
        self._named: dict[str, list[str]] = {}

    def leads(self, path: str, headers: set[str]) -> bool:
        """Return whether a file includes one of some headers, or one that does."""
        found, waiting = {path}, [path]
        while waiting:
            one = waiting.pop()
            if one in headers:
                return True
            new = [each for each in self._included(one) if each not in found]
            found.update(new)
            waiting += new
        return False

    def below(self, files: Iterable[str]) -> list[str]:
        """Return the headers of the tree that some files may include."""
        waiting = list(files)
        found = set(waiting)
        while waiting:
            new = [one for one in self._included(waiting.pop()) if one not in found]
            found.update(new)
            waiting += new
        return [one for one in found if one.endswith(".h") and self.tree.text(one) is not None]

    def _included(self, path: str) -> list[str]:
        if path not in self._named:
            folder = path.rpartition("/")[0]
            names = _INCLUDED.findall(self.tree.text(path) or "")
            self._named[path] = [
                f"{place}/{name}" for name in names for place in (folder, *self._folders)
            ] + [f"include/asm-generic/{name[4:]}" for name in names if name.startswith("asm/")]
        return self._named[path]
