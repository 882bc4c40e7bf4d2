"""What would work: the nearest calls that are accepted, and what it takes for this very call.

A call is moved away from where it stands: each open input says how far, so that the least call of
the one order of calls is the nearest (fewest changed flags, then fewest changed facts).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from checker.calls.documents import leaves_by_path
from checker.engines.sat import Answer, Constraint, Sat
from checker.readings.space import constant
from checker.smallest.cost import FREE, SIGNAL_BITS, Values
from checker.smallest.least import least_of
from checker.smallest.order import CallOrder
from checker.smallest.shrink import found_in, not_default
from checker.why.cases import refusals
from checker.why.likely import likely
from checker.why.opened import Opened
from model import words
from model.algebra import Truth, both, no
from model.call import Situation
from model.due import as_truth
from model.entries import ENTRIES
from model.kernel import Kernel
from model.node import BOOL
from model.predict import predict
from model.records import Leaf, build
from model.request import Entry
from model.rows import Rejection
from model.wellformed import well_formed

SIGNALS = 2**SIGNAL_BITS - 1
"""Bits of the flags that are no flag: the exit signal of old clone()."""

_FLAGS = 2**64 - 1 - SIGNALS

OPTIONS = 4
"""How many of the nearest calls are told."""

_STAYS = ("request.entry", "current.overridden", "system.long_is_32_bit")
"""What nobody changes to have a call accepted; nor does chance change."""


@dataclass(frozen=True)
class Nearest:
    """An accepted call near another: the flags that differ, and the facts as they would be."""

    flags: int
    facts: Values
    values: Values
    proved: bool
    moved: frozenset[str]
    """The inputs that differ, flags apart."""


def state_of(opened: Opened) -> Values:
    """Return the call with what is known, and else an ordinary caller's facts as far as can be.

    What setns() joins is of the type that it asks for, if it asks for one.
    """
    kind, path = opened.known.get("request.flags"), "request.target.type"
    least = None
    if path in opened.open and kind:
        asked = opened.constraint(opened.open[path] == kind)
        least = opened.least(lambda values, _outcome: values.get(path) == kind, asked)
    least = least or opened.least(lambda _values, _outcome: True)
    assert least is not None
    return least.values


def refusing(kernel: Kernel, values: Values) -> list[Rejection]:
    """Return every rule that refuses a call, in the kernel's order, whichever comes first."""
    outcome: Any = predict(kernel, build(Situation, values))
    return [row for row, refuses in refusals(outcome) if refuses is True]


def refuses_whoever_calls(opened: Opened) -> list[Rejection]:
    """Return the rules that refuse the call whatever the open facts are."""
    return [
        row
        for row, refuses in refusals(opened.outcome)
        if refuses is not False and isinstance(row.errno, int) and _always(opened, refuses)
    ]


def _always(opened: Opened, refuses: Truth) -> bool:
    """Return whether a rule refuses the call in every state."""
    return opened.asked(opened.constraint(no(as_truth(refuses)))).values is None


class Around:
    """The calls around one call, by how far they are from it."""

    def __init__(self, kernel: Kernel, centre: Values) -> None:
        self.kernel, self.centre = kernel, centre
        self._entry = Entry(int(centre.get("request.entry", Entry.FORK)))
        self._takes = ENTRIES[self._entry].takes
        self._leaves = leaves_by_path()
        moved = {path: self._moved(leaf, constant(leaf)) for path, leaf in self._leaves.items()
                 if not self._stays(path)}
        start = build(Situation, {**centre, **moved})
        outcome: Any = predict(kernel, start)
        stay = [constant(leaf) == leaf.default for path, leaf in self._leaves.items()
                if self._stays(path) and path != "request.entry"]
        entry = constant(self._leaves["request.entry"])
        entry_is = entry == int(centre.get("request.entry", 0))
        self._engine = Sat([both(*stay, entry_is)])
        accepted = both(
            as_truth(well_formed(kernel, start)), as_truth(outcome.ok), as_truth(likely(moved))
        )
        self._accepted = self._engine.constraint(accepted)
        self._order = CallOrder(self._engine)

    def _stays(self, path: str) -> bool:
        if path.startswith("request."):
            return path in _STAYS or path.split(".")[1] not in self._takes
        return path in _STAYS or path.startswith("chance.")

    def _from(self, leaf: Leaf) -> int:
        """Return where an input stands when it is not moved, as what its default is moved by."""
        mask: int = 2 ** max(leaf.width, 1) - 1
        return (int(self.centre.get(leaf.path, leaf.default)) ^ int(leaf.default)) & mask

    def _moved(self, leaf: Leaf, value: Any) -> Any:
        """Return what an input comes to, where ``value`` says how it is moved."""
        by = self._from(leaf)
        if leaf.width == BOOL:
            return (value != bool(by)) if not isinstance(value, bool) else value is not bool(by)
        if not isinstance(value, int):
            return value ^ by if by else value
        moved = (value ^ by) & (2**leaf.width - 1)
        return moved - 2**leaf.width if leaf.signed and moved >> (leaf.width - 1) else moved

    def call_at(self, values: Values) -> Values:
        """Return the call that is so far away."""
        made = {path: self._moved(leaf, values.get(path, leaf.default))
                for path, leaf in self._leaves.items() if not self._stays(path)}
        kept = {path: one for path, one in self.centre.items() if self._stays(path)}
        return not_default({**made, **kept})

    def _is_accepted(self, values: Values) -> bool:
        if any(values.get(path, self._leaves[path].default) != self._leaves[path].default
               for path in values if self._stays(path) and path != "request.entry"):
            return False
        if int(values.get("request.entry", 0)) != int(self.centre.get("request.entry", 0)):
            return False
        call = self.call_at(values)
        start = build(Situation, call)
        if not (likely(call) and well_formed(self.kernel, start)):
            return False
        return bool(predict(self.kernel, start).errno == 0)

    def nearest(self, among: Truth, allowed: Callable[[Values], bool]) -> list[Nearest]:
        """Return the nearest accepted calls among some: ``among`` and ``allowed`` say which.

        All are equally near, :data:`OPTIONS` at most; none if there is no such call.
        """
        asked = [self._engine.constraint(as_truth(among))]
        found: list[Nearest] = []
        while len(found) < OPTIONS:
            one = self._one(asked, lambda values: allowed(values) and not _among(found, values))
            if one is None or (found and _size(one) > _size(found[0])):
                break
            found.append(one)
            asked.append(self._engine.constraint(no(self._like(one))))
        return found

    def _one(self, asked: list[Constraint], allowed: Callable[[Values], bool]) -> Nearest | None:
        def still(values: Values) -> bool:
            return allowed(values) and self._is_accepted(values)

        def ask(bound: Constraint) -> Answer:
            return self._engine.ask(self._accepted, *asked, bound)

        answer = self._engine.ask(self._accepted, *asked)
        first = found_in(answer, still) if answer.values is not None else None
        if first is None:
            return None
        least = least_of(first, self._order, ask, lambda found: found_in(found, still))
        return self._told(least.values, least.proved)

    def _told(self, values: Values, proved: bool) -> Nearest:
        values = self._plainest(values)
        call = self.call_at(values)
        facts = {path: call.get(path, self._leaves[path].default)
                 for path in values if path not in FREE}
        flags = int(values.get("request.flags", 0))
        signal = flags & SIGNALS if self._entry is Entry.CLONE else 0
        if signal:
            facts["request.exit_signal"] = int(call.get("request.flags", 0)) & words.CSIGNAL
        moved = frozenset(path for path in values if path not in FREE)
        return Nearest(flags & ~signal, facts, call, proved, moved)

    def _plainest(self, values: Values) -> Values:
        """Return the same changes, to what an ordinary caller has wherever that will do."""
        for path in [one for one in values if one not in FREE]:
            leaf = self._leaves[path]
            by = self._from(leaf)
            back = bool(by) if leaf.width == BOOL else (by ^ int(leaf.default))
            back = back - 2**leaf.width if (
                leaf.signed and back >> (leaf.width - 1)) else back
            trial = {**values, path: back}
            if back != leaf.default and self._is_accepted(trial):
                values = trial
        return values

    def _like(self, one: Nearest) -> Truth:
        """Return that a call differs in the same flags and, at least, in the same facts."""
        flags = self._leaves["request.flags"]
        facts = (no(constant(self._leaves[path]) == self._leaves[path].default)
                 for path in sorted(one.moved))
        return both((constant(flags) & _FLAGS) == (one.flags & _FLAGS), *facts)

    def only_flags(self) -> list[Nearest]:
        """Return the nearest accepted calls that differ in flags alone."""
        leaves = [leaf for path, leaf in self._leaves.items() if path not in FREE]
        same = both(*(constant(leaf) == leaf.default for leaf in leaves))
        signal = (constant(self._leaves["request.flags"]) & SIGNALS) == 0

        def allowed(values: Values) -> bool:
            return set(values) <= set(FREE) and not int(values.get("request.flags", 0)) & SIGNALS

        return self.nearest(both(same, signal), allowed)

    def only_facts(self) -> list[Nearest]:
        """Return the nearest accepted calls with the same flags."""
        same = (constant(self._leaves["request.flags"]) & _FLAGS) == 0
        return self.nearest(same, lambda one: not int(one.get("request.flags", 0)) & _FLAGS)

    def any_way(self) -> list[Nearest]:
        """Return the nearest accepted calls of all."""
        return self.nearest(True, lambda _values: True)


def _among(found: list[Nearest], values: Values) -> bool:
    """Return whether a move is one that was found, or one of those and more facts."""
    flags = int(values.get("request.flags", 0)) & _FLAGS
    return any(flags == one.flags & _FLAGS and one.moved <= set(values) for one in found)


def _size(one: Nearest) -> tuple[int, int]:
    return one.flags.bit_count(), len(one.facts)
