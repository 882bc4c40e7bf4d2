"""The report on manual pages: none that is false is left out, none told as seen that was not."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from checker.ground.problems import Problem
from checker.questions.run import verify
from checker.record.result import Result, Verdict
from command.cloneproof import cli
from command.manual_pages import sentences, shown_by
from model.revisions import REVISIONS
from properties.catalogue import all_properties, by_id
from properties.claim import Kind
from properties.wordings import NO_CHANGE, READ, WORDINGS
from reports.manual_pages import pages

ONE = next(one for one in WORDINGS if one.id == "D08b")


@pytest.fixture(scope="module")
def result() -> Result:
    return verify(["D08b"], ["v6.12"], blame=False)[0]


def replayed(answer: str, reason: str = "") -> list[dict[str, Any]]:
    row = {"property": "D08b", "release": "6.18.44", "answer": answer, "reason": reason}
    return [{"replayed": [row]}]


@pytest.mark.parametrize("name", ["v6.18", "v7.3", "debian-6.12.117"])
def test_every_sentence_that_is_false_has_a_wording_or_a_reason(name: str) -> None:
    kernel = REVISIONS[name].kernel
    false = {
        one.id
        for one in all_properties()
        if one.kind is Kind.DOCUMENTATION
        and one.of_patch is None
        and one.expect.on(kernel) is Verdict.REFUTED
    }
    assert len(false) > 40
    assert not false - {one.id for one in WORDINGS} - NO_CHANGE.keys()


def test_each_wording_is_of_a_statement_that_a_kernel_refutes() -> None:
    named = [one.id for one in WORDINGS]
    assert len(named) == len(set(named)) and not set(named) & NO_CHANGE.keys()
    for name in named:
        expect = by_id(name).expect
        assert any(expect.on(one.kernel) is Verdict.REFUTED for one in REVISIONS.values()), name
    assert {one.corrected for one in WORDINGS} <= {"", *READ}


def test_a_section_tells_where_how_and_what_would_be_true(result: Result) -> None:
    text = pages(sentences(), [result], replayed("CONFIRMED"))
    for told in (ONE.page, ONE.says, ONE.better, "CLONE_PARENT|CLONE_NEWPID", "a real 6.18.44"):
        assert told in text


def test_what_the_kernel_did_otherwise_or_nobody_tried_is_not_told_as_seen(result: Result) -> None:
    assert "but not on a real 6.18.44" in pages(sentences(), [result], replayed("REFUTED"))
    assert "no: by chance" in pages(sentences(), [result], replayed("NOT-REPLAYABLE", "by chance"))
    assert "on a real" not in pages(sentences(), [result])


def test_a_sentence_that_holds_on_every_kernel_asked_for_is_left_out(result: Result) -> None:
    assert "D08b" not in pages(sentences(), [replace(result, verdict=Verdict.PROVED)])


def test_the_verb_takes_what_replay_wrote_and_refuses_what_is_none(tmp_path: Path) -> None:
    seen, other = tmp_path / "seen.json", tmp_path / "other.json"
    seen.write_text(json.dumps(replayed("CONFIRMED")))
    other.write_text('[{"replayed": [{"property": 3}]}]')
    told = CliRunner().invoke(cli, ["export", "pages", "--replayed", str(seen)])
    assert told.exit_code == 0 and "on a real 6.18.44" in told.output
    with pytest.raises(Problem, match="not what `replay"):
        shown_by(other)
