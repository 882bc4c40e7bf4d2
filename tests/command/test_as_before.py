"""After an edit a run ends as the one before only where nothing that its end is made of differs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from checker.record import runs
from checker.record.result import Result, Verdict
from checker.record.sources import Tree
from command import as_before, recorded
from command.as_before import came_as_before
from command.recorded import Memory, Run
from command.shelf import Shelf
from command.views import TABLE, Views


def _found(name: str) -> list[Result]:
    return [
        Result(name, "name", "sentence", "catalogue", "source", kernel, Verdict.PROVED,
               Verdict.PROVED, witness={"kernel": kernel, "at": 1}, resources=1, place=place)
        for place, kernel in enumerate(("v6.1", "v6.12"))
    ]


KEPT, DECIDED = _found("P02"), _found("P03")
KEYS = {"P02": "same", "P03": "old"}


class Scene:
    """A run of the record, and what a run after an edit has: P02 is kept, P03 decided again."""

    def __init__(self) -> None:
        memory = recorded.memory((), (), recheck=False)
        assert memory is not None
        self.memory: Memory = memory
        before = Shelf(KEYS)
        views = Views(lambda: KEPT + DECIDED)
        views._known[TABLE] = "the table of before\n"
        memory.keep(Run(views, lambda: ([], 0), list, lambda: before.text(KEPT + DECIDED),
                        lambda: b"[]"), ["as kept"], 0)
        self.keep_shelf()
        self.halves: list[Any] = [SimpleNamespace(
            ids=["P02", "P03"], book=SimpleNamespace(asked=SimpleNamespace(everything=True)))]
        self.found = [replace(one, resources=7, seconds=0.5) for one in DECIDED]

    def keep_shelf(self) -> None:
        page = next(self.memory.runs.latest(runs.CATALOGUE))
        lines = (page.section(runs.RESULTS) or b"").split(b"\n")
        self.shelf = Shelf({"P02": "same", "P03": "new"}, {"P02": lines[0]}, latest=page,
                           before=dict(zip(KEYS, lines, strict=True)))

    def ends(self) -> Run | None:
        return came_as_before(self.memory, self.shelf, self.halves, [self.found])

    def changed(self, **facts: Any) -> None:
        self.found = [replace(self.found[0], **facts), *self.found[1:]]

    def edited(self, path: str) -> None:
        tree: Tree = self.memory.runs.tree
        files = tree.files | {path: "other text"}
        self.memory = replace(
            self.memory, runs=replace(self.memory.runs, tree=replace(tree, files=files)))

    def not_everything(self) -> None:
        self.halves[0].book.asked.everything = False

    def ended_badly(self) -> None:
        run = Run(Views(lambda: KEPT), lambda: ([], 1), list, lambda: b"\n".join(
            self.shelf.before.values()), lambda: b"[]")
        self.memory.keep(run, ["moved"], 1)
        self.keep_shelf()


@pytest.fixture
def scene(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Scene:
    monkeypatch.setenv(runs.WHERE, str(tmp_path / "home"))
    monkeypatch.setattr(runs, "loaded_otherwise", lambda: iter(()))
    monkeypatch.setattr(as_before, "broken_by_calls", lambda _kernels, _stands: [])
    runs.known_at.cache_clear()
    return Scene()


def test_a_run_that_came_to_the_same_says_the_same(scene: Scene) -> None:
    run = scene.ends()
    assert run is not None
    assert run.end() == (["as kept"], 0)
    assert run.views.report(TABLE, False) == "the table of before\n"
    assert run.views.results() == KEPT + scene.found
    assert "2 of 4 verdicts kept" in run.note()[0]
    assert "1 statements read what changed" in run.note()[0]
    assert [line[:13] for line in run.lines().split(b"\n")] == [b'["P02","same"', b'["P03","new",']


def test_a_rule_is_read_along_statements_alone(scene: Scene) -> None:
    scene.edited("model/rules/nsset.py")
    assert scene.ends() is not None


@pytest.mark.parametrize("differs", [
    lambda scene: scene.changed(verdict=Verdict.REFUTED),
    lambda scene: scene.changed(expected=Verdict.REFUTED),
    lambda scene: scene.changed(sentence="another"),
    lambda scene: scene.changed(witness={"kernel": "v6.1", "at": 2}),
    lambda scene: scene.changed(rests_on=("row:one",)),
    lambda scene: scene.changed(kernel="v6.6"),
    lambda scene: scene.found.pop(),
    lambda scene: scene.found.clear(),
    lambda scene: scene.shelf.lines.update(P02=scene.shelf.lines["P02"] + b" "),
    lambda scene: scene.shelf.before.pop("P03"),
    lambda scene: scene.shelf.before.update(P04=b""),
    lambda scene: scene.halves[0].ids.reverse(),
    lambda scene: scene.edited("reports/verdicts.md"),
    lambda scene: scene.edited("command/kept.py"),
    lambda scene: scene.edited("properties/landmarks/calls.py"),
    lambda scene: scene.edited("properties/claim.py"),
    Scene.not_everything,
    Scene.ended_badly,
])
def test_where_anything_differs_its_end_is_made_anew(
    differs: Callable[[Scene], object], scene: Scene
) -> None:
    differs(scene)
    assert scene.ends() is None


def test_a_landmark_that_does_not_stand_is_told(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(as_before, "broken_by_calls", lambda _kernels, _stands: ["broken"])
    assert scene.ends() is None


def test_a_damaged_run_is_not_believed(scene: Scene) -> None:
    assert scene.shelf.latest is not None
    path = scene.shelf.latest.path
    path.write_bytes(path.read_bytes().replace(b'"as kept"', b'"as kepT"'))
    assert scene.ends() is None
