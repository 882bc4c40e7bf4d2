"""What each race can show, and which property of histories it belongs to."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Event:
    """Something that a race may show: its name in the program, the property it would break."""

    race: str
    name: str
    property: str
    says: str


EVENTS = (
    Event("kill", "got_away", "P70w", "a child of a killed forker outlives cgroup.kill"),
    Event("limit", "both_refused", "P34", "two forks are refused, with one place free"),
    Event("limit", "both_through", "P33t", "two forks get the one place that is left"),
    Event("threads", "overshoot", "P6Af", "two forks pass threads-max with one place left"),
)

RACES = tuple(dict.fromkeys(event.race for event in EVENTS))


def events_of(race: str) -> list[Event]:
    """Return what a race may show; none for an unknown one."""
    return [event for event in EVENTS if event.race == race]
