"""``offsetof`` with an index that is not constant: a sum of what is and of index times size."""

from __future__ import annotations

from source.c.ir import Binary, Constant, CType, Expression
from source.c.library import Cursor, children, constant, kind
from source.c.lowering import Lowering
from source.c.values import converted


def offset(low: Lowering, at: Cursor, of: CType, line: int) -> Expression:
    """Return the offset that a designator with indices comes to; one too odd is ``Unread``."""
    total, terms, here = 0, list[Expression](), None
    for part in children(at):
        if here is None and kind(part) != "MEMBER_REF":
            low.drop(part)
            continue
        if kind(part) == "MEMBER_REF":
            total += max(int(part.referenced.get_field_offsetof()), 0) // 8
            here = part.referenced.type.get_canonical()
            continue
        if here is None or here.kind.name not in ("CONSTANTARRAY", "INCOMPLETEARRAY"):
            return low.unread(at, "an offset that is not constant")
        here = here.element_type.get_canonical()
        size, known = int(here.get_size()), constant(part)
        if known is None:
            index = converted(low.expression(part), of, line)
            terms.append(Binary(of, "*", index, Constant(of, size, line), line))
        else:
            low.drop(part)
            total += known * size
    return _sum(Constant(of, total, line), terms, of, line)


def _sum(start: Expression, terms: list[Expression], of: CType, line: int) -> Expression:
    for each in terms:
        start = Binary(of, "+", start, each, line)
    return start
