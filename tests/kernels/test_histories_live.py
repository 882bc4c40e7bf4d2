"""Histories on the running kernel: the model agrees, another model does not."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from command.cloneproof import cli
from kernels.histories.campaign import refuted_here
from kernels.histories.catalogue import DRIVES
from kernels.histories.play import play
from kernels.histories.replay import replay_traces_at
from kernels.histories.script import HistoryScript
from kernels.histories.walks import Wish, status, walks
from kernels.machines import live
from kernels.replay.answer import ReplayAnswer
from kernels.replay.calls import place
from model.revisions import REVISIONS
from tests.kernels.test_histories import DRIVEN, trace_of

NOWHERE = live.can_run()
pytestmark = pytest.mark.skipif(NOWHERE is not None, reason=NOWHERE or "")


def test_random_histories_agree_on_the_running_kernel() -> None:
    report = walks("running", Wish(12, seed=5, systems=DRIVEN))
    assert not report.skipped
    assert [(one.system, one.disagree, one.shortest) for one in report.walked] == [
        (name, 0, None) for name in DRIVEN
    ]
    assert all(one.histories == 12 and one.facts > 50 for one in report.walked)
    assert not [one.unprepared for one in report.walked if one.unprepared]
    assert status([report]) == 0


def test_a_model_of_another_era_is_seen_to_disagree() -> None:
    report = walks("running", Wish(20, systems=("accounts",), model=REVISIONS["v5.10"].kernel))
    found = report.walked[0]
    assert found.disagree
    assert found.shortest is not None
    assert 1 <= len(found.shortest.steps) <= 3
    assert status([report]) == 1


def test_a_step_with_a_wrong_rule_is_seen_to_disagree(monkeypatch: pytest.MonkeyPatch) -> None:
    drive = DRIVES["accounts"]

    def forgets(step: Any) -> Any:
        def move(machine: Any, state: Any) -> Any:
            made = step.move(machine, state)
            return replace(made, then=replace(made.then, n1=made.then.n1 - 1))

        return replace(step, move=move) if step.name == "task 2 is reaped" else step

    wrong = replace(drive.system, steps=[forgets(step) for step in drive.system.steps])
    monkeypatch.setattr(type(drive), "system", wrong)
    report = walks("running", Wish(10, systems=("accounts",)))
    found = report.walked[0].shortest
    assert found is not None
    assert found.steps[-1] == "task 2 is reaped"
    assert [item.field for item in found.differences] == ["n1"]


def test_traces_of_the_running_kernel_are_confirmed_or_told_why_not() -> None:
    here = place("running")
    answers = {
        one.property: one for one in replay_traces_at(list(refuted_here(here, DRIVEN)), here)
    }
    assert not [one for one in answers.values() if one.answer is ReplayAnswer.REFUTED]
    if here.revision.name == "v6.18":
        confirmed = {name for name, one in answers.items() if one.answer is ReplayAnswer.CONFIRMED}
        assert confirmed >= {"P29", "P30H", "P33f", "P38f", "P40H", "P89H"}


def test_the_command_takes_traces_and_calls_together(tmp_path: Path) -> None:
    kernel = place("running").revision.kernel
    file = tmp_path / "P38f.json"
    file.write_text(json.dumps(trace_of("P38f", kernel).document()))
    result = CliRunner().invoke(cli, ["replay", str(file)], standalone_mode=False)
    assert "P38f on running" in result.output
    assert "CONFIRMED" in result.output


def test_the_command_drives_random_histories() -> None:
    wish = ["histories", "--walks", "2", "--seed", "3", "--format", "json"]
    result = CliRunner().invoke(cli, wish, standalone_mode=False)
    found = {one["system"]: one for one in json.loads(result.stdout)["kernels"][0]["systems"]}
    assert set(found) >= set(DRIVEN)
    assert all(found[name]["disagree"] == 0 and found[name]["driven"] for name in DRIVEN)


def test_the_player_says_what_it_cannot_do_and_leaves_nobody_behind() -> None:
    rows = play(
        "running",
        {
            "odd": HistoryScript("", ("director start t1",), (("t7 exit",),)),
            "plain": HistoryScript(
                "counts=u1", ("director start t1", "t1 setuid u1"), (("t1 exit",),)
            ),
        },
    )
    assert rows["odd"][-1]["prepared"] == "no such actor or command"
    assert [row["counts"]["u1"] for row in rows["plain"]] == [0, 1, 1]
    assert rows["plain"][-1]["seen"]["t1"]["life"] == "zombie"
