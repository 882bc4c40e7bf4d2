"""Statements about steps fail where a step is changed, and say what they know and no more."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from checker.mutation.histories import of_system
from checker.mutation.kept import KeptVerdict
from checker.mutation.told import Fate
from checker.over_time.decide import Historian
from checker.over_time.engines import NAMES, Alone
from checker.over_time.trace import broken_by
from model.over_time.accounts import ACCOUNTS
from model.over_time.step import Machine, Move, TransitionSystem
from model.revisions import REVISIONS
from properties.catalogue import all_timed, timed_by_id
from properties.claim import Claim, Verdict
from properties.over_time.claim import How, TimedProperty

KERNEL = REVISIONS["v6.12"].kernel


def changed(name: str, change: Any) -> TransitionSystem:
    """The accounts with one step changed, or without it."""
    steps = []
    for step in ACCOUNTS.steps:
        if step.name != name:
            steps.append(step)
        elif change is not None:
            steps.append(replace(step, move=change(step.move)))
    return replace(ACCOUNTS, steps=steps)


def keeps_the_charge(move: Any) -> Any:
    def moved(machine: Machine, state: Any) -> Move:
        made = move(machine, state)
        return Move(made.when, replace(made.then, n0=state.n0, n1=state.n1, n2=state.n2))

    return moved


def said(identity: str, system: TransitionSystem) -> Any:
    return Historian().decide(replace(timed_by_id(identity), system=system), KERNEL)


@pytest.mark.parametrize(
    ("identity", "step", "change"),
    [
        ("T11", "task 1 is reaped", keeps_the_charge),
        ("T1b", "task 1 is reaped", None),
        ("T1e", "the limit is raised to 2", None),
        ("T12", "task 1 forks", keeps_the_charge),
    ],
)
def test_a_changed_step_breaks_its_statement_and_the_trace_shows_it(identity, step, change):
    assert said(identity, ACCOUNTS).verdict is Verdict.PROVED
    found = said(identity, changed(step, change))
    assert found.verdict is Verdict.REFUTED
    trace = found.trace
    assert trace is not None
    assert broken_by(trace.property, KERNEL, trace.states)
    assert not broken_by(trace.property, KERNEL, trace.states[:1]) or len(trace.states) == 1


def of_accounts(identity: str, statement: Any) -> TimedProperty:
    return replace(timed_by_id(identity), statement=statement, cases=())


@pytest.mark.parametrize("identity", ["T11", "T1b"])
def test_what_no_step_comes_to_is_vacuous(identity):
    never = of_accounts(identity, lambda *_: Claim(False, False))
    assert Historian().decide(never, KERNEL).verdict is Verdict.VACUOUS


@pytest.mark.parametrize("identity", ["T11", "T1b"])
def test_an_exploration_that_is_cut_off_proves_nothing(identity):
    assert said(identity, replace(ACCOUNTS, most=40)).verdict is Verdict.BOUNDED


@pytest.mark.parametrize("engine", [name for name in NAMES if name != "explore"])
def test_no_other_engine_says_anything_of_steps(engine):
    found = Alone(engine).decide(timed_by_id("T11"), KERNEL)
    assert (found.verdict, "only exploration" in found.reason) == (Verdict.UNKNOWN, True)


def test_every_system_has_statements_of_what_steps_do_and_of_what_they_can_do():
    every = {prop.system.name for prop in all_timed()}
    for how in (How.EACH_STEP, How.SOME_STEP):
        assert {prop.system.name for prop in all_timed() if prop.how is how} == every


@pytest.mark.parametrize("name", ["ucounts_pins", "publication", "io_wq_retry", "vhost_wake"])
def test_statements_notice_every_change_of_a_small_systems_steps(name):
    mine = [prop for prop in all_timed() if prop.system.name == name]
    known = {
        (prop.id, kernel): KeptVerdict(prop.expect.on(REVISIONS[kernel].kernel))
        for prop in mine
        for kernel in REVISIONS
    }
    told = of_system(mine[0].system, known, list)
    assert len(told) > 20
    unnoticed = [one.name for one in told if one.fate not in (Fate.NOTICED, Fate.EQUIVALENT)]
    assert not unnoticed
