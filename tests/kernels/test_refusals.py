"""Refused calls on the running kernel: what is listed holds the rule, and what is nearest works."""

from __future__ import annotations

from typing import Any

import pytest

from kernels.cases.case import Case
from kernels.conformance import refusals as room
from kernels.conformance.refusals import Report, refusals
from kernels.machines import live
from kernels.machines.place import place
from model.rows import Rejection

NOWHERE = live.can_run()
pytestmark = pytest.mark.skipif(NOWHERE is not None, reason=NOWHERE or "")


def _tried(count: int) -> Report:
    return refusals(count, place("running"))


def test_random_refused_calls_are_answered_by_the_rule_that_refused_them() -> None:
    report = _tried(40)
    assert report.missed == [] and report.refused_still == []
    assert report.refused == 40 and report.accepted == report.nearest > 10
    assert report.holds


def test_a_call_that_ends_otherwise_than_predicted_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    """If the model took another errno for the right one; and if the kernel took the call."""
    known = room._is_otherwise
    monkeypatch.setattr(room, "_is_otherwise", lambda decided, row: not known(decided, row))
    report = _tried(10)
    assert report.otherwise and not report.holds
    told = "\n".join(room.lines(report))
    assert "OTHERWISE" in told and "was predicted" in told


@pytest.mark.parametrize("wrong", ["otherwise", "missed", "refused_still"])
def test_one_call_that_is_wrong_in_any_way_is_enough(wrong: str) -> None:
    assert Report(refused=9, nearest=9, accepted=9).holds
    assert not Report(refused=9, nearest=9, accepted=9, **{wrong: ["a call"]}).holds


def test_a_rule_that_is_not_listed_is_missed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whichever it is."""
    known = room._listed

    def without_one(*asked: Any) -> list[Rejection] | str:
        rules = known(*asked)
        return rules if isinstance(rules, str) else rules[1:]

    monkeypatch.setattr(room, "_listed", without_one)
    report = _tried(10)
    assert report.missed and not report.holds


def test_a_nearest_call_that_is_refused_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """If the refused call itself were the nearest."""

    def itself(case: Case, *_others: Any) -> tuple[Case, str]:
        return case, ""

    monkeypatch.setattr(room, "_case_for", itself)
    report = _tried(10)
    assert report.refused_still and not report.holds
