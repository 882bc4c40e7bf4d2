"""Walking over the nodes of C: what a part assigns, jumps to and takes the address of."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, fields
from functools import cache
from typing import Any

from source.c.ir import (
    Address,
    Assembly,
    Assign,
    Block,
    Call,
    Compound,
    Convert,
    CType,
    Declare,
    Expression,
    FunctionBody,
    FunctionName,
    Global,
    Goto,
    Index,
    Inside,
    Label,
    Local,
    Loop,
    Member,
    Step,
    Strange,
    Unread,
)

Node = Any


@cache
def _slots(kind: Any) -> tuple[str, ...]:
    return tuple(f.name for f in fields(kind) if f.name not in ("line", "name", "text", "why"))


@cache
def _is_node(kind: Any) -> bool:
    return hasattr(kind, "__dataclass_fields__") and not issubclass(kind, CType)


def parts(node: Node) -> list[Node]:
    """The nodes right inside of a node, in the order of the text."""
    kind: Any = type(node)
    return _among([getattr(node, name) for name in _slots(kind)])


def _among(values: Iterable[Any]) -> list[Node]:
    found: list[Node] = []
    for value in values:
        kind: Any = type(value)
        if kind is tuple:
            found += _among(value)
        elif _is_node(kind):
            found.append(value)
    return found


def nodes(node: Node) -> Iterator[Node]:
    """A node and all nodes inside of it, in the order of the text."""
    waiting = [node]
    while waiting:
        one = waiting.pop()
        yield one
        waiting += reversed(parts(one))


def root(place: Expression) -> Local | None:
    """The local variable that a place is a part of."""
    while isinstance(place, Member | Index):
        place = place.base
    return place if isinstance(place, Local) else None


def assigned(node: Node) -> list[Local]:
    """The local variables that a part writes by their name, in the order of the text."""
    found: dict[int, Local] = {}
    for inner in nodes(node):
        places: tuple[Expression, ...] = ()
        if isinstance(inner, Assign | Step):
            places = (inner.place,)
        elif isinstance(inner, Assembly):
            places = inner.outputs
        for place in places:
            local = root(place)
            if local is not None:
                found.setdefault(local.number, local)
    return list(found.values())


def declared(node: Node) -> set[int]:
    """The local variables that come to be in a part."""
    return {inner.number for inner in nodes(node) if isinstance(inner, Declare)}


def addressed(node: Node) -> list[Local]:
    """The local variables whose address a part takes."""
    found = []
    for inner in nodes(node):
        place = None
        if isinstance(inner, Address):
            place = root(inner.place)
        elif isinstance(inner, Convert) and inner.value.type.kind == "array":
            place = root(inner.value)
        if place is not None:
            found.append(place)
    return found


def labels(node: Node) -> set[str]:
    """The labels in a part."""
    return {inner.name for inner in nodes(node) if isinstance(inner, Label)}


def label_scopes(body: Block) -> dict[str, frozenset[int]]:
    """For each label the blocks that it stands in, by identity."""
    found: dict[str, frozenset[int]] = {}

    def walk(node: Node, scopes: frozenset[int]) -> None:
        if isinstance(node, Block | Inside):
            scopes |= {id(node)}
        if isinstance(node, Loop):
            scopes |= {id(node)}
        if isinstance(node, Label):
            found[node.name] = scopes
        for part in parts(node):
            walk(part, scopes)

    walk(body, frozenset())
    return found


def backward(body: Block) -> set[str]:
    """The labels to which a later statement jumps back."""
    seen: set[str] = set()
    found: set[str] = set()
    for node in nodes(body):
        if isinstance(node, Label):
            seen.add(node.name)
        elif isinstance(node, Goto) and node.label in seen:
            found.add(node.label)
        elif isinstance(node, Assembly):
            found |= seen & set(node.labels)
    return found


def called(function: FunctionBody) -> list[str]:
    """The names of the functions that a function calls, as often as its text does."""
    found = [
        node.callee.name
        for node in nodes(function.body)
        if isinstance(node, Call) and isinstance(node.callee, FunctionName)
    ]
    found += [node.cleanup for node in nodes(function.body) if isinstance(node, Declare)]
    return [name for name in found if name]


def cleanups(function: FunctionBody) -> set[str]:
    """The functions that are called where scopes of a function are left."""
    return {n.cleanup for n in nodes(function.body) if isinstance(n, Declare) and n.cleanup}


def globals_of(function: FunctionBody) -> set[str]:
    """The variables outside of a function that it names."""
    return {node.name for node in nodes(function.body) if isinstance(node, Global)}


def quiet(node: Node) -> bool:
    """Whether an expression does nothing but yield a value (reads of volatile ones count)."""
    return not any(
        isinstance(inner, Call | Assign | Step | Inside | Assembly | Compound | Strange | Unread)
        or _volatile(inner)
        for inner in nodes(node)
    )


def _volatile(node: Node) -> bool:
    type = getattr(node, "type", None)
    return isinstance(type, CType) and type.volatile


@dataclass
class Reading:
    """Where the local variables of a function are read, by the order of its text."""

    spans: dict[int, tuple[int, int]] = field(default_factory=dict)
    reads: dict[int, int] = field(default_factory=dict)
    _count: int = 0

    def walk(self, node: Node, kept: bool = False) -> None:
        """Takes a node in; ``kept`` if it is only assigned to."""
        self._count += 1
        start = self._count
        if isinstance(node, Local) and not kept:
            self.reads[node.number] = start
        if isinstance(node, Declare) and node.cleanup:
            self.reads[node.number] = 1 << 60
        for part in parts(node):
            target = isinstance(node, Assign) and not node.operator and part is node.place
            self.walk(part, target)
        self.spans[id(node)] = (start, self._count)

    def after(self, place: int) -> set[int]:
        """The local variables that are read behind a place."""
        return {number for number, last in self.reads.items() if last > place}


class Prepared:
    """What the text of a function says of its jumps and locals, worked out once."""

    def __init__(self, function: FunctionBody) -> None:
        body = function.body
        every = list(nodes(body))
        self.scopes = label_scopes(body)
        self.backward = backward(body)
        self.reading = Reading()
        self.reading.walk(body)
        loops = [n for n in every if isinstance(n, Loop)]
        looping = {label for loop in loops for label in labels(loop)}
        self.places = {
            n.name: self.reading.spans[id(n)][0]
            for n in every
            if isinstance(n, Label) and n.name not in looping and not self.backward
        }
        starts = sorted(self.reading.spans[id(n)][0] for n in every if isinstance(n, Label))
        self._starts = starts

    def labelled(self, node: Node) -> bool:
        """Whether a part has labels."""
        first, last = self.reading.spans[id(node)]
        at = bisect_left(self._starts, first)
        return at < len(self._starts) and self._starts[at] <= last
