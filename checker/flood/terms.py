"""What the terms of every call at once say of one call; z3 evaluates them, no solver is asked."""

from __future__ import annotations

from functools import cache
from typing import Any

import z3

from checker.engines.in_z3 import in_z3
from checker.flood.observed import observed, stated, statements_of, widths
from checker.readings.space import all_leaves, space, symbolic_outcome
from model.algebra import when_word
from model.due import as_truth
from model.kernel import Kernel
from model.patches import PATCHES
from model.records import BOOL
from model.terms import number
from properties.claim import Property, Subject


class Symbolic:
    """All that terms say of a subject's calls, as one wide term to be evaluated."""

    def __init__(self, subject: Subject, props: list[Property]) -> None:
        outcome = symbolic_outcome(subject)
        terms = {"possible": space().well_formed, **observed(outcome)}
        terms |= stated(props, space().call, outcome)
        known = widths(outcome)
        self.widths = {name: known.get(name, BOOL) for name in terms}
        self.wide = z3.Concat(*(in_z3(self._word(name, term)) for name, term in terms.items()))

    def _word(self, name: str, term: Any) -> Any:
        width = max(self.widths[name], 1)
        if self.widths[name] == BOOL:
            term = when_word(1, as_truth(term), 1, 0)
        return number(term, width) if isinstance(term, int) else term

    def read(self, kernel: Kernel, values: dict[str, Any]) -> dict[str, int]:
        """Return what is said of one call, by name; a number as it stands in its bits."""
        model = z3.Model()
        for leaf in all_leaves():
            value = values.get(leaf.path, leaf.default)
            term = z3.BoolVal(value) if leaf.width == BOOL else z3.BitVecVal(value, leaf.width)
            model.update_value(in_z3(space().constants[leaf.path]), term)
        for patch in PATCHES:
            model.update_value(in_z3(space().kernel[patch]), z3.BoolVal(bool(kernel[patch])))
        bits = model.eval(self.wide, model_completion=True).as_long()
        read = {}
        for name, width in reversed(self.widths.items()):
            size = max(width, 1)
            read[name] = bits & (2**size - 1)
            bits >>= size
        return read


@cache
def symbolic(subject: Subject) -> Symbolic:
    """Return all that is said of a subject's calls: outcome, statements, whether it can be made."""
    return Symbolic(subject, statements_of(subject))
