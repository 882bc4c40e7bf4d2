"""Inputs on which two ends may differ: from where the terms part to a model."""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

import z3

from source.review.arithmetic import Arithmetic
from source.review.same import APART, Translation, ask
from source.review.terms import HISTORY, RECORD, TRUTH, Term, width_of
from source.review.valuation import Valuation
from source.review.world import held, since

MOST_VISITS, MOST_TOLD = 30, 3
"""How often one pair of terms is come back to from what comes after it, and those of them on
which it may be that it differs."""

MOST_CELLS = 12
"""Written addresses of one class at which memory is compared."""

DEEP = 12
"""Differences of one way that are tried before any input that goes this way is."""

REPAIRS = 4
"""Models of one difference that are asked for."""

QUICK = 300_000
"""The solver's units for one way to a difference."""

Leaves = dict[tuple[Term, Term], Term]


@dataclass(frozen=True)
class Candidate:
    """A difference that may be: on which inputs, as a condition."""

    when: Term


@dataclass
class Search:
    """The differences of two ends, the earliest in the run first.

    Of what a difference does not rest on ``zeros`` of a hundred values are 0.  ``confirmed`` is
    counted up by who tries a candidate out; where a history is known to differ, what comes after
    it is not looked at for that alone.
    """

    terms: Arithmetic
    whole: bool = True
    zeros: int = 60
    confirmed: int = 0
    _seen: dict[tuple[Term, Term], int] = field(default_factory=dict)
    _told: dict[tuple[Term, Term], int] = field(default_factory=dict)
    _pairs: dict[tuple[Term, Term], Leaves] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.translation = Translation(self.terms, apart=True)
        self._solver = z3.SimpleSolver(ctx=self.translation.context)
        self._solver.set("rlimit", QUICK)

    def candidates(self, base: Term, head: Term) -> Iterator[Candidate]:
        """Differences of two histories; where the first few are none, the ways to them alone."""
        for (one, two), when in sorted(self._leaf_pairs(base, head).items(), key=_unlike):
            before = self.confirmed
            yield from islice(self._differ(one, two, when), DEEP)
            if self.confirmed == before:
                yield Candidate(when)

    def _earlier(self, base: Term, head: Term, care: Term) -> Iterator[Candidate]:
        """Differences of two histories, on inputs for which ``care`` holds."""
        for (one, two), condition in sorted(self._leaf_pairs(base, head).items(), key=_unlike):
            both = self.terms.both(care, condition)
            visits, told = (kept.get((one, two), 0) for kept in (self._seen, self._told))
            if both is not self.terms.false and visits < MOST_VISITS and told < MOST_TOLD:
                self._seen[(one, two)] = visits + 1
                yield from self._differ(one, two, both)

    def _leaf_pairs(self, base: Term, head: Term) -> Leaves:
        """The pairs of different leaves of two diagrams, each with the condition for it."""
        if base is head:
            return {}
        tests = [t.args[0] for t in (base, head) if t.op == "ite"]
        if not tests:
            return {(base, head): self.terms.true}
        found = self._pairs.get((base, head))
        if found is None:
            atom = min(tests, key=lambda a: a.id)
            found = self._pairs[(base, head)] = self._decided(atom, base, head)
        return found

    def _decided(self, atom: Term, base: Term, head: Term) -> Leaves:
        found: Leaves = {}
        test = self.terms.decision(atom)
        for value in (False, True):
            sides = [t.args[1 if value else 2] if _by(t, atom) else t for t in (base, head)]
            chosen = test if value else self.terms.no(test)
            for pair, condition in self._leaf_pairs(sides[0], sides[1]).items():
                known = found.get(pair, self.terms.false)
                found[pair] = self.terms.either(known, self.terms.both(chosen, condition))
        return found

    def model(self, candidate: Candidate) -> Valuation | None:
        """Values under which there is the difference.

        Each free term is taken by itself at first; those that turn out to be one and the same
        on these values are equal in the next try.
        """
        self._solver.push()
        self._solver.add(self.translation.formula(candidate.when))
        valuation: Valuation | None = None
        for _ in range(REPAIRS):
            if self._solver.check() != z3.sat:
                break
            rest = Valuation(zeros=self.zeros)
            given = Given(self.translation, self._solver.model(), candidate.when, rest=rest)
            valuation = given.valuation
            if not given.clashes or valuation.value(candidate.when):
                break
            self._solver.add(*given.repairs())
        self._solver.pop()
        return valuation

    def _differ(self, base: Term, head: Term, when: Term) -> Iterator[Candidate]:
        """The differences of two histories that end with different steps."""
        if base.op != "call" or head.op != "call":
            yield Candidate(when)
            return
        before = self.confirmed
        yield from self._earlier(base.args[0], head.args[0], when)
        if self.confirmed > before:
            return
        may = [Candidate(when)]
        if base.payload[:2] == head.payload[:2]:
            may = [c for c in self._given(base, head, when) if c.when is not self.terms.false]
        self._told[(base, head)] = self._told.get((base, head), 0) + bool(may)
        yield from may

    def _given(self, base: Term, head: Term, when: Term) -> Iterator[Candidate]:
        """Equal calls of which the arguments or the memory may differ."""
        count = int(base.payload[1])
        for one, two in zip(base.args[1 : count + 1], head.args[1 : count + 1], strict=True):
            if one is two:
                continue
            if one.sort != two.sort or one.sort in (HISTORY, RECORD):
                yield Candidate(when)
            else:
                apart = self.terms.no(self.terms.equal(one, two))
                yield Candidate(self.terms.both(when, apart))
        if base.payload[2] or head.payload[2]:
            yield from self._memory(base, head, count, when)

    def _memory(self, base: Term, head: Term, count: int, when: Term) -> Iterator[Candidate]:
        """Equal calls before which other memory may have been written."""
        mine = dict(zip(base.payload[2], base.args[count + 1 :], strict=True))
        other = dict(zip(head.payload[2], head.args[count + 1 :], strict=True))
        for name in sorted(mine.keys() | other.keys()):
            one, two = mine.get(name), other.get(name)
            if one is not two:
                sort = [m.sort for m in (one, two) if m is not None][0]
                one = self._before(base, name, sort) if one is None else one
                two = self._before(head, name, sort) if two is None else two
                yield Candidate(self.terms.both(when, self._apart(one, two)))

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


def _unlike(pair: tuple[tuple[Term, Term], Term]) -> tuple[int, int]:
    """How far two steps are from the same one: what went the same way comes first."""
    one, two = pair[0]
    if one.op != "call" or two.op != "call" or one.payload[:2] != two.payload[:2]:
        return 1, 0
    count = int(one.payload[1])
    given = zip(one.args[1 : count + 1], two.args[1 : count + 1], strict=True)
    return 0, sum(a is not b for a, b in given)


def _by(term: Term, atom: Term) -> bool:
    return term.op == "ite" and term.args[0] is atom


def exact_model(terms: Arithmetic, candidate: Candidate) -> Valuation | None:
    """Values under which there is the difference, or nothing where there are none found."""
    translation = Translation(terms)
    translation.prepare(candidate.when)
    answer, found = ask(translation, [translation.formula(candidate.when)], QUICK)
    return Given(translation, found, candidate.when).valuation if answer == APART else None


class Given:
    """A valuation that agrees with a model, as far as free terms allow.

    What the goals rest on in this model comes first: on another way a call may have another
    result in the model, and it is the same call.  ``clashes`` are those of these terms that have
    another value, each with the one that has it, where that is known.
    """

    def __init__(
        self, translation: Translation, found: Any, *goals: Term, rest: Valuation | None = None
    ) -> None:
        self.translation = translation
        self.valuation = Valuation() if rest is None else rest
        self.clashes: list[tuple[Term, Term | None]] = []
        first = _rested_on(translation, found, goals)
        holders: dict[Hashable, Term] = {}
        for term in sorted(translation.free, key=lambda t: (t not in first, t.id)):
            if term.sort == TRUTH:
                continue
            value = found.eval(translation.free[term], model_completion=False)
            if z3.is_bv_value(value):
                holder = holders.setdefault(self.valuation.key(term)[0], term)
                fits = self.valuation.give(term, value.as_long())
                if not fits and term in first:
                    self.clashes.append((term, None if holder is term else holder))

    def repairs(self) -> list[Any]:
        """What to ask of the next model: that terms which are one on these values are equal."""
        return [self._repair(term, holder) for term, holder in list(self.clashes)]

    def _repair(self, term: Term, holder: Term | None) -> Any:
        free, context = self.translation.free, self.translation.context
        if holder is None or holder.sort != term.sort:
            known = z3.BitVecVal(self.valuation.number(term), term.sort, context)
            return free[term] == known
        equal = free[term] == free[holder]
        if term.op == holder.op == "select" and term.args[1] is not holder.args[1]:
            one, two = (self.translation.formula(t.args[1]) for t in (term, holder))
            return z3.Implies(one == two, equal)
        return equal


def _rested_on(translation: Translation, found: Any, goals: tuple[Term, ...]) -> set[Term]:
    """The terms that goals have their values by in a model: of decisions one side alone."""
    waiting, seen = list(goals), set(goals)
    while waiting:
        term = waiting.pop()
        parts = term.args
        if term.op == "ite":
            holds = found.eval(translation.formula(parts[0]), model_completion=True)
            parts = (parts[0], parts[1] if z3.is_true(holds) else parts[2])
        new = [part for part in parts if part not in seen]
        seen.update(new)
        waiting += new
    return seen
