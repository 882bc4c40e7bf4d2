"""What stands in a function, counted three ways: cursors, nodes, printed and written words.

libclang sometimes shows less than there is, and says nothing.  Where two counts differ the
function has a trouble.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, fields
from functools import cache
from typing import Any

from source.c.ir import (
    Assembly,
    Break,
    Call,
    Case,
    Continue,
    CType,
    Goto,
    If,
    Loop,
    Return,
    Switch,
)
from source.c.library import Cursor, children, identity, kind
from source.c.printed import Printed

_CURSORS = {
    "RETURN_STMT": "return",
    "GOTO_STMT": "goto",
    "INDIRECT_GOTO_STMT": "goto",
    "BREAK_STMT": "break",
    "CONTINUE_STMT": "continue",
    "CASE_STMT": "case",
    "DEFAULT_STMT": "default",
    "IF_STMT": "if",
    "SWITCH_STMT": "switch",
    "WHILE_STMT": "while",
    "DO_STMT": "do",
    "FOR_STMT": "for",
    "ASM_STMT": "asm",
    "CALL_EXPR": "call",
}
_NODES = {
    Return: "return",
    Goto: "goto",
    Break: "break",
    Continue: "continue",
    Case: "case",
    If: "if",
    Switch: "switch",
    Loop: "loop",
    Assembly: "asm",
    Call: "call",
}
_PLAIN = ("type", "line", "name", "text", "why", "operator", "number", "record", "bits")
_EXITS = ("return", "goto", "break", "continue", "if", "switch")


@dataclass
class Census:
    """The cursors of a function or of a part, each counted once, in the order they stand."""

    counts: Counter[str] = field(default_factory=Counter)
    loops: dict[int, int] = field(default_factory=dict)
    assemblies: dict[int, int] = field(default_factory=dict)
    generics: dict[int, int] = field(default_factory=dict)
    seen: set[int] = field(default_factory=set)

    def take(self, at: Cursor) -> None:
        """Count a cursor and all inside it that were not counted yet."""
        waiting = [at]
        while waiting:
            one = waiting.pop()
            if 100 <= one._kind_id < 300:
                key = identity(one)
                if key in self.seen:
                    continue
                self.seen.add(key)
                self._count(kind(one), key)
            waiting += reversed(children(one))

    def _count(self, sort: str, key: int) -> None:
        if sort == "GENERIC_SELECTION_EXPR":
            self.generics[key] = len(self.generics)
        word = _CURSORS.get(sort)
        if word is None:
            return
        self.counts[word] += 1
        if word == "for":
            self.loops[key] = len(self.loops)
        if word == "asm":
            self.assemblies[key] = len(self.assemblies)


def census(parts: Iterable[Cursor]) -> Census:
    """Return the count of some cursors and all inside them."""
    found = Census()
    for each in parts:
        found.take(each)
    return found


def nodes(of: object) -> Counter[str]:
    """Return how many of each counted kind a node holds."""
    found: Counter[str] = Counter()
    waiting: list[Any] = [of]
    while waiting:
        one = waiting.pop()
        if isinstance(one, tuple):
            waiting += one
            continue
        word = _NODES.get(type(one))
        if word:
            found[word] += 1
        waiting += [getattr(one, name) for name in _inner(one.__class__)]
    return found


@cache
def _inner(of: Any) -> tuple[str, ...]:
    if of is CType or not hasattr(of, "__dataclass_fields__"):
        return ()
    return tuple(each.name for each in fields(of) if each.name not in _PLAIN)


def differences(
    cursors: Census, dropped: Census, read: Counter[str], elided: int, printed: Printed
) -> list[str]:
    """Return where the counts part, a sentence each; nothing where they agree."""
    return [
        *_printed_differences(cursors.counts, printed.counts),
        *_read_differences(_gathered(cursors.counts - dropped.counts), read, elided),
    ]


def _gathered(counts: Counter[str]) -> Counter[str]:
    found = Counter(counts)
    found["loop"] = found.pop("for", 0) + found.pop("while", 0) + found.pop("do", 0)
    found["case"] += found.pop("default", 0)
    return found


def _printed_differences(cursors: Counter[str], printed: Counter[str]) -> list[str]:
    expected = Counter(cursors)
    expected["while"] += expected["do"]
    return [
        f"the compiler prints {printed[word]} '{word}' and shows {expected[word]}"
        for word in (*_EXITS, "case", "while", "for", "do", "asm")
        if printed[word] != expected[word]
    ]


def _read_differences(shown: Counter[str], read: Counter[str], elided: int) -> list[str]:
    found = [
        f"{shown[word]} '{word}' are shown and {read[word]} were read"
        for word in (*_EXITS, "case", "loop", "asm")
        if shown[word] != read[word]
    ]
    if read["call"] < shown["call"] - elided:
        found.append(f"{shown['call'] - elided} calls are shown and {read['call']} were read")
    return found


def fewer(written: Counter[str], read: Counter[str]) -> list[str]:
    """Return which exits the text has that the reading lacks, a sentence each."""
    return [
        f"the text has {written[word]} '{word}' and {read[word]} were read"
        for word in _EXITS
        if written[word] > read[word]
    ]
