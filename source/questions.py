"""What is asked of the solver about one program, and what comparing a function came to."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from checker.engines.sat import Answer, Constraint, Sat
from checker.readings.space import space
from checker.smallest.order import CallOrder
from model.algebra import Truth, both
from model.call import Situation
from model.due import as_truth
from model.kernel import Kernel
from model.predict import call_of
from model.records import build
from model.wellformed import well_formed
from source.interpreter import UNREAD, CallResult, Interpreter, Statement, Turn
from source.program import Program
from source.readings.reading import FunctionReading
from source.watched import Unvouched

NEAR = 1_000_000
"""Propagations for a call near the ordinary one, each time that something is given up."""


class Engine:
    """A SAT engine over the calls that are possible on one kernel, and the order of calls."""

    def __init__(self, kernel: Kernel) -> None:
        self.sat = Sat([as_truth(well_formed(kernel, space().start))])
        self.order = CallOrder(self.sat)

    def answers(self, asked: Constraint, units: int) -> Iterator[Answer]:
        """Yield a call near the ordinary one if it is soon found, then any that is.

        Where there is none, or the solver gives up at so many propagations, one answer says that;
        with up to ``NEAR`` of them the first answer is all.
        """
        near = self.sat.nearly(min(NEAR, units), asked, self.order.ordinary)
        if near is not None:
            yield near
        if near is None or near.values is not None:
            long = self.sat.attempt(units, asked) if units > NEAR else None
            yield long or Answer("unknown")


@cache
def engine_of(kernel: Kernel) -> Engine:
    """Return the engine of a kernel; made once, shared by all that is compared with it."""
    return Engine(kernel)


SAME, DIFFERENT, PARTLY, OPEN = "the same", "different", "not fully compared", "undecided"
ABSENT, MISSING, EXTRA = "absent in both", "missing", "not in the model"
UNREADABLE = "unreadable"
AGREE = (SAME, ABSENT)
"""The verdicts that say that nothing was found to differ."""

ONLY_UNVOUCHED = "all that the model knows of is equal; what it cannot judge is not vouched for"
"""Why something is not fully compared where nothing but what watched.py tells is in the way."""

BALANCED = "balanced"
BUT_FOR = f"{BALANCED}, but for what the model keeps: "
"""What is said of a ladder in order; after the second come the resources, by name."""

UNDECIDED = "undecided: "
"""How a ladder begins that could not be decided; the reason follows."""

UNSEEN = "not looked at on every path"
"""What is said of a ladder where something that is not read may take or give."""


@dataclass(frozen=True)
class Divergence:
    """One thing in which C and model differ on a call: both answers."""

    aspect: str
    c: Any
    model: Any


@dataclass
class DivergingCall:
    """A smallest call on which they differ, what the C did (with its line) and the model."""

    values: dict[str, Any]
    differences: list[Divergence]
    turn: Turn | None
    rule: str = ""
    at: str = ""
    minimal: bool = False


@dataclass
class Comparison:
    """What comparing one function came to."""

    reading: str
    path: str
    line: int
    verdict: str
    disagreement: DivergingCall | None = None
    others: list[DivergingCall] = field(default_factory=list)
    """Calls for every other way in which it differs."""
    more: bool = False
    """Whether it may differ in ways that are not listed."""
    statements: list[Statement] = field(default_factory=list)
    reason: str = ""
    balance: str = ""
    """``balanced``, perhaps but for what the model keeps; else what is wrong, on which call.

    Empty where ladders are not looked at.
    """
    compared: tuple[str, ...] = ()
    """In what C and model were found equal: errno, and what the reading compares besides."""
    order: tuple[str, ...] = ()
    """What a failing call gives back before something taken later, which it may keep too."""
    unvouched: list[Unvouched] = field(default_factory=list)
    """Statements of which the comparison says nothing and that are in no tree people read."""
    reaching: dict[str, Any] | None = None
    """A call that runs the first of them."""
    exits: tuple[str, ...] = ()
    """The exits that were compared (path:line), of every function that was run."""
    passed: tuple[str, ...] = ()
    """The exits that lie behind something that is not read."""
    hidden: DivergingCall | None = None
    """A call that differs if all that is not read yields 0 and touches nothing."""

    @property
    def in_balance(self) -> bool:
        """Return whether nothing is wrong with the ladder that the model does not have too."""
        return self.balance in ("", BALANCED, UNSEEN) or self.balance.startswith(BUT_FOR)

    @property
    def balance_is_open(self) -> bool:
        """Return whether it was not decided if the ladder is in order."""
        return self.balance.startswith(UNDECIDED)

    @property
    def unread(self) -> list[Statement]:
        """Return the statements that could not be translated."""
        return [one for one in self.statements if one.kind == UNREAD]


class Questions:
    """One program and one kernel: their calls, run one by one or sought by the solver."""

    assuming = False
    """Whether what cannot be read is taken, for a while, to yield 0 and to touch nothing."""

    def __init__(self, program: Program, kernel: Kernel, engine: Engine | None = None) -> None:
        self.program, self.kernel = program, kernel
        self.engine = engine or engine_of(kernel)
        self.call = call_of(kernel, space().start)

    def _run(
        self, reading: FunctionReading, values: dict[str, Any], *, ordered: bool = False
    ) -> tuple[Interpreter, CallResult, Any] | None:
        """Run one call, and ask the model of it; ``None`` where it cannot be made."""
        start = build(Situation, values)
        if not (well_formed(self.kernel, start) and reading.holds_for(start)):
            return None
        call = call_of(self.kernel, start)
        ran = reading.run(self.program, call, assuming=self.assuming, ordered=ordered)
        return (*ran, reading.model(call))

    def sought(self, reading: FunctionReading, wrong: Truth) -> Constraint | None:
        """Return a truth as what the solver is asked of a function's calls; nothing for false."""
        if wrong is False:
            return None
        terms = both(as_truth(reading.holds_for(space().start)), as_truth(wrong))
        return self.engine.sat.constraint(terms)

    def find(self, sought: Constraint | None, made: Comparison) -> Any:
        """Return the leaf values of a call that is sought, or ``None`` if there is none."""
        if sought is None:
            return None
        answer = self.engine.sat.ask(sought)
        if answer.status == "unknown":
            made.verdict, made.reason = OPEN, answer.reason
        return answer.values
