"""A script as clauses: every row by the gates of its operator, questions as literals."""

from __future__ import annotations

from dataclasses import dataclass

from checker.certificates.script import INPUT, NUMBER, TermScript
from checker.certificates.typed import check_sorts
from checker.engines.gates import RULES, Bits, Clause, Gates, constant


@dataclass(frozen=True, slots=True)
class Encoded:
    """The literal of each question, and the bits of each input by its name."""

    questions: list[int]
    inputs: dict[str, Bits]


def encode(script: TermScript, add: Clause) -> Encoded:
    """Give ``add`` each clause, in an order that the script decides.

    Raise :class:`~checker.certificates.script.UnreadableScript` for a script that means nothing.
    """
    check_sorts(script)
    gates = Gates(add)
    inputs: dict[str, Bits] = {}
    bits: list[Bits] = []
    for row in script.rows:
        width = row.sort if isinstance(row.sort, int) else 1
        if row.kind == INPUT:
            inputs[row.name] = [gates.fresh() for _ in range(width)]
            bits.append(inputs[row.name])
        elif row.kind == NUMBER:
            bits.append(constant(row.numbers[0], width))
        else:
            rule = RULES[row.kind]
            bits.append(rule(gates, [bits[one] for one in row.operands], row.numbers))
    return Encoded([bits[one][0] for one in script.questions], inputs)
