"""Random small functions in C, and versions of them; both can be compiled and run."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

Tree = tuple[object, ...]
INTS = ("a", "b", "c")
TYPES = ("int", "int", "int", "short", "unsigned int", "u8", "long")
FIELDS = ("pid", "flags", "clock", "small", "one", "three", "on", "in.a", "in.b", "array[1]")


@dataclass
class Maker:
    """Makes expressions and statements by a seeded generator."""

    random: random.Random

    def expression(self, depth: int = 2) -> Tree:
        """An expression without effects."""
        r = self.random
        kind = r.randrange(10 if depth else 4)
        if kind == 0:
            return ("const", r.choice((0, 1, 2, 3, 8, 255, 256, -1, -22, 65536)))
        if kind == 1:
            return ("var", r.choice((*INTS, "n", "flags", "x")))
        if kind in (2, 3):
            return ("field", r.choice(("p", "q")), r.choice(FIELDS))
        one, two = self.expression(depth - 1), self.expression(depth - 1)
        if kind in (4, 5, 6):
            return ("binary", r.choice(("+", "-", "&", "|", "^", "*")), one, two)
        if kind == 7:
            return ("binary", r.choice(("==", "!=", "<", ">", "<=", ">=", "&&", "||")), one, two)
        if kind == 8:
            return ("unary", r.choice(("!", "~", "-", "!!", "(u8)", "(short)")), one)
        return ("choose", self.expression(depth - 1), one, two)

    def statement(self, depth: int) -> Tree:
        """A statement."""
        r = self.random
        kind = r.randrange(16 if depth else 9)
        if kind < 2:
            return (
                "set",
                ("var", r.choice(INTS)),
                r.choice(("", "+", "|", "&")),
                self.expression(),
            )
        if kind < 4:
            place = ("field", r.choice(("p", "q")), r.choice(FIELDS))
            return ("set", place, r.choice(("", "", "+", "|")), self.expression())
        if kind < 6:
            return ("call", r.choice(INTS), r.choice(("f", "g")), self.expression())
        if kind == 6:
            return ("do", r.choice(("get", "put")), r.choice(("p", "q")))
        if kind == 7:
            return (
                "through",
                r.choice(("&a", "&p->in.a", "&q->pid", "&p->array[2]")),
                self.expression(),
            )
        if kind == 8:
            return ("leave", r.choice(("return", "goto")), self.expression(1))
        if kind < 12:
            other = self.block(depth - 1) if r.randrange(2) else ()
            return ("if", self.expression(), self.block(depth - 1), other)
        if kind == 12:
            return ("for", r.choice(("n & 3", "2", "a & 1")), self.block(0))
        if kind == 13:
            return ("switch", self.expression(1), self.block(0), self.block(0), self.block(0))
        if kind == 14:
            return ("once", self.expression(1), self.block(0))
        return ("array", self.expression(1), self.expression(1))

    def block(self, depth: int) -> Tree:
        """A few statements."""
        return tuple(self.statement(depth) for _ in range(self.random.randrange(1, 4)))


def _e(e: Tree) -> str:
    match e:
        case ("const", value):
            return f"({value})" if isinstance(value, int) and value < 0 else str(value)
        case ("var", name):
            return str(name)
        case ("field", base, name):
            return f"{base}->{name}"
        case ("binary", op, one, two):
            return f"({_e(one)} {op} {_e(two)})"  # type: ignore[arg-type]
        case ("unary", op, one):
            return f"({op}{_e(one)})"  # type: ignore[arg-type]
        case ("choose", test, one, two):
            return f"({_e(test)} ? {_e(one)} : {_e(two)})"  # type: ignore[arg-type]
    raise ValueError(e)


def _s(s: Any, style: random.Random) -> str:
    return _STATEMENTS[s[0]](s, style)


def _set(s: Any, style: random.Random) -> str:
    _, place, op, value = s
    if op and style.randrange(2):
        return f"{_e(place)} = {_e(place)} {op} ({_e(value)});"
    return f"{_e(place)} {op}= {_e(value)};"


def _call(s: Any, style: random.Random) -> str:
    _, name, callee, value = s
    if style.randrange(3) == 0:
        return f"{{ int t = {callee}({_e(value)}); {name} = t; }}"
    return f"{name} = {callee}({_e(value)});"


def _leave(s: Any, style: random.Random) -> str:
    return f"return {_e(s[2])};" if s[1] == "return" else f"{{ a = {_e(s[2])}; goto out; }}"


def _for(s: Any, style: random.Random) -> str:
    _, bound, body = s
    if style.randrange(2):
        return f"{{ int i = 0; while (i < ({bound})) {{ {_b(body, style)} x += i; i++; }} }}"
    return f"for (int i = 0; i < ({bound}); i++) {{ {_b(body, style)} x += i; }}"


def _switch(s: Any, style: random.Random) -> str:
    value, (one, two, three) = _e(s[1]), (_b(part, style) for part in s[2:])
    if style.randrange(2):
        return (
            f"{{ int v = {value}; if (v == 1) {{ {one} }} "
            f"else if (v == 2 || v == 3) {{ {two} }} else {{ {three} }} }}"
        )
    return (
        f"switch ((int)({value})) {{ case 1: {one} break; case 2: case 3: "
        f"{two} break; default: {three} }}"
    )


def _once(s: Any, style: random.Random) -> str:
    if style.randrange(2):
        return f"if (!({_e(s[1])})) {{ {_b(s[2], style)} }}"
    return f"do {{ if ({_e(s[1])}) break; {_b(s[2], style)} }} while (0);"


_STATEMENTS: dict[str, Callable[[Any, random.Random], str]] = {
    "set": _set,
    "call": _call,
    "do": lambda s, _: f"{s[1]}({s[2]});",
    "through": lambda s, _: f"{{ int *r = {s[1]}; *r = {_e(s[2])}; }}",
    "leave": _leave,
    "if": lambda s, style: _if(s[1], s[2], s[3], style),
    "for": _for,
    "switch": _switch,
    "once": _once,
    "array": lambda s, _: f"p->array[({_e(s[1])}) & 3] = {_e(s[2])};",
}


def _if(test: Tree, then: Tree, other: Tree, style: random.Random) -> str:
    if style.randrange(2):
        return f"if (!({_e(test)})) {{ {_b(other, style)} }} else {{ {_b(then, style)} }}"
    rest = f" else {{ {_b(other, style)} }}" if other else ""
    return f"if ({_e(test)}) {{ {_b(then, style)} }}{rest}"


def _b(block: Tree, style: random.Random) -> str:
    return " ".join(_s(s, style) for s in block)  # type: ignore[arg-type]


def text(body: Tree, style: int, types: tuple[str, ...]) -> str:
    """The function as C, in one of many ways to write it."""
    values = ("n", "3", "q->pid")
    first = " ".join(f"{t} {n} = {v};" for t, n, v in zip(types, INTS, values, strict=True))
    return (
        "long it(struct task *p, struct task *q, int n, u64 flags)\n"
        f"{{ int x = 0; {first}\n{_b(body, random.Random(style))}\n"
        "out: return a + 3 * b + 7 * c + x; }\n"
    )


def changed(body: Tree, r: random.Random) -> Tree:
    """A body in which one thing is other: a part left out, doubled, swapped or made anew."""
    items = list(body)
    at = r.randrange(len(items))
    kind = r.randrange(6)
    if kind == 0 and len(items) > 1:
        del items[at]
    elif kind == 1 and at + 1 < len(items):
        items[at], items[at + 1] = items[at + 1], items[at]
    elif kind == 2:
        items[at] = Maker(r).statement(1)
    else:
        items[at] = _inside(items[at], r)  # type: ignore[arg-type]
    return tuple(items)


def _inside(s: Tree, r: random.Random) -> Tree:
    """A statement with one part changed."""
    blocks = [i for i, part in enumerate(s) if isinstance(part, tuple) and part and _is_block(part)]
    if blocks and r.randrange(2):
        at = r.choice(blocks)
        return (*s[:at], changed(s[at], r), *s[at + 1 :])  # type: ignore[arg-type]
    whole = [
        i for i, part in enumerate(s) if isinstance(part, tuple) and part and not _is_block(part)
    ]
    at = r.choice(whole) if whole else -1
    if at < 0:
        return s
    return (*s[:at], _other(s[at], r), *s[at + 1 :])  # type: ignore[arg-type]


def _is_block(part: Tree) -> bool:
    return bool(part) and isinstance(part[0], tuple)


def _other(e: Tree, r: random.Random) -> Tree:
    """An expression with one part changed; a place stays a place."""
    match e:
        case ("field", base, _):
            return ("field", base, r.choice(FIELDS))
        case ("var", _):
            return ("var", r.choice(INTS))
        case ("const", value):
            return ("const", int(str(value)) + r.choice((1, -1, 256)))
        case ("binary", op, one, two):
            return r.choice(
                (
                    ("binary", op, two, one),
                    ("binary", op, _other(one, r), two),  # type: ignore[arg-type]
                    ("binary", op, one, _other(two, r)),  # type: ignore[arg-type]
                )
            )
        case ("unary", op, one):
            return ("unary", op, _other(one, r))  # type: ignore[arg-type]
        case ("choose", test, one, two):
            return ("choose", _other(test, r), one, two)  # type: ignore[arg-type]
    return e
