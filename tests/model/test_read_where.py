"""What is said to mean nothing to a kernel is what no outcome on it depends on, and no more."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import pytest

from checker.calls.kernel_names import kernel_named
from checker.readings.space import all_leaves, space
from checker.readings.subjects import RANGES
from model.errors import number
from model.kernel import Kernel
from model.node import INPUT, Term
from model.predict import call_of
from model.read_where import FAILS, NO_STEP, means_nothing
from model.records import values_of
from model.revisions import REVISIONS
from model.state import Fallible

NEVER = {"current.signal.child_subreaper"}
"""Facts that only properties speak of."""


def _below(roots: Iterable[Any]) -> Iterator[Term]:
    open_, seen = [one for one in roots if isinstance(one, Term)], set()
    while open_:
        term = open_.pop()
        if id(term) not in seen:
            seen.add(id(term))
            open_ += term.operands
            yield term


def _outcomes(kernel: Kernel) -> Iterator[Any]:
    """Yield everything that a call comes to on a kernel, with all facts open."""
    for one in RANGES.values():
        outcome = one.outcome(call_of(kernel, space().start))
        yield from (number(outcome.errno), getattr(outcome, "rule", None))
        for part in ("after", "child", "worker"):
            if hasattr(outcome, part):
                yield from (value for _, value in values_of(getattr(outcome, part)))


BETWEEN = ("v5.5", "v5.6", "v5.8", "v5.11", "v5.13", "v5.16", "v5.19", "v6.5", "v6.16", "v7.0",
           "v7.3")
"""Releases between those of the list: what came and went there came and went apart."""


@pytest.mark.parametrize("name", [*REVISIONS, *BETWEEN])
def test_facts_mean_something_exactly_where_they_are_read(name: str) -> None:
    kernel = kernel_named(name)
    terms = list(_below(_outcomes(kernel)))
    read = {one.name for one in terms if one.kind == INPUT}
    facts = [leaf.path for leaf in all_leaves() if leaf.path not in {FAILS, *NEVER}]
    assert {path for path in facts if path not in read} == {
        path for path in facts if means_nothing(kernel, path, 0)
    }
    steps = {
        other.numbers[0]
        for one in terms
        if any(each.name == FAILS for each in one.operands)
        for other in one.operands
        if other.numbers
    }
    silent = {step for step in Fallible if step and step not in steps}
    assert silent == {step for step in Fallible if means_nothing(kernel, FAILS, step)}
    assert set(NO_STEP) <= silent
