"""What of a function its other version has not: lines, and variables of another type."""

from __future__ import annotations

from dataclasses import dataclass, field
from difflib import SequenceMatcher

from source.c.ir import CType, Declare, FunctionBody, Local
from source.review.nodes import nodes
from source.review.texts import Texts


@dataclass(frozen=True)
class Edited:
    """Of one version of a function: the lines that the other has not, by their names where
    variables are declared that have another type there, and the names that both declare; where
    the variables are used that such a line declares; and the edits one by one, as the first line
    and the one behind the last: both sides have as many.  ``here`` are those that stand in this
    version: of the others the line at that place is meant."""

    lines: tuple[int, ...] = ()
    retyped: dict[str, int] = field(default_factory=dict)
    names: frozenset[str] = frozenset()
    uses: frozenset[int] = frozenset()
    edits: tuple[tuple[int, int], ...] = ()
    here: frozenset[int] = frozenset()

    def holds(self, at: int, line: int) -> bool:
        """Whether a line stands in an edit."""
        first, end = self.edits[at]
        return at in self.here and first <= line < end

    def ahead(self, line: int) -> int | None:
        """How far the next such line or use is; nothing where all are passed."""
        every = self.uses.union(self.lines)
        return min((each - line for each in every if each >= line), default=None)


def edited(
    base: FunctionBody, head: FunctionBody, texts: tuple[Texts, Texts]
) -> tuple[Edited, Edited]:
    """What of each version the other has not; where it has more, the line at that place."""
    spans = _edits(base, head, texts)
    here = [frozenset(at for at, (a, b) in enumerate(side) if a < b) for side in spans]
    edits = [tuple((a, max(b, a + 1)) for a, b in side) for side in spans]
    one, two = (tuple(at for each in side for at in range(*each)) for side in edits)
    mine, other = _declared(base), _declared(head)
    names = frozenset(mine) & frozenset(other)
    retyped = [n for n in mine if n in names and _unlike(mine[n][0], other[n][0])]
    return (
        Edited(one, _at(retyped, mine), names, _uses(base, one), edits[0], here[0]),
        Edited(two, _at(retyped, other), names, _uses(head, two), edits[1], here[1]),
    )


def over(edits: tuple[Edited, Edited], line: int) -> int | None:
    """Where a line of the first version stands in the other, if it is in no edit."""
    base, head = edits
    far = head.edits[0][0] - base.edits[0][0] if base.edits else 0
    for at, ((first, end), (begin, last)) in enumerate(zip(base.edits, head.edits, strict=True)):
        if base.holds(at, line):
            return None
        gone, new = end - first if at in base.here else 0, last - begin if at in head.here else 0
        far += new - gone if first + gone <= line else 0
    return line + far


def _edits(
    base: FunctionBody, head: FunctionBody, texts: tuple[Texts, Texts]
) -> tuple[tuple[tuple[int, int], ...], tuple[tuple[int, int], ...]]:
    mine, other = (_text(f, t) for f, t in zip((base, head), texts, strict=True))
    one: list[tuple[int, int]] = []
    two: list[tuple[int, int]] = []
    blocks = SequenceMatcher(None, mine, other, autojunk=False).get_opcodes()
    for kind, a1, a2, b1, b2 in blocks:
        if kind != "equal":
            one.append((base.line + a1, base.line + a2))
            two.append((head.line + b1, head.line + b2))
    return tuple(one), tuple(two)


def _text(function: FunctionBody, texts: Texts) -> list[str]:
    span = range(function.line, function.last + 1)
    return [" ".join(texts.line(function.path, at).split()) for at in span]


def _declared(function: FunctionBody) -> dict[str, tuple[CType, int]]:
    found = {p.name: (p.type, p.line) for p in function.parameters}
    for node in nodes(function.body):
        if isinstance(node, Declare):
            found.setdefault(node.name, (node.type, node.line))
    return found


def _at(names: list[str], declared: dict[str, tuple[CType, int]]) -> dict[str, int]:
    return {name: declared[name][1] for name in names}


def _uses(function: FunctionBody, lines: tuple[int, ...]) -> frozenset[int]:
    """The lines that use a variable which one of these lines declares."""
    every = list(nodes(function.body))
    here = {n.number for n in every if isinstance(n, Declare) and n.line in lines}
    return frozenset(n.line for n in every if isinstance(n, Local) and n.number in here)


def _unlike(one: CType, two: CType) -> bool:
    return (one.kind, one.bits, one.signed) != (two.kind, two.bits, two.signed)
