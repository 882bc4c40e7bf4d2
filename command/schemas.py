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

_TERM: dict[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "properties": {
        "text": _TEXT,
        "holds": True,
        "joined": _MAYBE,
        "parts": _list({"$ref": "#/$defs/term"}),
        "reads": _list(_object({"fact": _TEXT, "value": True})),
    },
    "required": ["text", "holds", "joined", "parts", "reads"],
}
_WAY = _object(
    {"call": {"type": "object"}},
    smallest={"type": "boolean"},
    errno=_TEXT,
    rule=_MAYBE,
    premise={"$ref": "#/$defs/term"},
    conclusion={"$ref": "#/$defs/term"},
)
EXPLORED = {
    "$schema": _DRAFT,
    "title": "Counterexamples as `cloneproof verify X --all --format json` tells them",
    "$defs": {"term": _TERM},
    **_list(
        _object(
            {
                "property": _TEXT,
                "kernel": _TEXT,
                "assumed": _MAYBE,
                "verdict": _TEXT,
                "reason": _MAYBE,
                "complete": {"type": "boolean"},
                "rests_on": _list(_TEXT),
                "ways": _list(_WAY),
            },
            system=_TEXT,
        )
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
        },
        verdicts=_list(
            _object(
                {
                    "property": _TEXT,
                    "sentence": _TEXT,
                    "verdicts": _list(_TEXT),
                    "turned_by": _list(_TEXT),
                }
            )
        ),
    ),
}

BACKPORT = {
    "$schema": _DRAFT,
    "title": "What a tree promises, as `cloneproof backport --format json` tells it",
    **_object(
        {
            "base": _TEXT,
            "tree": _TEXT,
            "patches": _list(_TEXT),
            "verdicts": _list(
                _object(
                    {
                        "property": _TEXT,
                        "about": {"enum": ["calls", "histories"]},
                        "sentence": _TEXT,
                        "base": _TEXT,
                        "tree": _TEXT,
                        "call": _CALL,
                        "given_back_by": {"anyOf": [_list(_TEXT), {"type": "null"}]},
                    }
                )
            ),
            "read_alike": {"type": "object", "additionalProperties": {"type": "integer"}},
            "decided": {"type": "object", "additionalProperties": {"type": "integer"}},
            "unknown": _list(_TEXT),
        }
    ),
}

TIMELINE = {
    "$schema": _DRAFT,
    "title": "A property's verdicts, as `cloneproof timeline --format json` tells them",
    **_object(
        {
            "property": _TEXT,
            "sentence": _TEXT,
            "stretches": _list(
                _object(
                    {
                        "kernels": _list(_TEXT),
                        "verdict": _TEXT,
                        "since": _MAYBE,
                        "turned_by": _list(
                            _object(
                                {"patch": _TEXT, "commit": _TEXT, "there": {"type": "boolean"}}
                            )
                        ),
                    }
                )
            ),
        }
    ),
}

BLAME = {
    "$schema": _DRAFT,
    "title": "What a verdict rests on, as `cloneproof blame --format json` tells it",
    **_object(
        {
            "property": _TEXT,
            "sentence": _TEXT,
            "kernel": _TEXT,
            "verdict": _TEXT,
            "complete": {"type": "boolean"},
            "unknown": _TEXT,
        },
        rests_on=_list(_list(_TEXT)),
        mended_by=_list(_list(_TEXT)),
        turned_by={"type": "object", "additionalProperties": _TEXT},
        built_without=_object({"falls_without": _list(_list(_TEXT)), "unknown": _TEXT}),
    ),
}

_TURNED = _object(
    {"property": _TEXT, "sentence": _TEXT, "before": _TEXT, "after": _TEXT, "call": _CALL}
)

IMPACT = {
    "$schema": _DRAFT,
    "title": "What a commit or a rule is there for, as `cloneproof impact --format json` tells it",
    "oneOf": [
        {
            **DIFF,
            "properties": DIFF["properties"] | {"verdicts": _list(_TURNED)},
            "required": [*DIFF["required"], "verdicts"],
        },
        _object(
            {
                "kernel": _TEXT,
                "rule": _TEXT,
                "calls": _list(
                    _object({"call": _CALL, "smallest": {"type": "boolean"}, "without": _TEXT})
                ),
                "verdicts": _list(_TURNED),
                "unknown": _list(_TEXT),
            }
        ),
    ],
}

MATRIX = {
    "$schema": _DRAFT,
    "title": "All pairs of flags, as `cloneproof matrix --format json` tells them",
    **_object(
        {
            "entry": _TEXT,
            "kernels": {
                "type": "object",
                "additionalProperties": _list(
                    _object(
                        {
                            "flags": _list(_TEXT),
                            "accepted": {"type": ["boolean", "null"]},
                            "rule": _MAYBE,
                            "rule_of_ordinary_caller": _MAYBE,
                            "unknown": _MAYBE,
                        }
                    )
                ),
            },
        }
    ),
}

_PLACE = _object({"path": _TEXT, "line": {"type": "integer"}, "text": _TEXT})
_MAYBE_PLACE = {"anyOf": [_PLACE, {"type": "null"}]}
_TOLD_CALL = _object(
    {
        "call": _CALL,
        "shows": {
            "enum": [
                "fails now",
                "succeeds now",
                "leaves something else",
                "fails otherwise",
                "runs the changed line",
            ]
        },
        "function": _TEXT,
        "ends": _list(_TEXT),
        "differences": _list(_object({"aspect": _TEXT, "before": True, "after": True})),
        "turns": _list(_MAYBE),
        "not_read": _list(_TEXT),
    }
)
_REVIEWED_FUNCTION = _object(
    {
        "function": _TEXT,
        "path": _TEXT,
        "verdict": {"enum": ["the same", "different", "could not tell"]},
        "reason": _TEXT,
        "partings": _list(
            _object(
                {
                    "what": _TEXT,
                    "when": _list(_TEXT),
                    "before": _TEXT,
                    "after": _TEXT,
                    "base": _MAYBE_PLACE,
                    "head": _MAYBE_PLACE,
                }
            )
        ),
        "open_at": _list(_PLACE),
        "assumed": _list(_TEXT),
        "calls": _list(_TOLD_CALL),
        "no_call": _MAYBE,
    }
)
_REVIEWED = {"enum": ["changes nothing", "changes something", "could not tell"]}
_REVIEWED_PATCH = _object(
    {
        "title": _TEXT,
        "message": _TEXT,
        "number": {"type": "integer"},
        "total": {"type": "integer"},
        "version": {"type": "integer"},
        "verdict": _REVIEWED,
        "summary": _TEXT,
        "files": _list(
            _object(
                {
                    "path": _TEXT,
                    "renamed_from": _MAYBE,
                    "set_aside": _MAYBE,
                    "open": _list(_TEXT),
                    "functions": _list(_REVIEWED_FUNCTION),
                    "new": _list(_TEXT),
                    "gone": _list(_TEXT),
                }
            )
        ),
        "kernel": _MAYBE,
        "statements": _list(
            _object(
                {
                    "property": _TEXT,
                    "sentence": _TEXT,
                    "how": {"enum": ["breaks", "begins to hold"]},
                    "call": _CALL,
                }
            )
        ),
        "statements_held": {"type": "integer"},
        "statements_undecided": _list(_TEXT),
        "assumed": _list(_TEXT),
        "told": _list(_TEXT),
    }
)
REVIEW = {
    "$schema": _DRAFT,
    "title": "What patches change, as `cloneproof review --format json` tells it",
    **_object(
        {
            "tree": _TEXT,
            "title": _TEXT,
            "verdict": _REVIEWED,
            "patches": _list(_REVIEWED_PATCH),
            "whole": {"anyOf": [_REVIEWED_PATCH, {"type": "null"}]},
            "told": _list(_TEXT),
        }
    ),
}

_SHOWN = {"told": _TEXT, "call": _CALL}

PATTERNS = {
    "$schema": _DRAFT,
    "title": "Patterns of SCML held against a kernel, as `cloneproof spec --format json` tells it",
    **_object({
        "kernel": _TEXT,
        "calls": _list(_object({
            "call": _TEXT,
            "patterns": {"type": "integer"},
            "there_is_such_a_call": {"type": "boolean"},
            "too_little": _list(_object(_SHOWN)),
            "too_much": _list(_object({**_SHOWN, "errno": _TEXT, "rule": _MAYBE})),
        })),
    }),
}

SPECIFICATIONS = {
    "$schema": _DRAFT,
    "title": "KAPI held against a kernel, as `cloneproof spec --format json` tells it",
    **_object({
        "kernel": _TEXT,
        "calls": _list(_object({
            "call": _TEXT,
            "at": _TEXT,
            "not_judged": {"type": "integer", "description": "parts that are in words"},
            "lines": _list(_object({
                "verdict": {"enum": ["proved", "refuted", "missing", "unknown"]},
                "says": _TEXT,
                "why": _TEXT,
                "at": _TEXT,
            })),
        })),
    }),
}
