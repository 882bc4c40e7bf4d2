"""Which step of a system somebody means by a few words.

A step's own name says it exactly.  Otherwise every word that was typed must be one of the step's
(of its name, or of the place in the kernel that it stands for), and the step with the fewest
words beside those is meant.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from checker.ground.meaning import near, terms
from model.over_time.step import Step, TransitionSystem

SUGGESTED = 3
_BESIDE = 2
"""How much farther a word is that only the kernel's place says, and not the step's name."""


@dataclass(frozen=True, slots=True)
class Meant:
    """The steps that a phrase can mean in a system, and how far they are from what was typed."""

    steps: tuple[Step, ...]
    far: int

    @property
    def exact(self) -> bool:
        """Return whether it is a step's very name."""
        return self.far == 0


def plain(name: str) -> str:
    """Return a step's name as it is compared: in any case, blanks or underscores between."""
    return " ".join(name.replace("_", " ").split()).lower()


@cache
def _by_name(system: TransitionSystem) -> dict[str, tuple[Step, ...]]:
    found: dict[str, tuple[Step, ...]] = {}
    for step in system.steps:
        found[plain(step.name)] = (*found.get(plain(step.name), ()), step)
    return found


@cache
def _words(step: Step) -> tuple[frozenset[str], frozenset[str]]:
    """Return the words of a step's name, and those of its place and of who takes it."""
    own = frozenset(terms(step.name))
    return own, frozenset(terms(f"{step.at} {step.who}")) - own


def meant(system: TransitionSystem, typed: str) -> Meant | None:
    """Return what a phrase means in a system; nothing if it means none of its steps.

    Several steps are meant alike where a phrase leaves open who takes it: ``fork``.
    """
    named = _by_name(system).get(plain(typed))
    if named:
        return Meant(named, 0)
    wanted = frozenset(terms(typed))
    far = {step: one for step in system.steps if (one := _distance(step, wanted)) is not None}
    if not far:
        return None
    least = min(far.values())
    return Meant(tuple(step for step, one in far.items() if one == least), least)


def _distance(step: Step, wanted: frozenset[str]) -> int | None:
    own, beside = _words(step)
    if not wanted or not wanted <= own | beside:
        return None
    return 1 + len(own - wanted) + _BESIDE * len(wanted - own)


def suggestions(systems: list[TransitionSystem], typed: str) -> list[str]:
    """Return the names of the steps that are nearest in meaning to what was typed."""
    texts = {name: parts for system in systems for name, parts in _texts(system)}
    return [name for name, _ in near(typed, texts)[:SUGGESTED]]


def _texts(system: TransitionSystem) -> Iterator[tuple[str, list[tuple[int, str]]]]:
    for step in system.steps:
        yield step.name, [(3, step.name), (1, f"{step.doc} {step.at} {step.who}")]
