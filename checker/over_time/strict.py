"""A guard: no rule or step may decide with plain Python what is open in the symbolic reading.

z3 lets ``if a == b`` pass for two terms and takes them for different unless they look the
same.  A system that chooses that way would be read as another system; here it is refused.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import z3


class Plain(Exception):
    """Something symbolic was decided with plain Python."""


def _certain(term: Any) -> bool:
    if z3.is_true(term) or (z3.is_eq(term) and term.arg(0).eq(term.arg(1))):
        return True
    if z3.is_false(term):
        return False
    raise Plain(f"plain Python decides {str(term)[:60]}")


@contextmanager
def only_terms() -> Iterator[None]:
    """Let no open truth be asked for as a plain one meanwhile."""
    usual = z3.BoolRef.__bool__
    z3.BoolRef.__bool__ = _certain
    try:
        yield
    finally:
        z3.BoolRef.__bool__ = usual
