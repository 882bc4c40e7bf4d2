"""Terms read node by node, each part once: nothing is simplified, nothing is decided."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Generic, TypeVar

from model.node import Term

T = TypeVar("T")


def parts(root: Term, known: Mapping[int, Any]) -> list[Term]:
    """Return a term's parts and the term, each once and after its operands, but those known."""
    found, left = {root.serial: root}, [root]
    while left:
        for one in left.pop().operands:
            serial = one.serial
            if serial not in found and serial not in known:
                found[serial] = one
                left.append(one)
    return [found[serial] for serial in sorted(found)]


class TermReading(Generic[T]):
    """Gives every part of a term a meaning, once: after all that it is made of."""

    def __init__(self) -> None:
        self._done: dict[int, T] = {}

    def meaning(self, term: Term) -> T:
        """Return what a term comes to."""
        done = self._done
        if term.serial not in done:
            for node in parts(term, done):
                done[node.serial] = self._read(node, [done[one.serial] for one in node.operands])
        return done[term.serial]

    def _read(self, node: Term, operands: list[T]) -> T:
        raise NotImplementedError
