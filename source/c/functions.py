"""A whole function: from its cursor to a ``FunctionBody``, with what went wrong."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from source.c.calls import call
from source.c.census import census, differences, fewer, nodes
from source.c.expressions import EXPRESSIONS
from source.c.initialisers import initial
from source.c.ir import Block, Expression, FunctionBody, Parameter
from source.c.library import Cursor, children, invalid, kind, printed
from source.c.lowering import Lowering, Readers
from source.c.printed import Printed
from source.c.statements import STATEMENTS
from source.c.types import Types

READERS = Readers({**EXPRESSIONS, "CALL_EXPR": call}, STATEMENTS, initial)

_COMMENTS = re.compile(r"/\*.*?\*/|//[^\n]*", re.DOTALL)


@dataclass(frozen=True)
class Lowered:
    """A function's reading, and the declarations outside of it that it rests on."""

    body: FunctionBody
    used: tuple[Cursor, ...]


@dataclass(frozen=True)
class Written:
    """Where a function stands, its text as it is written, and the compiler's errors in it.

    ``moved`` is by how many lines it stands elsewhere than the compiler says; ``own`` gives a
    text its own name, where the compiler has it under another.
    """

    path: str
    text: str
    errors: tuple[str, ...] = ()
    moved: int = 0
    own: Callable[[str], str] = str


def lowered(at: Cursor, name: str, types: Types, written: Written) -> Lowered:
    """Return a function read from its definition, under a name."""
    body = next(each for each in children(at) if kind(each) == "COMPOUND_STMT")
    shown = census(children(at))
    told = Printed(written.own(printed(at)))
    low = Lowering(name, types, READERS, told, shown, moved=written.moved, own=written.own)
    parameters = tuple(
        Parameter(low.declare(each), types.of(each.type), each.spelling, low.line(each))
        for each in at.get_arguments()
    )
    block = low.statements(body)[0]
    read = nodes(block)
    used = tuple(low.used.values())
    gone = census([*low.dropped, *_signature(at)])
    left = len(shown.seen - low.visited - gone.seen)
    troubles = [
        *written.errors,
        *low.troubles,
        *differences(shown, gone, read, low.elided, low.printed),
        *([f"{left} expressions are shown and were not looked at"] if left else []),
        *_lacking(written.text, shown.counts),
        *(f"{each.spelling} is declared wrongly" for each in used if invalid(each)),
    ]
    return Lowered(
        FunctionBody(
            name,
            types.of(at.result_type),
            parameters,
            block if isinstance(block, Block) else Block((block,)),
            written.path,
            at.extent.start.line + written.moved,
            at.extent.end.line + written.moved,
            at.storage_class.name == "STATIC",
            tuple(dict.fromkeys(troubles)),
            tuple(low.assumed),
        ),
        used,
    )


def begun(at: Cursor, begins: Cursor, name: str, types: Types) -> Expression:
    """Return what a variable of the file begins as."""
    low = Lowering(name, types, READERS, Printed(printed(at)), census([begins]))
    return low.initial(begins)


def _signature(at: Cursor) -> list[Cursor]:
    return [each for each in children(at) if kind(each) != "COMPOUND_STMT"]


def _lacking(text: str, shown: Counter[str]) -> list[str]:
    if "#" in text or not text.endswith("}"):
        return []
    return fewer(Printed(_COMMENTS.sub(" ", text)).counts, shown)
