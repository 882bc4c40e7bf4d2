"""A script as clauses: every row by the gates of its operator, questions as literals."""

from __future__ import annotations

from checker.certificates.script import INPUT, NUMBER, Script
from checker.certificates.typed import check_sorts
from checker.gates import RULES, Bits, Clause, Gates, constant


def encode(script: Script, add: Clause) -> list[int]:
    """Give ``add`` each clause, in an order that the script decides; return the questions.

    Raise :class:`~checker.certificates.script.Unreadable` for a script that means nothing.
    """
    check_sorts(script)
    gates = Gates(add)
    bits: list[Bits] = []
    for row in script.rows:
        width = row.sort if isinstance(row.sort, int) else 1
        if row.kind == INPUT:
            bits.append([gates.fresh() for _ in range(width)])
        elif row.kind == NUMBER:
            bits.append(constant(row.numbers[0], width))
        else:
            rule = RULES[row.kind]
            bits.append(rule(gates, [bits[one] for one in row.operands], row.numbers))
    return [bits[one][0] for one in script.questions]
