"""A review as SARIF 2.1.0: one result per finding, at its changed line."""

from __future__ import annotations

from typing import Any

from checker.ground.sarif import finding, marked, written
from source.report.review.findings import Finding, findings
from source.verdict.record import Review

MOST = 5_000
"""Results that are sent: code scanning ignores what is past them."""


def sarif(review: Review) -> str:
    """Return what was found as SARIF; a review that found nothing has no results."""
    found = dict.fromkeys(one for made in review.every for one in findings(made))
    return written([_result(one) for one in found][:MOST])


def _result(one: Finding) -> dict[str, Any]:
    made = finding(one.rule, one.level, one.text, one.path, max(one.line, 1))
    return marked(made, one.rule, one.path, one.text)
