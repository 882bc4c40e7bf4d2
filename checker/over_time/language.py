"""What of a system can be seen from outside, as the smallest automaton that accepts exactly that.

A step is an event or is not seen, by what it changes.  A word of events is accepted where some
history of the system shows it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from checker.over_time.explore import Explored

Places: TypeAlias = "frozenset[int]"
Sees: TypeAlias = "Callable[[Any, Any], str]"
"""Says which event a step is, by the states before and after it; "" for none that is seen."""


@dataclass
class Automaton:
    """A deterministic automaton whose states all accept: 0 is where it begins."""

    events: tuple[str, ...]
    moves: dict[tuple[int, str], int] = field(default_factory=dict)

    def of_one(self) -> Automaton:
        """Return what is seen of one task: its life begins with the first event, and no other does.

        Beyond the last event that histories tell of everything is accepted.
        """
        begins = self.events[0]
        rest = {(place, name): after for (place, name), after in self.moves.items()
                if (name == begins) == (place == 0)}
        kept = Automaton(self.events, rest)
        reached = set(kept.shortest())
        ends = {place for place in reached if place and not any(at == place for at, _ in rest)}
        moves = {(place, name): after for (place, name), after in rest.items() if place in reached}
        moves |= {(place, name): place for place in ends for name in self.events[1:]}
        return Automaton(self.events, moves)

    @property
    def states(self) -> int:
        """Return how many states it has."""
        return max((0, *self.moves.values(), *(place for place, _ in self.moves))) + 1

    def accepts(self, word: Iterable[str]) -> bool:
        """Return whether a word of events can be seen."""
        place: int | None = 0
        for event in word:
            place = self.moves.get((place, event)) if place is not None else None
        return place is not None

    def shortest(self) -> dict[int, tuple[str, ...]]:
        """Return, by state, a shortest word that leads to it."""
        found: dict[int, tuple[str, ...]] = {0: ()}
        queue = [0]
        for place in queue:
            for event in self.events:
                after = self.moves.get((place, event))
                if after is not None and after not in found:
                    found[after] = (*found[place], event)
                    queue.append(after)
        return found


class NotWhole(Exception):
    """Not every state of the system is known, so that nothing is said of what cannot be seen."""


def language(explored: Explored, names: tuple[str, ...], sees: Sees) -> Automaton:
    """Return the smallest automaton of the events, by their names, that are seen.

    Raises :class:`NotWhole` where the exploration was cut off.
    """
    if not explored.closed:
        raise NotWhole(explored.system.about)
    seen: dict[int, dict[str, set[int]]] = {}
    hidden: dict[int, set[int]] = {}
    sources, targets = (column.tolist() for column in explored.table[:2])
    for place, to, (_step, after) in zip(sources, targets, explored.moves, strict=True):
        event = sees(explored.states[place], after)
        into = seen.setdefault(place, {}).setdefault(event, set()) if event else (
            hidden.setdefault(place, set()))
        into.add(to)
    return _smallest(_determined(names, seen, hidden))


def _determined(
    names: tuple[str, ...], seen: dict[int, dict[str, set[int]]], hidden: dict[int, set[int]]
) -> Automaton:
    """Return the automaton of sets of states that cannot be told apart by what was seen."""
    first = _reached({0}, hidden)
    known, queue, made = {first: 0}, [first], Automaton(names)
    for places in queue:
        for name in names:
            after = {one for place in places for one in seen.get(place, {}).get(name, ())}
            if after:
                there = _reached(after, hidden)
                if there not in known:
                    known[there] = len(known)
                    queue.append(there)
                made.moves[known[places], name] = known[there]
    return made


def _reached(places: set[int], hidden: dict[int, set[int]]) -> Places:
    """Return where unseen steps lead, and where one was."""
    found, queue = set(places), list(places)
    for place in queue:
        for after in hidden.get(place, ()):
            if after not in found:
                found.add(after)
                queue.append(after)
    return frozenset(found)


def _smallest(made: Automaton) -> Automaton:
    """Return the same with states joined from which the same can be seen."""
    part = [0] * made.states
    while True:
        signs = [
            (part[place], *(_part_of(part, made.moves.get((place, name))) for name in made.events))
            for place in range(made.states)
        ]
        order = {sign: number for number, sign in enumerate(dict.fromkeys(signs))}
        finer = [order[sign] for sign in signs]
        if finer == part:
            break
        part = finer
    moves = {(part[place], name): part[after] for (place, name), after in made.moves.items()}
    return Automaton(made.events, moves)


def _part_of(part: list[int], place: int | None) -> int:
    return -1 if place is None else part[place]
