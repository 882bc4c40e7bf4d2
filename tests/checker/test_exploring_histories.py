"""Histories explored: each way breaks its statement, is a shortest one, and none is left out."""

from __future__ import annotations

import pytest

from checker.calls.kernel_names import revision_named
from checker.exploring.histories import ExploredHistories, explored, opened
from checker.ground.problems import Problem
from checker.over_time.decide import Historian
from checker.over_time.trace import broken_by
from properties.catalogue import timed_by_id
from properties.claim import Verdict

BROKEN = [("P60", "v6.4"), ("P59f", "v6.12"), ("P33f", "v6.12"), ("P34s", "v6.12"),
          ("P82w", "v6.12"), ("P70w", "v6.1"), ("P23", "v5.14")]
KEPT = [("P60", "v6.12"), ("T1g", "v6.12"), ("P82g", "v6.12"), ("P66r", "v6.18")]


def _explored(name: str, kernel: str, *excluded: str, given: str = "") -> ExploredHistories:
    prop = timed_by_id(name).by_system[0]
    facts = (given,) if given else ()
    return explored(prop, revision_named(kernel).kernel, excluded, facts)


@pytest.mark.parametrize(("name", "kernel"), BROKEN)
def test_each_way_breaks_its_statement_by_its_last_step_alone(name: str, kernel: str) -> None:
    found = _explored(name, kernel)
    assert found.verdict is Verdict.REFUTED
    for way in found.ways:
        assert broken_by(found.prop, found.kernel, way.trace.states)
        if way.trace.steps:
            assert not broken_by(found.prop, found.kernel, way.trace.states[:-1])
    ends = [(opened(way.trace.steps[-1]), way.broken) for way in found.ways]
    assert len(ends) == len(set(ends))


@pytest.mark.parametrize(("name", "kernel"), BROKEN + KEPT)
def test_what_is_explored_is_what_is_decided(name: str, kernel: str) -> None:
    found = _explored(name, kernel)
    decided = Historian().decide(found.prop, found.kernel)
    assert (decided.verdict is Verdict.REFUTED) == bool(found.ways)
    if found.ways:
        assert decided.trace is not None
        assert len(found.ways[0].trace.steps) == len(decided.trace.steps)


def test_without_the_step_that_it_takes_a_statement_is_kept() -> None:
    found = _explored("P60", "v6.4", "the process opens a vhost device")
    assert (found.verdict, found.ways, found.complete) == (Verdict.PROVED, [], True)


def test_a_step_left_out_of_one_task_makes_tasks_unlike() -> None:
    """Who stays without a step is not who has it: another order of slots is another state."""
    every, some = _explored("T1g", "v6.12"), _explored("T1g", "v6.12", "task 3 forks")
    assert some.states > every.states


def test_a_history_may_begin_with_other_facts() -> None:
    assert _explored("P33f", "v6.12", given="limit=3").verdict is Verdict.PROVED


@pytest.mark.parametrize(
    ("throughout", "verdict"),
    [("vhost!=killed", Verdict.PROVED), ("vhost_thread=yes", Verdict.VACUOUS)],
)
def test_histories_are_as_assumed_in_each_state_or_there_are_none(
    throughout: str, verdict: Verdict
) -> None:
    prop = timed_by_id("P60").by_system[0]
    found = explored(prop, revision_named("v6.4").kernel, (), (), (throughout,))
    assert (found.verdict, found.ways) == (verdict, [])


@pytest.mark.parametrize(
    ("excluded", "given", "says"),
    [
        (("fly",), "", "no step 'fly'"),
        ((), "limit", "FACT=VALUE"),
        ((), "limits=2", "did you mean limit"),
        ((), "t1.life=sleeping", "is one of free, alive, zombie"),
        ((), "moved=perhaps", "is yes or no"),
    ],
)
def test_what_a_system_has_not_is_told(excluded: tuple[str, ...], given: str, says: str) -> None:
    with pytest.raises(Problem, match=says):
        _explored("P33f", "v6.12", *excluded, given=given)
