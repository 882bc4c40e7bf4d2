"""The outcome of a call: the first row that rejects wins, effects follow if none does.

One function for both readings.  In the concrete reading evaluation stops at the first
rejection; in the symbolic reading every row contributes a term.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from model.algebra import Truth, Word, both, either, no, when_word
from model.call import Call
from model.child import Child
from model.copy_process import LADDERS, TABLE
from model.due import fits
from model.effects.every import EFFECTS
from model.errors import error_code
from model.records import kinds
from model.rows import Effect, GivenBack, Handed, Happens, Rejection, Row, Taken

UNITS = 64
"""Bits of a number of units."""

NO_RULE = 255
"""The rule index of a call that no rule rejects."""


def _order(table: list[Row]) -> dict[str, int]:
    return {row.name: index for index, row in enumerate(rejections(table))}


@dataclass(slots=True)
class Walk:
    """One pass down a table: for each row, whether it is reached and whether it rejects."""

    table: list[Row]
    hits: list[tuple[Rejection, Truth]]
    reached: list[tuple[Row, Truth]]
    alive: Truth = True
    """No row rejects."""

    @property
    def happenings(self) -> list[str]:
        """Return what the table's calls may do to others, reached or not."""
        return [row.name for row in self.table if isinstance(row, Happens)]


@dataclass(frozen=True, slots=True)
class Units:
    """How many units of a resource a call takes, and how many its error path gives back."""

    taken: Word
    returned: Word

    @property
    def kept(self) -> Word:
        """Return what is left at the end of the call; negative if it gave back too much."""
        return self.taken - self.returned


@dataclass(frozen=True)
class Outcome:
    """What a call comes to.

    ``errno`` is 0 for success (16 bits); ``rule`` indexes the table's rejections
    (``NO_RULE`` for none); ``child`` means something on success only.
    """

    errno: Word
    call: Call
    walk: Walk
    table: list[Row]
    effects: list[Effect]
    ladders: dict[str, Any]
    record: type[Any] = Child

    @cached_property
    def after(self) -> Any:
        """Return the record of effects of a successful call."""
        return after(self.call, self.effects, self.record)

    @property
    def child(self) -> Child:
        """Return the child that is published on success."""
        made: Child = self.after
        return made

    @property
    def ok(self) -> Truth:
        """Return whether the call succeeds."""
        return self.errno == 0

    @property
    def hits(self) -> list[tuple[Rejection, Truth]]:
        """Return each row that may refuse, and whether it is the one that decides."""
        return self.walk.hits

    @cached_property
    def rule(self) -> Word:
        """Return the index of the rejecting row among the rejections; ``NO_RULE`` for none."""
        rule: Word = NO_RULE
        order = _order(self.table) if self.walk.hits else {}
        for row, first in reversed(self.walk.hits):
            rule = when_word(8, first, order[row.name], rule)
        return rule

    @property
    def rejected_by(self) -> Rejection | None:
        """Return the row that rejects a concrete call; ``None`` on success."""
        return next((row for row, first in self.walk.hits if first is True), None)

    @cached_property
    def done(self) -> dict[str, Truth]:
        """Return what was done to others than the child, by name, error or not."""
        return _done(self.walk, self.call)

    @property
    def held(self) -> dict[str, Truth]:
        """Return, per resource, whether a failed call took it and did not give it back."""
        return self._balance[0]

    @property
    def freed_twice(self) -> dict[str, Truth]:
        """Return, per resource, whether a failed call gave back what it did not hold."""
        return self._balance[1]

    @cached_property
    def _balance(self) -> tuple[dict[str, Truth], dict[str, Truth]]:
        return balance(self.walk, self.call, self.ladders)

    def units(self, resource: str) -> Units:
        """Return the units of a resource that the call, well ended or not, takes and returns."""
        return Units(
            taken=_how_many(_takings(self.walk, self.call, resource)),
            returned=_how_many(_returnings(self.walk, self.call, self.ladders, resource)),
        )


def rejections(table: list[Row]) -> list[Rejection]:
    """Return the rejections of a table, in order."""
    return [row for row in table if isinstance(row, Rejection)]


def walk(table: list[Row], call: Call) -> Walk:
    """Go down the table; stop where a rejection is plainly true."""
    alive: Truth = True
    found = Walk(table, [], [])
    for row, there in call.kernel.rows(table):
        if not isinstance(row, Rejection):
            found.reached.append((row, alive))
            continue
        refused = row.condition(call)
        if refused is False:
            continue
        refused = both(there, refused)
        first = both(alive, refused)
        found.hits.append((row, first))
        found.reached.append((row, alive))
        found.alive = alive = both(alive, no(refused))
        if alive is False:
            break
    return found


def _error(row: Rejection, call: Call) -> Word:
    errno = row.errno
    return int(errno) if isinstance(errno, int) else errno(call)


def outcome_of(
    call: Call,
    table: list[Row] = TABLE,
    *,
    effects: list[Effect] = EFFECTS,
    ladders: dict[str, Any] = LADDERS,
    record: type[Any] = Child,
) -> Outcome:
    """Return the outcome of one call (or, symbolically, of every call)."""
    read = call.kernel.read
    found = walk(read(table), call)
    errno = error_code([(first, _error(row, call)) for row, first in found.hits])
    return Outcome(errno, call, found, found.table, read(effects), read(ladders), record)


def after(call: Call, effects: list[Effect], record: type[Any]) -> Any:
    """Return what a successful call decides, as a record with a field per effect."""
    known: Any = kinds
    kernel, kind = call.kernel, known(record)
    made = {}
    for item in effects:
        value = item.value(call)
        if type(value) is not kind[item.field]:
            fits(value, kind[item.field], item.value)
        made[item.field] = kernel.decides(item.field, value)
    return record(**made)


def _done(found: Walk, call: Call) -> dict[str, Truth]:
    done: dict[str, Truth] = dict.fromkeys(found.happenings, False)
    for row, alive in found.reached:
        if isinstance(row, Happens):
            done[row.name] = either(done.get(row.name, False), both(alive, row.condition(call)))
    return done


def balance(
    found: Walk, call: Call, ladders: dict[str, Any]
) -> tuple[dict[str, Truth], dict[str, Truth]]:
    """Return, per resource, what failed calls keep and what they give back too often."""
    taken = _held_at_failure(found, call)
    held: dict[str, Truth] = {}
    freed_twice: dict[str, Truth] = {}
    returned = _returned(found, call, ladders, taken)
    reached = [row.resource for row, _ in found.reached if isinstance(row, Taken)]
    for resource in dict.fromkeys((*reached, *returned)):
        back = returned.get(resource, [])
        has_it = taken.get(resource, False)
        held[resource] = both(has_it, no(either(*back)))
        extra = [both(truth, no(has_it)) for truth in back]
        twice = [both(one, other) for i, one in enumerate(back) for other in back[:i]]
        freed_twice[resource] = either(*extra, *twice)
    return held, freed_twice


def _how_many(truths: list[Truth]) -> Word:
    total: Word = 0
    for truth in truths:
        total = total + when_word(UNITS, truth, 1, 0)
    return total


def _takings(found: Walk, call: Call, resource: str) -> list[Truth]:
    """Return each place of the table where the call, failing later or not, takes a unit."""
    return [
        both(alive, call.kernel.stands(row.where), row.condition(call))
        for row, alive in found.reached
        if isinstance(row, Taken) and row.resource == resource
    ]


def _returnings(
    found: Walk, call: Call, ladders: dict[str, Any], resource: str
) -> list[Truth]:
    """Return each place of a ladder where the failing call gives a unit back."""
    if not found.hits:
        return []
    taken = _held_at_failure(found, call)
    return _returned(found, call, ladders, taken).get(resource, [])


def _held_at_failure(found: Walk, call: Call) -> dict[str, Truth]:
    """Return, per resource, whether a failing call had it when it failed.

    That is one that came to where it takes the resource, and not to where it has it no longer.
    """
    having: dict[str, tuple[Truth, Truth]] = {}
    taken: dict[str, Truth] = {}

    def until(resource: str, alive: Truth) -> Truth:
        """Return whether the call has the resource here; who failed with it is noted."""
        since, there = having.pop(resource, (False, False))
        failed = both(since, no(alive), there)
        if failed is not False:
            taken[resource] = either(taken.get(resource, False), failed)
        return there

    for row, alive in found.reached:
        if isinstance(row, Taken):
            there = both(call.kernel.stands(row.where), row.condition(call))
            having[row.resource] = alive, either(until(row.resource, alive), there)
        elif isinstance(row, Handed):
            until(row.resource, alive)
    for resource in list(having):
        until(resource, found.alive)
    return taken


def releases(outcome: Outcome) -> Iterator[tuple[str, str, GivenBack, Truth]]:
    """Yield the function, the label and the release of each ladder, and whether it is done."""
    taken = _held_at_failure(outcome.walk, outcome.call)
    yield from _releases(outcome.walk, outcome.call, outcome.ladders, taken)


def _releases(
    found: Walk, call: Call, ladders: dict[str, Any], taken: dict[str, Truth]
) -> Iterator[tuple[str, str, GivenBack, Truth]]:
    for function, ladder in ladders.items():
        entering: Truth = False
        for label, gives in ladder:
            names = {label, f"{function}.{label}"}
            entering = either(
                entering, *(first for row, first in found.hits if names & set(row.unwinds))
            )
            for back in gives:
                there = both(
                    entering,
                    call.kernel.stands(back.where),
                    back.condition(call),
                    taken.get(back.resource, False) if back.if_held else True,
                )
                yield function, label, back, there


def _returned(
    found: Walk, call: Call, ladders: dict[str, Any], taken: dict[str, Truth]
) -> dict[str, list[Truth]]:
    """Return, per resource, each place of a ladder that releases it on this call."""
    returned: dict[str, list[Truth]] = {}
    for _function, _label, back, there in _releases(found, call, ladders, taken):
        if there is not False:
            returned.setdefault(back.resource, []).append(there)
    return returned
