"""What comparing a tree came to, as JSON."""

from __future__ import annotations

import json
from typing import Any

from checker.calls.documents import to_document
from source.interpreter import UNREAD
from source.nearest import Match
from source.questions import Comparison, DivergingCall
from source.report.report import TreeReport, coverage, told
from source.semantics import DecidedOnTree


def as_json(report: TreeReport) -> str:
    """Return the report as JSON."""
    return json.dumps(
        {
            "tree": report.tree,
            "nearest": report.match.revision.name,
            "nearest_is": report.match.told,
            "agrees": report.agrees,
            "statements": coverage(report),
            "functions": [_document(one, report.match) for one in report.match.comparisons],
            "not_translated": [
                {"file": one.path, "line": one.line, "text": one.text, "why": one.why}
                for one in report.statements
                if one.kind == UNREAD
            ],
            "constants": [
                {"name": name, "tree": there, "model": known}
                for name, there, known in report.numbers
            ],
            "borrowed_constants": sorted(report.borrowed),
            "assumed": report.assumed,
            "facts": {
                one.record.__name__: {
                    "equal": list(one.compared),
                    "implied": list(one.implied),
                    "left_out": one.left_out,
                }
                for one in report.fields
            },
            "properties": [_decided(one, report) for one in report.decided],
        },
        indent=2,
    )


def _document(one: Comparison, match: Match) -> dict[str, Any]:
    found = one.disagreement
    made: dict[str, Any] = {
        "function": one.reading,
        "file": one.path,
        "line": one.line,
        "verdict": one.verdict,
        "reason": one.reason,
        "ladder": one.balance,
        "not_in_reverse_order": list(one.order),
        "not_translated": len(one.unread),
        "not_vouched_for": [
            {"file": other.path, "line": other.line, "why": other.told} for other in one.unvouched
        ],
        "on_this_call": None if one.reaching is None else to_document(one.reaching),
        "exits": {"compared": list(one.exits), "not_compared": list(one.passed)},
    }
    if found is not None:
        settled = {"settled_by": match.explained.get(one.reading, [])}
        made["disagreement"] = _call(found) | settled
        made["others"] = [_call(other) for other in one.others]
        made["more"] = one.more
    if one.hidden is not None:
        made["if_the_unread_does_nothing"] = _call(one.hidden)
    return made


def _call(found: DivergingCall) -> dict[str, Any]:
    turn = found.turn
    return {
        "call": to_document(found.values),
        "smallest": found.minimal,
        "differences": [told(difference) for difference in found.differences],
        "c": None if turn is None else f"{turn.path}:{turn.line}: {turn.text}",
        "rule": found.rule or None,
        "at": found.at or None,
    }


def _decided(one: DecidedOnTree, report: TreeReport) -> dict[str, Any]:
    made: dict[str, Any] = {
        "property": one.prop.id,
        "verdict": one.verdict.name,
        "on_the_model": one.expected.name,
    }
    if not one.as_expected:
        made |= {
            "call": to_document(one.values),
            "missing_rule": one.rule or None,
            "place": report.places.get(one.rule, one.at) or None,
        }
    return made
