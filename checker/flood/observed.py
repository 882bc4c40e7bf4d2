"""Everything that an outcome says, by name, in whichever reading it was read."""

from __future__ import annotations

from typing import Any

from model.errors import number
from model.evaluate import NO_RULE
from model.records import leaves, values_of
from model.vhost import VhostOutcome, Worker
from properties.catalogue import all_properties
from properties.claim import Property, Subject

PREMISE, CONCLUSION = STATED = "premise of ", "conclusion of "
_WORKER = tuple(leaf.path for leaf in leaves(Worker))
_LEFT = ("after.", "child.", *_WORKER)


def observed(outcome: Any) -> dict[str, Any]:
    """Return errno, rule, what the call leaves, keeps, gives back twice and does to others."""
    if isinstance(outcome, VhostOutcome):
        seen = {"errno": number(outcome.errno), "ok": outcome.ok}
        seen |= dict(values_of(outcome.worker)) | {"rule": NO_RULE}
        return seen | {f"child.{name}": value for name, value in values_of(outcome.child)}
    seen = {"errno": number(outcome.errno), "rule": outcome.rule}
    seen |= {f"after.{name}": value for name, value in values_of(outcome.after)}
    for kind in ("held", "freed_twice", "done"):
        seen |= {f"{kind} {name}": value for name, value in getattr(outcome, kind).items()}
    return seen


def widths(outcome: Any) -> dict[str, int]:
    """Return how many bits each number of :func:`observed` has; the others are truths."""
    known = {"errno": 16, "rule": 8}
    if isinstance(outcome, VhostOutcome):
        return known | {f"child.{leaf.path}": leaf.width for leaf in leaves(type(outcome.child))}
    return known | {f"after.{leaf.path}": leaf.width for leaf in leaves(type(outcome.after))}


def means_something(name: str, errno: int) -> bool:
    """Return whether what is observed means something: what a call leaves, on success only."""
    return not (errno and name.startswith(_LEFT))


def statements_of(subject: Subject) -> list[Property]:
    """Return the statements about a subject's calls."""
    return [one for one in all_properties() if one.subject is subject]


def stated(props: list[Property], call: Any, outcome: Any) -> dict[str, Any]:
    """Return premise and conclusion of each statement, by name."""
    found = {}
    for prop in props:
        claim = prop.statement(call, outcome)
        found[PREMISE + prop.id] = claim.premise
        found[CONCLUSION + prop.id] = claim.conclusion
    return found
