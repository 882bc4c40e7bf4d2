"""A digest of a thing and of all that it leads to, also where things lead to each other.

Two things have one digest only if they say the same and whatever they name does, in its order.
Things that lead to each other (a function and the one that calls it back) are finished together,
as Tarjan found; each has the digest of all of them, and its number among them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from hashlib import blake2b
from marshal import dumps
from typing import Any

from checker.reads.parts import PLAIN, Parts, parts

_BYTES = 20
_PLAINLY = 2
"""The form of :mod:`marshal` in which equal values have one text, wherever they come from."""
_TOLD = (bytes, range)
"""Plain values that would be taken for a digest, or that :mod:`marshal` does not know."""


class _Node:
    """A thing that was met, what it names, and Tarjan's two numbers until it is finished."""

    __slots__ = ("digest", "index", "low", "named", "ordered", "says", "thing")

    def __init__(self, thing: Any, found: Parts, index: int) -> None:
        self.thing, self.says, self.ordered = thing, found.says, len(found.names)
        self.named: list[Any] = [*found.names, *found.unordered]
        """Things at first; then a node for each, or the plain value that it is."""
        self.index = self.low = index
        self.digest = b""


class Graph:
    """Things by their identity: none is looked at twice."""

    def __init__(self, look: Callable[[Any], Parts] = parts) -> None:
        self._look = look
        self._nodes: dict[int, _Node] = {}
        self._open: list[_Node] = []

    def digest(self, thing: Any) -> str:
        """Return the digest of a thing."""
        known = self._nodes.get(id(thing))
        if known is None:
            known = self._met(thing)
            self._follow(known)
        return known.digest.hex()

    def _met(self, thing: Any) -> _Node:
        node = _Node(thing, self._look(thing), len(self._nodes))
        self._nodes[id(thing)] = node
        self._open.append(node)
        return node

    def _follow(self, first: _Node) -> None:
        way: list[tuple[_Node, Iterator[int]]] = [(first, iter(range(len(first.named))))]
        while way:
            node, left = way[-1]
            deeper = self._next(node, left)
            if deeper is not None:
                way.append((deeper, iter(range(len(deeper.named)))))
                continue
            way.pop()
            if way:
                way[-1][0].low = min(way[-1][0].low, node.low)
            if node.low == node.index:
                at = self._open.index(node) if self._open[-1] is not node else -1
                group, self._open[at:] = self._open[at:], []
                _finish(group)

    def _next(self, node: _Node, left: Iterator[int]) -> _Node | None:
        """Return the next thing that a node names and that nobody met before; none if all were."""
        for place in left:
            thing = node.named[place]
            kind = type(thing)
            if kind in PLAIN:
                if kind in _TOLD:
                    node.named[place] = (repr(thing),)
                continue
            known = self._nodes.get(id(thing))
            if known is None:
                node.named[place] = self._met(thing)
                found: _Node = node.named[place]
                return found
            node.named[place] = known
            if not known.digest:
                node.low = min(node.low, known.index)
        return None


def _finish(group: list[_Node]) -> None:
    """Give each of a group its digest; all that it names beside itself has one."""
    if len(group) == 1:
        group[0].digest = _told(group[0], {})
        return
    alone = {id(one): b"" for one in group}
    first = {id(one): _told(one, alone) for one in group}
    numbers, order = _numbered(min(group, key=lambda one: first[id(one)]), first)
    whole = _hashed([_told(one, numbers) for one in order])
    for one in order:
        one.digest = _hashed((whole, numbers[id(one)]))


def _numbered(start: _Node, first: dict[int, bytes]) -> tuple[dict[int, bytes], list[_Node]]:
    """Return a number for each of a group, in the order in which they are named from one on."""
    numbers, order = {id(start): b"#0"}, [start]
    for one in order:
        ordered, rest = one.named[: one.ordered], one.named[one.ordered :]
        inner = [other for other in rest if isinstance(other, _Node) and id(other) in first]
        for other in [*ordered, *sorted(inner, key=lambda other: first[id(other)])]:
            if isinstance(other, _Node) and id(other) in first and id(other) not in numbers:
                numbers[id(other)] = b"#%d" % len(numbers)
                order.append(other)
    return numbers, order


def _told(node: _Node, group: dict[int, bytes]) -> bytes:
    """Return a digest of what a node says and names; of its group only the numbers."""
    named = [one.digest if type(one) is _Node else one for one in node.named]
    if group:
        named = [group.get(id(one), said) for one, said in zip(node.named, named, strict=True)]
    rest = sorted(named[node.ordered :], key=_text)
    return _hashed((node.says, named[: node.ordered], rest))


def _text(value: Any) -> bytes:
    return dumps(value, _PLAINLY)


def _hashed(said: Any) -> bytes:
    """Return a digest of numbers and texts, of which none can be taken for a part of another."""
    return blake2b(_text(said), digest_size=_BYTES).digest()
