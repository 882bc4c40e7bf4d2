"""``asm`` statements: the cursor has the operands, the printed text all the rest."""

from __future__ import annotations

import re

from source.c.ir import Assembly, Expression, Statement
from source.c.library import Cursor, children
from source.c.lowering import Lowering
from source.c.printed import inside, split

_LABEL = re.compile(r"(?:(?<=\\[nt])|(?<![\w.$%]))(\d{2,})(?=:)")
"""A numbered label of the assembler; macros number some through the file (``__COUNTER__``)."""


def own_labels(text: str) -> str:
    """Return an ``asm``'s text with its numbered labels numbered by their order in it."""
    for number, label in enumerate(dict.fromkeys(_LABEL.findall(text))):
        text = re.sub(rf"(?:(?<=\\[nt])|(?<![\w.$%])){label}(?=:|[bf]\b)", f"{number}#", text)
    return text


def assembly(low: Lowering, at: Cursor, words: list[str] | None, line: int) -> Statement:
    """Return an ``asm`` with its operands; without its printed words it is ``Strange``."""
    parts = [each for each in children(at) if 100 <= each._kind_id < 200]
    if words is None:
        return low.strange(at, "asm that is not printed as it is shown")
    head = words[: words.index("(")]
    sections = split(inside(words, words.index("(")), ":")
    sections += [[]] * (5 - len(sections))
    template, outs, ins, clobbers, labels = sections[:5]
    outputs, inputs = _operands(outs), _operands(ins)
    if len(outputs) + len(inputs) != len(parts):
        return low.strange(at, "asm whose operands are not all shown")
    values = [low.expression(each) for each in parts]
    written, read = values[: len(outputs)], values[len(outputs) :]
    both = [value for value, mark in zip(written, outputs, strict=True) if "+" in mark]
    text = " : ".join(" ".join(each) for each in (template, outputs, inputs, clobbers))
    return Assembly(
        own_labels(text),
        tuple(written),
        tuple[Expression, ...]((*both, *read)),
        "volatile" in head or not outputs,
        tuple(each for each in labels if each != ","),
        line,
    )


def _operands(section: list[str]) -> list[str]:
    if not section:
        return []
    return [" ".join(each[: each.index("(")]) for each in split(section, ",") if "(" in each]
