"""SARIF 2.1.0, which code scanning reads: documents, and findings at lines of files."""

from __future__ import annotations

import hashlib
import json
from typing import Any

SARIF = "https://json.schemastore.org/sarif-2.1.0.json"


def written(results: list[dict[str, Any]]) -> str:
    """Return results as a SARIF document that declares their rules."""
    rules = [{"id": name} for name in sorted({one["ruleId"] for one in results})]
    driver = {
        "name": "cloneproof",
        "informationUri": "https://www.kernel.org/doc/html/latest/",
        "rules": rules,
    }
    document = {
        "$schema": SARIF,
        "version": "2.1.0",
        "runs": [{"tool": {"driver": driver}, "results": results}],
    }
    return json.dumps(document, indent=2, ensure_ascii=False)


def finding(rule: str, level: str, text: str, path: str, line: int) -> dict[str, Any]:
    """Return a result at a line of a file."""
    place = {"artifactLocation": {"uri": path}, "region": {"startLine": line}}
    return {
        "ruleId": rule,
        "level": level,
        "message": {"text": text},
        "locations": [{"physicalLocation": place}],
    }


def marked(result: dict[str, Any], *told: str) -> dict[str, Any]:
    """Return a result that is known again by what it tells, wherever its line has gone."""
    mark = hashlib.sha256(" ".join(told).encode()).hexdigest()[:32]
    return {**result, "partialFingerprints": {"cloneproof/v1": mark}}
