"""A review as SARIF 2.1.0: one result per finding, at its changed line."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from source.report.review.findings import Finding, findings
from source.report.review.words import TOOL
from source.report.sarif import SARIF
from source.verdict.record import Review

MOST = 5_000
"""Results that are sent: code scanning ignores what is past them."""


def sarif(review: Review) -> str:
    """Return what was found as SARIF; a review that found nothing has no results."""
    found = dict.fromkeys(one for made in review.every for one in findings(made))
    results = [_result(one) for one in found][:MOST]
    rules = [{"id": name} for name in sorted({one["ruleId"] for one in results})]
    driver = {
        "name": TOOL,
        "informationUri": "https://www.kernel.org/doc/html/latest/",
        "rules": rules,
    }
    document = {
        "$schema": SARIF,
        "version": "2.1.0",
        "runs": [{"tool": {"driver": driver}, "results": results}],
    }
    return json.dumps(document, indent=2, ensure_ascii=False)


def _result(one: Finding) -> dict[str, Any]:
    place = {
        "artifactLocation": {"uri": one.path},
        "region": {"startLine": max(one.line, 1)},
    }
    mark = hashlib.sha256(f"{one.rule} {one.path} {one.text}".encode()).hexdigest()[:32]
    return {
        "ruleId": one.rule,
        "level": one.level,
        "message": {"text": one.text},
        "locations": [{"physicalLocation": place}],
        "partialFingerprints": {"cloneproof/v1": mark},
    }
