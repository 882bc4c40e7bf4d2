"""Clauses added to MiniSat by the hundred thousand: without the wrapper around it."""

from __future__ import annotations

from functools import partial
from typing import Any

import pysolvers
from pysat.solvers import Minisat22

from checker.engines.gates import Clause


def adding(solver: Any) -> Clause:
    """Return what adds a clause to a solver, and keeps the solver alive.

    Another solver than MiniSat adds clauses as its wrapper does.
    """
    if not isinstance(solver, Minisat22):
        wrapped: Clause = solver.add_clause
        return wrapped
    add: Any = partial(pysolvers.minisat22_add_cl, solver.minisat)
    add.solver = solver
    made: Clause = add
    return made
