"""What `source` and `drift` are asked, and what they say of what they did not compare."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("tree_sitter_c")

from checker.ground.problems import Problem
from command.source import _like, _name_of
from model.revisions import REVISIONS
from source.check import Asked, checked
from source.drift import Drift
from source.nearest import Match
from source.report.drift import drift_json, drift_table
from source.report.report import TreeReport
from source.report.table import table
from tests.source.test_nearest import Nothing


def test_one_kernel_is_asked_for_by_either_name() -> None:
    assert (_like(None, "v6.1+KILL_SEQ"), _like("v6.1", None)) == ("v6.1+KILL_SEQ", "v6.1")
    with pytest.raises(Problem, match="two kernels are named"):
        _like("v6.1", "v6.12")


@pytest.mark.parametrize("name", ["v6.12", "6.8", "series-7", "running", "v6.1+KILL_SEQ"])
def test_a_name_that_means_a_kernel_is_not_taken(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CLONEPROOF_KERNELS", str(tmp_path))
    with pytest.raises(Problem, match="is the name of a kernel already"):
        _name_of({"save": name, "functions": ()}, several=False)
    assert _name_of({"save": "another-fleet", "functions": ()}, several=False) == "another-fleet"


def test_a_reading_of_some_functions_is_no_kernel() -> None:
    with pytest.raises(Problem, match="--save is of a whole tree"):
        _name_of({"save": "another-fleet", "functions": ("copy_fs",)}, several=False)


def test_a_function_that_is_not_compared_is_refused_by_name() -> None:
    with pytest.raises(Problem, match=r"schedule\(\) is not compared with the model"):
        checked(Nothing("nothing"), None, Asked(functions=frozenset({"schedule"})))


def test_of_facts_that_were_not_asked_for_nothing_is_said() -> None:
    match = Match(REVISIONS["v6.12"], [])
    assert "facts of the child" in table(TreeReport("a tree", match))
    assert "facts of" not in table(TreeReport("a tree", match, only=frozenset({"copy_fs"})))


def test_drift_counts_what_it_compared_and_names_what_it_did_not() -> None:
    found = Drift(("a", "b"), ("v6.1", "v6.12"), compared=["copy_fs"])
    assert "0 functions mean something else, of 1 functions" in drift_table(found)
    found.partly["copy_mm"] = "not read: kernel/fork.c:1"
    assert "copy_mm: not compared in full: not read: kernel/fork.c:1" in drift_table(found)
    assert '"copy_mm": "not read: kernel/fork.c:1"' in drift_json(found)
    kept = drift_table(Drift(("a", "b"), ("v6.1", "v6.1")))
    assert "0 functions" not in kept and "meanings were not compared" in kept
