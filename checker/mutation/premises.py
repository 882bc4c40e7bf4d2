"""Premises of proved statements: each part dropped, and whether the verdict notices.

That the call succeeds is left alone: what a statement says of a child means nothing without
it.  A part that follows from the rest says nothing; one that can go with the statement still
proved makes it weaker than it could be, and excludes calls for nothing.  Premises of claims
that are refuted anyway are not asked about: without a part they are refuted all the more.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import z3

from checker.calls.documents import to_document
from checker.engines.sat import PATCH, Answer, Constraint
from checker.mutation.baseline import Baseline, Shown
from checker.mutation.choosing import every_leaf, fixed
from checker.mutation.told import Fate, Told
from checker.questions.decide import Decider, kernel_of, outcome_in
from checker.readings.space import as_z3, space
from checker.readings.subjects import RANGES
from checker.smallest.shrink import not_default, shrink
from model.patches import PATCHES
from properties.claim import Property, Verdict

ROOM = "premises"
LONG = 90
"""Letters of a part that are told."""


def of_statements(props: Iterable[Property], known: Baseline) -> Iterator[Told]:
    """Yield the fate of each part of the premises of statements on named kernels."""
    tool = Decider()
    for prop in props:
        proved = [one for one in known.get(prop.id, []) if one.verdict is Verdict.PROVED]
        if proved and prop.of_patch is None:
            yield from _of(prop, proved, tool)


def _of(prop: Property, proved: list[Shown], tool: Decider) -> Iterator[Told]:
    claim = prop.statement(space().call, outcome_in(prop))
    scope = as_z3(RANGES[prop.subject].holds_for(space().start))
    revisions = [revision for one in proved for revision in one.revisions]
    where = tool.any_of(sorted(revisions, key=lambda one: one.name))
    parts = _parts(as_z3(claim.premise))
    succeeds = as_z3(outcome_in(prop).ok)
    for part in parts:
        if part.eq(succeeds):
            continue
        rest = [scope, *(one for one in parts if one is not part)]
        wanted = tool.all_of(*rest, z3.Not(part)), where
        yield _fate(prop, part, tool, wanted, z3.Not(as_z3(claim.conclusion)))


def _parts(premise: Any) -> list[Any]:
    """Return the conjuncts of a premise, nested ones too."""
    if not z3.is_and(premise):
        return [] if z3.is_true(premise) else [premise]
    return [part for one in premise.children() for part in _parts(one)]


def _fate(
    prop: Property, part: Any, tool: Decider, wanted: tuple[Constraint, Constraint], broken: Any
) -> Told:
    change = f"without {' '.join(str(part).split())[:LONG]}"
    about = ROOM, prop.subject.name.lower(), f"{prop.id} {prop.sentence}"[:LONG], change
    needed = tool.engine.ask(*wanted, tool.all_of(broken))
    if needed.status == "sat":
        where = kernel_of(needed.patches).name
        return Told(*about, Fate.NOTICED, f"{prop.id} PROVED -> REFUTED", "", where)
    if needed.status != "unsat":
        return Told(*about, Fate.UNDECIDED)
    excluded = tool.engine.ask(*wanted)
    if excluded.status == "unsat":
        return Told(*about, Fate.EQUIVALENT)
    if excluded.values is None:
        return Told(*about, Fate.UNDECIDED)
    call = to_document(_smallest(tool, wanted, excluded))
    told = {"left out": True}, {"left out": False}
    return Told(*about, Fate.SURVIVES, "", "", kernel_of(excluded.patches).name, call, *told)


def _smallest(
    tool: Decider, wanted: tuple[Constraint, Constraint], found: Answer
) -> dict[str, Any]:
    """Return a call like the one found, on its kernel, that nothing can be left out of."""
    here = [(f"{PATCH}{patch.name}", int(patch.name in found.patches)) for patch in PATCHES]
    kernel = fixed(tool.engine, here)

    def still(trial: dict[str, Any]) -> bool:
        call = fixed(tool.engine, every_leaf(trial.items()))
        return tool.engine.ask(*wanted, *kernel, *call).status == "sat"

    return shrink(not_default(found.values or {}), still)
