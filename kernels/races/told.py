"""Read what the races' program says, and put it in words."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum

from checker.ground.problems import Problem
from checker.record.result import Verdict
from kernels.races.claims import RACES, Event, events_of
from model.kernel import Kernel
from properties.catalogue import timed_by_id


class NotReadable(Problem):
    """The program said something that cannot be; the message is one line."""


@dataclass(frozen=True, slots=True)
class RaceTried:
    """A race: how often it was tried, and how often each event was seen; or why not."""

    race: str
    tries: int = 0
    seen: tuple[tuple[str, int], ...] = ()
    cannot: str = ""


class RaceVerdict(Enum):
    """What a race says of a property."""

    SEEN = "SEEN"
    NOT_SEEN = "NOT SEEN"
    CONTRADICTED = "SEEN, AGAINST THE MODEL"
    NOT_TRIED = "NOT TRIED"


@dataclass(frozen=True, slots=True)
class RaceFinding:
    """One event of one race on one kernel."""

    event: Event
    word: RaceVerdict
    times: int
    tries: int
    model: Verdict
    cannot: str = ""


def read(line: str) -> RaceTried:
    """Return what a line of the program says; raise :class:`NotReadable`."""
    try:
        fields = json.loads(line)
        race = fields.pop("race")
    except (ValueError, KeyError, TypeError, AttributeError) as wrong:
        raise NotReadable(f"no line of the races: {line[:60]}") from wrong
    if race not in RACES:
        raise NotReadable(f"no race is called {race}")
    if fields.keys() == {"cannot"}:
        return RaceTried(race, cannot=str(fields["cannot"]))
    return _counted(race, fields)


def _counted(race: str, fields: dict[str, object]) -> RaceTried:
    names = {event.name for event in events_of(race)}
    if fields.keys() != names | {"tries"}:
        raise NotReadable(f"{race} tells of {', '.join(sorted(fields))}")
    counts = {name: count for name, count in fields.items() if type(count) is int}
    if len(counts) != len(fields):
        raise NotReadable(f"{race} does not count in whole numbers")
    tries = counts.pop("tries")
    if min(counts.values()) < 0 or sum(counts.values()) > tries:
        raise NotReadable(f"{race} saw more than it tried")
    return RaceTried(race, tries, tuple(sorted(counts.items())))


def read_all(lines: Iterable[str]) -> list[RaceTried]:
    """Return every race, each exactly once."""
    told = [read(line) for line in lines if line.startswith("{")]
    if sorted(one.race for one in told) != sorted(RACES):
        raise NotReadable(f"told of {', '.join(one.race for one in told) or 'no race'}")
    return told


def findings(told: Iterable[RaceTried], kernel: Kernel) -> list[RaceFinding]:
    """Return what the races say of the properties on this kernel."""
    return [_finding(one, event, kernel) for one in told for event in events_of(one.race)]


def _finding(one: RaceTried, event: Event, kernel: Kernel) -> RaceFinding:
    model = timed_by_id(event.property).expect.on(kernel)
    times = dict(one.seen).get(event.name, 0)
    return RaceFinding(event, _word(one, times, model), times, one.tries, model, one.cannot)


def _word(one: RaceTried, times: int, model: Verdict) -> RaceVerdict:
    if one.cannot or not one.tries:
        return RaceVerdict.NOT_TRIED
    if not times:
        return RaceVerdict.NOT_SEEN
    return RaceVerdict.SEEN if model is Verdict.REFUTED else RaceVerdict.CONTRADICTED


_MEANS = {
    (RaceVerdict.NOT_SEEN, True): "which proves nothing",
    (RaceVerdict.NOT_SEEN, False): "as it has to be, which proves nothing",
    (RaceVerdict.SEEN, True): "as the model says that it can",
    (RaceVerdict.CONTRADICTED, False): "the model is wrong of this kernel",
}


def line(found: RaceFinding) -> str:
    """Return a finding as a line for people."""
    head = f"{found.event.property:5} {found.word.value}: "
    if found.word is RaceVerdict.NOT_TRIED:
        return f"{head}{found.event.says}: {found.cannot or 'no try was made'}"
    means = _MEANS[found.word, found.model is Verdict.REFUTED]
    return f"{head}{found.event.says}: {found.times:,} of {found.tries:,} tries, {means}"


def status(found: Iterable[RaceFinding]) -> int:
    """Return 1 if the model is contradicted, 2 if something was not tried, else 0."""
    words = {one.word for one in found}
    if RaceVerdict.CONTRADICTED in words:
        return 1
    return 2 if RaceVerdict.NOT_TRIED in words else 0
