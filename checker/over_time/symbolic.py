"""The symbolic reading of a system: states as open terms, its steps as one relation.

Words are bit-vectors, or whole numbers where a proof is about sums: then what the rules
answer is replaced by a comparison that was proved, on bit-vectors, to be the same.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, TypeVar

from checker.over_time.agreed import ONCE, UNSAT
from checker.readings.put import put
from model.algebra import Truth, both, either, no, same
from model.due import as_truth
from model.kernel import Kernel
from model.node import INT
from model.over_time.step import Machine, Step, TransitionSystem
from model.records import BOOL, Leaf, build, leaves, values_of
from model.terms import number, open_truth, open_word, signed

R = TypeVar("R")


@dataclass(frozen=True, eq=False)
class Term:
    """A truth, equal to another only if both are one and the same term."""

    truth: Truth

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Term) and as_truth(self.truth) is as_truth(other.truth)

    def __hash__(self) -> int:
        return id(self)


def constant(leaf: Leaf, when: str, whole: bool = False) -> Any:
    """Return the term of a leaf at a moment."""
    name = f"{leaf.path}@{when}"
    if leaf.width == BOOL:
        return open_truth(name)
    return open_word(name, INT if whole else leaf.width)


def plain(leaf: Leaf, term: Any, found: Mapping[str, int]) -> Any:
    """Return what an input is for a leaf, by the values that a solver found; else 0."""
    value = found.get(term.name, 0)
    if leaf.width == BOOL:
        return bool(value)
    return signed(value, term.width) if leaf.signed else value


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
        counted = both(count >= self.least, count < most)
        return both(counted, limit >= 0, limit <= most)


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
        return both(*ranges)

    def _form(self, question: Callable[..., Any]) -> Form:
        count, limit = (open_word(name, self.width) for name in ("count", "limit"))
        asked = as_truth(question(self.kernel, count, limit))
        for form in (Form(*named, least) for least in LEAST for named in FORMS):
            differs = no(same(asked, form.says(count, limit)))
            if _never(both(form.ranged(count, limit, self.most), differs)):
                return form
        raise NoComparison(f"{question.__name__} is none of the known comparisons")


def _never(term: Any) -> bool:
    """Return whether both solvers say that a term on bits cannot be true."""
    return ONCE.agreed([term], whole=False).status == UNSAT


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
        """Return the leaves of a state in the order of declaration; only truths may be plain."""
        known = dict(values_of(state))
        return [self._term(leaf, known[leaf.path]) for leaf in self.leaves]

    def _term(self, leaf: Leaf, value: Any) -> Any:
        if leaf.width == BOOL or not isinstance(value, int):
            return value
        return number(value, INT if self.whole else leaf.width)

    def equal(self, left: Any, right: Any) -> Any:
        """Return that two states are the same."""
        pairs = zip(self.terms(left), self.terms(right), strict=True)
        return both(*(one == other for one, other in pairs))

    def move(self, step: Step, before: Any, after: Any) -> Any:
        """Return that ``step`` leads from one state to the other."""
        when, then = self.made(step, before)
        return False if when is False else both(when, self.equal(after, then))

    def made(self, step: Step, before: Any) -> tuple[Any, Any]:
        """Return when a step can be taken, as a term, and the state after it."""
        move = step.move(self.machine, before)
        return as_truth(move.when), move.then

    def relation(self, before: Any, after: Any) -> Any:
        """Return that some step leads from one state to the other."""
        moves, pair = self._moves()
        return put(either(*(move for _, move in moves)), pair, self._both(before, after))

    def constants(self) -> list[Leaf]:
        """Return the facts that no step changes."""
        state = self.state("before")
        old = self.terms(state)
        new = [self.terms(self.made(step, state)[1]) for step in self.steps]
        kept = [all(terms[place] is one for terms in new) for place, one in enumerate(old)]
        return [leaf for leaf, still in zip(self.leaves, kept, strict=True) if still]

    def within(self, state: Any) -> Any:
        """Return that what rules are asked in a state is in the range of their comparisons."""
        _, pair = self._moves()
        return put(as_truth(self._ranges), pair, self._both(state, state))

    def taken(self, before: Any, after: Any) -> Step | None:
        """Return a step that leads from one plain state to another, reachable or not."""
        moves, pair = self._moves()
        values = self._both(before, after)
        led = (step for step, move in moves if put(move, pair, values) is True)
        return next(led, None)

    def true(self, predicate: Callable[[Any], Truth], plain: Any) -> bool:
        """Return whether a plain state, reachable or not, has what a predicate says."""
        state = self.state("before")
        return put(as_truth(predicate(state)), self.terms(state), self.terms(plain)) is True

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

    def read(self, found: Mapping[str, int], state: Any) -> Any:
        """Return the plain state that values of inputs give; what is not among them is 0."""
        pairs = zip(self.leaves, self.terms(state), strict=True)
        return build(self.system.record, {one.path: plain(one, term, found) for one, term in pairs})
