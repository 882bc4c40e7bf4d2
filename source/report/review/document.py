"""A review as JSON."""

from __future__ import annotations

import json
from typing import Any

from checker.calls.documents import to_document
from source.report.review import words
from source.review.judgement import Parting, Place
from source.verdict.calls import ShownCall
from source.verdict.record import FileVerdict, FunctionVerdict, PatchVerdict, Review


def as_json(review: Review) -> str:
    """Return a review as JSON; its schema is ``REVIEW`` of ``command/schemas.py``."""
    return json.dumps(document(review), indent=2, ensure_ascii=False)


def document(review: Review) -> dict[str, Any]:
    """Return a review as nested objects."""
    return {
        "tree": review.tree,
        "title": review.title,
        "verdict": review.verdict,
        "patches": [_patch(one) for one in review.patches],
        "whole": None if review.whole is None else _patch(review.whole),
        "told": review.told,
    }


def _patch(made: PatchVerdict) -> dict[str, Any]:
    patch = made.patch
    return {
        "title": words.title(made),
        "message": patch.message,
        "number": patch.number,
        "total": patch.total,
        "version": patch.version,
        "verdict": made.verdict,
        "summary": words.headline(made),
        "files": [_file(one) for one in made.files],
        "kernel": made.kernel or None,
        "statements": [
            {
                "property": one.id,
                "sentence": one.sentence,
                "how": one.how,
                "call": to_document(one.values),
            }
            for one in made.statements
        ],
        "statements_held": made.held,
        "statements_undecided": made.undecided,
        "assumed": made.assumed,
        "told": made.told,
    }


def _file(file: FileVerdict) -> dict[str, Any]:
    return {
        "path": file.path,
        "renamed_from": file.old,
        "set_aside": file.aside or None,
        "open": list(file.open),
        "functions": [_function(one) for one in file.functions],
        "new": list(file.new),
        "gone": list(file.gone),
    }


def _function(one: FunctionVerdict) -> dict[str, Any]:
    judgement = one.judgement
    return {
        "function": judgement.function,
        "path": judgement.path,
        "verdict": one.verdict,
        "reason": words.reason(judgement),
        "partings": [_parting(each) for each in judgement.partings],
        "open_at": [_place(each) for each in judgement.open_at],
        "assumed": list(judgement.assumed),
        "calls": [_call(each) for each in one.calls],
        "no_call": one.no_call or None,
    }


def _parting(one: Parting) -> dict[str, Any]:
    return {
        "what": one.what,
        "when": list(one.when),
        "before": one.before,
        "after": one.after,
        "base": _place(one.base),
        "head": _place(one.head),
    }


def _place(place: Place | None) -> dict[str, Any] | None:
    if place is None:
        return None
    return {"path": place.path, "line": place.line, "text": place.text}


def _call(one: ShownCall) -> dict[str, Any]:
    return {
        "call": to_document(one.values),
        "shows": one.shows,
        "function": one.reading,
        "ends": list(one.ends),
        "differences": [
            {"aspect": each.aspect, "before": each.before, "after": each.after}
            for each in one.differences
        ],
        "turns": [
            None if turn is None else f"{turn.path}:{turn.line}: {turn.text}" for turn in one.turns
        ],
        "not_read": list(one.unread),
    }
