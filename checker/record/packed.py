"""Results of one statement as a line of JSON, in which what kernels have in common stands once."""

from __future__ import annotations

import json
from dataclasses import fields
from typing import Any

from checker.record.result import Result, Verdict

_SHARED = ("property", "name", "sentence", "kind", "source")
_ROW = ("kernel", "place", "resources", "seconds")
_BODY = tuple(one.name for one in fields(Result) if one.name not in (*_SHARED, *_ROW))
_DOCUMENTS = ("witness", "counterexample")


def packed(results: list[Result]) -> str:
    """Return the results of one statement, at least one, as a line."""
    bodies: dict[str, int] = {}
    rows = []
    for one in results:
        text = _text({name: _told(one, name) for name in _BODY})
        rows.append([bodies.setdefault(text, len(bodies)), *(getattr(one, name) for name in _ROW)])
    shared = {name: getattr(results[0], name) for name in _SHARED}
    return f"[{_text(shared)},[{','.join(bodies)}],{_text(rows)}]"


def unpacked(line: Any) -> list[Result]:
    """Return the results in a line that was read."""
    shared, bodies, rows = line
    for body in bodies:
        body["verdict"] = Verdict(body["verdict"])
        body["expected"] = Verdict(body["expected"]) if body["expected"] else None
        body["rests_on"] = tuple(body["rests_on"])
    return [_result(shared, bodies[number], dict(zip(_ROW, row, strict=True)))
            for number, *row in rows]


_text = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode


def _told(one: Result, name: str) -> Any:
    """Return a field; a document without the name of its kernel, which all have in common."""
    value = getattr(one, name)
    if name in _DOCUMENTS and value.get("kernel") == one.kernel:
        return {**value, "kernel": None}
    return value.value if isinstance(value, Verdict) else value


def _result(shared: dict[str, Any], body: dict[str, Any], row: dict[str, Any]) -> Result:
    """Return a result that was one before: as a class makes it, at a fifth of the time."""
    own = {
        name: {**body[name], "kernel": row["kernel"]}
        for name in _DOCUMENTS
        if body[name].get("kernel", "") is None
    }
    made = object.__new__(Result)
    made.__dict__.update({**shared, **body, **row, **own})
    return made
