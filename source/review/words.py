"""Nodes of C in the words of C, short."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from source.c.ir import (
    Address,
    Assign,
    Binary,
    Call,
    Choose,
    Compound,
    Constant,
    Convert,
    Declare,
    Deref,
    FunctionName,
    Global,
    Index,
    Initial,
    Inside,
    Local,
    Member,
    Step,
    Text,
    Unary,
    Unread,
)

LONGEST = 120


def words(node: object) -> str:
    """An expression as it is written in C, its conversions left out."""
    text = _words(node)
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"


def _words(e: Any) -> str:
    write = _WRITERS.get(type(e))
    return write(e) if write is not None else type(e).__name__.lower()


def _member(e: Member) -> str:
    if isinstance(e.base, Deref):
        return f"{_inner(e.base.pointer)}->{e.name}"
    return f"{_inner(e.base)}.{e.name}"


def _choose(e: Choose) -> str:
    then = "" if e.then is None else f" {_words(e.then)} "
    return f"{_inner(e.test)} ?{then}: {_words(e.other)}"


def _step(e: Step) -> str:
    both = (e.operator, _inner(e.place))
    return "".join(both if e.before else both[::-1])


def _declared(e: Declare) -> str:
    return e.name if e.value is None else f"{e.name} = {_words(e.value)}"


def _call(e: Call) -> str:
    return f"{_inner(e.callee)}({', '.join(_words(a) for a in e.arguments)})"


_WRITERS: dict[type, Callable[[Any], str]] = {
    Constant: lambda e: str(e.value),
    Text: lambda e: f'"{e.text}"',
    Local: lambda e: e.name or "(unnamed)",
    Global: lambda e: str(e.name),
    FunctionName: lambda e: str(e.name),
    Member: _member,
    Index: lambda e: f"{_inner(e.base)}[{_words(e.index)}]",
    Deref: lambda e: f"*{_inner(e.pointer)}",
    Address: lambda e: f"&{_inner(e.place)}",
    Convert: lambda e: _words(e.value),
    Unary: lambda e: f"{e.operator}{_inner(e.value)}",
    Binary: lambda e: f"{_inner(e.left)} {e.operator} {_inner(e.right)}",
    Choose: _choose,
    Call: _call,
    Assign: lambda e: f"{_words(e.place)} {e.operator}= {_words(e.value)}",
    Step: _step,
    Declare: _declared,
    Compound: lambda e: "{ … }",
    Initial: lambda e: "{ … }",
    Inside: lambda e: "({ … })",
    Unread: lambda e: str(e.text),
}


def _inner(e: Any) -> str:
    text = _words(e)
    while isinstance(e, Convert):
        e = e.value
    return f"({text})" if isinstance(e, Binary | Choose | Assign) else text


def constant(e: object) -> bool | None:
    """What a condition always is, whatever is read for it; nothing where that is open."""
    if isinstance(e, Convert):
        return constant(e.value)
    if isinstance(e, Constant):
        return bool(e.value)
    if isinstance(e, Unary) and e.operator == "!":
        value = constant(e.value)
        return None if value is None else not value
    if isinstance(e, Binary) and e.operator in ("&&", "||"):
        return _both(e.operator == "&&", constant(e.left), constant(e.right))
    return None


def _both(both: bool, left: bool | None, right: bool | None) -> bool | None:
    if left is (not both) or right is (not both):
        return not both
    return None if None in (left, right) else both


def condition(e: object, holds: bool) -> str:
    """A condition in the words of C, turned round where it does not hold."""
    while True:
        if isinstance(e, Unary) and e.operator == "!":
            e, holds = e.value, not holds
        elif isinstance(e, Convert):
            e = e.value
        else:
            break
    if holds:
        return words(e)
    if isinstance(e, Binary) and e.operator in _TURNED:
        return words(Binary(e.type, _TURNED[e.operator], e.left, e.right))
    return f"!{_inner(e)}"


_TURNED = {"==": "!=", "!=": "==", "<": ">=", ">": "<=", "<=": ">", ">=": "<"}
