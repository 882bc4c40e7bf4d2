"""All races tried on one kernel, and what came of it."""

from __future__ import annotations

from dataclasses import dataclass

from kernels.races.run import RacesFailed, try_races
from kernels.races.told import findings, line, status


@dataclass(frozen=True, slots=True)
class OnOne:
    """What the races showed on one kernel, as lines, and the exit code that follows."""

    lines: list[str]
    code: int


def tried(where: str, seconds: int) -> OnOne:
    """Try each race for some seconds; code 0, 1 (contradicts the model) or 2 (not tried)."""
    try:
        release, revision, seen = try_races(where, seconds)
    except RacesFailed as failed:
        return OnOne([f"{where}: skipped, not passed: {failed}"], 2)
    found = findings(seen, revision.kernel)
    head = f"{where} ({release}), held against {revision.name}, {seconds} s a race:"
    return OnOne([head, *(f"  {line(one)}" for one in found)], status(found))


def end_of(found: list[OnOne]) -> int:
    """Return the exit code of several: a contradiction decides, then what was not tried."""
    ends = [one.code for one in found]
    return 1 if 1 in ends else max(ends)
