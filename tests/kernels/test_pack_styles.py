"""A pack's calls in the styles of other test suites, and a pack held against a real kernel."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest

from kernels.machines import live
from kernels.machines.place import RUNNING, place, revision_for
from kernels.pack.folder import files
from kernels.pack.held import held
from kernels.pack.plain import plain_calls
from kernels.pack.styles import STYLES, in_style
from kernels.pack.table import table
from kernels.pack.trials import Trials, trials
from model.entries import ENTRIES, Ends
from model.kernel import Kernel
from model.request import Entry
from model.revisions import REVISIONS

V612 = REVISIONS["v6.12"].kernel
TREE = Path(os.environ.get("CLONEPROOF_LINUX", "no tree"))
WARNINGS = ("-Wall", "-Wextra", "-Werror", "-Wno-missing-field-initializers")


@cache
def _tried(kernel: Kernel, *entries: Entry) -> Trials:
    return trials(kernel, entries)


def _few() -> Trials:
    return _tried(V612, Entry.UNSHARE, Entry.CLONE)


@pytest.fixture(scope="module")
def x86() -> None:
    if platform.machine() != "x86_64" or not shutil.which("gcc"):
        pytest.skip("needs gcc on x86-64")


def test_tables_that_end_differently_are_told_apart() -> None:
    """What unshare() never refuses is told of its own table, not of copy_process()'s."""
    found = _few()
    ends = {ENTRIES[entry].ends for entry in (Entry.UNSHARE, Entry.CLONE)}
    assert ends == {Ends.UNSHARE, Ends.COPY_PROCESS}
    assert {one.entries for one in found.untried} == {("unshare",), ("clone",)}


@pytest.mark.parametrize("style", STYLES)
def test_each_plain_call_has_a_name_and_stands_once(style: str) -> None:
    found = _few()
    calls = plain_calls(V612, found.tried)
    assert 10 < len(calls) < len(found.tried)
    text = "".join(in_style(style, V612, found).values())
    assert len({one.name for one in calls}) == len(calls)
    for one in calls:
        assert text.count(one.name) == 1
    assert f"{len(calls)} calls" in text


def test_with_googletest_it_compiles_runs_and_tells_a_fault(x86: None, tmp_path: Path) -> None:
    """As on the kernel of the table; with another errno planted, that one test fails."""
    if not Path("/usr/include/gtest/gtest.h").is_file() or not shutil.which("g++"):
        pytest.skip("needs g++ and libgtest-dev")
    kernel = revision_for(platform.release())[0].kernel
    found = _tried(kernel, Entry.UNSHARE, Entry.CLONE)
    text = in_style("gtest", kernel, found)["clone_answers_test.cc"]
    assert _gtest(text, tmp_path) == []
    planted = text.replace(".err = EINVAL", ".err = EBUSY", 1)
    (failed,) = _gtest(planted, tmp_path)
    assert "expected Device or resource busy, got Invalid argument" in failed


def _gtest(text: str, folder: Path) -> list[str]:
    (folder / "t.cc").write_text(text, encoding="utf-8")
    subprocess.run(["g++", "-std=c++20", *WARNINGS, "-o", str(folder / "t"), str(folder / "t.cc"),
                    "-lgtest", "-lgtest_main"], check=True)
    done = subprocess.run([str(folder / "t")], capture_output=True, text=True, check=False)
    return [line for line in done.stdout.splitlines() if line.startswith("expected ")]


def test_as_a_selftest_it_compiles_runs_and_tells_a_fault(x86: None, tmp_path: Path) -> None:
    """With a tree's own harness; and its checkpatch has nothing to say of both C files."""
    harness = TREE / "tools" / "testing" / "selftests"
    if not (harness / "kselftest_harness.h").is_file():
        pytest.skip("CLONEPROOF_LINUX names no kernel tree")
    kernel = revision_for(platform.release())[0].kernel
    found = _tried(kernel, Entry.UNSHARE, Entry.CLONE)
    made = in_style("kselftest", kernel, found)["clone_answers.c"]
    assert "# FAILED" not in _selftest(made, harness, tmp_path)
    planted = made.replace(".err = EINVAL", ".err = EBUSY", 1)
    assert "fail:1 " in _selftest(planted, harness, tmp_path)
    for style in ("kselftest", "ltp"):
        name, text = next(iter(in_style(style, kernel, found).items()))
        (tmp_path / name).write_text(text, encoding="utf-8")
        done = subprocess.run(
            [str(TREE / "scripts" / "checkpatch.pl"), "--no-tree", "--strict", "-f", name],
            cwd=tmp_path, capture_output=True, text=True, check=False,
        )
        assert "0 errors, 0 warnings, 0 checks" in done.stdout, done.stdout


def _selftest(text: str, harness: Path, folder: Path) -> str:
    (folder / "t.c").write_text(text, encoding="utf-8")
    subprocess.run(["gcc", *WARNINGS, "-I", str(harness), "-o", str(folder / "t"),
                    str(folder / "t.c")], check=True)
    done = subprocess.run([str(folder / "t")], capture_output=True, text=True, check=False)
    return done.stdout


def test_held_against_a_kernel_what_the_model_does_not_explain_is_told(
    x86: None, tmp_path: Path
) -> None:
    """Nothing is unexplained; another errno in the pack is, by the model; a call that the model
    is wrong about is told."""
    if reason := live.can_run():
        pytest.skip(reason)
    here = place(RUNNING)
    found = _tried(here.kernel, Entry.VFORK)
    made = held(found, _built(here.kernel, found, tmp_path), here)
    assert (made.unlike, made.known) == ([], 0)
    assert made.alike > len(found.tried) / 2
    refused = next(n for n, one in enumerate(found.tried) if one.refusals and one.errno == 11)
    tried = list(found.tried)
    wrong = replace(tried[refused].refusals[0], errno=13)
    tried[refused] = replace(tried[refused], refusals=(wrong,))
    other = Trials(tried, found.untried)
    made = held(other, _built(here.kernel, other, tmp_path), here)
    assert (made.unlike, made.known) == ([], 1)
    mistaken = replace(tried[refused], case=next(one.case for one in tried if not one.refusals))
    tried[refused] = mistaken
    (told,) = held(Trials(tried, found.untried), tmp_path / "pack", here).unlike
    assert (told.said, told.answered) == ("success", "EAGAIN")


def _built(kernel: Kernel, found: Trials, folder: Path) -> Path:
    for name, text in files(table(kernel, found)).items():
        (folder / name).write_text(text, encoding="utf-8")
    subprocess.run(["make", "-s", "-C", str(folder)], check=True)
    return folder / "pack"
