"""The order of calls (:mod:`checker.smallest.cost`) for the solver: does a call come before?

A call is compared stage by stage.  At each stage a call may come before the given one, or
else it must not come after it, for the next stage to decide; one literal says that a call
comes before at some stage.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from checker.engines.blast import TRUE
from checker.engines.sat import Constraint, Sat
from checker.readings.space import all_leaves, space
from checker.smallest.cost import (
    ENTRY,
    FACT,
    FREE,
    MOST,
    OWN_FLAGS,
    READABLE,
    SIGNAL_BITS,
    Values,
    facts_of,
    is_mask,
    is_readable,
    nearness,
    parts_of,
)
from model.patches import PATCHES
from model.records import BOOL, Leaf
from model.request import Entry

_READABLE_BITS = READABLE.bit_length() - 1


@dataclass(frozen=True, slots=True)
class Stage:
    """One comparison: any literal of ``less`` decides; else every clause of ``no_more`` holds."""

    less: list[int] = field(default_factory=list)
    no_more: list[list[int]] = field(default_factory=list)


class CallOrder:
    """Finds out whether a call comes before another, by one literal to be assumed."""

    def __init__(self, engine: Sat) -> None:
        self._engine = engine
        self._entries = {
            entry: self._literal(_constant("request.entry") == int(entry))
            for entry in sorted(ENTRY, key=lambda one: (ENTRY[one] % FACT, one))
        }
        self._flag_bits = engine.blaster.bits(_constant("request.flags"))
        own = [self._entries[entry] for entry, count in OWN_FLAGS.items() for _ in range(count)]
        self._flags = _Counted(engine, [*self._flag_bits[SIGNAL_BITS:], *own])
        self._differs = {
            leaf.path: -self._literal(_is_default(leaf))
            for leaf in all_leaves()
            if leaf.path not in FREE
        }
        signal = engine.blaster.gates.any(self._flag_bits[:SIGNAL_BITS])
        self._facts = _Counted(engine, [signal, *self._differs.values()])
        self._masks: dict[str, _Counted] = {}
        engine.prefer(self._literals_of({}))

    @cached_property
    def ordinary(self) -> list[list[int]]:
        """Return literals of which all hold where an ordinary caller calls fork().

        The first are that no other entry point is called, before all none of the kernel's own.
        """
        unlike = [-one for one in (*self._differs.values(), *self._flag_bits)]
        ours: list[int] = []
        theirs: list[int] = []
        for entry, one in self._entries.items():
            (ours if ENTRY[entry] % FACT <= ENTRY[Entry.CLONE3] else theirs).append(-one)
        ours.remove(-self._entries[Entry.FORK])
        return [theirs, ours, [self._readable, *unlike]]

    def before(self, values: Values) -> list[Constraint]:
        """Return constraints on calls before this one, the last of which holds for each.

        None if the call has more flags or facts than :data:`checker.smallest.cost.MOST`.
        """
        if any(count > MOST for count in parts_of(values)[:2]):
            return []
        every = Constraint(None, self._any_stage(self._stages(values)))
        if is_readable(values):
            return [every]
        return [Constraint(None, self._any_stage(self._until_readable(values))), every]

    def exactly(self, values: Values) -> Constraint:
        """Return that a call is this one."""
        return Constraint(None, self._all(self._literals_of(values)))

    def _literals_of(self, values: Values) -> list[int]:
        literals = []
        for leaf in all_leaves():
            number = int(values.get(leaf.path, leaf.default))
            bits = self._engine.blaster.bits(_constant(leaf.path))
            literals += [bit if number >> place & 1 else -bit for place, bit in enumerate(bits)]
        return literals

    def fewer(self, patches: frozenset[str]) -> Constraint:
        """Return that the latest patch in which a kernel differs from a set is not in it."""
        bits = [self._literal(space().kernel[patch]) for patch in PATCHES]
        number = sum(1 << place for place, one in enumerate(PATCHES) if one.name in patches)
        return Constraint(None, self._any_stage(smaller(bits, number)))

    def both(self, *constraints: Constraint) -> Constraint:
        """Return the conjunction of what this order returned."""
        return Constraint(None, self._all([one.literal for one in constraints if one.literal]))

    def one_of(self, *constraints: Constraint) -> Constraint:
        """Return a constraint under which at least one of these holds, to be assumed."""
        ways = [one.literal for one in constraints if one.literal is not None]
        return Constraint(None, self._implying([ways]))

    def _any_stage(self, stages: Iterator[Stage]) -> int:
        """Return a literal that, where it holds, makes some stage decide for a call.

        It may be false where a stage does: it is there to be assumed, not to be negated.
        """
        so_far, ways = TRUE, []
        for stage in stages:
            for literal in stage.less:
                ways.append(self._all([so_far, literal]))
            so_far = self._implying([[so_far], *stage.no_more])
        return self._implying([ways])

    def _all(self, literals: list[int]) -> int:
        return self._implying([[one] for one in literals])

    def _implying(self, clauses: list[list[int]]) -> int:
        """Return a literal under which all the clauses hold."""
        clauses = [clause for clause in clauses if TRUE not in clause]
        if len(clauses) <= 1 and all(len(clause) == 1 for clause in clauses):
            return clauses[0][0] if clauses else TRUE
        fresh = self._engine.blaster.gates.fresh()
        for clause in clauses:
            self._engine.add([-fresh, *clause])
        return fresh

    def _until_readable(self, values: Values) -> Iterator[Stage]:
        flags, facts, _rank = parts_of(values)
        yield _count(self._flags, flags)
        yield _count(self._facts, facts)
        yield self._easier(values)
        if is_readable(values):
            yield Stage(no_more=[[self._readable]])
        else:
            yield Stage(less=[self._readable])

    def _stages(self, values: Values) -> Iterator[Stage]:
        yield from self._until_readable(values)
        yield from smaller(self._flag_bits, int(values.get("request.flags", 0)))
        chosen = facts_of(values)
        paths = {leaf.path for leaf in chosen}
        which = sum(1 << place for place, path in enumerate(self._differs) if path in paths)
        yield from smaller(list(self._differs.values()), which)
        for leaf in chosen:
            yield from self._nearer(leaf, int(values[leaf.path]))

    def _easier(self, values: Values) -> Stage:
        entries = list(self._entries)
        place = [int(entry) for entry in entries].index(int(values.get("request.entry", 0)))
        literals = [self._entries[entry] for entry in entries[: place + 1]]
        return Stage(literals[:-1], [literals])

    def _nearer(self, leaf: Leaf, value: int) -> Iterator[Stage]:
        bits = self._engine.blaster.bits(_constant(leaf.path))
        if is_mask(leaf):
            if leaf.path not in self._masks:
                self._masks[leaf.path] = _Counted(self._engine, bits)
            yield _count(self._masks[leaf.path], nearness(leaf, value)[0])
        if value < 0:
            bits = [*(-bit for bit in bits[:-1]), bits[-1]]
            value = ~value | 1 << leaf.width - 1
        if leaf.width != BOOL:
            yield from smaller(bits, value)

    def _literal(self, term: Any) -> int:
        return self._engine.blaster.truth(term)

    @cached_property
    def _readable(self) -> int:
        """Return a literal under which every number is its default or below READABLE."""
        return self._implying(
            [
                [-self._differs[leaf.path], -bit]
                for leaf in all_leaves()
                if leaf.width > 1 and not leaf.names
                for bit in self._engine.blaster.bits(_constant(leaf.path))[_READABLE_BITS:]
            ]
        )


def smaller(bits: list[int], number: int) -> Iterator[Stage]:
    """Yield the stages of being a smaller number: one per bit of the number, from the top."""
    zeros: list[list[int]] = []
    for place in reversed(range(len(bits))):
        if number >> place & 1:
            yield Stage(no_more=zeros)
            yield Stage(less=[-bits[place]])
            zeros = []
        else:
            zeros.append([-bits[place]])
    yield Stage(no_more=zeros)


ROOMS = (4, MOST + 1)
"""How far is counted: most calls have few flags and few facts."""


class _Counted:
    """How many of some literals hold, as literals that are made when they are asked for."""

    def __init__(self, engine: Sat, literals: list[int]) -> None:
        self._engine, self._literals = engine, literals
        self._unary: dict[int, list[int]] = {}

    def at_most(self, most: int) -> int:
        """Return a literal under which no more hold than so many; more than MOST are not told."""
        room = next((one for one in ROOMS if most < one), 0)
        if not room:
            return TRUE
        if room not in self._unary:
            self._unary[room] = _unary(self._engine, self._literals, room)
        unary = self._unary[room]
        return -unary[most] if most < len(unary) else TRUE


def _count(counted: _Counted, count: int) -> Stage:
    less = [counted.at_most(count - 1)] if count else []
    return Stage(less, [[counted.at_most(count)]])


def _constant(path: str) -> Any:
    return space().constants[path]


def _is_default(leaf: Leaf) -> Any:
    return _constant(leaf.path) == leaf.default


def _unary(engine: Sat, literals: list[int], room: int) -> list[int]:
    """Return literals that hold where "at least 1", "at least 2", … up to ``room`` do.

    A totalizer of one direction: each may hold where it need not, so that only its negation
    says something, "no more than".
    """
    if len(literals) <= 1:
        return list(literals)
    middle = len(literals) // 2
    left, right = _unary(engine, literals[:middle], room), _unary(engine, literals[middle:], room)
    fresh = engine.blaster.gates.fresh
    total = [fresh() for _ in range(min(len(left) + len(right), room))]
    for ours in range(len(left) + 1):
        for theirs in range(len(right) + 1):
            if 0 < ours + theirs <= len(total):
                some = [-left[ours - 1]] if ours else []
                some += [-right[theirs - 1]] if theirs else []
                engine.add([*some, total[ours + theirs - 1]])
    return total
