"""The SARIF report: what is not as expected, where its statement stands."""

from __future__ import annotations

from typing import Any

from checker.ground.sarif import finding, marked, written
from checker.record.result import NO_ANSWER, Result
from reports.calls import evidence
from reports.eras import Era, unexpected

FOLDER = "properties"
"""Where code scanning shows a finding: at the statements."""


def sarif(results: list[Result]) -> str:
    """Return what is not as expected as SARIF 2.1.0, one result for kernels that agree.

    It is known again by statement, kernels and verdicts, whatever its smallest call came to be.
    """
    return written([_result(era) for era in unexpected(results)]) + "\n"


def _result(era: Era) -> dict[str, Any]:
    first = era.first
    level = "warning" if first.verdict in NO_ANSWER else "error"
    verdicts = f"expected {first.expectation}, got {first.verdict.value}"
    text = f"{first.property}, {first.sentence}, on {era.kernels}: {verdicts}"
    shown = evidence(first)
    told = f"{text}: {shown}" if shown else text
    return marked(finding(first.property, level, told, FOLDER, 1), text)
