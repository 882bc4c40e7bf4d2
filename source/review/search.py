"""Inputs on which two ends may differ: from where the terms part to a model."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import z3

from source.review.arithmetic import Arithmetic
from source.review.same import APART, Translation, ask
from source.review.terms import HISTORY, RECORD, TRUTH, Term, width_of
from source.review.valuation import Valuation
from source.review.world import held, since

MOST_TRIES = 2
"""How often one pair of terms is come back to by other ways."""

MOST_CELLS = 12
"""Written addresses of one class at which memory is compared."""

QUICK = 300_000
"""The solver's units for one way to a difference."""


@dataclass(frozen=True)
class Candidate:
    """A way to a difference: conditions as they were decided, and one that must hold besides."""

    decided: tuple[tuple[Term, bool], ...]
    besides: Term


@dataclass
class Search:
    """The differences of two ends, the earliest in the run first.

    ``confirmed`` is counted up by who tries a candidate out; where a history is known to differ,
    what comes after it is not looked at for that alone.  Ways that cannot be gone are left out.
    """

    terms: Arithmetic
    confirmed: int = 0
    _seen: dict[tuple[Term, Term], int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.translation = Translation(self.terms, apart=True)
        self._solver = z3.SimpleSolver(ctx=self.translation.context)
        self._solver.set("rlimit", QUICK)

    def candidates(
        self, base: Term, head: Term, decided: tuple[tuple[Term, bool], ...] = ()
    ) -> Iterator[Candidate]:
        """Ways to a difference of two histories."""
        if base is head:
            return
        tries = self._seen.get((base, head), 0)
        if tries >= MOST_TRIES:
            return
        self._seen[(base, head)] = tries + 1
        tests = [t.args[0] for t in (base, head) if t.op == "ite"]
        if tests:
            yield from self._decide(min(tests, key=lambda a: a.id), base, head, decided)
        else:
            yield from self._leaves(base, head, decided)

    def _decide(
        self, atom: Term, base: Term, head: Term, decided: tuple[tuple[Term, bool], ...]
    ) -> Iterator[Candidate]:
        for value in (False, True):
            one = base.args[1 if value else 2] if _by(base, atom) else base
            two = head.args[1 if value else 2] if _by(head, atom) else head
            if one is not two and self._enter(atom, value):
                yield from self.candidates(one, two, (*decided, (atom, value)))
            self._leave(one is not two)

    def _enter(self, atom: Term, value: bool) -> bool:
        """Takes a decision on; returns whether the way can be gone."""
        self._solver.push()
        formula = self.translation.formula(atom)
        self._solver.add(formula if value else z3.Not(formula))
        return bool(self._solver.check() != z3.unsat)

    def _leave(self, entered: bool) -> None:
        if entered:
            self._solver.pop()

    def model(self, candidate: Candidate) -> Valuation | None:
        """Values under which the way that was gone last goes to a difference."""
        self._solver.push()
        self._solver.add(self.translation.formula(candidate.besides))
        found = self._solver.model() if self._solver.check() == z3.sat else None
        self._solver.pop()
        return None if found is None else valued(self.translation, found)

    def _leaves(
        self, base: Term, head: Term, decided: tuple[tuple[Term, bool], ...]
    ) -> Iterator[Candidate]:
        true = self.terms.true
        if base.op != "call" or head.op != "call":
            longer = base if base.op == "call" else head
            if longer.op == "call" and (base.op == "call") != (head.op == "call"):
                yield Candidate(decided, true)
            return
        before = self.confirmed
        yield from self.candidates(base.args[0], head.args[0], decided)
        if self.confirmed > before:
            return
        if base.payload[:2] != head.payload[:2]:
            yield Candidate(decided, true)
            return
        yield from self._given(base, head, decided)

    def _given(
        self, base: Term, head: Term, decided: tuple[tuple[Term, bool], ...]
    ) -> Iterator[Candidate]:
        """Equal calls of which the arguments or the memory may differ."""
        count = int(base.payload[1])
        for one, two in zip(base.args[1 : count + 1], head.args[1 : count + 1], strict=True):
            if one is two:
                continue
            if one.sort != two.sort or one.sort in (HISTORY, RECORD):
                yield Candidate(decided, self.terms.true)
            else:
                yield Candidate(decided, self.terms.no(self._equal(one, two)))
        if base.payload[2] or head.payload[2]:
            yield from self._memory(base, head, count, decided)

    def _equal(self, one: Term, two: Term) -> Term:
        return self.terms.equal(one, two)

    def _memory(
        self, base: Term, head: Term, count: int, decided: tuple[tuple[Term, bool], ...]
    ) -> Iterator[Candidate]:
        """Equal calls before which other memory may have been written."""
        mine = dict(zip(base.payload[2], base.args[count + 1 :], strict=True))
        other = dict(zip(head.payload[2], head.args[count + 1 :], strict=True))
        for name in sorted(mine.keys() | other.keys()):
            one, two = mine.get(name), other.get(name)
            if one is not two:
                sort = [m.sort for m in (one, two) if m is not None][0]
                one = self._before(base, name, sort) if one is None else one
                two = self._before(head, name, sort) if two is None else two
                yield Candidate(decided, self._apart(one, two))

    def _before(self, call: Term, name: str, sort: int) -> Term:
        terms = self.terms
        return terms.lift(
            lambda h: terms.make("memory", (h,), name, sort),
            since(terms, call.args[0]),
            limit=1 << 30,
        )

    def _apart(self, one: Term, two: Term) -> Term:
        """Whether two states of memory differ where one of them was written."""
        terms, width = self.terms, width_of(one.sort)
        if width < 1:
            return terms.true
        found = terms.false
        for address in sorted(_written(one) | _written(two), key=lambda t: t.id)[:MOST_CELLS]:
            left = held(terms, one, address, width)
            right = held(terms, two, address, width)
            found = terms.either(found, terms.no(terms.equal(left, right)))
        return found


def _written(memory: Term) -> set[Term]:
    """The addresses at which memory was written."""
    found: set[Term] = set()
    seen: set[Term] = set()
    waiting = [memory]
    while waiting:
        term = waiting.pop()
        if term in seen:
            continue
        seen.add(term)
        if term.op == "ite":
            waiting += term.args[1:]
        elif term.op == "store":
            found.add(term.args[1])
            waiting.append(term.args[0])
    return found


def _by(term: Term, atom: Term) -> bool:
    return term.op == "ite" and term.args[0] is atom


def exact_model(terms: Arithmetic, candidate: Candidate) -> Valuation | None:
    """Values for what is free under which a way is gone, or nothing where there are none found."""
    translation = Translation(terms)
    translation.prepare(*(a for a, _ in candidate.decided), candidate.besides)
    formulas = [
        translation.formula(a) if value else z3.Not(translation.formula(a))
        for a, value in candidate.decided
    ]
    formulas.append(translation.formula(candidate.besides))
    answer, found = ask(translation, formulas, QUICK)
    if answer != APART:
        return None
    return valued(translation, found)


def valued(translation: Translation, found: Any) -> Valuation:
    """A valuation that agrees with a model, as far as free terms allow."""
    valuation = Valuation()
    for term in sorted(translation.free, key=lambda t: t.id):
        if term.sort == TRUTH:
            continue
        value = found.eval(translation.free[term], model_completion=False)
        if z3.is_bv_value(value):
            valuation.give(term, value.as_long())
    return valuation
