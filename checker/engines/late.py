"""Bit-blasting that puts comparisons off: what cannot hold whatever they come to cannot hold.

Two outcomes of a call are mostly made of the same comparisons of the same words.  Whether they
are equal then needs none of the words' bits, nor of the arithmetic that leads there.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from typing import Any

from checker.engines.blast import Blaster
from checker.engines.gates import Bits, Clause
from model.node import INPUT, NUMBER, Term

COMPARISONS = ("bvult", "bvslt")
PLAIN = (INPUT, NUMBER)


class LateBlaster(Blaster):
    """Leaves each comparison of what was computed open until it is told to :meth:`settle` them.

    Truths that cannot hold together even so cannot hold together; of others it says nothing
    until then.
    """

    def __init__(self, add: Clause) -> None:
        super().__init__(add)
        self._add = add
        self._put_off: deque[tuple[Term, int]] = deque()

    def meaning(self, term: Term) -> Bits:
        """Return the literals of a term."""
        done = self._done
        if term.serial not in done:
            for node in _parts_above(term, done):
                done[node.serial] = self._later(node) if _waits(node) else self._now(node)
        return done[term.serial]

    def settle(self) -> bool:
        """Say what each comparison comes to that was put off; return whether there was any.

        Raises :class:`~checker.engines.gates.Unsupported` where one is made of what is not known.
        """
        if not self._put_off:
            return False
        while self._put_off:
            node, open_ = self._put_off[0]
            for one in node.operands:
                self.meaning(one)
            found = self._now(node)[0]
            self._add([-open_, found])
            self._add([open_, -found])
            self._put_off.popleft()
        return True

    def _later(self, node: Term) -> Bits:
        open_ = self.gates.fresh()
        self._put_off.append((node, open_))
        return [open_]

    def _now(self, node: Term) -> Bits:
        return self._read(node, [self._done[one.serial] for one in node.operands])


def _waits(node: Term) -> bool:
    if node.kind not in COMPARISONS:
        return False
    left, right = node.operands
    return left.kind not in PLAIN or right.kind not in PLAIN or left.kind == right.kind


def _parts_above(root: Term, known: Mapping[int, Any]) -> list[Term]:
    """Return a term's parts and the term, after their operands; of what waits no operands."""
    found, left = {root.serial: root}, [root]
    while left:
        node = left.pop()
        for one in () if _waits(node) else node.operands:
            if one.serial not in found and one.serial not in known:
                found[one.serial] = one
                left.append(one)
    return [found[serial] for serial in sorted(found)]
