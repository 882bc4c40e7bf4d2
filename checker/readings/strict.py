"""The guard: nothing that is open in the symbolic reading is decided with plain Python.

z3 lets ``if a == b`` pass for two terms and takes them for different unless they look the
same; so do ``in``, chained comparisons, and look-ups in dictionaries.  A rule that chooses that
way would be read as another rule.  Importing this module makes z3 refuse it, for good and
everywhere but inside z3 itself; whoever makes symbolic values imports it first.
"""

from __future__ import annotations

import sys
from typing import Any, NoReturn

import z3

from model.algebra import Truth
from model.mistake import Mistake, here, told

_bool, _hash = z3.AstRef.__bool__, z3.ExprRef.__hash__
INSTEAD = "use both(), either(), no(), when() and == of model.algebra"


class Plain(Mistake):
    """Something symbolic was decided with plain Python; says where."""


def _is_z3s(depth: int) -> bool:
    """Return whether z3's own Python asks."""
    name: str = sys._getframe(depth + 1).f_globals.get("__name__", "")
    return name.startswith("z3.")


def _refuse(what: str, term: Any) -> NoReturn:
    where = here()
    message = f"plain Python {what} {str(term)[:60]!r}, which is open in the symbolic reading"
    if not where:
        raise AssertionError(f"the checker itself: {message}")
    raise Plain(f"{where}: {message}: {INSTEAD}")


def _decided(term: Any) -> bool:
    if z3.is_true(term) or (z3.is_eq(term) and term.arg(0).eq(term.arg(1))):
        return True
    if z3.is_false(term):
        return False
    if _is_z3s(1):
        return bool(_bool(term))
    _refuse("decides", term)


def _hashed(term: Any) -> int:
    if _is_z3s(1):
        return int(_hash(term))
    _refuse("looks up", term)


def as_z3(truth: Truth) -> Any:
    """Return a truth as a z3 term, plain ``bool`` included; raise :class:`Mistake` for others."""
    if isinstance(truth, bool):
        return z3.BoolVal(truth)
    if not isinstance(truth, z3.BoolRef):
        raise Mistake(f"{here() or 'somewhere'}: a truth is due, not {told(truth)}")
    return truth


z3.AstRef.__bool__ = _decided
z3.ExprRef.__hash__ = _hashed
