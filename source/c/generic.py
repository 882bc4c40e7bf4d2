"""``_Generic``: which of the choices its first operand's type picks.

libclang shows the choices without their types; the printed function tells those.
"""

from __future__ import annotations

import re

from source.c.ir import CType, Expression
from source.c.library import Cursor, children
from source.c.lowering import Lowering
from source.c.printed import split

_WORD = re.compile(r"[A-Za-z_]\w*|\S")


def generic(low: Lowering, at: Cursor, of: CType, line: int) -> Expression:
    """Return the choice that is picked, as an expression; ``Unread`` where that is not sure."""
    first, *choices = (each for each in children(at) if 100 <= each._kind_id < 200)
    told = low.generic(at)
    place = None if told is None else _picked(low, first, told, len(choices))
    if place is None:
        return low.unread(at, "a choice by type that is not told")
    for each in children(at):
        if each is not choices[place]:
            low.drop(each)
    return low.expression(choices[place])


def _picked(low: Lowering, first: Cursor, told: list[str], count: int) -> int | None:
    _, *labels = (_label(part) for part in split(told, ","))
    wanted = _written(low, _WORD.findall(first.type.get_canonical().spelling))
    types = [_written(low, each) for each in labels]
    if len(types) != count or wanted is None or None in types:
        return None
    while wanted[:1] in (["const"], ["volatile"]) and "*" not in wanted:
        wanted = wanted[1:]
    if wanted in types:
        return types.index(wanted)
    return types.index(["default"]) if ["default"] in types else None


def _label(words: list[str]) -> list[str]:
    return split(words, ":")[0]


def _written(low: Lowering, words: list[str]) -> list[str] | None:
    if any(word in ("typeof", "__typeof__", "unnamed", "anonymous") for word in words):
        return None
    known = low.types.typedefs
    tagged = any(word in ("struct", "union", "enum") for word in words)
    return [
        inner
        for word in words
        for inner in (_WORD.findall(known[word]) if word in known and not tagged else [word])
    ]
