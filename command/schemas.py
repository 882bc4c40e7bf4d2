"""The JSON Schemas of answers, one each."""

from __future__ import annotations

from typing import Any

_DRAFT = "https://json-schema.org/draft/2020-12/schema"
_TEXT = {"type": "string"}
_MAYBE = {"type": ["string", "null"]}


def _list(of: Any) -> dict[str, Any]:
    return {"type": "array", "items": of}


def _object(required: dict[str, Any], **optional: Any) -> dict[str, Any]:
    return {
        "type": "object",
        "additionalProperties": False,
        "properties": required | optional,
        "required": list(required),
    }


_CHANGE = _object({"fact": _TEXT, "doc": _TEXT, "before": True, "after": True})
_STEP = {"step": _TEXT, "at": _TEXT, "taken": {"type": "boolean"}}
_OPEN = {"errno": _MAYBE, "changes": _list(_CHANGE), "reason": _TEXT, "needs": _list(_TEXT),
         "by": {"type": "integer"}}

RUN = {
    "$schema": _DRAFT,
    "title": "A history of one's own, as `cloneproof run --format json` tells it",
    **_object(
        {
            "kernel": _TEXT,
            "system": _TEXT,
            "about": _TEXT,
            "also_in": _list(_TEXT),
            "steps": _list(_object({"typed": _TEXT, **_STEP}, **_OPEN)),
            "call": _object({"history": _list(_TEXT)}),
        },
        next=_list(_object(_STEP, typed=_TEXT, **_OPEN)),
    ),
}

_CALL = {"type": "object", "description": "facts that are not an ordinary call's, as for predict"}

ASK = {
    "$schema": _DRAFT,
    "title": "What a question comes to, as `cloneproof ask --format json` tells it",
    **_object(
        {"question": _TEXT},
        answers=_list(
            _object(
                {
                    "kernel": _TEXT,
                    "answer": {"enum": ["yes", "no", "unknown"]},
                    "asked_of": _list(_TEXT),
                    "calls": _list(
                        _object(
                            {
                                "call": _CALL,
                                "smallest": {"type": "boolean"},
                                "errno": _TEXT,
                                "rule": _MAYBE,
                            }
                        )
                    ),
                    "complete": {"type": "boolean"},
                    "unknown": _MAYBE,
                    "rests_on": _list(_TEXT),
                }
            )
        ),
        counted=_TEXT,
        kernels={
            "type": "object",
            "additionalProperties": _object(
                dict.fromkeys(("tried", "impossible", "holds"), {"type": "integer"})
            ),
        },
    ),
}

_FIELDS = {"type": "object", "additionalProperties": _list(_TEXT)}

DIFF = {
    "$schema": _DRAFT,
    "title": "What differs between two kernels, as `cloneproof diff --format json` tells it",
    **_object(
        {
            "kernels": _list(_TEXT),
            "equal": {"type": "boolean"},
            "complete": {"type": "boolean"},
            "unknown": _list(_TEXT),
            "compared": _TEXT,
            "cases": _list(
                _object(
                    {
                        "commits": _list(_TEXT),
                        "kind": {"enum": ["possible", "rule", "leaves"]},
                        "call": _CALL,
                        "smallest": {"type": "boolean"},
                        "outcomes": _list(_TEXT),
                        "fields": _FIELDS,
                    }
                )
            ),
            "change_no_call": _list(_TEXT),
        }
    ),
}
