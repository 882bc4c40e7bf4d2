"""What an outcome comes to for whoever can look: as a term of difference, and in words."""

from __future__ import annotations

from typing import Any

from model.algebra import Truth, both, either, no, same
from model.alike import same_record
from model.errors import number
from model.evaluate import Outcome
from model.records import values_of
from model.vhost import VhostOutcome


def differ(left: Any, right: Any) -> Truth:
    """Return whether two outcomes differ in their errno, what is done, kept or published."""
    return either(
        number(left.errno) != number(right.errno),
        *(_differ(*pair) for pair in _accounts(left, right)),
        both(left.ok, right.ok, no(both(*_published(left, right)))),
    )


def _accounts(left: Any, right: Any) -> list[tuple[dict[str, Truth], dict[str, Truth]]]:
    names = ("held",) if isinstance(left, VhostOutcome) else ("done", "held", "freed_twice")
    return [(getattr(left, name), getattr(right, name)) for name in names]


def _differ(left: dict[str, Truth], right: dict[str, Truth]) -> Truth:
    names = {**left, **right}
    return either(*(no(same(left.get(n, False), right.get(n, False))) for n in names))


def _published(left: Any, right: Any) -> list[Truth]:
    if isinstance(left, VhostOutcome):
        return [same_record(left.child, right.child), same_record(left.worker, right.worker)]
    return [same_record(left.after, right.after)]


def facts(outcome: Any) -> dict[str, Any]:
    """Return a concrete outcome as facts: the errno, what is done and kept, what is published."""
    found: dict[str, Any] = {"errno": int(outcome.errno)}
    if isinstance(outcome, Outcome):
        found |= {name: True for name, there in outcome.done.items() if there}
        found |= {f"{name} is kept": True for name, there in outcome.held.items() if there}
        twice = outcome.freed_twice.items()
        found |= {f"{name} is given back too often": True for name, there in twice if there}
    else:
        found |= {f"{name} is kept": True for name, there in outcome.held.items() if there}
    if outcome.ok:
        for record in _records(outcome):
            found |= dict(values_of(record))
    return found


def _records(outcome: Any) -> list[Any]:
    return [outcome.child, outcome.worker] if isinstance(outcome, VhostOutcome) else [outcome.after]


