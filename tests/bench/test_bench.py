"""The obligations written for other solvers say what the checker decides."""

from pathlib import Path

import pytest
import z3

from bench.obligations import BenchObligation, chosen, write
from bench.predicting import agree
from bench.worker import answers
from checker.engines.in_z3 import in_z3
from checker.readings.space import space
from properties.catalogue import by_id


@pytest.mark.parametrize("solver", ["z3", "own", "own-fresh"])
def test_the_files_are_read_and_answered_as_the_catalogue_expects(
    solver: str, tmp_path: Path
) -> None:
    obligations = chosen(proved=6, refuted=4)
    write(obligations, tmp_path)
    found = answers(solver, tmp_path, seconds=60)
    assert {file: status for file, (status, _) in found.items()} == {
        one.file: one.expected for one in obligations
    }


def test_the_choice_is_always_the_same_and_of_both_kinds() -> None:
    assert [one.file for one in chosen(20, 10)] == [one.file for one in chosen(20, 10)]
    assert [one.expected for one in chosen(20, 10)] == ["unsat"] * 20 + ["sat"] * 10


def test_a_file_holds_the_whole_obligation() -> None:
    """Negative: P02 without its conclusion denied is satisfiable, so the file proves something."""
    obligation = BenchObligation(by_id("P02"), "unsat")
    solver = z3.Solver()
    solver.add(in_z3(space().well_formed), *map(in_z3, obligation.terms()[:-1]))
    assert solver.check() == z3.sat
    solver.add(in_z3(obligation.terms()[-1]))
    assert solver.check() == z3.unsat


def test_answers_agree_where_all_that_was_said_is_said_now() -> None:
    """A fact that the last release does not know is none that differs."""
    theirs = [{"errno": "0", "child": {"fs": "copied"}}]
    assert agree(theirs, [{"errno": "0", "child": {"fs": "copied", "new": True}}])
    for ours in (
        [{"errno": "0", "child": {"fs": "shared", "new": True}}],
        [{"errno": "0", "child": {"new": True}}],
        [{"errno": "EINVAL"}],
        [*theirs, *theirs],
    ):
        assert not agree(theirs, ours)
