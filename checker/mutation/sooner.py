"""Which mutants let another call be the least that breaks a statement, so that a kept one moves.

What breaks a statement is kept as the least such call.  A mutant under which that call breaks
it no more is met on the way (:attr:`~checker.mutation.judge.MutantJudge.moved`); here those are
found under which a call that comes before it does.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from checker.mutation.baseline import ShownVerdict
from checker.mutation.judge import MutantJudge
from checker.mutation.told import Fate, MutantFate
from checker.smallest.cost import place_of
from checker.smallest.order import CallOrder
from properties.claim import Property, Verdict


def with_kept_calls(
    judge: MutantJudge, props: list[Property], told: list[MutantFate]
) -> list[MutantFate]:
    """Return what became of a judge's mutants: those that survive, unless a kept call moves."""
    left = {n for n, one in enumerate(told, 1) if one.fate is Fate.SURVIVES}
    _find(judge, props, left - judge.moved.keys())
    return [_kept(one, judge.moved.get(n, "")) for n, one in enumerate(told, 1)]


def _kept(one: MutantFate, by: str) -> MutantFate:
    moves = one.fate is Fate.SURVIVES and by
    return replace(one, fate=Fate.KEPT, by=by) if moves else one


def _find(judge: MutantJudge, props: list[Property], wanted: set[int]) -> None:
    if not wanted:
        return
    order = CallOrder(judge.engine)
    for prop, shown in _refuted(judge, props):
        before = order.before(dict(shown.facts))
        others = set(judge.live) - (wanted - judge.moved.keys())
        if not before or len(others) == len(judge.live):
            continue
        passed = [judge.engine.but(number) for number in others]
        asked = [judge.asked(prop).broken, judge.where(prop, shown), before[-1]]
        what = f"that is less than the kept one breaks {prop.id}"
        for number, kernel, values in judge.each(asked, passed, what):
            passed.append(judge.engine.but(number))
            broken = judge.broken_by(prop, number, kernel, values)
            if broken and place_of(values) < place_of(dict(shown.facts)):
                judge.moved[number] = f"{prop.id} by a lesser call"


def _refuted(judge: MutantJudge, props: list[Property]) -> Iterable[tuple[Property, ShownVerdict]]:
    """Yield what breaks a statement on named kernels."""
    for prop in props:
        for shown in judge.baseline[prop.id]:
            if shown.verdict is Verdict.REFUTED and not shown.every_set and judge.concerns(shown):
                yield prop, shown
