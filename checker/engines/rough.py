"""Bit-blasting but for comparisons: what cannot hold whatever they come to cannot hold.

Two outcomes of a call are mostly made of the same comparisons of the same words.  Whether they
are equal then needs none of the words' bits, nor of the arithmetic that leads there.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from checker.engines.blast import Blaster
from checker.engines.gates import Bits
from model.node import INPUT, NUMBER, Term

COMPARISONS = ("bvult", "bvslt")
PLAIN = (INPUT, NUMBER)


class RoughBlaster(Blaster):
    """Takes each comparison of what was computed for open, whatever is compared.

    Truths that cannot hold together even so cannot hold together; of others it says nothing.
    """

    def meaning(self, term: Term) -> Bits:
        """Return the literals of a term."""
        done = self._done
        if term.serial not in done:
            for node in _parts_above(term, done):
                done[node.serial] = self._roughly(node)
        return done[term.serial]

    def _roughly(self, node: Term) -> Bits:
        if _is_open(node):
            return [self.gates.fresh()]
        return self._read(node, [self._done[one.serial] for one in node.operands])


def _is_open(node: Term) -> bool:
    if node.kind not in COMPARISONS:
        return False
    left, right = node.operands
    return left.kind not in PLAIN or right.kind not in PLAIN or left.kind == right.kind


def _parts_above(root: Term, known: Mapping[int, Any]) -> list[Term]:
    """Return a term's parts and the term, after their operands; of open ones no operands."""
    found, left = {root.serial: root}, [root]
    while left:
        node = left.pop()
        for one in () if _is_open(node) else node.operands:
            if one.serial not in found and one.serial not in known:
                found[one.serial] = one
                left.append(one)
    return [found[serial] for serial in sorted(found)]
