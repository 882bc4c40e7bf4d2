"""Clauses that reach the solver without its wrapper mean the same, and never outlive it."""

import gc
from itertools import product

import pytest
from pysat.solvers import Minisat22

from checker.engines.adding import adding

CLAUSES = ([1, 2], [-1, 3], [-2, 3])


def test_a_clause_is_asserted_as_the_wrapper_asserts_it() -> None:
    ours, wrapped = Minisat22(), Minisat22()
    add = adding(ours)
    for clause in CLAUSES:
        add(clause)
        wrapped.add_clause(clause)
    for signs in product((1, -1), repeat=3):
        fixed = [sign * name for sign, name in zip(signs, (1, 2, 3), strict=True)]
        assert ours.solve(assumptions=fixed) is wrapped.solve(assumptions=fixed)
    assert ours.solve(assumptions=[-3]) is False


def test_what_contradicts_is_noticed() -> None:
    solver = Minisat22()
    add = adding(solver)
    add([1])
    add([-1])
    assert solver.solve() is False


def test_the_solver_lives_as_long_as_clauses_can_be_added() -> None:
    add = adding(Minisat22())
    gc.collect()
    add([1, 2])
    assert add.solver.minisat is not None  # type: ignore[attr-defined]


@pytest.mark.parametrize("clause", [["one"], [1.5], None])
def test_what_is_no_clause_is_refused(clause: object) -> None:
    with pytest.raises((TypeError, ValueError, RuntimeError)):
        adding(Minisat22())(clause)  # type: ignore[arg-type]
