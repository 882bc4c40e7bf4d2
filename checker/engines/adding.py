"""Clauses added to MiniSat by the hundred thousand: without the wrapper around it."""

from __future__ import annotations

from functools import partial
from typing import Any

import pysolvers
from pysat.solvers import Minisat22

from checker.engines.gates import Clause


def adding(solver: Minisat22) -> Clause:
    """Return what adds a clause to a solver, and keeps the solver alive."""
    add: Any = partial(pysolvers.minisat22_add_cl, solver.minisat)
    add.solver = solver
    made: Clause = add
    return made
