"""What a flood came to, portion by portion: numbers that add up, and what contradicts."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

LARGEST = 20
"""Contradictions that are told in full; of the others only how many there are."""

_NUMBERS = ("drawn", "possible", "sampled", "asked_of_terms", "wrong")
_COUNTERS = ("entries", "kernels", "rules", "premises")


@dataclass
class Told:
    """What some portions came to; ``+=`` joins others."""

    drawn: int = 0
    possible: int = 0
    sampled: int = 0
    """Calls compared with the plain reading, in outcome; one of a portion in statements, too."""
    asked_of_terms: int = 0
    """Those compared with the terms, too, in outcome and statements."""
    entries: Counter[str] = field(default_factory=Counter)
    """Calls that can be made, by entry point; the same by kernel, by rule that refuses."""
    kernels: Counter[str] = field(default_factory=Counter)
    rules: Counter[str] = field(default_factory=Counter)
    premises: Counter[str] = field(default_factory=Counter)
    """Calls that meet the premise of a statement, by its id."""
    shown: set[str] = field(default_factory=set)
    """Refutations that some call shows: the statement and the kernel."""
    values: dict[str, tuple[int, int]] = field(default_factory=dict)
    """The least and the largest value that each field has after a successful call."""
    wrong: int = 0
    contradictions: list[dict[str, Any]] = field(default_factory=list)

    def __iadd__(self, other: Told) -> Told:
        for name in _NUMBERS:
            setattr(self, name, getattr(self, name) + getattr(other, name))
        for name in _COUNTERS:
            getattr(self, name).update(getattr(other, name))
        self.shown |= other.shown
        for path, (low, high) in other.values.items():
            had = self.values.get(path, (low, high))
            self.values[path] = min(low, had[0]), max(high, had[1])
        self.contradictions = [*self.contradictions, *other.contradictions][:LARGEST]
        return self

    def counts(self) -> list[int]:
        """Return every number of calls in it."""
        made = [getattr(self, name) for name in _NUMBERS]
        return made + [one for name in _COUNTERS for one in getattr(self, name).values()]

    def contradicts(self, what: str, on: str, call: Any, **more: Any) -> None:
        """Note what a call contradicts, on which kernel."""
        self.wrong += 1
        if len(self.contradictions) < LARGEST:
            self.contradictions.append({"what": what, "kernel": on, "call": call, **more})

    def document(self) -> dict[str, Any]:
        """Return it as JSON writes it."""
        return {**vars(self), "shown": sorted(self.shown)}

    @classmethod
    def of(cls, document: dict[str, Any]) -> Told:
        """Return what a document of :meth:`document` tells; raise ``TypeError`` for another."""
        made = cls(**document)
        for name in _COUNTERS:
            setattr(made, name, Counter(getattr(made, name)))
        made.shown = set(made.shown)
        made.values = {path: (low, high) for path, (low, high) in made.values.items()}
        return made
