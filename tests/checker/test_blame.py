"""What a proof rests on: without a named row, the proof is gone."""

from dataclasses import replace

from checker.questions.blame import carries_over, rests_on
from checker.readings.concrete import evaluate
from model import copy_process
from model.call import Situation
from model.evaluate import outcome_of
from model.predict import call_of
from model.records import build
from model.revisions import REVISIONS
from properties.catalogue import by_id

V612 = REVISIONS["v6.12"].kernel


def test_the_core_names_the_guard_and_its_patch() -> None:
    core = rests_on(by_id("P02"), V612)
    assert "row:root directory is shared across user namespaces" in core
    assert "patch:USERNS_FS_GUARD" in core
    assert len(core) == 2


def test_dropping_the_row_of_the_core_breaks_the_property() -> None:
    prop = by_id("P02")
    name = "root directory is shared across user namespaces"
    table = [row for row in copy_process.TABLE if row.name != name]
    call = call_of(V612, build(Situation, {"request.entry": 2, "request.flags": 0x10000200}))
    claim = prop.statement(call, outcome_of(call, table))
    assert claim.premise and not claim.conclusion
    assert not evaluate(prop, V612, {"request.entry": 2, "request.flags": 0x10000200}).violation


def test_a_core_carries_over_only_where_its_patches_are() -> None:
    core = rests_on(by_id("V01t"), V612)
    assert carries_over(core, REVISIONS["v6.4"].kernel)
    assert not carries_over(core, REVISIONS["v6.1"].kernel)


def test_a_refuted_property_has_no_core() -> None:
    assert rests_on(by_id("V01"), V612) == ()


def test_rows_of_a_table_have_names_of_their_own() -> None:
    names = [row.name for row in copy_process.TABLE if hasattr(row, "errno")]
    assert len(names) == len(set(names))
    assert replace(copy_process.TABLE[0], name="x").name == "x"
