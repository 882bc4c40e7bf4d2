"""KTAP and SARIF: what is not as expected fails, is told, and is known again."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from checker.ground.ktap import KtapTest, document
from checker.record.result import Result
from reports.render import render
from tests.reports.test_reports import SHOWN, bad, good


def results(of: list[Result]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(render(of, "sarif"))["runs"][0]["results"]
    return found


def marks(of: list[Result]) -> list[str]:
    return [one["partialFingerprints"]["cloneproof/v1"] for one in results(of)]


def test_ktap_passes_what_is_as_expected_whatever_the_verdict() -> None:
    lines = render(good(), "ktap").splitlines()
    assert lines[:2] == ["KTAP version 1", "1..2"]
    assert not [one for one in lines if "not ok" in one]
    assert lines[-1] == "ok 2 P10 property P10 says this"


def test_ktap_fails_a_property_with_one_of_its_kernels_and_tells_the_call() -> None:
    lines = render(bad(), "ktap").splitlines()
    assert "  not ok 3 v6.9" in lines and "  ok 1 v5.4" in lines
    assert "not ok 1 P2 property P2 says this" in lines
    assert "  # expected PROVED, got REFUTED" in lines and f"  # {SHOWN}" in lines


def test_ktap_never_skips_what_failed_and_names_begin_no_directive() -> None:
    made = document([KtapTest("a # SKIP\nb", False, skipped="why"), KtapTest("c", True, (), "why")])
    assert made.splitlines()[2:] == ["not ok 1 a SKIP b", "ok 2 c # SKIP why"]


def test_sarif_sends_what_is_not_as_expected_alone() -> None:
    assert not results(good())
    assert [(one["ruleId"], one["level"]) for one in results(bad())] == [
        ("P2", "error"), ("P10", "warning"),
    ]


def test_sarif_knows_a_finding_again_by_statement_kernels_and_verdict_not_by_its_call() -> None:
    call = {"property": "P2", "kernel": "v6.9", "call": {"request": {"flags": "CLONE_VM"}}}
    other = [replace(one, counterexample=call if one.counterexample else {}) for one in bad()]
    assert results(other) != results(bad()) and marks(other) == marks(bad())
    assert len(set(marks(bad()))) == len(marks(bad()))
