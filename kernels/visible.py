"""Whether what breaks a property can be seen: does the violation stand on observed facts only?"""

from __future__ import annotations

import copy
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from checker.subjects import RANGES
from model.call import Call, Situation
from model.kernel import Kernel
from model.predict import call_of
from model.records import BOOL, Leaf, build, leaves
from model.vhost import VhostOutcome
from properties.claim import Property

Values = dict[str, Any]

IMPLIED = {"rlimits_shared": "same_thread_group", "not_throttled": "flags"}
"""Facts that follow from an observed one: rlimits belong to the thread group, and so on."""

_WORDS = (0, 1, 2, 2**64 - 1)


def call_and_outcome(prop: Property, kernel: Kernel, values: Values) -> tuple[Call, Any]:
    """Return the call that leaf values say and the outcome that a property speaks of."""
    call = call_of(kernel, build(Situation, values))
    return call, RANGES[prop.subject].outcome(call)


def rests_on_unseen(prop: Property, kernel: Kernel, values: Values, seen: set[str]) -> list[str]:
    """Return the facts that no observation shows and without which nothing would be broken.

    Each unseen fact of the outcome is changed alone; if the property is then kept, what was
    observed does not show that it is broken.
    """
    call, outcome = call_and_outcome(prop, kernel, values)
    known = seen | {name for name, by in IMPLIED.items() if by in seen}
    return sorted(
        {
            name
            for name, other in _variants(outcome, known)
            if not _is_broken(prop, call, other)
        }
    )


def _is_broken(prop: Property, call: Call, outcome: Any) -> bool:
    claim = prop.statement(call, outcome)
    return bool(claim.premise) and not bool(claim.conclusion)


def _changed(outcome: Any, **facts: Any) -> Any:
    """Return a copy of an outcome on which computed parts are replaced."""
    made = copy.copy(outcome)
    made.__dict__.update(facts)
    return made


def _variants(outcome: Any, seen: set[str]) -> Iterator[tuple[str, Any]]:
    if isinstance(outcome, VhostOutcome):
        for part in ("child", "worker"):
            yield from _of_record(outcome, part, seen)
        return
    if outcome.errno == 0:
        yield from _of_record(outcome, "after", seen)
    for part in ("done", "held", "freed_twice"):
        facts = getattr(outcome, part)
        for name, truth in facts.items():
            yield f"{part}: {name}", _changed(outcome, **{part: {**facts, name: not truth}})


def _of_record(outcome: Any, part: str, seen: set[str]) -> Iterator[tuple[str, Any]]:
    record = getattr(outcome, part)
    for leaf in leaves(type(record)):
        if leaf.path not in seen:
            value = getattr(record, leaf.path)
            for other in _others(leaf, value):
                yield leaf.path, _changed(outcome, **{part: replace(record, **{leaf.path: other})})


def _others(leaf: Leaf, value: Any) -> Iterator[Any]:
    if leaf.width == BOOL:
        yield not value
        return
    for other in (*_WORDS, value + 1, value - 1):
        if other != value:
            yield other
