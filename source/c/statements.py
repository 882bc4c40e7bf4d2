"""Statements: which cursor becomes which node."""

from __future__ import annotations

import re

from source.c.assembly import assembly
from source.c.ir import (
    Block,
    Break,
    Case,
    Continue,
    Declare,
    Do,
    Expression,
    Goto,
    If,
    Label,
    Loop,
    Return,
    Statement,
    Strange,
    Switch,
)
from source.c.library import (
    Cursor,
    children,
    constant,
    identity,
    initialiser,
    kind,
    printed,
)
from source.c.lowering import Lowering, ReadStatement

_CLEANUP = re.compile(r"\bcleanup\s*\(\s*(\w+)\s*\)")


def _one(low: Lowering, at: Cursor) -> Statement:
    body = low.statements(at)
    return body[0] if len(body) == 1 else Block(tuple(body), low.line(at))


def _block(low: Lowering, at: Cursor, line: int) -> list[Statement]:
    body = [each for child in children(at) for each in low.statements(child)]
    return [Block(tuple(body), line)]


def _expression(low: Lowering, at: Cursor, line: int) -> list[Statement]:
    return [Do(low.expression(at), line)]


def _declarations(low: Lowering, at: Cursor, line: int) -> list[Statement]:
    return [
        each
        for child in children(at)
        for each in (_variable(low, child) if kind(child) == "VAR_DECL" else _no_code(low, child))
    ]


def _no_code(low: Lowering, at: Cursor) -> list[Statement]:
    low.drop(at)
    return []


def _variable(low: Lowering, at: Cursor) -> list[Statement]:
    begins = initialiser(at)
    if at.storage_class.name == "STATIC":
        low.static(at)
    if at.storage_class.name in ("STATIC", "EXTERN"):
        return _no_code(low, at)
    for child in children(at):
        if begins is None or identity(child) != identity(begins):
            low.drop(child)
    number, of, line = low.declare(at), low.types.of(at.type), low.line(at)
    if at.type.get_canonical().kind.name == "VARIABLEARRAY":
        return [low.strange(at, "an array of variable length")]
    value = None if begins is None else low.initial(begins)
    cleanup, odd = _cleanup(at)
    found: list[Statement] = [Declare(of, number, at.spelling, value, cleanup, line)]
    return [*found, Strange(odd, "an attribute", line, low.printed.mark)] if odd else found


def _cleanup(at: Cursor) -> tuple[str, str]:
    if not any(kind(child) == "UNEXPOSED_ATTR" for child in children(at)):
        return "", ""
    text = printed(at)
    if "cleanup" not in text:
        return "", ""
    head = re.search(
        rf"\b{re.escape(at.spelling)}\b(?:\[[^\]]*\])*\s*((?:__attribute__\(\(.*?\)\)\)?\s*)+)",
        text,
    )
    found = _CLEANUP.search(head[1]) if head else None
    return (found[1], "") if found else ("", text.split("=")[0])


def _if(low: Lowering, at: Cursor, line: int) -> list[Statement]:
    test, then, *other = children(at)
    asked, yes = low.expression(test), _one(low, then)
    return [If(asked, yes, _one(low, other[0]) if other else None, line)]


def _for(low: Lowering, at: Cursor, line: int) -> list[Statement]:
    *parts, body = children(at)
    there = (True, True, True) if len(parts) == 3 else (False, False, False)
    if len(parts) in (1, 2):
        known = low.loop(at)
        if known is None or sum(known) != len(parts):
            return [low.strange(at, "a loop whose head is not shown")]
        there = known
    rest = iter(parts)
    before = _one(low, next(rest)) if there[0] else None
    test = low.expression(next(rest)) if there[1] else None
    after = low.expression(next(rest)) if there[2] else None
    return [Loop(before, test, after, _one(low, body), line=line)]


def _while(low: Lowering, at: Cursor, line: int) -> list[Statement]:
    test, body = children(at)
    return [Loop(None, low.expression(test), None, _one(low, body), line=line)]


def _do(low: Lowering, at: Cursor, line: int) -> list[Statement]:
    body, test = children(at)
    inner = _one(low, body)
    return [Loop(None, low.expression(test), None, inner, True, line)]


def _switch(low: Lowering, at: Cursor, line: int) -> list[Statement]:
    value, body = children(at)
    return [Switch(low.expression(value), _one(low, body), line)]


def _case(low: Lowering, at: Cursor, line: int) -> list[Statement]:
    *values, body = children(at)
    numbers = [constant(each) for each in values]
    if not numbers or numbers[0] is None or numbers[-1] is None:
        return [low.strange(at, "a case that is not constant")]
    for each in values:
        low.drop(each)
    return [Case(numbers[0], numbers[-1], _one(low, body), line)]


def _default(low: Lowering, at: Cursor, line: int) -> list[Statement]:
    return [Case(None, None, _one(low, children(at)[0]), line)]


def _label(low: Lowering, at: Cursor, line: int) -> list[Statement]:
    inner = [each for each in children(at) if kind(each) != "LABEL_REF"]
    return [Label(low.named(at.spelling), _one(low, inner[-1]), line)]


def _goto(low: Lowering, at: Cursor, line: int) -> list[Statement]:
    return [Goto(low.named(children(at)[0].spelling), line)]


def _return(low: Lowering, at: Cursor, line: int) -> list[Statement]:
    inner = children(at)
    value: Expression | None = low.expression(inner[0]) if inner else None
    return [Return(value, line)]


def _assembly(low: Lowering, at: Cursor, line: int) -> list[Statement]:
    return [assembly(low, at, low.assembly(at), line)]


def _attributed(low: Lowering, at: Cursor, line: int) -> list[Statement]:
    inner = children(at)
    if not inner:
        return [low.strange(at, "a statement of a rare kind")]
    return low.statements(inner[-1])


STATEMENTS: dict[str, ReadStatement] = {
    "expression": _expression,
    "COMPOUND_STMT": _block,
    "DECL_STMT": _declarations,
    "IF_STMT": _if,
    "FOR_STMT": _for,
    "WHILE_STMT": _while,
    "DO_STMT": _do,
    "SWITCH_STMT": _switch,
    "CASE_STMT": _case,
    "DEFAULT_STMT": _default,
    "LABEL_STMT": _label,
    "GOTO_STMT": _goto,
    "RETURN_STMT": _return,
    "BREAK_STMT": lambda _low, _at, line: [Break(line)],
    "CONTINUE_STMT": lambda _low, _at, line: [Continue(line)],
    "NULL_STMT": lambda _low, _at, line: [Block((), line)],
    "ASM_STMT": _assembly,
    "UNEXPOSED_STMT": _attributed,
}
