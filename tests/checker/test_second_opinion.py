"""A second opinion: another solver on the text of the obligations, and flags without a solver."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pysat.solvers import Minisat22

from checker.certificates.claims import CertifiedClaim
from checker.certificates.encode import encode
from checker.certificates.script import read_script, text_of
from checker.certificates.write import NotProved
from checker.ground.problems import AS_EXPECTED, UNANSWERED
from checker.ground.problems import BROKEN as EXIT_BROKEN
from checker.ground.scheduler import Local
from checker.independent import flags
from checker.independent.again import Reply, asked_again, code
from checker.independent.decide import SolverJudge
from checker.independent.flags import UnknownFact, about_flags_alone, call_with, enumerated
from checker.independent.histories import inductions, questions
from checker.independent.obligations import BROKEN, PREMISE, Obligation
from checker.independent.printer import Printer
from checker.independent.results import opinions
from checker.independent.solvers import SAT, UNKNOWN, UNSAT, Said, by_bitwuzla, by_cvc5
from checker.readings.columns import Many
from checker.readings.concrete import evaluate
from checker.readings.flood import flood
from checker.readings.space import space
from model.entries import CREATORS
from model.patches import PATCHES, USERNS_FS_GUARD
from model.request import Entry
from model.revisions import REVISIONS, Revision
from model.terms import open_word
from properties.catalogue import all_properties, by_id
from properties.claim import Subject, Verdict, holds

V6_1, V6_12 = REVISIONS["v6.1"], REVISIONS["v6.12"]
ONE_OF_EACH = ["P02", "V01", "S04", "S04f"]


def test_another_solver_gives_the_declared_verdicts(tmp_path: Path) -> None:
    found = opinions(ONE_OF_EACH, ["v6.1", "v6.12"], export=tmp_path, on=Local(2))
    assert len(found) == 6 and all(one.as_expected for one in found)
    kept = {path.name.split("-")[0] for path in tmp_path.iterdir()}
    assert kept == set(ONE_OF_EACH)
    assert by_cvc5((tmp_path / "P02-1-unsat.smt2").read_text()).status == UNSAT


def verdict(said: Said, name: str = "P02") -> tuple[Verdict, str]:
    opinion = SolverJudge(lambda _text: said).verdicts(by_id(name), [V6_12])["v6.12"]
    return opinion.verdict, opinion.reason


def test_a_solver_that_gives_up_or_lies_proves_nothing() -> None:
    assert verdict(Said(UNKNOWN)) == (Verdict.TIMEOUT, "the solver gave up")
    assert verdict(Said(SAT, {}))[0] is Verdict.ERROR
    assert verdict(Said(UNSAT))[0] is Verdict.VACUOUS  # not PROVED: no call met the premise


def test_a_proof_needs_a_call_on_which_the_premise_occurs() -> None:
    prop = by_id("P02")
    said = SolverJudge(by_bitwuzla).verdicts(prop, [V6_12])["v6.12"]
    assert said.verdict is Verdict.PROVED and evaluate(prop, V6_12.kernel, said.values).witness


@pytest.mark.parametrize("name", ["P02", "V01", "P12", "P69"])
def test_the_text_of_an_obligation_is_true_of_the_calls_that_it_asks_for(name: str) -> None:
    """As clauses: every input is fixed, and unit propagation says whether it holds."""
    prop = by_id(name)
    printer = Printer()
    for asks in (BROKEN, PREMISE):
        printer.ask(Obligation(prop, tuple(REVISIONS.values()), asks).term())
    entries = {Subject.VHOST: (Entry.VHOST_SET_OWNER,)}.get(prop.subject, CREATORS)
    facts = flood(np.random.default_rng(7), 20_000, entries)
    tried = 0
    with Minisat22() as solver:
        encoded = encode(read_script(text_of(printer.script)), solver.add_clause)
        for revision in (V6_1, V6_12):
            many = Many(revision.kernel, facts, 20_000)
            wanted = (many.violations(prop), many.premise(prop))
            telling = np.concatenate([np.flatnonzero(column)[:15] for column in wanted])
            tried += len(telling)
            for place in [*telling, *range(10)]:
                fixed = _fixed(encoded.inputs, many.one(place), revision)
                held = [
                    solver.propagate(assumptions=[*fixed, one])[0] for one in encoded.questions
                ]
                assert held == [column[place] for column in wanted]
    assert tried > 10


def _fixed(inputs: Any, facts: dict[str, Any], revision: Revision) -> list[int]:
    patches = {f"patch:{one.name}": one in revision.patches for one in PATCHES}
    known = {**facts, **patches}
    return [
        bit if int(known[name]) >> place & 1 else -bit
        for name, bits in inputs.items()
        for place, bit in enumerate(bits)
    ]


# ---- flags alone --------------------------------------------------------------------------


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """Try combinations of few flags only."""
    names = ("FS", "THREAD", "PIDFD", "NEWNS", "NEWUSER", "NEWPID", "DETACHED", "SYSVSEM", "NEWIPC")
    monkeypatch.setattr(flags, "BITS", tuple(int(flags.Flag[name]) for name in names))
    monkeypatch.setattr(flags, "AT_ONCE", 1 << 4)
    flags._low.cache_clear()
    yield
    flags._low.cache_clear()


def test_every_combination_is_tried_once(few: None) -> None:
    words = np.concatenate(list(flags.combinations()))
    assert len(words) == len(set(words)) == 2**9


def test_statements_about_flags_alone_are_found_and_decided(few: None) -> None:
    """Those that say which calls fail, and those that say what a successful call leaves."""
    known = {"P01", "P02", "P11", "C05", "D76", "U01"}
    by_subject = about_flags_alone(all_properties())
    assert known <= {one.id for props in by_subject.values() for one in props}
    for props in by_subject.values():
        found = enumerated(props, [V6_1])["v6.1"]
        asked = {one.id for one in props if one.expect.on(V6_1.kernel) is Verdict.PROVED}
        assert found.decided == asked and not found.broken | found.open


def test_what_asks_for_another_fact_is_not_about_flags_alone() -> None:
    found = about_flags_alone([by_id("P21"), by_id("P14"), by_id("P57")])
    assert not found


def test_a_statement_about_what_is_left_is_broken_without_its_effect(
    few: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = (by_id("C05"),)
    assert "C05" in flags._on(V6_1.kernel, asked).decided
    lying = type("Lying", (flags.Left,), {"__getattr__": lambda _self, _field: True})
    monkeypatch.setattr(flags, "Left", lying)
    assert "C05" in flags._on(V6_1.kernel, asked).open


def test_without_its_rule_a_statement_about_flags_is_broken(few: None) -> None:
    unguarded = replace(V6_1, patches=V6_1.patches - {USERNS_FS_GUARD})
    asked = (by_id("P02"),)
    found = flags._on(unguarded.kernel, asked)
    assert found.open == found.broken == {"P02"} and not found.decided


def test_an_unknown_fact_is_never_decided() -> None:
    unknown = UnknownFact()
    for use in (bool, int, lambda x: x == 1, lambda x: x & 1, lambda x: 1 | x, np.asarray, hash):
        with pytest.raises(flags.NotKnown):
            use(unknown)


def test_the_flags_of_a_call_depend_on_the_flags_asked_for_alone() -> None:
    printer = Printer()
    call = space().call
    printer.ask(call.args.flags == open_word("any", 64))
    inputs = {name for name in printer.script.inputs() if not name.startswith("patch:")}
    assert inputs == {"any", "request.entry", "request.flags"}
    printer.ask(call.args.exit_signal == open_word("any", 64))
    inputs = {name for name in printer.script.inputs() if not name.startswith("patch:")}
    assert inputs == {"any", "request.entry", "request.flags", "request.exit_signal"}


def test_flags_that_are_left_out_change_no_refusal_and_no_premise() -> None:
    rng = np.random.default_rng(3)
    words = rng.integers(0, 2**38, 20_000, np.uint64)
    other = words ^ (rng.integers(0, 2**38, 20_000, np.uint64) & np.uint64(int(flags.FIXED)))
    for subject, props in about_flags_alone(all_properties()).items():
        for entry in flags.ENTRIES[subject]:
            one, two = (call_with(V6_12.kernel, entry, these) for these in (words, other))
            for prop in props:
                broken = (flags.breaking(prop, call, len(words)) for call in (one, two))
                assert np.array_equal(*broken)
            for left, right in zip(
                flags._refusals(one, subject), flags._refusals(two, subject), strict=True
            ):
                assert np.array_equal(left, right)


def test_what_proofs_of_histories_exclude_is_excluded_by_other_solvers_too() -> None:
    props = [one for one in inductions() if one.id in ("P33t", "P23")]
    found = list(asked_again(props))
    assert code(found) == AS_EXPECTED
    asked = {(one.claim.property, one.by) for one in found}
    assert asked == {(name, by) for name in ("P33t", "P23") for by in ("Bitwuzla", "cvc5")}


def test_what_a_proof_excludes_is_heard_as_often_as_it_is_asked() -> None:
    """What was decided before, here or for another property, is an obligation all the same."""
    props = [one for one in inductions() if one.id in ("P23", "P23u")]
    first = {id(one.term): one for one in questions(props)}
    again = {id(one.term) for prop in props for one in questions([prop])}
    assert len(first) > 10
    assert again == first.keys()


def test_a_history_without_a_proof_is_told() -> None:
    false = next(one for one in inductions() if one.id == "P33b")
    everywhere = replace(false, id="P33b everywhere", expect=holds())
    with pytest.raises(NotProved, match="is not proved"):
        questions([everywhere])


def test_a_question_that_another_solver_answers_is_no_proof() -> None:
    claim = CertifiedClaim(
        "P23", "PROVED", "what the proof excludes, on bits", "so it is", ("v6.1",)
    )
    assert code([Reply(claim, "Bitwuzla", UNSAT), Reply(claim, "cvc5", SAT)]) == EXIT_BROKEN
    assert code([Reply(claim, "Bitwuzla", UNKNOWN)]) == UNANSWERED
    assert code([]) == EXIT_BROKEN
