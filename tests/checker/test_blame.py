"""What a proof rests on: without a named row, the proof is gone; what is kept of it is a hint."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from checker.questions import blame
from checker.questions.blame import NOTHING, Core, carries_over, constraints_of, kept_cores
from checker.questions.decide import Decision, decider
from checker.questions.results import results_of
from checker.readings.concrete import evaluate
from checker.record import hints
from checker.record.kept_words import read_kept, table_path
from checker.record.result import EVERY_SET, Result
from model import copy_process
from model.call import Situation
from model.evaluate import outcome_of
from model.predict import call_of
from model.records import build
from model.revisions import REVISIONS
from properties.catalogue import all_properties, by_id
from properties.claim import Verdict
from reports.cores import cores

V612 = REVISIONS["v6.12"].kernel
GUARD = "row:root directory is shared across user namespaces"
P02 = ("patch:USERNS_FS_GUARD", GUARD)


@pytest.fixture(autouse=True)
def kept_is_read_anew() -> Iterator[None]:
    """No test sees what another has read of the kept cores."""
    hints.forget()
    yield
    hints.forget()


def core(name: str, kernel: str = "v6.12") -> Core | None:
    return Decision(by_id(name), decider()).core(REVISIONS[kernel].kernel)


def result(name: str, *, anew: bool = False) -> Result:
    (found,) = results_of(by_id(name), [REVISIONS["v6.12"]], blame=True, anew=anew)
    return found


def test_the_core_names_the_guard_and_its_patch() -> None:
    assert core("P02") == P02


def test_dropping_the_row_of_the_core_breaks_the_property() -> None:
    prop = by_id("P02")
    name = GUARD.removeprefix("row:")
    table = [row for row in copy_process.TABLE if row.name != name]
    call = call_of(V612, build(Situation, {"request.entry": 2, "request.flags": 0x10000200}))
    claim = prop.statement(call, outcome_of(call, table))
    assert claim.premise and not claim.conclusion
    assert not evaluate(prop, V612, {"request.entry": 2, "request.flags": 0x10000200}).violation


def test_a_core_carries_over_only_where_its_patches_are() -> None:
    found = core("V01t")
    assert found is not None
    assert carries_over(found, REVISIONS["v6.4"].kernel)
    assert not carries_over(found, REVISIONS["v6.1"].kernel)


def test_a_refuted_property_has_no_core() -> None:
    assert core("V01") is None


def test_a_proof_that_rests_on_no_row_says_so() -> None:
    assert core("P15") == ()
    assert result("P15").rests_on == (NOTHING,)


def test_a_statement_about_a_patch_rests_on_rows_under_every_set() -> None:
    (found,) = results_of(by_id("S04"), [], blame=True)
    assert (found.kernel, found.verdict) == (EVERY_SET, Verdict.PROVED)
    assert found.rests_on
    assert all(entry.startswith("row:") for entry in found.rests_on)


def test_less_than_the_core_is_no_proof() -> None:
    decision = Decision(by_id("P02"), decider())
    assert decision.is_proof(P02)
    for left_out in P02:
        assert not decision.is_proof(tuple(one for one in P02 if one != left_out))
    assert len(constraints_of(decision.model, P02)) == 2


@pytest.mark.parametrize("name", ["D13i", "P07t", "P90e"])
def test_less_than_the_core_is_no_proof_of_what_compares_outcomes(name: str) -> None:
    """It is asked of an engine of its own, which must not know more than what it is told."""
    decider.cache_clear()
    decision = Decision(by_id(name), decider())
    told = kept_cores(decision.model, name)[0]
    assert told and decision.is_proof(told)
    for left_out in told:
        assert not decision.is_proof(tuple(one for one in told if one != left_out))


def test_what_effects_decide_is_known_whoever_asks_first() -> None:
    """A statement that compares is not told to the engine, and asks for effects all the same."""
    decider.cache_clear()
    first = Decision(by_id("P90"), decider())
    assert first.broken.constraint.literal is None
    for name, field in (("C02", "row:p.oom_score_adj"), ("C04", "row:p.parent_tid_stored")):
        decision = Decision(by_id(name), decider())
        assert decision.is_proof((field,))
        assert not decision.is_proof(())


def kept(monkeypatch: pytest.MonkeyPatch, folder: Path, text: bytes | None) -> None:
    if text is not None:
        (folder / "cores.md").write_bytes(text)
    monkeypatch.setattr(hints, "table_path", lambda name: folder / name)


def table_of(*entries: str) -> bytes:
    one = replace(result("P02"), rests_on=entries)
    hints.forget()
    return cores([one], "").encode()


DAMAGED = {
    "lost": lambda: None,
    "empty": lambda: b"",
    "no text": lambda: b"\xff\x00",
    "half of it": lambda: table_of(*P02)[:-40],
    "nothing is needed": lambda: table_of(NOTHING),
    "the patch alone": lambda: table_of(P02[0]),
    "another row": lambda: table_of(P02[0], "row:fork is interrupted"),
    "no such row": lambda: table_of(P02[0], GUARD + "s"),
    "another patch": lambda: table_of("patch:KILL_SEQ", GUARD),
    "the patch is not there": lambda: table_of("no " + P02[0], GUARD),
}


@pytest.mark.parametrize("how", DAMAGED)
def test_a_kept_core_that_does_not_suffice_is_found_anew(
    how: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    kept(monkeypatch, tmp_path, DAMAGED[how]())
    found = result("P02")
    assert (found.verdict, found.rests_on) == (Verdict.PROVED, P02)


def test_no_kept_core_proves_what_is_false(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    before = result("V01")
    for entries in ((NOTHING,), P02, core("V01t") or ()):
        line = cores([replace(before, verdict=Verdict.PROVED, rests_on=entries)], "")
        kept(monkeypatch, tmp_path, line.encode())
        hints.forget()
        found = result("V01")
        assert (found.verdict, found.counterexample) == (Verdict.REFUTED, before.counterexample)


@pytest.mark.parametrize("entries", [
    ("patch:KILL_SEQ", "no patch:KILL_SEQ"),
    ("patch:VHOST_TASK",),
], ids=["that no kernel meets", "of some kernels"])
def test_no_kept_core_on_patches_proves_what_is_said_of_every_set(
    entries: Core, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (before,) = results_of(by_id("S02f"), [], blame=True)
    assert before.verdict is Verdict.REFUTED
    line = cores([replace(before, verdict=Verdict.PROVED, rests_on=entries)], "")
    kept(monkeypatch, tmp_path, line.encode())
    hints.forget()
    (found,) = results_of(by_id("S02f"), [], blame=True)
    assert (found.verdict, found.counterexample) == (Verdict.REFUTED, before.counterexample)


def test_a_kept_core_says_nothing_of_the_premise(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    prop, kernels = by_id("C38"), [REVISIONS["v5.4"], REVISIONS["v6.12"]]
    proved = results_of(prop, kernels, blame=True)[-1]
    line = cores([replace(proved, rests_on=(NOTHING,))], "")
    kept(monkeypatch, tmp_path, line.encode())
    hints.forget()
    assert Decision(prop, decider()).is_proof(())
    found = [one.verdict for one in results_of(prop, kernels, blame=True)]
    assert found == [Verdict.VACUOUS, Verdict.PROVED]


def test_more_than_is_needed_is_told_until_it_is_tried_again(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    more = tuple(sorted((*P02, "patch:VHOST_TASK")))
    kept(monkeypatch, tmp_path, table_of(*more))
    assert result("P02").rests_on == more
    assert result("P02", anew=True).rests_on == P02


def test_every_kept_core_can_be_read() -> None:
    """Or verify would be slow without a word."""
    words = read_kept(table_path(blame.TABLE).read_text(), blame.COLUMN).words
    assert len({name for name, _ in words}) > 400
    for prop in all_properties()[::9]:
        lines = {word for (name, _), word in words.items() if name == prop.id}
        model = Decision(prop, decider()).model
        assert len(blame.kept_cores(model, prop.id)) == len(lines)


def test_rows_of_a_table_have_names_of_their_own() -> None:
    names = [row.name for row in copy_process.TABLE if hasattr(row, "errno")]
    assert len(names) == len(set(names))
    assert not any("," in name for name in names)
    assert replace(copy_process.TABLE[0], name="x").name == "x"
