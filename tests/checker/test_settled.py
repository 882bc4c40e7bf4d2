"""What is settled is told as it is found; where a source or a table is another, nothing is."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from checker.compared import without
from checker.compared.comparer import Comparer
from checker.compared.without import RuleImpact
from checker.questions import settled as settling
from checker.questions.decide import decider
from checker.questions.settled import settled
from checker.readings.concrete import Evaluation
from checker.record import sealed_tables
from checker.record.sealed_tables import ROOMS, SEAL, TABLES
from model.revisions import REVISIONS, Revision
from properties.catalogue import by_id
from properties.claim import Verdict

ROOT = Path(__file__).parents[2]
V612 = REVISIONS["v6.12"]
IS_SEALED = "from checker.record.sealed_tables import are_of_these_sources as are; print(are())"
PUT_SEAL = (
    "from checker.record.sealed_tables import SEAL, seal; from checker.record.kept_words import "
    "table_path; table_path(SEAL).write_text(seal())"
)


@pytest.fixture
def sealed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The tables as they lie here, whatever was edited since."""
    monkeypatch.setattr(settling, "are_of_these_sources", lambda: True)


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of what a seal is of."""
    made = tmp_path_factory.mktemp("tree")
    for room in ("model", "properties", "checker", "reports"):
        shutil.copytree(ROOT / room, made / room, ignore=shutil.ignore_patterns("__pycache__"))
    return made


def said(tree: Path, code: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tree, env={**os.environ, "PYTHONPATH": str(tree)},
        capture_output=True, text=True, check=True,
    )
    return done.stdout.strip()


@pytest.mark.parametrize("edited", [
    "model/rules/flags.py", "properties/flags.py", "checker/questions/tracked.py",
    "checker/engines/gates.py", *(f"reports/{table}" for table in (*TABLES, SEAL)),
])
def test_a_seal_is_of_every_source_and_table(tree: Path, edited: str) -> None:
    said(tree, PUT_SEAL)
    assert said(tree, IS_SEALED) == "True"
    file = tree / edited
    before = file.read_text(encoding="utf-8")
    file.write_text(before.replace("- ", "- 0") if edited.endswith(".md") else f"{before}\n")
    assert said(tree, IS_SEALED) == "False"
    file.unlink()
    assert said(tree, IS_SEALED) == "False"
    file.write_text(before, encoding="utf-8")


def test_what_decides_a_call_is_in_the_rooms_that_are_sealed() -> None:
    loaded = "import checker.questions.settled, checker.questions.decide, sys; print(*sys.modules)"
    ours = [name for name in said(ROOT, loaded).split()
            if name.startswith(("model.", "properties.", "checker."))]
    assert len(ours) > 80
    inside = tuple(f"{room.replace('/', '.')}." for room in ROOMS)
    rooms = {room.replace("/", ".") for room in ROOMS}
    assert [name for name in ours if not name.startswith(inside) and name not in rooms] == []


def turned(rule: str) -> Iterator[tuple[str, Verdict, Verdict]]:
    unknown: list[str] = []
    found = RuleImpact(V612, rule, Comparer()).turned(decider(), unknown, lambda _: None)
    yield from ((one.id, one.before, one.after) for one in found)
    assert not unknown


@pytest.mark.usefixtures("sealed")
@pytest.mark.parametrize("rule", [
    "thread enters another pid or user namespace", "pidfd cannot be stored",
])
def test_what_a_rule_turns_is_the_same_without_what_is_settled(
    rule: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    quick = list(turned(rule))
    assert settled("P02", V612) is not None
    monkeypatch.setattr(without, "settled", lambda _identity, _on: None)
    assert list(turned(rule)) == quick


@pytest.mark.parametrize(("verdict", "premise", "conclusion", "stays"), [
    (Verdict.PROVED, True, True, True), (Verdict.PROVED, False, True, False),
    (Verdict.REFUTED, True, False, True), (Verdict.REFUTED, True, True, False),
])
def test_what_is_settled_stays_only_where_its_call_shows_it_without_the_rule(
    verdict: Verdict, premise: bool, conclusion: bool, stays: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = RuleImpact(V612, "pidfd cannot be stored", Comparer())
    found = Evaluation(True, premise, conclusion)
    monkeypatch.setattr(seen, "_evaluate", lambda _prop, _values: found)
    assert seen._is_settled(by_id("P02"), settling.Settled(verdict)) is stays


@pytest.mark.usefixtures("sealed")
def test_nothing_is_settled_of_a_kernel_of_ones_own() -> None:
    assert settled("P02", Revision("v6.12", REVISIONS["v6.1"].patches, "")) is None
    assert settled("P02", Revision("mine", V612.patches, "")) is None


def test_nothing_is_settled_without_a_seal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settling, "are_of_these_sources", lambda: False)
    assert settled("P02", V612) is None
    assert sealed_tables.SEAL not in TABLES
