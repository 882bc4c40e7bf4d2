"""The JSON report (``result.schema.json``): the one that the other reports can be made from."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields
from functools import lru_cache
from itertools import groupby
from pathlib import Path
from typing import Any

from checker.ground.json_text import decoded, read_text
from checker.ground.problems import Problem
from checker.record.ranges import KernelOrder
from checker.record.result import Result, Verdict
from reports.eras import ordered, totals
from reports.indented import Indented, Text
from reports.version import tool_version

_COMPUTED = ("as_expected", "digest")
"""What a record says that follows from the rest of it."""

SCHEMA = Path(__file__).with_name("result.schema.json")


@dataclass(frozen=True, slots=True)
class JsonReport:
    """A JSON report read back: who wrote it, and its results."""

    version: str
    results: list[Result]


def json_report(results: list[Result]) -> str:
    """Return results as JSON, in an order that does not depend on how they were found."""
    pen = Indented()
    document = {
        "format": 1,
        "tool": {"name": "cloneproof", "version": tool_version()},
        "totals": totals(results),
        "kernels": list(KernelOrder.of(results).kernels),
        "results": [Text(pen.record(_record(result), 2)) for result in ordered(results)],
    }
    return pen.text(document) + "\n"


def _record(result: Result) -> Iterator[dict[str, Any]]:
    """Yield what is said of a result, in parts of which kernels have most in common."""
    told = vars(result) | {
        "verdict": result.verdict.value,
        "expected": result.expected.value if result.expected else None,
        "seconds": round(result.seconds, 6),
    }
    for names in _PARTS:
        yield {name: told[name] for name in names}
    yield {name: getattr(result, name) for name in _COMPUTED}


def _parts(names: Iterable[str]) -> list[list[str]]:
    """Return the names in parts: what differs from kernel to kernel is a part of its own."""
    alike = groupby(names, lambda name: name if name in ("kernel", "counterexample") else "")
    return [list(part) for _, part in alike]


_PARTS = _parts(one.name for one in fields(Result) if one.name not in ("place", "system", "size"))


@lru_cache(maxsize=1)
def schema() -> Any:
    """Return the JSON Schema of the report."""
    return json.loads(SCHEMA.read_text(encoding="utf-8"))


def read_report(path: str | Path) -> JsonReport:
    """Return the report in a file; a :class:`Problem` if it says something impossible."""
    text = read_text(Path(path))
    try:
        return read_json(text)
    except (Problem, ValueError) as error:
        raise Problem(f"{path} is not a cloneproof report: {error}") from error


def read_json(text: str) -> JsonReport:
    """Return the report in a JSON text; a :class:`Problem` or ``ValueError`` if it is broken."""
    document = decoded(text, "the report")
    _validate(document)
    places = {kernel: place for place, kernel in enumerate(document["kernels"])}
    results = [_result(record, places) for record in document["results"]]
    _agree("totals", totals(results), document["totals"])
    for name in _COMPUTED:
        computed = [getattr(result, name) for result in results]
        _agree(name, computed, [record[name] for record in document["results"]])
    ordered(results)
    return JsonReport(document["tool"]["version"], results)


def _validate(document: Any) -> None:
    from jsonschema import Draft202012Validator
    from jsonschema.exceptions import best_match

    error = best_match(Draft202012Validator(schema()).iter_errors(document))
    if error is not None:
        message = error.message if len(error.message) < 200 else f"{error.message[:200]}…"
        raise ValueError(f"{error.json_path}: {message}")


def _agree(what: str, counted: Any, written: Any) -> None:
    if counted != written:
        msg = f"its {what} contradict its results"
        raise ValueError(msg)


def _result(record: dict[str, Any], places: dict[str, int]) -> Result:
    """Return the record; a kernel that the report does not list stands last."""
    fields = {key: value for key, value in record.items() if key not in _COMPUTED}
    fields["verdict"] = Verdict(record["verdict"])
    fields["expected"] = Verdict(record["expected"]) if record["expected"] else None
    fields["rests_on"] = tuple(record["rests_on"])
    return Result(**fields, place=places.get(record["kernel"], len(places)))
