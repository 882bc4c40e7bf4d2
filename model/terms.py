"""z3 terms made directly: operands that have the right sort already need no coercion.

z3's own Python functions look at every operand several times, which is most of what reading
the model symbolically takes.  A wrong sort is refused by z3 itself all the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import z3
from z3 import z3core

_CONTEXT = z3.main_ctx()
_REF = _CONTEXT.ref()
_KINDS = (z3.BitVecRef, z3.BoolRef)


def conjunction(truths: Sequence[Any]) -> z3.BoolRef:
    """Return the conjunction of Boolean terms."""
    return z3.BoolRef(z3core.Z3_mk_and(_REF, len(truths), _array(truths)), _CONTEXT)


def disjunction(truths: Sequence[Any]) -> z3.BoolRef:
    """Return the disjunction of Boolean terms."""
    return z3.BoolRef(z3core.Z3_mk_or(_REF, len(truths), _array(truths)), _CONTEXT)


def negation(truth: Any) -> z3.BoolRef:
    """Return the negation of a Boolean term."""
    return z3.BoolRef(z3core.Z3_mk_not(_REF, truth.ast), _CONTEXT)


def choice(condition: Any, then: Any, otherwise: Any) -> Any:
    """Return ``then`` where the condition holds, else ``otherwise``; one may be a number."""
    kind = next((kind for kind in _KINDS if isinstance(then, kind)), None)
    if kind is None or not isinstance(otherwise, kind):
        return z3.If(condition, then, otherwise)
    return kind(z3core.Z3_mk_ite(_REF, condition.ast, then.ast, otherwise.ast), _CONTEXT)


def _array(terms: Sequence[Any]) -> Any:
    made = (z3.Ast * len(terms))()
    for place, term in enumerate(terms):
        made[place] = term.ast
    return made
