"""Which sorts an operator takes and gives: a script that means something, or is refused."""

from __future__ import annotations

from collections.abc import Sequence

from checker.certificates.script import BOOL, INPUT, NUMBER, Row, Sort, TermScript, UnreadableScript
from checker.engines.gates import INDEXED

WIDEST = 256
"""Bits of the widest word."""

_OF_TRUTHS = {"not": (1, 1), "and": (2, None), "or": (2, None)}
_OF_WORDS = ("bvand", "bvor", "bvxor", "bvadd", "bvsub", "bvmul")
_COMPARE = ("bvult", "bvslt")


def check_sorts(script: TermScript) -> None:
    """Raise :class:`UnreadableScript` unless every row has the sort that its operator gives."""
    for place, row in enumerate(script.rows):
        if row.sort != BOOL and not (isinstance(row.sort, int) and 0 < row.sort <= WIDEST):
            raise UnreadableScript(f"row {place} has the sort {row.sort}: no truth and no word")
        if row.kind == NUMBER:
            right = row.numbers[0] >> (1 if row.sort == BOOL else int(row.sort)) == 0
        elif row.kind == INPUT:
            right = not row.operands
        else:
            sorts = [script.rows[one].sort for one in row.operands]
            right = sort_of(row, sorts) == row.sort
        if not right:
            raise UnreadableScript(
                f"row {place} ({row.kind[:20]}) has not the sort that is declared"
            )
    if any(script.rows[one].sort != BOOL for one in script.questions):
        raise UnreadableScript("a question is no truth")


def sort_of(row: Row, sorts: Sequence[Sort]) -> Sort | None:
    """Return the sort that an operator gives; ``None`` if it cannot be applied like that."""
    if len(row.numbers) != INDEXED.get(row.kind, 0):
        return None
    if row.kind in _OF_TRUTHS:
        return BOOL if _counted(sorts, _OF_TRUTHS[row.kind]) and set(sorts) == {BOOL} else None
    if row.kind == "ite":
        return sorts[1] if len(sorts) == 3 and sorts[0] == BOOL and sorts[1] == sorts[2] else None
    if row.kind == "=":
        return BOOL if len(sorts) == 2 and sorts[0] == sorts[1] else None
    widths = [one for one in sorts if isinstance(one, int)]
    return _word(row, widths) if len(widths) == len(sorts) and widths else None


def _counted(sorts: Sequence[Sort], bounds: tuple[int, int | None]) -> bool:
    least, most = bounds
    return least <= len(sorts) <= (most or len(sorts))


def _word(row: Row, widths: Sequence[int]) -> Sort | None:
    alike = len(set(widths)) == 1
    if row.kind in _COMPARE:
        return BOOL if alike and len(widths) == 2 else None
    if row.kind in _OF_WORDS:
        return widths[0] if alike and len(widths) == 2 else None
    if row.kind == "concat":
        return sum(widths) if len(widths) > 1 else None
    if len(widths) != 1:
        return None
    if row.kind == "extract":
        high, low = row.numbers
        return high - low + 1 if 0 <= low <= high < widths[0] else None
    if row.kind in ("zero_extend", "sign_extend"):
        return widths[0] + row.numbers[0]
    return None
