"""All races tried on one kernel, and what came of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from kernels.races.run import RacesFailed, try_races
from kernels.races.told import RaceFinding, findings, line, status


@dataclass(frozen=True, slots=True)
class OnOne:
    """What the races showed on one kernel, as lines, and the exit code that follows."""

    where: str
    lines: list[str]
    code: int
    findings: list[RaceFinding] = field(default_factory=list)


def tried(where: str, seconds: int) -> OnOne:
    """Try each race for some seconds; code 0, 1 (contradicts the model) or 2 (not tried)."""
    try:
        release, revision, seen = try_races(where, seconds)
    except RacesFailed as failed:
        return OnOne(where, [f"{where}: skipped, not passed: {failed}"], 2)
    found = findings(seen, revision.kernel)
    head = f"{where} ({release}), held against {revision.name}, {seconds} s a race:"
    lines = [head, *(f"  {line(one)}" for one in found)]
    return OnOne(where, lines, status(found), found)


def end_of(found: list[OnOne]) -> int:
    """Return the exit code of several: a contradiction decides, then what was not tried."""
    ends = [one.code for one in found]
    return 1 if 1 in ends else max(ends)


def document(found: list[OnOne]) -> list[dict[str, Any]]:
    """Return what was tried on each kernel as JSON writes it; skipped says why nothing was."""
    return [_as_json(one) for one in found]


def _as_json(one: OnOne) -> dict[str, Any]:
    if not one.findings:
        return {"kernel": one.where, "skipped": one.lines[0]}
    return {"kernel": one.where, "events": [_event(found) for found in one.findings]}


def _event(found: RaceFinding) -> dict[str, Any]:
    return {
        "property": found.event.property,
        "event": found.event.name,
        "word": found.word.value,
        "times": found.times,
        "tries": found.tries,
        "model": found.model.value,
        "cannot": found.cannot,
    }
