"""Races: what their program says is read exactly, and no more is made of it than it shows."""

import json
import os
import shutil
from pathlib import Path
from typing import Any

import pytest

from checker.record.result import Verdict
from kernels.races.claims import EVENTS, RACES, events_of
from kernels.races.run import RacesFailed, build, try_races
from kernels.races.told import (
    NotReadable,
    RaceFinding,
    RaceTried,
    RaceVerdict,
    findings,
    line,
    read,
    read_all,
    status,
)
from model.revisions import REVISIONS
from properties.catalogue import timed_by_id
from tests.entries import cloneproof

V618 = REVISIONS["v6.18"].kernel
LIMIT = {"race": "limit", "tries": 100, "both_refused": 7, "both_through": 0}
KILL = {"race": "kill", "tries": 40, "got_away": 1}
THREADS = {"race": "threads", "cannot": "only in a virtual machine"}


def _read(**changed: Any) -> RaceTried:
    return read(json.dumps(LIMIT | changed))


def _found(name: str, told: list[RaceTried], kernel: str = "v6.18") -> RaceFinding:
    (one,) = [
        item for item in findings(told, REVISIONS[kernel].kernel) if item.event.name == name
    ]
    return one


def test_a_line_is_read() -> None:
    assert _read() == RaceTried("limit", 100, (("both_refused", 7), ("both_through", 0)))
    assert read(json.dumps(THREADS)) == RaceTried("threads", cannot="only in a virtual machine")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "nonsense",
        "[]",
        "{}",
        json.dumps({"race": "unheard of", "cannot": "no"}),
        json.dumps({"race": "limit", "tries": 5}),
        json.dumps(LIMIT | {"more": 1}),
        json.dumps(LIMIT | {"cannot": "but counted"}),
        json.dumps(LIMIT | {"both_refused": 101}),
        json.dumps(LIMIT | {"both_refused": -1}),
        json.dumps(LIMIT | {"tries": "100"}),
        json.dumps(LIMIT | {"tries": True, "both_refused": 0}),
        json.dumps(LIMIT | {"both_refused": 60, "both_through": 60}),
    ],
)
def test_a_line_that_cannot_be_is_not_read(text: str) -> None:
    with pytest.raises(NotReadable):
        read(text)


def test_every_race_has_to_be_told_once() -> None:
    lines = ["#kernel 6.18", *(json.dumps(one) for one in (KILL, LIMIT, THREADS)), "#end 0"]
    assert [one.race for one in read_all(lines)] == ["kill", "limit", "threads"]
    for wrong in (lines[:3], [*lines, json.dumps(KILL)], []):
        with pytest.raises(NotReadable):
            read_all(wrong)


def test_an_event_that_the_model_allows_is_seen() -> None:
    found = _found("both_refused", [_read()])
    assert (found.word, found.times, found.model) == (RaceVerdict.SEEN, 7, Verdict.REFUTED)
    assert "7 of 100 tries" in line(found)


def test_an_event_that_the_model_excludes_contradicts_it() -> None:
    found = _found("both_through", [_read(both_through=1)])
    assert (found.word, found.model) == (RaceVerdict.CONTRADICTED, Verdict.PROVED)
    assert status([found]) == 1
    older = _found("both_through", [_read(both_through=1)], "v5.15")
    assert (older.word, older.model) == (RaceVerdict.SEEN, Verdict.REFUTED)


@pytest.mark.parametrize("name", ["both_refused", "both_through"])
def test_what_is_not_seen_proves_nothing(name: str) -> None:
    found = _found(name, [_read(both_refused=0)])
    assert found.word is RaceVerdict.NOT_SEEN
    assert "proves nothing" in line(found)
    assert not any(word in line(found) for word in ("agree", "confirm", "hold"))


@pytest.mark.parametrize("tried", [_read(tries=0, both_refused=0), RaceTried("limit", cannot="no")])
def test_what_was_not_tried_is_said_and_never_passes(tried: RaceTried) -> None:
    found = findings([tried], V618)
    assert {one.word for one in found} == {RaceVerdict.NOT_TRIED}
    assert status(found) == 2


def test_a_contradiction_outweighs_what_was_not_tried() -> None:
    told = [_read(both_through=1), RaceTried("kill", cannot="no")]
    assert status(findings(told, V618)) == 1
    assert status(findings([_read()], V618)) == 0


def test_each_event_belongs_to_a_property_that_says_when_it_cannot_be() -> None:
    for event in EVENTS:
        verdicts = {timed_by_id(event.property).expect.on(one.kernel) for one in REVISIONS.values()}
        assert Verdict.REFUTED in verdicts, event.property
    assert set(RACES) == {event.race for event in EVENTS}
    assert events_of("unheard of") == []


@pytest.mark.skipif(not shutil.which("gcc"), reason="no gcc")
def test_the_program_compiles_and_wants_its_arguments() -> None:
    assert build().is_file()
    assert build() == build()


@pytest.mark.skipif(os.geteuid() != 0 or not shutil.which("gcc"), reason="needs root and gcc")
def test_the_running_kernel_does_not_contradict_the_model() -> None:
    _release, revision, told = try_races("running", 1)
    assert {one.race for one in told} == set(RACES)
    assert status(findings(told, revision.kernel)) != 1


def test_a_kernel_that_is_not_there_is_skipped_and_not_passed(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("CLONEPROOF_KERNELS", str(tmp_path))
    with pytest.raises(RacesFailed, match="no kernel 6.1"):
        try_races("6.1", 1)
    assert cloneproof("races", "--on", "6.1") == 2
    assert "skipped, not passed" in capsys.readouterr().out


def test_a_program_that_ends_badly_is_not_believed(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name, body in {"fails": "exit 3", "babbles": "echo {}", "is_quiet": "true"}.items():
        program = tmp_path / name
        program.write_text(f"#!/bin/sh\n{body}\n")
        program.chmod(0o755)
        monkeypatch.setattr("kernels.races.run.build", lambda program=program: program)
        monkeypatch.setattr("os.geteuid", lambda: 0)
        with pytest.raises(RacesFailed):
            try_races("running", 1)
