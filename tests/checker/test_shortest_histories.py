"""Traces: each is the first of the shortest in the order of the steps, whoever finds it."""

from dataclasses import replace

import pytest

from checker.over_time.bounded import Unrolling, breaking
from checker.over_time.decide import Historian
from checker.over_time.explore import FURTHER, explore
from checker.over_time.question import Question
from checker.over_time.results import results_of
from checker.over_time.trace import breaks
from model.revisions import REVISIONS
from properties.catalogue import timed_by_id

SOME = ["P60", "P18c", "P45", "P6E", "P34s"]


@pytest.mark.parametrize("name", SOME)
def test_unrolling_finds_the_very_history_that_an_exploration_meets_first(name: str) -> None:
    prop = timed_by_id(name)
    found = next(
        (kernel, made.trace)
        for kernel in (revision.kernel for revision in REVISIONS.values())
        if (made := Historian().decide(prop, kernel)).trace is not None
    )
    question = Question(prop, found[0])
    history = breaking(question, Unrolling(question.space), len(found[1].steps)).history
    assert history is not None
    assert [step.name for step in history] == [step.name for step in found[1].steps]


@pytest.mark.parametrize("name", SOME)
def test_a_history_beyond_an_exploration_that_is_cut_off_is_that_of_a_whole_one(name: str) -> None:
    """Wherever it is cut off."""
    prop = timed_by_id(name)
    kernels = [revision.kernel for revision in REVISIONS.values()]
    traces = ((one, Historian().decide(prop, one).trace) for one in kernels)
    kernel, trace = next((one, trace) for one, trace in traces if trace is not None)
    steps = [step.name for step in trace.steps]
    states = explore(prop.system, kernel).states
    place = next(at for at, state in enumerate(states) if breaks(prop, kernel, state))
    tried = 0
    for most in range(1, place, 1 + place // 12):
        system = replace(prop.system, most=most)
        cut = explore(system, kernel)
        if states[place] not in cut.states and cut.depth + FURTHER >= len(steps):
            found = Historian().decide(replace(prop, system=system), kernel)
            assert [step.name for step in found.trace.steps] == steps
            tried += 1
    assert tried


def test_the_trace_on_a_kernel_does_not_depend_on_the_kernels_or_properties_before_it() -> None:
    every = Historian()
    together = {
        (name, one.kernel): one.digest
        for name in SOME
        for one in results_of(timed_by_id(name), REVISIONS, every)
    }
    assert any(together.values())
    for kernel in ("v5.4", "v6.4", "v6.12"):
        alone = Historian()
        for name in reversed(SOME):
            (one,) = results_of(timed_by_id(name), [kernel], alone)
            assert one.digest == together[name, kernel]
