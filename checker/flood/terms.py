"""What the terms of every call at once say of one: the solver's reading, without a solver."""

from __future__ import annotations

from functools import cache
from typing import Any

import z3

from checker.flood.observed import observed, stated, statements_of, widths
from checker.readings.space import all_leaves, as_z3, space, symbolic_outcome
from model.kernel import Kernel
from model.patches import PATCHES
from model.records import BOOL
from properties.claim import Subject


class Symbolic:
    """All that the terms say of a subject's calls as one wide term, to be evaluated."""

    def __init__(self, terms: dict[str, Any], known: dict[str, int]) -> None:
        """Take terms by name; those that are numbers have a width."""
        self.widths = {name: known.get(name, BOOL) for name in terms}
        self.wide = z3.Concat(*(self._vector(name, term) for name, term in terms.items()))

    def _vector(self, name: str, term: Any) -> Any:
        width = self.widths[name]
        if width == BOOL:
            return z3.If(as_z3(term), z3.BitVecVal(1, 1), z3.BitVecVal(0, 1))
        return term if z3.is_expr(term) else z3.BitVecVal(term, width)

    def read(self, kernel: Kernel, values: dict[str, Any]) -> dict[str, int]:
        """Return what is said of one call, by name; a number as it stands in its bits."""
        model = z3.Model()
        for leaf in all_leaves():
            value = values.get(leaf.path, leaf.default)
            term = z3.BoolVal(value) if leaf.width == BOOL else z3.BitVecVal(value, leaf.width)
            model.update_value(space().constants[leaf.path], term)
        for patch in PATCHES:
            model.update_value(space().kernel[patch], z3.BoolVal(bool(kernel[patch])))
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
    outcome = symbolic_outcome(subject)
    said = {"possible": space().well_formed, **observed(outcome)}
    said |= stated(statements_of(subject), space().call, outcome)
    return Symbolic(said, widths(outcome))
