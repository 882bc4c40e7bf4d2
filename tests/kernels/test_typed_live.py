"""Histories of calls as `run` takes them, on the running kernel."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from command.cloneproof import cli
from kernels.histories.typed import TypedReport, status, told, typed_report
from kernels.machines import live
from model.revisions import REVISIONS

NOWHERE = live.can_run()
pytestmark = pytest.mark.skipif(NOWHERE is not None, reason=NOWHERE or "")


def test_random_calls_agree_on_the_running_kernel() -> None:
    report = typed_report("running", 25, seed=5)
    assert (report.skipped, report.first, report.broke_off) == ("", None, 0)
    assert report.agree == report.histories == 25
    assert report.facts > 2_000
    assert status([report]) == 0


def test_the_calls_of_another_era_are_seen_to_disagree() -> None:
    report = typed_report("running", 40, seed=5, model=REVISIONS["v5.10"].kernel)
    assert report.disagree
    assert status([report]) == 1
    assert any("differs" in line for line in told([report]))


def test_the_command_plays_calls() -> None:
    wish = ["histories", "--calls", "3", "--format", "json"]
    result = CliRunner().invoke(cli, wish, standalone_mode=False)
    found = json.loads(result.stdout)[0]
    assert (found["agree"], found["disagree"]) == (3, 0)


def test_what_was_not_seen_is_no_agreement() -> None:
    assert status([TypedReport("6.1", skipped="no qemu")]) == 2
    assert status([TypedReport("6.1", histories=2, agree=1, broke_off=1)]) == 2
