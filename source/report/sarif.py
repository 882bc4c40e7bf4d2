"""What comparing a tree came to, as SARIF for code review."""

from __future__ import annotations

import json
from typing import Any

from checker.calls.documents import to_document
from checker.ground.sarif import finding, written
from source.interpreter import UNREAD
from source.questions import AGREE, Comparison
from source.report.report import TreeReport, told


def sarif(report: TreeReport) -> str:
    """Return the report as SARIF 2.1.0: one result per difference, at its C line."""
    results = [
        _result(one)
        for one in report.match.comparisons
        if one.verdict not in AGREE or not one.in_balance
    ]
    results += [
        finding("not-translated", "note", f"not translated: {one.why}", one.path, one.line)
        for one in report.statements
        if one.kind == UNREAD
    ]
    results += [
        finding("not-vouched-for", "warning", f"{one.function}(): {one.told}", one.path, one.line)
        for one in report.unvouched
    ]
    results += [
        finding(
            one.prop.id,
            "error",
            f"{one.prop.sentence}: {one.verdict.name} on this tree; missing rule: {one.rule}",
            one.turn.path if one.turn else "kernel/fork.c",
            one.turn.line if one.turn else 1,
        )
        for one in report.decided
        if not one.as_expected
    ]
    return written(results)


def _result(one: Comparison) -> dict[str, Any]:
    found = one.disagreement
    path, line = one.path or "kernel/fork.c", max(one.line, 1)
    message = one.reason or one.balance
    if found is not None:
        if found.turn is not None:
            path, line = found.turn.path, found.turn.line
        message = "; ".join(told(difference) for difference in found.differences)
        message += f" on {json.dumps(to_document(found.values))}"
        if found.rule:
            message += f"; model rule: {found.rule} ({found.at})"
    elif not one.in_balance:
        message = f"error ladder: {one.balance}"
    text = f"{one.reading}: {one.verdict}: {message}"
    return finding(f"differs-{one.reading}", "error", text, path, line)
