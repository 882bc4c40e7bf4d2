"""Which files of a patch task creation can see: by their names and words, nothing is compiled."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from checker.ground.problems import Problem
from source.c.architecture import X86_64, Architecture
from source.program import READ_IN_TURN
from source.text import prepared
from source.tree import Tree
from source.verdict.includes import Includes
from source.verdict.pieces import Piece, pieces
from source.verdict.words import DEEPEST, KEYWORDS, words_of

ROOTS = (
    *(path for path in dict.fromkeys(READ_IN_TURN) if not path.startswith("arch/")),
    "kernel/pid.c",
    "kernel/exit.c",
    "kernel/fork.c",
    "kernel/kthread.c",
    "kernel/signal.c",
    "kernel/umh.c",
    "kernel/sched/core.c",
    "fs/file.c",
    "fs/fs_struct.c",
    "fs/exec.c",
    "io_uring/io-wq.c",
    "io_uring/sqpoll.c",
    "drivers/vhost/vhost.c",
)
"""The files of which every function counts, and those of copy_thread() for an architecture; of
others those that one of these names."""

NOT_KERNEL = ("Documentation/", "tools/", "samples/", "scripts/", "LICENSES/", "usr/", "rust/")
BUILD = ("Kconfig", "Makefile", "Kbuild")

NO_C, NO_KERNEL, NO_BUILD, OTHER_ARCH, UNSEEN, UNNAMED = (
    "it is no C",
    "it is no part of a kernel",
    "which files and options are built is taken as it was",
    "it is of another architecture than {}",
    "task creation calls nothing in it",
    "no other file that task creation reads names what changed in it",
)
"""Why a file is set aside."""

MOST_TOUCHED = 60
"""Names that a header's change may reach by way of other headers, before it is not followed."""


@dataclass(frozen=True)
class Scope:
    """What task creation can see of a tree before and after a patch, for one architecture."""

    trees: tuple[Tree, Tree]
    architecture: Architecture = X86_64

    @cached_property
    def roots(self) -> tuple[str, ...]:
        """Return the files of which every function counts."""
        return (*ROOTS, *self.architecture.threads)

    def aside(self, path: str) -> str:
        """Return why a file cannot matter, by its path alone; nothing where it may."""
        name = path.rsplit("/", 1)[-1]
        if path.startswith(NOT_KERNEL):
            return NO_KERNEL
        if name.startswith(BUILD):
            return NO_BUILD
        if path.startswith("arch/") and not path.startswith(f"{self.architecture.root}/"):
            return OTHER_ARCH.format(self.architecture.name)
        return "" if name.endswith((".c", ".h", ".S")) else NO_C

    def seen(self, path: str) -> frozenset[str] | None:
        """Return the functions of a ``.c`` file that task creation may call, ``None`` for all.

        Those are the ones that a file of the roots names, and what they call in their own file.
        A text that cannot be told apart into functions counts in full.
        """
        if path in self.roots:
            return None
        named = frozenset[str]().union(*(self.named(tree) for tree in self.trees))
        found: set[str] = set()
        for tree in self.trees:
            text = tree.text(path)
            if text is not None and not named.isdisjoint(words_of(text)):
                try:
                    found |= _reachable(prepared(text).bodies, named)
                except Problem:
                    return None
        return frozenset(found)

    def named(self, tree: Tree) -> frozenset[str]:
        """Return every name in the roots of a tree."""
        texts = (tree.text(path) for path in self.roots)
        return frozenset[str]().union(*(words_of(text) for text in texts if text))

    def users(self, headers: set[str], touched: frozenset[str]) -> list[str]:
        """Return the ``.c`` files of the roots that name what changes of headers touch.

        Those are left out from which no ``#include`` leads to one, whatever stands round that.
        """
        named = [
            path
            for path in dict.fromkeys(self.roots)
            if path.endswith(".c")
            and any(not touched.isdisjoint(words_of(tree.text(path) or "")) for tree in self.trees)
        ]
        graphs = [Includes(tree, self.architecture) for tree in self.trees]
        return [path for path in named if any(graph.leads(path, headers) for graph in graphs)]

    def spread(self, headers: set[str], touched: frozenset[str]) -> tuple[frozenset[str], bool]:
        """Return names with the macros and functions of other headers that mention one of them.

        Those of every header count that the roots may include.  Beside stands whether all were
        followed: else the names are those that were given.
        """
        found = set(touched)
        for tree in self.trees:
            included = Includes(tree, self.architecture).below(self.roots)
            texts = [tree.text(path) or "" for path in included if path not in headers]
            for _ in range(DEEPEST):
                before = len(found)
                for text in texts:
                    if not found.isdisjoint(words_of(text)):
                        found |= {one.name for one in pieces(text) if _mentions(one, found)}
                    if len(found) > MOST_TOUCHED:
                        return touched, False
                if len(found) == before:
                    break
        return frozenset(found) - KEYWORDS, True


def _mentions(piece: Piece, names: set[str]) -> bool:
    return bool(piece.name) and not names.isdisjoint(piece.words)


def _reachable(bodies: dict[str, str], named: frozenset[str]) -> set[str]:
    """Return the functions of a file that are named outside, and those that they name in turn.

    What a root calls by an inline of a header mostly has that one's name behind underscores.
    """
    waiting = [
        name
        for name, text in bodies.items()
        if (name in named or name.lstrip("_") in named) and not _is_static(text, name)
    ]
    found: set[str] = set()
    while waiting:
        one = waiting.pop()
        if one not in found:
            found.add(one)
            waiting += [word for word in words_of(bodies[one]) if word in bodies]
    return found


def _is_static(text: str, name: str) -> bool:
    return "static" in text.partition(name)[0].split()
