"""What is saved is the last run's: earlier results go, other people's files stay."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from checker.ground.files import FileError
from command.saved import replace_saved
from model.over_time.catalogue import SYSTEMS
from model.revisions import REVISIONS

ROOT = Path(__file__).parents[2]
OURS = '{"cloneproof": 1, "property": "P02", "kernel": "v6.1", "call": {}}'


def test_results_of_an_earlier_run_go_and_other_files_stay(tmp_path: Path) -> None:
    before = {"P02@v6.1.json": OURS, "P60@v6.4.json": OURS, "P60@v6.4.svg": "<svg/>"}
    replace_saved(tmp_path, before)
    (tmp_path / "notes.txt").write_text("mine")
    (tmp_path / "me@home.json").write_text("{}")
    (tmp_path / "P99@v6.1.svg").write_text("<svg/>")
    replace_saved(tmp_path, {"V01@v6.1.json": OURS})
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "P99@v6.1.svg", "V01@v6.1.json", "me@home.json", "notes.txt",
    ]


def test_a_failure_leaves_what_was_there(tmp_path: Path) -> None:
    replace_saved(tmp_path, {"P02@v6.1.json": OURS})
    (tmp_path / "P03@v6.1.json").mkdir()
    with pytest.raises(FileError):
        replace_saved(tmp_path, {"P01@v6.1.json": "new", "P03@v6.1.json": "new"})
    assert sorted(path.name for path in tmp_path.iterdir()) == ["P02@v6.1.json", "P03@v6.1.json"]


def test_a_record_that_cannot_be_written_leaves_all_as_it_was(tmp_path: Path) -> None:
    replace_saved(tmp_path, {"P02@v6.1.json": OURS})
    record = {Path("/dev/full"): "the record"}
    with pytest.raises(FileError, match="No space left on device"):
        replace_saved(tmp_path, {"P02@v6.1.json": "new", "P03@v6.1.json": "new"}, record)
    assert [path.name for path in tmp_path.iterdir()] == ["P02@v6.1.json"]
    assert (tmp_path / "P02@v6.1.json").read_text() == OURS


def test_a_folder_that_cannot_be_made_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(FileError, match="cannot make"):
        replace_saved(tmp_path / "file", {})


def test_examples_name_systems_that_there_are() -> None:
    named = re.compile(r"cloneproof .*--(?:steps|system) ([a-z]\w*)")
    texts = [*ROOT.glob("command/*.py"), *ROOT.glob("docs/*.md"), ROOT / "README.md"]
    found = {one for text in texts for one in named.findall(text.read_text(encoding="utf-8"))}
    assert found
    assert found <= SYSTEMS.keys()


def test_examples_name_files_that_a_run_saves() -> None:
    """One file is saved of each counterexample: that of the first kernel which has it."""
    named = re.compile(r"out/counterexamples/(\w+)@([\w.-]+)\.json")
    texts = [*ROOT.glob("command/*.py"), *ROOT.glob("docs/*.md"), ROOT / "README.md"]
    found = {one for text in texts for one in named.findall(text.read_text(encoding="utf-8"))}
    tables = [ROOT / "reports" / name for name in ("counterexamples.md", "traces.md")]
    rows = [row for table in tables for row in table.read_text(encoding="utf-8").splitlines()]
    saved = {
        (row.split(" ")[1], next(iter(REVISIONS)) if kernel == "all" else kernel)
        for row in rows
        for kernel in re.findall(r"#[0-9a-f]{10} ([^ …;,]+)", row)
    }
    assert found and found <= saved
