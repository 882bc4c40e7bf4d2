"""The ways in which a call of the ledger can go: what its half-steps add, all of them.

A call depends on hundreds of facts and adds few small numbers.  The ways are found one by one
by the bit-blaster with a SAT solver until there is no other, and z3 has to say so too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, TypeAlias

from pysat.solvers import Minisat22

from checker.engines.adding import adding
from checker.engines.blast import Blaster, Unsupported
from checker.over_time.agreed import ONCE, QUICK, UNSAT
from checker.over_time.symbolic import constant
from model.algebra import Truth, Word, both, no, when_word
from model.due import as_truth
from model.kernel import Kernel
from model.over_time.commit import Identity
from model.over_time.ledger import HalfStep, LedgerCall
from model.records import build, leaves
from model.terms import WordTerm, number, open_word

Lemma = Callable[[Kernel, Identity], Truth]
MANY = 64
"""More ways than any call has."""


@dataclass(frozen=True, slots=True)
class Way:
    """One way: its half-steps as plain numbers, whether its caller is among the tasks."""

    halves: tuple[HalfStep, ...]
    among: bool
    lemma: bool
    """Whether the credentials that it makes have the lemma."""


@dataclass(frozen=True, slots=True)
class Ways:
    """All ways of a call, or why they are not known."""

    known: tuple[Way, ...]
    why: str = ""


@dataclass(frozen=True)
class Told:
    """A call with every fact open: when it can be made, and the numbers that tell its way."""

    fits: Truth
    names: tuple[str, ...]
    numbers: tuple[WordTerm, ...]

    def is_at(self, values: tuple[int, ...]) -> Any:
        """Return that the numbers have these values."""
        pairs = zip(self.numbers, values, strict=True)
        return both(*(number == value for number, value in pairs))


def _word(value: Word) -> WordTerm:
    return number(value, 64) if isinstance(value, int) else value


def _bit(truth: Truth) -> WordTerm:
    return _word(when_word(64, as_truth(truth), 1, 0))


def told_of(kernel: Kernel, call: LedgerCall, lemma: Lemma, given: Truth = True) -> Told:
    """Return a call on a kernel with every fact open, where ``given``."""
    facts = build(call.facts, {leaf.path: constant(leaf, "call") for leaf in leaves(call.facts)})
    read = call.read(kernel, facts)
    halves = call.halves(kernel, read)
    kept = both(*(lemma(kernel, task) for task in call.leaves(kernel, read)))
    fits = as_truth(both(given, call.fits(kernel, read)))
    numbers = [_word(one) for half in halves for one in (half.count, half.tasks)]
    numbers += [_bit(call.among(read)), _bit(kept)]
    return Told(fits, tuple(half.name for half in halves), tuple(numbers))


_Found: TypeAlias = "tuple[list[tuple[int, ...]], str]"
"""The numbers of each way that was found, and why the search ended before its end, if it did."""

_KNOWN: dict[tuple[Any, ...], _Found] = {}
"""What was found, by the terms that tell it."""


def ways(kernel: Kernel, call: LedgerCall, lemma: Lemma, given: Truth = True) -> Ways:
    """Return all ways in which a call can go on a kernel, open or not, where ``given``."""
    told = told_of(kernel, call, lemma, given)
    key = told.names, id(told.fits), *(one.serial for one in told.numbers)
    if key not in _KNOWN:
        _KNOWN[key] = _found(told)
    found, why = _KNOWN[key]
    return Ways((), why) if why else _all(told, found)


def _found(told: Told) -> _Found:
    try:
        return list(_one_by_one(told)), ""
    except (Unsupported, RuntimeError) as error:
        return [], f"the SAT engine gave up: {error}"


def _all(told: Told, found: list[tuple[int, ...]]) -> Ways:
    """Return the ways that were found, if there is no other."""
    other = both(told.fits, *(no(told.is_at(values)) for values in found))
    answer = ONCE.agreed([other], whole=False, said=UNSAT)
    if answer.status != UNSAT:
        return Ways((), answer.reason or "there are more ways than were found")
    return Ways(tuple(_way(told, values) for values in found))


def _one_by_one(told: Told) -> Iterator[tuple[int, ...]]:
    """Yield the numbers of each way; raise ``RuntimeError`` where there are too many to tell."""
    with Minisat22() as solver:
        blaster = Blaster(adding(solver))
        names = [open_word(f"way{place}", 64) for place in range(len(told.numbers))]
        same = [name == number for name, number in zip(names, told.numbers, strict=True)]
        solver.add_clause([blaster.truth(both(told.fits, *same))])
        for _ in range(MANY):
            solver.prop_budget(QUICK)
            solved = solver.solve_limited()
            if solved is None:
                raise RuntimeError("its budget ran out")
            if not solved:
                return
            values = tuple(_value(blaster.inputs[name.name], solver.get_model()) for name in names)
            yield values
            solver.add_clause([-blaster.truth(Told(True, (), tuple(names)).is_at(values))])
        raise RuntimeError(f"there are more than {MANY} ways")


def _value(bits: list[int], model: list[int]) -> int:
    value = sum(1 << place for place, bit in enumerate(bits) if model[bit - 1] > 0)
    return value - (1 << len(bits)) if value >> (len(bits) - 1) else value


def _way(told: Told, values: tuple[int, ...]) -> Way:
    *added, among, lemma = values
    pairs = zip(told.names, added[::2], added[1::2], strict=True)
    halves = tuple(HalfStep(name, count, tasks) for name, count, tasks in pairs)
    return Way(halves, bool(among), bool(lemma))
