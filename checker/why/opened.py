"""A call on one kernel with some facts known and all others open, and who answers about it.

Terms are made for this call alone: where arguments are known, most rules are plainly true or
false, and what is left is small.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import Any

from checker.calls.documents import leaves_by_path
from checker.engines.sat import Answer, Constraint, Sat
from checker.ground.problems import Problem
from checker.readings.space import constant
from checker.smallest.cost import Values
from checker.smallest.least import Least, least_of
from checker.smallest.order import CallOrder
from checker.smallest.shrink import found_in
from checker.why.cases import Case, cases_of
from checker.why.handed import gives
from model.algebra import Truth, both
from model.call import Call, Situation
from model.due import as_truth
from model.entries import ENTRIES, SYS_NI, unknown_call
from model.evaluate import outcome_of
from model.kernel import Kernel
from model.node import BOOL
from model.predict import OUTCOMES, call_of, predict
from model.records import Leaf, build
from model.request import Entry
from model.terms import number
from model.wellformed import ASSUMPTIONS, well_formed

Still = Callable[[Values, Any], bool]
"""Says of a call, by its facts and its outcome, whether it shows what is looked for."""


class Undecided(Exception):
    """The solver gave up within its budget; says of what."""


def any_could(_call: Call) -> bool:
    """Return that a call may show what is looked for, whichever it is."""
    return True


class Opened:
    """A call with open facts: ``known`` are those that hold; ``tls`` is of no fact.

    Raises :class:`Problem` if they cannot hold together on that kernel.
    """

    def __init__(self, kernel: Kernel, known: Values, tls: int | None = None) -> None:
        self.kernel, self.known, self._tls = kernel, known, tls
        leaves = leaves_by_path()
        values = {path: known.get(path, None) for path in leaves}
        self.open = {path: constant(leaves[path]) for path in leaves if path not in known}
        self.start = build(Situation, {**values, **self.open})
        self.call: Call = call_of(kernel, self.start)
        self.outcome: Any = predict(kernel, self.start)
        self.engine = Sat([both(*(_is(leaves[path], value) for path, value in known.items()))])
        self.possible = self.engine.constraint(
            both(as_truth(well_formed(kernel, self.start)), as_truth(gives(self.call, tls)))
        )
        unknown = unknown_call(kernel, Entry(known.get("request.entry", Entry.FORK)))
        if unknown:
            told = f"whoever calls it is told ENOSYS ({SYS_NI})"
            raise Problem(f"{kernel.name} has no {unknown}: {told}")
        entry = ENTRIES[Entry(int(known.get("request.entry", Entry.FORK)))]
        if kernel.stands(entry.since) is False:
            raise Problem(f"{kernel.name} has no {entry.function}()")
        if self.asked().values is None:
            raise Problem(f"no such call on {kernel.name}: {self._contradiction()}")

    @property
    def as_it_is(self) -> bool:
        """Return whether the rules are asked about the very call, not about what it makes."""
        return OUTCOMES[Entry(int(self.known["request.entry"]))] is outcome_of

    def _contradiction(self) -> str:
        """Return what of the facts cannot be together."""
        for assumption in ASSUMPTIONS:
            held = self.engine.constraint(as_truth(assumption(self.kernel, self.start)))
            if self.engine.ask(held).values is None:
                return f"{assumption.__name__.replace('_', ' ')} does not hold"
        return "the facts contradict each other"

    def asked(self, *constraints: Constraint) -> Answer:
        """Return a call of which constraints hold, or that none can be.

        Raises :class:`Undecided` where the solver does not know.
        """
        answer = self.engine.ask(self.possible, *constraints)
        if answer.status not in ("sat", "unsat"):
            raise Undecided(answer.reason or answer.status)
        return answer

    def constraint(self, truth: Truth) -> Constraint:
        """Return a truth about the call as the solver takes it."""
        return self.engine.constraint(as_truth(truth))

    @cached_property
    def order(self) -> CallOrder:
        """Return the order of calls."""
        return CallOrder(self.engine)

    def cases(self, errno: int) -> list[Case]:
        """Return each rule that gives an errno where it is the first to refuse."""
        return cases_of(self.outcome, errno)

    def least(
        self, still: Still, *constraints: Constraint, could: Callable[[Call], bool] = any_could
    ) -> Least | None:
        """Return the least call of which constraints hold, as ``still`` does; ``None`` for none.

        ``still`` gets the facts of a call, and what it comes to; not of one that ``could`` not.
        Only open facts vary.  Raises :class:`Undecided` where the solver does not know.
        """
        answer = self.asked(*constraints)
        if answer.values is None:
            return None

        def fits(values: Values) -> bool:
            call = self._kept(values, could)
            return call is not None and still(values, outcome(call))

        outcome = OUTCOMES[Entry(int(self.known["request.entry"]))]

        first = found_in(answer, fits)
        if first is None:
            raise Undecided("the two readings disagree")

        def ask(bound: Constraint) -> Answer:
            return self.asked(*constraints, bound)

        return least_of(first, self.order, ask, lambda found: found_in(found, fits))

    def keeps(self, values: Values) -> bool:
        """Return whether a call can be made, and has the facts which are known."""
        return self._kept(values) is not None

    def _kept(self, values: Values, could: Callable[[Call], bool] = any_could) -> Call | None:
        """Return a call that ``could``, and has the facts which are known; ``None`` for none."""
        known = self.known
        if any(known.get(path, value) != value for path, value in values.items()):
            return None
        if any(values.get(path) != value for path, value in self._unlike):
            return None
        start = build(Situation, values)
        call = call_of(self.kernel, start)
        if not (could(call) and well_formed(self.kernel, start)):
            return None
        return call if gives(call, self._tls) is True else None

    @cached_property
    def _unlike(self) -> list[tuple[str, Any]]:
        """Return the facts that are known and not an ordinary caller's."""
        leaves = leaves_by_path()
        return [(path, one) for path, one in self.known.items() if one != leaves[path].default]


def _is(leaf: Leaf, value: Any) -> Truth:
    """Return that a leaf's input has a value."""
    if leaf.width == BOOL:
        truth: Truth = constant(leaf) == bool(value)
        return truth
    same: Truth = constant(leaf) == number(int(value) % 2**leaf.width, leaf.width)
    return same
