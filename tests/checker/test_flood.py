"""A flood of random calls: what contradicts is seen, and nothing is counted twice or left out."""

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from checker.calls.documents import from_document
from checker.flood import drawn, portion, run, sample
from checker.flood.drawn import Portion
from checker.flood.run import Flood, begun, flooded
from checker.flood.sample import unlike
from checker.flood.told import Told
from checker.flood.view import document, never_reached
from checker.ground.pool import WorkerLost
from checker.ground.problems import Problem
from checker.ground.scheduler import InTurn
from model.patch import NEVER
from model.request import Entry
from model.revisions import REVISIONS
from properties.catalogue import by_id
from properties.claim import holds

SMALL = 1 << 11


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drawn, "COUNT", SMALL)
    monkeypatch.setattr(portion, "COUNT", SMALL)
    monkeypatch.setattr(run, "COUNT", SMALL)
    monkeypatch.setattr(portion, "TERMS", 10**9)


def judged(*numbers: int, seed: int = 1) -> Told:
    told = Told()
    for number in numbers:
        told += portion.judged(Portion(seed, number))
    return told


def test_a_portion_is_what_its_two_numbers_say() -> None:
    assert judged(3) == judged(3)
    assert judged(3) != judged(3, seed=2)
    assert judged(3, 17).possible == judged(3).possible + judged(17).possible


def test_every_entry_point_and_kernel_has_its_turn_and_nothing_contradicts() -> None:
    portions = [Portion(1, number) for number in range(14 * 34)]
    seen = {(one.entry, one.kernel.name) for one in portions}
    named = {name for _, name in seen}
    assert {entry for entry, _ in seen} == set(Entry)
    assert set(REVISIONS) < named
    told = judged(*range(14))
    assert not told.wrong, told.contradictions
    assert set(told.entries) == {entry.name.lower() for entry in Entry}


@pytest.mark.parametrize("lie", [holds(), holds(needs=NEVER)])
def test_a_verdict_that_is_wrong_is_contradicted_by_a_call(
    monkeypatch: pytest.MonkeyPatch, lie: Any
) -> None:
    """What is refuted is declared proved, or vacuous."""
    wrong = replace(by_id("P21"), expect=lie)
    of = {wrong.subject: [wrong]}
    monkeypatch.setattr(portion, "statements_of", lambda subject: of.get(subject, []))
    told = judged(*range(14))
    assert told.wrong
    assert "P21 is declared" in told.contradictions[0]["what"]
    assert from_document(told.contradictions[0]["call"])


def test_a_reading_that_says_something_else_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    told = {"errno": 22, "child.uid": 1, "held cred": True, "rule": 3}
    assert unlike(told, told | {"child.uid": 2}, "columns", {}) == []
    assert len(unlike(told, told | {"held cred": False}, "columns", {})) == 1
    assert len(unlike(told | {"errno": 0}, told | {"errno": 0, "child.uid": 2}, "columns", {})) == 1
    plain = sample.on_plain_values
    monkeypatch.setattr(sample, "on_plain_values", lambda *a: plain(*a) | {"errno": 5})
    assert judged(3).wrong


def test_a_call_is_read_alike_three_times(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(portion, "TERMS", 1)
    told = judged(12, 13, 12 + 14 * 7)
    assert (told.asked_of_terms, told.wrong) == (3, 0), told.contradictions


def flow(path: Path, portions: int, seed: int = 1, tree: str = "this tree") -> Flood:
    """Go on with a kept flood until so many portions more were judged."""
    flood = begun(path, Flood(seed, tree))
    wanted = len(flood.done) + portions
    calls = judged(*range(wanted), seed=seed).possible
    return flooded(flood, calls, InTurn(), path, lambda _count: None)


def test_a_flood_goes_on_where_it_was_left_and_counts_nothing_twice(tmp_path: Path) -> None:
    kept = tmp_path / "flood.json"
    assert flow(kept, 3).done == {0, 1, 2}
    went_on = flow(kept, 2)
    assert went_on.done == set(range(5))
    assert went_on.told == judged(*range(5))
    assert begun(kept, Flood(1, "this tree")).told == went_on.told


def test_what_is_lost_is_done_again(tmp_path: Path) -> None:
    """A worker that dies takes no portion with it that was told, and leaves none out."""
    kept = tmp_path / "flood.json"
    with pytest.raises(WorkerLost):
        flooded(Flood(1, "this tree"), 10**9, Dying(3), kept, lambda _count: None)
    left = begun(kept, Flood(1, "this tree"))
    assert left.done == {1, 3, 5}
    assert left.next_portions()[:3] == [0, 2, 4]
    went_on = flooded(left, left.told.possible + 1, InTurn(), kept, lambda _count: None)
    assert went_on.told == judged(0, 1, 3, 5)


class Dying(InTurn):
    """A scheduler that answers every second item, and dies after so many."""

    def __init__(self, answers: int) -> None:
        object.__setattr__(self, "left", answers)

    def _answers(self, work: Any, todo: list[Any]) -> Any:
        for place in range(1, len(todo), 2):
            if place // 2 == vars(self)["left"]:
                raise WorkerLost("a worker died")
            yield place, work(todo[place])


def changed(text: str, **other: Any) -> str:
    return json.dumps(json.loads(text) | other)


@pytest.mark.parametrize(
    ("damage", "says"),
    [
        (lambda text: text[:-9], "not JSON"),
        (lambda _: "[]", "keeps no flood"),
        (lambda text: text.replace("this tree", "that tree"), "another tree"),
        (lambda text: text.replace('"seed": 1', '"seed": 2'), "of the seed 2"),
        (lambda text: text.replace('"portions"', '"parts"'), "is damaged"),
        (lambda text: text.replace('"possible"', '"probable"'), "is damaged"),
        (lambda text: text.replace('"possible": ', '"possible": -'), "is damaged"),
        (lambda text: text.replace('"wrong": 0', '"wrong": null'), "is damaged"),
        (lambda text: text.replace('"wrong": 0', '"wrong": 1'), "is damaged"),
        (lambda text: re.sub(r'("v\d[^"]*": )', r"\g<1>1", text, count=1), "is damaged"),
        (lambda text: changed(text, portions=[[0, 10**15]]), "is damaged"),
        (lambda text: changed(text, portions=[[0, 1], [1, 0]]), "is damaged"),
    ],
)
def test_a_kept_flood_that_is_damaged_or_anothers_is_not_gone_on_with(
    tmp_path: Path, damage: Any, says: str
) -> None:
    kept = tmp_path / "flood.json"
    flow(kept, 1)
    kept.write_text(damage(kept.read_text()))
    with pytest.raises(Problem, match=says):
        flow(kept, 1)


def test_what_was_never_reached_is_told() -> None:
    told = judged(*range(14))
    never = never_reached(told)
    assert never["rules"]
    assert never_reached(Told())["rules"] > never["rules"]
    assert document(Flood(1, "", frozenset(range(14)), told))["never"]["premises"]
