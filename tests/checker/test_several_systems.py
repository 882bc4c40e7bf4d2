"""A statement of several systems is decided on each, is as bad as the worst, and says where."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from checker.mutation.kept import KeptVerdict, statements_on
from checker.over_time.decide import Historian
from checker.over_time.engines import Alone
from checker.over_time.results import KIND, deciding, verify_histories
from checker.over_time.trace import load
from checker.record.result import Result
from model.over_time import cgroup_freezer, io_wq_exit, suspend
from model.revisions import REVISIONS
from properties.catalogue import SAID_ONCE, all_timed, timed_by_id
from properties.claim import STATED, Claim, Verdict, holds
from properties.over_time.claim import TimedProperty, each_step
from tests.declaring import forgotten_afterwards

V612 = REVISIONS["v6.12"].kernel


def _declared(statement: Any, *systems: Any) -> TimedProperty:
    with forgotten_afterwards():
        return each_step("X1", of=systems, source="here", expect=holds())(statement)


def nobody_is_ever_moved(_kernel: Any, before: Any, after: Any) -> Claim:
    """Only the cgroup freezer's moves the owner."""
    return Claim(True, before.owner_away == after.owner_away)


def a_thread_leaves_but_once(_kernel: Any, before: Any, after: Any) -> Claim:
    """Of suspend it says nothing."""
    return Claim(bool(before.leaves), bool(after.leaves or after.owner_gone))


def test_what_breaks_on_one_is_broken_and_its_trace_is_of_that_one(tmp_path: Path) -> None:
    prop = _declared(nobody_is_ever_moved, io_wq_exit.SYSTEM, cgroup_freezer.SYSTEM)
    found = Historian().decide(prop, V612)
    assert found.verdict is Verdict.REFUTED and found.trace is not None
    document = found.trace.document()
    assert document["system"] == "cgroup_freezer"
    path = tmp_path / "trace.json"
    path.write_text(json.dumps(document))
    assert load(path, lambda _name: prop).states == found.trace.states
    assert Alone("explore").decide(prop, V612).verdict is Verdict.REFUTED


def test_a_whole_run_joins_what_each_system_came_to() -> None:
    systems = (io_wq_exit.SYSTEM, cgroup_freezer.SYSTEM)
    with forgotten_afterwards():
        each_step("X1", of=systems, source="here", expect=holds())(nobody_is_ever_moved)
        (one,) = verify_histories(["X1"], ["v6.12"], jobs=1)
    assert (one.verdict, one.system) == (Verdict.REFUTED, "io_wq_exit")
    assert one.counterexample["system"] == "cgroup_freezer"


def test_results_come_in_order_of_statements_and_kernels_and_none_that_is_double_is_lost() -> None:
    kind = deciding(["P31H", "P23"], ["v6.1", "v6.12"])
    found = [_result(name, place) for place in (1, 0) for name in ("P31H", "P23", "P31H")]
    told = [(one.property, one.place) for one in kind.joined(found)]
    assert told == [("P23", 0), ("P23", 1), *[("P31H", 0)] * 2, *[("P31H", 1)] * 2]


def _result(name: str, place: int) -> Result:
    prop = timed_by_id(name)
    return Result(
        property=name, name="", sentence="", kind=KIND, source="", kernel="",
        verdict=Verdict.PROVED, expected=None, system=prop.system.name, place=place,
    )


@pytest.mark.parametrize(
    ("systems", "verdict", "says"),
    [
        ((io_wq_exit.SYSTEM,), Verdict.PROVED, ""),
        ((io_wq_exit.SYSTEM, suspend.SYSTEM), Verdict.VACUOUS, "suspend: no history"),
    ],
)
def test_it_is_proved_where_every_one_is(systems: Any, verdict: Verdict, says: str) -> None:
    found = Historian().decide(_declared(a_thread_leaves_but_once, *systems), V612)
    assert found.verdict is verdict
    assert found.reason.startswith(says)


def test_a_system_is_asked_for_all_that_is_said_of_it_alone_or_with_others() -> None:
    several = [prop for prop in all_timed() if prop.parts]
    assert several
    for prop in several:
        for part in prop.by_system:
            assert part in statements_on(part.system)
            assert prop.about(part.system.name) is part


def test_a_mutant_is_noticed_where_the_worst_of_all_is_another() -> None:
    of_all = KeptVerdict(Verdict.VACUOUS, several=True)
    assert of_all.where(Verdict.PROVED) is Verdict.VACUOUS
    assert of_all.where(Verdict.REFUTED) is Verdict.REFUTED
    assert KeptVerdict(Verdict.VACUOUS).where(Verdict.PROVED) is Verdict.PROVED


@pytest.mark.parametrize("name", SAID_ONCE)
def test_an_id_of_before_is_still_known(name: str) -> None:
    prop = timed_by_id(name)
    assert name not in STATED
    assert prop.id == SAID_ONCE[name] and prop.parts
