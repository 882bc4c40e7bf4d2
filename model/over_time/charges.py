"""kernel/ucount.c over time: what a system's tasks are charged to, and the counts that it keeps.

A count is known by its element, (namespace, uid).  Beside the tasks that have slots there may
be any number of others, of whom the ledger knows only how many are charged to each element.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, make_dataclass
from enum import IntEnum
from typing import Any

from model.algebra import Truth, Word, both, never, no, when_word
from model.call import choose
from model.over_time.commit import Identity, Key, release_takes
from model.over_time.ledger import LedgerCall, LedgerView, UcountsElement
from model.over_time.slots import first_of, how_many
from model.over_time.step import Machine, Move, but
from model.records import fact, leaves, part


class SlotLife(IntEnum):
    """Where a task slot is in its life."""

    FREE = 0
    ALIVE = 1
    ZOMBIE = 2


def lives(slot: Any, life: SlotLife) -> Truth:
    """Return whether a slot is at that point of its life."""
    there: Truth = slot.life == int(life)
    return there


Charge = tuple[Key, Word, Truth]
"""Whose chain is changed, by how much, and whether at all."""


@dataclass(frozen=True, eq=False)
class Charges:
    """The counts of a system: each by the name of its fact, with its element; and its tasks.

    ``identity`` is a slot's credential; ``passes`` says of a state whether the chain of a key
    passes through an element.
    """

    record: type[Any]
    slots: Callable[[Any], tuple[Any, ...]]
    elements: dict[str, Key]
    identity: Callable[[Any], Identity]
    passes: Callable[[Any, Key, Key], Truth]

    def numbers(self, state: Any) -> tuple[Word, ...]:
        """Return the counts, element by element."""
        return tuple(getattr(state, name) for name in self.elements)

    def after(self, state: Any, *charges: Charge) -> dict[str, Word]:
        """Return the counts after some charges along their chains, as facts to change."""
        counts = {name: getattr(state, name) for name in self.elements}
        for key, by, where in charges:
            for name, element in self.elements.items():
                here = both(where, self.passes(state, element, key))
                if here is not False:
                    counts[name] = when_word(64, here, counts[name] + by, counts[name])
        return counts

    def room(self, state: Any) -> Truth:
        """Return whether a slot is free."""
        return no(both(*(no(lives(one, SlotLife.FREE)) for one in self.slots(state))))

    def placed(self, tasks: Sequence[Any], child: Any, where: Truth = True) -> dict[str, Any]:
        """Return the slots with a child in the first free one, if the condition holds."""
        free = first_of(lives(one, SlotLife.FREE) for one in tasks)
        return {
            f"t{place}": choose(both(here, where), child, slot)
            for place, (slot, here) in enumerate(zip(tasks, free, strict=True), 1)
        }

    def exits(self, state: Any, index: int, **left: Any) -> Move:
        """do_exit(): a zombie stays charged."""
        slot = self.slots(state)[index - 1]
        dead = but(slot, life=int(SlotLife.ZOMBIE), **left)
        return Move(lives(slot, SlotLife.ALIVE), but(state, **{f"t{index}": dead}))

    def reaped(self, machine: Machine, state: Any, index: int) -> Move:
        """release_task(): its first act takes the charge from the task's ucounts."""
        slot = self.slots(state)[index - 1]
        ready = lives(slot, SlotLife.ZOMBIE)
        if never(ready):
            return Move(False, state)
        taken = (self.identity(slot).key, -release_takes(machine.kernel), True)
        return Move(ready, but(state, **{f"t{index}": type(slot)()}, **self.after(state, taken)))

    def others(self, state: Any, name: str) -> Word:
        """Return how many tasks beside those with slots are charged to an element."""
        known = getattr(state, "others", None)
        number: Word = 0 if known is None else getattr(known, name)
        return number

    def charged(self, state: Any, name: str) -> Word:
        """Return the number of unreaped tasks whose chain passes through an element."""
        element = self.elements[name]
        return self.others(state, name) + how_many(
            both(there, self.passes(state, element, one.key)) for there, one in self.tasks(state)
        )

    def tasks(self, state: Any) -> list[tuple[Truth, Identity]]:
        """Return of each slot whether there is an unreaped task, and its credential."""
        slots = self.slots(state)
        return [(no(lives(slot, SlotLife.FREE)), self.identity(slot)) for slot in slots]

    def entries(self, state: Any) -> list[UcountsElement]:
        """Return the ledger's view of a state, in which no call is under way."""
        return [
            UcountsElement(count=getattr(state, name), tasks=self.charged(state, name))
            for name in self.elements
        ]

    def are_true(self, state: Any) -> Truth:
        """Return whether each count is the number of unreaped tasks charged to it."""
        return both(*(one.count == one.tasks for one in self.entries(state)))

    def crowded(self) -> type[Any]:
        """Return the record of a state with any number of tasks beside those with slots."""
        docs = {leaf.path: leaf.doc for leaf in leaves(self.record)}
        named = [
            (name, Any, fact(64, 0, f"others: {docs[name]}", signed=True))
            for name in self.elements
        ]
        others = make_dataclass("Others", named, frozen=True, slots=True)
        return make_dataclass(
            "Crowded", [("others", others, part(others))], bases=(self.record,), frozen=True,
            slots=True,
        )

    def view(self, about: str, *calls: LedgerCall) -> LedgerView:
        """Return how the ledger sees a system in which these kinds of call happen."""
        return LedgerView(
            about=about,
            state=self.crowded(),
            calls=calls,
            entries=self.entries,
            tasks=self.tasks,
            others=lambda state: [self.others(state, name) for name in self.elements],
        )
