"""The symbolic reading of a system: states as z3 constants, its steps as one relation.

Words are bit-vectors, or whole numbers where a proof is about sums: then what the rules
answer is replaced by a comparison that was proved, on bit-vectors, to be the same.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, TypeVar

import z3

from checker.over_time.agreed import ONCE, UNSAT
from checker.readings import strict
from model.algebra import Truth, both, either
from model.kernel import Kernel
from model.over_time.step import Machine, Step, TransitionSystem
from model.records import BOOL, Leaf, build, leaves, values_of

R = TypeVar("R")
as_z3 = strict.as_z3


@dataclass(frozen=True, eq=False)
class Term:
    """A truth, equal to another only if z3 has one and the same term for both."""

    truth: Truth

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Term) and bool(as_z3(self.truth).eq(as_z3(other.truth)))

    def __hash__(self) -> int:
        return id(self)


def word(leaf: Leaf, value: Any) -> Any:
    """Return a value of a leaf as a z3 term."""
    if z3.is_expr(value):
        return value
    return z3.BoolVal(bool(value)) if leaf.width == BOOL else z3.BitVecVal(value, leaf.width)


def constant(leaf: Leaf, when: str, whole: bool = False) -> Any:
    """Return the z3 constant of a leaf at a moment."""
    name = f"{leaf.path}@{when}"
    if leaf.width == BOOL:
        return z3.Bool(name)
    return z3.Int(name) if whole else z3.BitVec(name, leaf.width)


def number(leaf: Leaf, value: Any) -> Any:
    """Return a z3 value of a leaf as a plain one."""
    if leaf.width == BOOL:
        return bool(z3.is_true(value))
    if z3.is_int_value(value):
        return value.as_long()
    return value.as_signed_long() if leaf.signed else value.as_long()


FORMS: tuple[tuple[str, Callable[[Any, Any], Any]], ...] = (
    ("the count is at the limit or beyond", lambda count, limit: count >= limit),
    ("the count is beyond the limit", lambda count, limit: count > limit),
)
"""What a rule that compares a count with a limit may come to."""

LEAST = (-1, 0)
"""The least count for which a form is proved; the first that will do.  -1 is one less than none."""


class NoComparison(Exception):
    """What a rule says of a count and a limit is none of the forms."""


@dataclass(frozen=True, slots=True)
class Form:
    """A comparison that stands for what a rule says, of counts from ``least``."""

    name: str
    says: Callable[[Any, Any], Any]
    least: int

    def ranged(self, count: Any, limit: Any, most: int) -> Any:
        """Return that a count and a limit are such as the form is proved for."""
        counted = z3.And(count >= self.least, count < most)
        return z3.And(counted, limit >= 0, limit <= most)


class Whole(Machine):
    """Answers on whole numbers, by comparisons proved to be what the rules say."""

    def __init__(self, kernel: Kernel, widths: int) -> None:
        super().__init__(kernel)
        self.most = 2 ** (widths - 1) - 1
        self.width = widths
        self.used: dict[Any, Form] = {}
        self.asked: list[tuple[Form, Any, Any]] = []
        """The counts and limits that were asked about."""

    def ask(self, question: Callable[..., R], *facts: Any) -> R:
        """Return the proved form of a question about a count and a limit."""
        if question not in self.used:
            self.used[question] = self._form(question)
        form, (count, limit) = self.used[question], facts
        self.asked.append((form, count, limit))
        answer: R = form.says(count, limit)
        return answer

    def within(self, since: int = 0) -> Any:
        """Return that the counts and limits asked about since then are in range of their forms."""
        facts = self.asked[since:]
        ranges = [form.ranged(count, limit, self.most) for form, count, limit in facts]
        return z3.And(ranges) if ranges else z3.BoolVal(True)

    def _form(self, question: Callable[..., Any]) -> Form:
        count, limit = z3.BitVec("count", self.width), z3.BitVec("limit", self.width)
        asked = as_z3(question(self.kernel, count, limit))
        for form in (Form(*named, least) for least in LEAST for named in FORMS):
            differs = asked != form.says(count, limit)
            if _never(z3.And(form.ranged(count, limit, self.most), differs)):
                return form
        raise NoComparison(f"{question.__name__} is none of the known comparisons")


def _never(term: Any) -> bool:
    """Return whether both solvers say that a term on bits cannot be true."""
    return ONCE.agreed([term], whole=False).status == UNSAT


def _put(term: Any, names: list[Any], values: list[Any]) -> Any:
    return z3.substitute(term, list(zip(names, values, strict=True)))


def _is_true(term: Any) -> bool:
    return bool(z3.is_true(z3.simplify(term)))


@dataclass(eq=False)
class Symbolic:
    """A system on one kernel, read symbolically, on bit-vectors or on whole numbers."""

    system: TransitionSystem
    kernel: Kernel
    whole: bool = False
    leaves: list[Leaf] = field(init=False)
    steps: list[Step] = field(init=False)
    machine: Machine = field(init=False)
    _template: tuple[list[tuple[Step, Any]], list[Any]] | None = None
    _ranges: Any = True

    def __post_init__(self) -> None:
        self.leaves = list(leaves(self.system.record))
        width = max(leaf.width for leaf in self.leaves)
        self.machine = Whole(self.kernel, width) if self.whole else Machine(self.kernel)
        self.steps = self.system.steps_on(self.machine)

    def state(self, when: str) -> Any:
        """Return a state whose every leaf is open."""
        values = {leaf.path: constant(leaf, when, self.whole) for leaf in self.leaves}
        return build(self.system.record, values)

    def terms(self, state: Any) -> list[Any]:
        """Return the leaves of a state as z3 terms, in the order of declaration."""
        known = dict(values_of(state))
        return [self._term(leaf, known[leaf.path]) for leaf in self.leaves]

    def _term(self, leaf: Leaf, value: Any) -> Any:
        if self.whole and leaf.width != BOOL and not z3.is_expr(value):
            return z3.IntVal(value)
        return word(leaf, value)

    def equal(self, left: Any, right: Any) -> Any:
        """Return that two states are the same."""
        pairs = zip(self.terms(left), self.terms(right), strict=True)
        return z3.And([one == other for one, other in pairs])

    def among(self, state: Any, plain: list[Any]) -> Any:
        """Return that a state is one of some plain ones."""
        mine = self.terms(state)
        known = [tuple(value for _, value in values_of(one)) for one in plain]
        same = [len(set(column)) == 1 for column in zip(*known, strict=True)]
        terms: dict[tuple[int, Any], Any] = {}

        def equal(values: tuple[Any, ...], common: bool) -> Any:
            places = [place for place, one in enumerate(same) if one is common]
            for key in ((place, values[place]) for place in places):
                if key not in terms:
                    terms[key] = mine[key[0]] == self._term(self.leaves[key[0]], key[1])
            return both(*(terms[place, values[place]] for place in places))

        found = both(equal(known[0], True), either(*(equal(one, False) for one in known)))
        return as_z3(found)

    def move(self, step: Step, before: Any, after: Any) -> Any:
        """Return that ``step`` leads from one state to the other."""
        when, then = self.made(step, before)
        return when if z3.is_false(when) else z3.And(when, self.equal(after, then))

    def made(self, step: Step, before: Any) -> tuple[Any, Any]:
        """Return when a step can be taken, as a term, and the state after it."""
        move = step.move(self.machine, before)
        return as_z3(move.when), move.then

    def relation(self, before: Any, after: Any) -> Any:
        """Return that some step leads from one state to the other."""
        moves, pair = self._moves()
        return _put(z3.Or([move for _, move in moves]), pair, self._both(before, after))

    def constants(self) -> list[Leaf]:
        """Return the facts that no step changes."""
        state = self.state("before")
        old = self.terms(state)
        new = [self.terms(self.made(step, state)[1]) for step in self.steps]
        kept = [all(terms[place].eq(one) for terms in new) for place, one in enumerate(old)]
        return [leaf for leaf, still in zip(self.leaves, kept, strict=True) if still]

    def within(self, state: Any) -> Any:
        """Return that what rules are asked in a state is in the range of their comparisons."""
        _, pair = self._moves()
        return _put(as_z3(self._ranges), pair, self._both(state, state))

    def taken(self, before: Any, after: Any) -> Step | None:
        """Return a step that leads from one plain state to another, reachable or not."""
        moves, pair = self._moves()
        values = self._both(before, after)
        led = (step for step, move in moves if _is_true(_put(move, pair, values)))
        return next(led, None)

    def true(self, predicate: Callable[[Any], Truth], plain: Any) -> bool:
        """Return whether a plain state, reachable or not, has what a predicate says."""
        state = self.state("before")
        return _is_true(_put(as_z3(predicate(state)), self.terms(state), self.terms(plain)))

    def _both(self, before: Any, after: Any) -> list[Any]:
        return [*self.terms(before), *self.terms(after)]

    def _moves(self) -> tuple[list[tuple[Step, Any]], list[Any]]:
        """Return each step's move between two open states, and their terms; made once."""
        if self._template is None:
            first, then = self.state("before"), self.state("after")
            known = len(self.machine.asked) if isinstance(self.machine, Whole) else 0
            moves = [(step, self.move(step, first, then)) for step in self.steps]
            self._template = moves, self._both(first, then)
            if isinstance(self.machine, Whole):
                self._ranges = self.machine.within(known)
        return self._template

    def starts(self, state: Any) -> Any:
        """Return that a state is the one the system starts in."""
        return self.equal(state, self.system.start(self.machine))

    @cached_property
    def meaning(self) -> tuple[Any, ...]:
        """Return all that the reading consists of, equal for kernels that are read alike."""
        before, after = self.state("0"), self.state("1")
        names = tuple(step.name for step in self.steps)
        return names, Term(self.relation(before, after)), Term(self.starts(before))

    def read(self, model: z3.ModelRef, state: Any) -> Any:
        """Return the plain state that a model gives."""
        known = dict(values_of(state))
        values = {
            leaf.path: number(leaf, model.eval(known[leaf.path], model_completion=True))
            for leaf in self.leaves
        }
        return build(self.system.record, values)
