"""Premises of proved statements: each part dropped, and whether the verdict notices.

What a call comes to is left alone, that it succeeds or fails or which rule refuses it: that is
what a statement is about.  A part that follows from the rest says nothing; one that can go with
the statement still proved makes it weaker than it could be, and excludes calls for nothing.
Premises of claims that are refuted anyway are not asked about: without a part they are refuted
all the more.  What a reader takes for granted stands once and is shared by statements: that
nothing else is wrong with the call, and that a user makes it.  A condition of that is dropped from
all of them at once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from checker.calls.documents import to_document
from checker.engines.sat import Answer, Constraint
from checker.mutation.baseline import Baseline, ShownVerdict
from checker.mutation.choosing import every_leaf, fixed
from checker.mutation.told import Fate, MutantFate
from checker.questions.decide import Decider, kernel_of
from checker.readings.space import PATCH, space, symbolic_outcome
from checker.readings.subjects import RANGES
from checker.smallest.shrink import found_in
from model.algebra import no
from model.due import as_truth
from model.evaluate import Outcome
from model.patches import COMMITS
from model.revisions import Revision
from properties.catalogue import all_properties
from properties.claim import Property, Verdict
from properties.premises import FINE, from_user_space

ROOM = "premises"
LONG = 90
"""Letters of a part that are told."""


@dataclass(frozen=True)
class _Asked:
    """The premise of a statement that is proved somewhere, in parts, and where that is."""

    prop: Property
    scope: Any
    parts: list[Any]
    about: Mapping[int, Any]
    broken: Any
    revisions: list[Revision]

    def without(self, part: Any, tool: Decider) -> tuple[Constraint, Constraint]:
        """Return that a call is let in by dropping a part, on a kernel where it is proved."""
        rest = [self.scope, *(one for one in self.parts if one is not part)]
        return tool.all_of(*rest, no(part)), tool.any_of(self.revisions)


def of_statements(props: Iterable[Property], known: Baseline) -> Iterator[MutantFate]:
    """Yield the fate of each part of the premises of statements on named kernels.

    What statements share is left to :func:`of_conditions`.
    """
    tool, shared = Decider(), _conditions()
    for one in _asked(props, known):
        for part in one.parts:
            if id(part) not in one.about and id(part) not in shared:
                yield _fate(one, part, tool)


def of_conditions(wanted: Callable[[str], bool], known: Baseline) -> Iterator[MutantFate]:
    """Yield the fate of each condition that statements share, dropped from all of them."""
    tool = Decider()
    statements = list(_asked(all_properties(), known))
    for number, (name, _term) in _conditions().items():
        if wanted(name):
            yield _shared(name, number, statements, tool)


def _shared(name: str, number: int, statements: list[_Asked], tool: Decider) -> MutantFate:
    """Return the fate of a condition; of one that no proved statement has nothing is known."""
    told = MutantFate(
        ROOM, "conditions", "what statements share", f"without {name}", Fate.UNDECIDED
    )
    asked = False
    for one, part in _having(number, statements):
        fate = _fate(one, part, tool)
        if fate.fate is Fate.NOTICED:
            return replace(told, fate=fate.fate, by=fate.by, kernel=fate.kernel)
        if not asked or fate.fate is not Fate.EQUIVALENT:
            told = replace(fate, of=told.of, row=told.row, change=told.change)
        asked = True
    return told


def _having(number: int, statements: list[_Asked]) -> Iterator[tuple[_Asked, Any]]:
    """Yield each statement that has a condition, with the part that it is."""
    for one in statements:
        yield from ((one, part) for part in one.parts if id(part) == number)


@cache
def _conditions() -> dict[int, tuple[str, Any]]:
    """Return the conditions that statements share, their terms by number."""
    shared = (*FINE, from_user_space)
    terms = [(one.__name__.replace("_", " "), as_truth(one(space().call))) for one in shared]
    return {id(term): (name, term) for name, term in terms}


def _asked(props: Iterable[Property], known: Baseline) -> Iterator[_Asked]:
    for prop in props:
        proved = [one for one in known.get(prop.id, []) if one.verdict is Verdict.PROVED]
        if proved and prop.of_patch is None:
            yield _premise(prop, proved)


def _premise(prop: Property, proved: list[ShownVerdict]) -> _Asked:
    outcome = symbolic_outcome(prop.subject)
    claim = prop.statement(space().call, outcome)
    about = _about(outcome)
    parts = _parts(as_truth(claim.premise), {**about, **_conditions()})
    scope = as_truth(RANGES[prop.subject].holds_for(space().start))
    revisions = [revision for one in proved for revision in one.revisions]
    revisions.sort(key=lambda one: one.name)
    return _Asked(prop, scope, parts, about, no(as_truth(claim.conclusion)), revisions)


def _about(outcome: Any) -> dict[int, Any]:
    """Return what a call can come to, as terms by their number."""
    ok = outcome.ok
    walks = [outcome.walk] if isinstance(outcome, Outcome) else []
    first = [first for walk in walks for _row, first in walk.hits]
    reached = [alive for walk in walks for _row, alive in walk.reached]
    terms = [as_truth(truth) for truth in (ok, no(ok), *first, *reached)]
    return {id(term): term for term in terms}


def _parts(premise: Any, about: Mapping[int, Any]) -> list[Any]:
    """Return the conjuncts of a premise, nested ones too, but not those of what it is about."""
    if id(premise) in about or isinstance(premise, bool) or premise.kind != "and":
        return [] if premise is True else [premise]
    return [part for one in premise.operands for part in _parts(one, about)]


def _fate(one: _Asked, part: Any, tool: Decider) -> MutantFate:
    prop, wanted = one.prop, one.without(part, tool)
    change = f"without {' '.join(str(part).split())[:LONG]}"
    about = ROOM, prop.subject.name.lower(), f"{prop.id} {prop.sentence}"[:LONG], change
    needed = tool.engine.ask(*wanted, tool.all_of(one.broken))
    if needed.status == "sat":
        where = kernel_of(needed.patches).name
        return MutantFate(*about, Fate.NOTICED, f"{prop.id} PROVED -> REFUTED", "", where)
    if needed.status != "unsat":
        return MutantFate(*about, Fate.UNDECIDED)
    excluded = tool.engine.ask(*wanted)
    if excluded.status == "unsat":
        return MutantFate(*about, Fate.EQUIVALENT)
    if excluded.values is None:
        return MutantFate(*about, Fate.UNDECIDED)
    call = _small(tool, wanted, excluded)
    if call is None:
        return MutantFate(*about, Fate.UNDECIDED)
    told = to_document(call), {"left out": True}, {"left out": False}
    return MutantFate(*about, Fate.SURVIVES, "", "", kernel_of(excluded.patches).name, *told)


def _small(
    tool: Decider, wanted: tuple[Constraint, Constraint], found: Answer
) -> dict[str, Any] | None:
    """Return a small call like the one found, on its kernel; ``None`` if it is none there.

    A premise without a part is no statement, so that the solver is asked of each smaller call.
    """
    here = [(f"{PATCH}{patch.name}", int(patch.name in found.patches)) for patch in COMMITS]
    kernel = fixed(tool.engine, here)

    def still(trial: dict[str, Any]) -> bool:
        call = fixed(tool.engine, every_leaf(trial.items()))
        return tool.engine.ask(*wanted, *kernel, *call).status == "sat"

    return found_in(found, still)
