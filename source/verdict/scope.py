"""Which files of a patch task creation can see: by their names and words, nothing is compiled."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property, lru_cache

from checker.ground.problems import Problem
from source.configuration import listed
from source.patch.apply import Applied
from source.program import READ_IN_TURN
from source.text import prepared, without_comments
from source.tree import Tree

ROOTS = (
    *dict.fromkeys(READ_IN_TURN),
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
    "arch/x86/kernel/process_64.c",
)
"""The files of which every function counts; of others those that one of these names."""

NOT_KERNEL = ("Documentation/", "tools/", "samples/", "scripts/", "LICENSES/", "usr/", "rust/")
BUILD = ("Kconfig", "Makefile", "Kbuild")
ARCH = "x86"

NO_C, NO_KERNEL, NO_BUILD, OTHER_ARCH, UNSEEN, UNNAMED = (
    "it is no C",
    "it is no part of a kernel",
    "which files and options are built is taken as it was",
    f"it is of another architecture than {ARCH}",
    "task creation calls nothing in it",
    "no other file that task creation reads names what changed in it",
)
"""Why a file is set aside."""

_WORD = re.compile(r"[A-Za-z_]\w+")
_KEYWORDS = listed(
    """
    auto break case char const continue default define defined do double elif else endif enum
    extern float for goto if ifdef ifndef include inline int long register restrict return short
    signed sizeof static struct switch typedef undef union unsigned void volatile while
    u8 u16 u32 u64 s8 s16 s32 s64 bool true false NULL __user __rcu __init __always_inline
    """
)


@lru_cache(maxsize=8192)
def words_of(text: str) -> frozenset[str]:
    """Return the names in a text, keywords left out."""
    return frozenset(_WORD.findall(text)) - _KEYWORDS


def aside(path: str) -> str:
    """Return why a file cannot matter, by its path alone; nothing where it may."""
    name = path.rsplit("/", 1)[-1]
    if path.startswith(NOT_KERNEL):
        return NO_KERNEL
    if name.startswith(BUILD):
        return NO_BUILD
    if path.startswith("arch/") and not path.startswith(f"arch/{ARCH}/"):
        return OTHER_ARCH
    return "" if name.endswith((".c", ".h", ".S")) else NO_C


def seen(path: str, trees: tuple[Tree, Tree]) -> frozenset[str] | None:
    """Return the functions of a ``.c`` file that task creation may call, ``None`` for all.

    Those are the ones that a file of :data:`ROOTS` names, and what they call in their own file.
    A text that cannot be told apart into functions counts in full.
    """
    if path in ROOTS:
        return None
    named = frozenset[str]().union(*(named_by_roots(tree) for tree in trees))
    found: set[str] = set()
    for tree in trees:
        text = tree.text(path)
        if text is not None and not named.isdisjoint(words_of(text)):
            try:
                found |= _reachable(prepared(text).bodies, named)
            except Problem:
                return None
    return frozenset(found)


def named_by_roots(tree: Tree) -> frozenset[str]:
    """Return every name in the files of :data:`ROOTS`."""
    texts = (tree.text(path) for path in ROOTS)
    return frozenset[str]().union(*(words_of(text) for text in texts if text))


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


def users(headers: set[str], touched: frozenset[str], trees: tuple[Tree, Tree]) -> list[str]:
    """Return the ``.c`` files of :data:`ROOTS` that name what changes of headers touch.

    Those are left out from which no ``#include`` leads to one, whatever stands round that.
    """
    named = [
        path
        for path in dict.fromkeys(ROOTS)
        if path.endswith(".c")
        and any(not touched.isdisjoint(words_of(tree.text(path) or "")) for tree in trees)
    ]
    graphs = [Includes(tree) for tree in trees]
    return [path for path in named if any(graph.leads(path, headers) for graph in graphs)]


MOST_TOUCHED = 60
"""Names that a header's change may reach by way of other headers, before it is not followed."""


def spread(
    headers: set[str], touched: frozenset[str], trees: tuple[Tree, Tree]
) -> tuple[frozenset[str], bool]:
    """Return names with the macros and functions of other headers that mention one of them.

    Those of every header count that the files of :data:`ROOTS` may include.  Beside stands
    whether all were followed: else the names are those that were given.
    """
    found = set(touched)
    for tree in trees:
        texts = [tree.text(path) or "" for path in Includes(tree).of_roots() if path not in headers]
        for _ in range(DEEPEST):
            before = len(found)
            for text in texts:
                if not found.isdisjoint(words_of(text)):
                    found |= {one.name for one in _pieces(text) if _mentions(one, found)}
                if len(found) > MOST_TOUCHED:
                    return touched, False
            if len(found) == before:
                break
    return frozenset(found) - _KEYWORDS, True


def _mentions(piece: _Piece, names: set[str]) -> bool:
    return bool(piece.name) and not names.isdisjoint(piece.words)


class Includes:
    """Which headers a file of a tree may include, by the words of its ``#include`` lines."""

    def __init__(self, tree: Tree) -> None:
        self.tree = tree
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

    def of_roots(self) -> list[str]:
        """Return the headers of the tree that the files of :data:`ROOTS` may include."""
        found, waiting = set(ROOTS), list(ROOTS)
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
                f"{place}/{name}" for name in names for place in (folder, *_FOLDERS)
            ] + [f"include/asm-generic/{name[4:]}" for name in names if name.startswith("asm/")]
        return self._named[path]


_INCLUDED = re.compile(r"^[ \t]*#[ \t]*include[ \t]*[<\"]([\w./+-]+)[>\"]", re.MULTILINE)
_FOLDERS = ("include", "include/uapi", f"arch/{ARCH}/include", f"arch/{ARCH}/include/uapi")


def touched_names(file: Applied) -> frozenset[str]:
    """Return the names that a header's changed lines may give another meaning elsewhere.

    Those are the macros and functions that the lines stand in, what they declare (fields,
    enumerators: all from there on), and the macros and functions of the header that mention one
    of these.  A field or an enumerator that the header did not have before is none: no text that
    was compiled had it, and what the patch adds elsewhere is compared as it is.
    """
    found: set[str] = set()
    known = words_of(file.before or "")
    for text, lines in ((file.before, file.removed), (file.after, file.added)):
        pieces = _pieces(text or "")
        for piece in pieces:
            changed = [line for line in lines if piece.first <= line <= piece.last]
            if changed:
                found |= {piece.name} if piece.name else piece.touched(changed) & known
        for piece in [one for one in pieces if one.name] * DEEPEST:
            if not found.isdisjoint(piece.words):
                found.add(piece.name)
    return frozenset(found) - _KEYWORDS


DEEPEST = 3
"""How often a header's macros and functions are followed to those that use them."""


@dataclass(frozen=True)
class _Piece:
    """A stretch of a header: a macro, a function, a structure, or some declarations.

    ``name`` is that of the macro or the function.
    """

    first: int
    lines: tuple[str, ...]
    name: str = ""

    @property
    def last(self) -> int:
        return self.first + len(self.lines) - 1

    @cached_property
    def words(self) -> frozenset[str]:
        return words_of("\n".join(self.lines))

    def touched(self, changed: list[int]) -> set[str]:
        prototype = _PROTOTYPE.match("\n".join(self.lines))
        if prototype is not None:
            return {prototype.group(1)}
        lines = [self.lines[line - self.first] for line in changed]
        if _ENUM.search(self.lines[0]):
            lines = list(self.lines[changed[0] - self.first :])
        return {word for line in lines for word in _DECLARES.findall(line)}


_DECLARES = re.compile(r"([A-Za-z_]\w+)\s*(?:\[[^\]]*\]\s*)*(?=[;,=:}]|\)\s*\(|$)")
_PROTOTYPE = re.compile(r"[^{;=(]*?(\w+)\s*\((?!\s*\*)[^{]*$", re.DOTALL)
_MACRO = re.compile(r"\s*#\s*(?:define|undef)\s+(\w+)")
_TAG = re.compile(r"(?:typedef\s+)?(?:struct|union|enum)\s+(\w+)[^;(]*\{")
_ENUM = re.compile(r"\benum\b")
_FUNCTION = re.compile(r"(\w+)\s*\([^;{]*\)[^;{=]*\{", re.DOTALL)


@lru_cache(maxsize=2048)
def _pieces(text: str) -> tuple[_Piece, ...]:
    """Return a header in pieces: a line ends one outside of braces and of what goes on."""
    pieces, first, depth, kept = [], 1, 0, list[str]()
    lines = without_comments(text).split("\n")
    for number, line in enumerate(lines, 1):
        kept.append(line)
        macro = _MACRO.match(kept[0]) is not None
        depth = 0 if macro else max(0, depth + line.count("{") - line.count("}"))
        goes_on = depth > 0 or line.rstrip().endswith("\\")
        open_ = not macro and line.strip() and not line.rstrip().endswith((";", "}", "*/"))
        if not goes_on and (macro or not open_ or line.startswith("#")) or number == len(lines):
            pieces.append(_piece(first, tuple(kept)))
            first, kept = number + 1, []
    return tuple(pieces)


def _piece(first: int, lines: tuple[str, ...]) -> _Piece:
    text = "\n".join(lines)
    macro, tag, function = _MACRO.match(text), _TAG.search(text), _FUNCTION.search(text[:20_000])
    if macro is not None:
        return _Piece(first, lines, macro.group(1))
    if tag is not None and (function is None or tag.start() <= function.start()):
        return _Piece(first, lines)
    return _Piece(first, lines, function.group(1) if function is not None else "")
