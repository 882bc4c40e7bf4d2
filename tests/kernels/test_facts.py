"""The sheet of observation: every field has a row, and what a row says is shown is shown."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import pytest

from kernels.cases import caller
from kernels.cases.lines import case_of
from kernels.cases.prepared import situation
from kernels.conformance.conform import running_machine
from kernels.machines.live import can_run, run_live
from kernels.machines.place import revision_for
from kernels.machines.surroundings import Surroundings
from kernels.observe import facts
from kernels.observe import fields as say
from kernels.observe.comparison import compare
from kernels.observe.facts import BESIDES, IN_C, SHEET, ImpliedFact, Look, ShownFact, looked_at
from kernels.observe.fields import CaseView
from kernels.replay.beyond import BEYOND
from kernels.replay.reproduce.pieces import PIECES
from model.call import Situation
from model.child import Child
from model.complete import demand
from model.mistake import Mistake
from model.predict import predict
from model.records import BOOL, build, fact
from model.request import Entry
from model.revisions import REVISIONS
from model.setns import Joined
from model.unshare import Unshared

SHOWING = (
    "entry=fork threadkey=1",
    "entry=setns nsfd=kin:ipc nstype=0x0 threads=0x2",
    "entry=unshare flags=0x40000 threads=0x2",
    "entry=clone flags=0x269900 parent_tid=ok child_tid=ok oom=500",
    "entry=vfork ruid=u euid=0 nproc_room=1",
)
"""Cases that together show whatever the probe shows."""

RECORDS: dict[Entry, type[Any]] = {Entry.UNSHARE: Unshared, Entry.SETNS: Joined}
NEEDS_A_KILL = {"born_killed"}
"""Shown by replay alone, which writes cgroup.kill before the call."""


@pytest.mark.skipif(can_run() is not None, reason=str(can_run()))
def test_every_row_that_says_shown_is_compared() -> None:
    from platform import release

    kernel = revision_for(release())[0].kernel
    machine = running_machine()
    rows = run_live([f"id={number} {line}" for number, line in enumerate(SHOWING)])
    compared: dict[type[Any], set[str]] = {Child: set(), Unshared: set(), Joined: set()}
    for line, row in zip(SHOWING, rows, strict=True):
        case = case_of(line)
        found = compare(kernel, machine, case, row)
        assert found.agrees, found
        record = {Entry.UNSHARE: Unshared, Entry.SETNS: Joined}.get(
            Entry(int(case.call.entry)), Child
        )
        compared[record] |= {name.split(" (")[0] for name, _ in found.fields}
    for record, sheet in SHEET.items():
        shown = {name for name, row in sheet.items() if isinstance(row, ShownFact)} - NEEDS_A_KILL
        assert shown | set(BESIDES[record]) == compared[record] - {"errno", "alive"}


TURNED = (
    "entry=clone flags=0x81240f11 child_tid=ok ioctx=1 semundo=1",
    "entry=unshare flags=0x40000 semundo=1",
    "entry=setns nsfd=kin:pid nstype=0x0 semundo=1",
)
"""A call for each record, in which every fact that the probe shows matters."""


def _view(line: str) -> CaseView:
    case = case_of(line)
    start = situation(case, Surroundings())
    outcome = predict(REVISIONS["v6.18"].kernel, start)
    row = {"caller": {"comm": "probe"}, "ret": 1, "child": {}, "after": {}}
    return CaseView(case, start, outcome, row, "child" if outcome.record is Child else "after")


def _turned(view: CaseView, name: str) -> CaseView:
    value = getattr(view.after, name)
    other = not value if isinstance(value, bool) else int(not value)
    outcome = copy.copy(view.outcome)
    vars(outcome)["after"] = replace(view.after, **{name: other})
    return replace(view, outcome=outcome)


def _shown() -> Iterator[Any]:
    for line in TURNED:
        record = _view(line).outcome.record
        for name, row in SHEET[record].items():
            for look in row.looks if isinstance(row, ShownFact) else ():
                told = f"{record.__name__}.{name} by {look.key}"
                yield pytest.param(line, name, look, id=told)


@pytest.mark.parametrize(("line", "name", "look"), list(_shown()))
def test_a_fact_that_is_shown_enters_every_comparison_of_its_row(
    line: str, name: str, look: Look
) -> None:
    """A comparison that a wrong fact would pass shows nothing of it."""
    view = _view(line)
    turned = _turned(view, name)
    said = [look.words(one, getattr(one.after, name)) for one in (view, turned)]
    assert said[0] != said[1]


def test_the_link_of_the_children_follows_what_waits_for_them() -> None:
    """It is the caller's own pid namespace only where none waits."""
    view = _view(TURNED[2])
    turned = _turned(view, "pid_for_children_is_active")
    assert [say.later_pid(one, True) for one in (view, turned)] == ["new", "same"]


@pytest.mark.parametrize("line", TURNED[1:])
def test_a_call_without_a_child_is_not_asked_for_one(line: str) -> None:
    """unshare() and setns() return 0, and no child told anything."""
    outcome = _view(line).outcome
    checks = [look(outcome) for look in IN_C[outcome.record].values()]
    assert checks
    for check in checks:
        assert check is not None
        assert "seen->" not in check.value


def test_what_a_reproducer_looks_at_has_its_pieces() -> None:
    outcome = predict(REVISIONS["v6.12"].kernel, build(Situation, {}))
    checks = [look(outcome) for look in IN_C[Child].values()]
    pieces = {piece for check in checks if check is not None for piece in check.pieces}
    assert pieces
    assert pieces <= set(PIECES)
    assert looked_at(Child, "user_ns_level") == "new_user_ns"


@dataclass(frozen=True, slots=True)
class Newer(Child):
    """A record that has one field more than the sheet."""

    is_new: Any = fact(BOOL, False, "is new")


def test_a_field_without_a_row_is_an_error_with_its_place(monkeypatch: pytest.MonkeyPatch) -> None:
    assert facts.incomplete() == []
    monkeypatch.setitem(SHEET, Newer, facts.CHILD)
    assert any(
        "facts.py:" in one and "Newer.is_new has no row" in one for one in facts.incomplete()
    )
    monkeypatch.delitem(SHEET, Newer)
    monkeypatch.delitem(facts.CHILD, "traced")
    with pytest.raises(Mistake, match=r"^model/child\.py:\d+: Child\.traced has no row"):
        demand(facts.incomplete())


@pytest.mark.parametrize(
    ("row", "wrong"),
    [
        (
            ImpliedFact("autokill", "so it is"),
            "implied by 'autokill', which the probe does not show",
        ),
        (
            ShownFact((Look("tracer"),), "uid"),
            "looked at through 'uid', at which no reproducer looks",
        ),
    ],
)
def test_a_row_that_leads_nowhere_is_an_error(
    row: Any, wrong: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(facts.CHILD, "traced", row)
    assert [one for one in facts.incomplete() if wrong in one]


def test_a_fact_of_the_caller_that_nothing_prepares_has_a_reason(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert caller.incomplete() == []
    monkeypatch.delitem(caller.NOT_PREPARED, "current.mempolicy")
    monkeypatch.setitem(caller.NOT_PREPARED, "current.chrooted", caller.NotPrepared("so it is"))
    monkeypatch.setitem(caller.NOT_PREPARED, "current.shoe_size", caller.NotPrepared("so it is"))
    assert [one.split(": ", 1)[1] for one in caller.incomplete()] == [
        "current.mempolicy is set by no case, and no row says why",
        "current.chrooted is set by cases, and a row says that it is not",
        "current.shoe_size is no fact",
    ]


def test_what_a_row_sends_elsewhere_is_set_there() -> None:
    """Facts that a case leaves alone and replay, or an owner of workers, sets."""
    elsewhere = {path for path, row in caller.NOT_PREPARED.items() if row.otherwise}
    by_replay = {path for extra in BEYOND for path in extra.facts} - caller.prepared()
    assert by_replay <= elsewhere


REPLAYED = "replay: "


def test_a_row_that_says_replay_names_the_word_that_replay_uses() -> None:
    rows = {path: row.otherwise for path, row in caller.NOT_PREPARED.items()}
    said = {
        path: told.removeprefix(REPLAYED)
        for path, told in rows.items()
        if told.startswith(REPLAYED)
    }
    used = {path: extra.words.split() for extra in BEYOND for path in extra.facts}
    assert said
    assert {path: word for path, word in said.items() if word not in used.get(path, [])} == {}
