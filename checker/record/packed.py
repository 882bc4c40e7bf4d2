"""Results of one statement as a line of JSON, in which what kernels have in common stands once."""

from __future__ import annotations

from dataclasses import fields
from itertools import groupby
from operator import attrgetter, is_, itemgetter
from typing import Any

import orjson

from checker.record.result import Result, Verdict

_SHARED = ("property", "name", "sentence", "kind", "source")
_ROW = ("kernel", "place", "resources", "seconds")
_TIMELESS = 3
"""Of a row what does not say how long it took: the number of its body, its kernel and place."""

_BODY = tuple(one.name for one in fields(Result) if one.name not in (*_SHARED, *_ROW))
_DOCUMENTS = ("witness", "counterexample")
_body_of, _row = itemgetter(*_BODY), itemgetter(*_ROW)


_LINES: dict[int, tuple[list[Result], str]] = {}
"""The lines that were received, by the first of the results that each was made into."""


def packed(results: list[Result]) -> str:
    """Return the results of one statement, at least one, as a line."""
    some, line = _LINES.get(id(results[0]), ([], ""))
    if len(some) == len(results) and all(map(is_, some, results)):
        return line
    return _packed(results)


def _packed(results: list[Result]) -> str:
    bodies: dict[str, int] = {}
    rows = []
    for one in results:
        body = bodies.setdefault(_text(_body(one)), len(bodies))
        rows.append((body, *_row(one.__dict__)))
    shared = {name: getattr(results[0], name) for name in _SHARED}
    return f"[{_text(shared)},[{','.join(bodies)}],{_text(rows)}]"


def sent(results: list[Result]) -> list[str]:
    """Return results as lines, a line for those of a statement that follow one another.

    They travel so between processes: what kernels have in common travels once.
    """
    return [packed(list(each)) for _, each in groupby(results, attrgetter("property"))]


def received(lines: list[str]) -> list[Result]:
    """Return the results that were sent."""
    found = []
    for line in lines:
        some = unpacked(orjson.loads(line))
        _LINES[id(some[0])] = some, line
        found += some
    return found


def unpacked(line: Any) -> list[Result]:
    """Return the results in a line that was read."""
    shared, bodies, rows = line
    nameless = []
    for body in bodies:
        body["verdict"] = Verdict(body["verdict"])
        body["expected"] = Verdict(body["expected"]) if body["expected"] else None
        body["rests_on"] = tuple(body["rests_on"])
        body.update(shared)
        nameless.append([one for one in _DOCUMENTS if body[one].get("kernel", "") is None])
    return [_result(bodies[number], nameless[number], row) for number, *row in rows]


def alike(one: Any, other: Any) -> bool:
    """Return whether two lines that were read say the same, but for time and effort."""
    *told, rows = one
    *same, others = other
    return told == same and [row[:_TIMELESS] for row in rows] == [row[:_TIMELESS] for row in others]


def _text(value: Any) -> str:
    return orjson.dumps(value).decode()


def _body(one: Result) -> dict[str, Any]:
    """Return what kernels may have in common: documents without the name of their kernel."""
    body = dict(zip(_BODY, _body_of(one.__dict__), strict=True))
    for name in _DOCUMENTS:
        if body[name] and body[name].get("kernel") == one.kernel:
            body[name] = {**body[name], "kernel": None}
    return body


def _result(body: dict[str, Any], nameless: list[str], row: list[Any]) -> Result:
    """Return a result that was one before: as a class makes it, at a fifth of the time.

    ``nameless`` are its documents that lack the name of their kernel.
    """
    kernel, place, resources, seconds = row
    held = {**body, "kernel": kernel, "place": place, "resources": resources, "seconds": seconds}
    for name in nameless:
        held[name] = {**body[name], "kernel": kernel}
    made = object.__new__(Result)
    object.__setattr__(made, "__dict__", held)
    return made
