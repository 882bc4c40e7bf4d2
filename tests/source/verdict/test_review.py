"""A patch in, a verdict out: what is the same is proved, what is not is shown at its line."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("clang")
pytest.importorskip("unidiff")

import click
import jsonschema
from click.testing import CliRunner, Result

from checker.ground.problems import Problem
from checker.ground.scratch import new_folder
from command.review import review
from command.schemas import REVIEW
from source.patch.overlay import patched
from source.patch.series import series_of
from source.report.review.words import call_line
from source.tree import Folder
from source.verdict.calls import ShownCall, telling
from source.verdict.options import Options
from source.verdict.pair import FAILS
from source.verdict.record import NOTHING, UNTOLD
from source.verdict.review import review as review_of
from tests.source.patch.test_patches import git
from tests.source.verdict.mini import FORK, diff, lay, mail

WEAKER = diff(("flags > LIMIT &&", "flags >= LIMIT &&"))
EQUAL = diff(("if (error ||", "if (error != 0 ||"))
REFUSED = diff(
    ("flags > LIMIT &&", "flags > LIMIT + 1 &&"), text=FORK.replace("allowed(21)", "a()")
)


@cache
def tree() -> str:
    return str(lay(new_folder("cloneproof-mini-")))


@cache
def run(patch: str, *words: str) -> Result:
    """Return what the command says of a patch on standard input."""
    return CliRunner().invoke(review, [tree(), "--no-calls", *words], patch, standalone_mode=False)


def verdict_of(patch: str) -> tuple[int, dict[str, Any]]:
    done = run(patch, "--format", "json")
    assert done.exception is None, done.exception
    found = json.loads(done.output)
    jsonschema.validate(found, REVIEW)
    return done.return_value, found


def functions_of(patch: str) -> dict[str, str]:
    code, found = verdict_of(patch)
    ends = {
        one["function"]: one["verdict"]
        for file in found["patches"][0]["files"]
        for one in file["functions"]
    }
    assert code == {"changes nothing": 0, "changes something": 1}.get(found["verdict"], 2)
    return ends


def test_what_is_written_otherwise_and_does_the_same_is_proved() -> None:
    assert functions_of(EQUAL) == {"copy_process": "the same"}
    assert "copy_process() does the same as before, proved" in run(EQUAL).output


def test_a_difference_is_shown_at_its_line() -> None:
    assert functions_of(WEAKER) == {"copy_process": "different"}
    lines = run(WEAKER).output.splitlines()
    assert "  At:     kernel/fork.c:22" in lines
    assert "          if (flags >= LIMIT && !allowed(21))" in lines
    assert lines[1] == "changes something: copy_process()"


def test_what_stands_in_no_function_is_not_passed_over() -> None:
    assert functions_of(diff(("LIMIT 7", "LIMIT 9"))) == {"copy_process": "different"}
    assert functions_of(diff(("LIMIT 7", "LIMIT (6 + 1)"))) == {"copy_process": "the same"}
    code, found = verdict_of(diff(("{ 1, 2, 3 }", "{ 1, 4, 3 }")))
    assert (code, found["patches"][0]["files"][0]["open"]) == (2, ["table is set up otherwise"])


@pytest.mark.parametrize(
    ("edit", "ends"),
    [
        (("MOST HIGHEST", "MOST (HIGHEST - 1)"), {"too_many": "different"}),
        (("flags > MOST", "MOST < flags"), {"too_many": "the same"}),
        (("int one;", "int one; int two;"), {}),
    ],
)
def test_a_header_reaches_the_files_that_include_it(
    edit: tuple[str, str], ends: dict[str, str]
) -> None:
    assert functions_of(diff(edit, path="include/linux/bounds_of.h")) == ends


def test_a_header_is_followed_through_others() -> None:
    """No file that is read names HIGHEST: an inline of another header does, by its macro."""
    edit = diff(("100", "99"), path="include/linux/limits_of.h")
    assert functions_of(edit) == {"too_many": "different"}


def test_what_the_configuration_leaves_out_is_read_with_its_option_set() -> None:
    code, found = verdict_of(diff(("task->flags |= 1;", "task->flags |= 2;")))
    patch = found["patches"][0]
    assert code == 1 and patch["files"][0]["open"] == []
    assert any("is read with CONFIG_NOWHERE set" in told for told in patch["assumed"])
    code, found = verdict_of(diff(("task->flags |= 1;", "task->flags = task->flags | 1;")))
    assert code == 0


def test_what_no_option_reads_could_not_be_told() -> None:
    lines = "#ifdef CONFIG_NOWHERE\n\ttask->flags |= 1;", "#if 0\n\ttask->flags |= 1;"
    _, found = verdict_of(diff((lines[0], lines[1].replace("1;", "2;"))))
    opened = found["patches"][0]["files"][0]["open"]
    assert opened == ["line 25 after is left out by this configuration"]


def test_a_comment_or_a_new_helper_alone_changes_nothing() -> None:
    assert functions_of(diff(("\tif (error", "\t/* as ever */\n\tif (error"))) == {}
    added = diff(
        ("static int helper", "static int more(void)\n{\n\treturn 1;\n}\n\nstatic int helper")
    )
    code, found = verdict_of(added)
    assert (code, found["patches"][0]["files"][0]["new"]) == (0, ["more"])


def test_a_function_that_moves_is_compared_where_it_comes_to() -> None:
    """Its caller stands as it was: nothing else would tell."""
    probe = "int probe_it(void)\n{\n\treturn 0;\n}\n"
    goes = diff((probe, "int other;\n"), path="drivers/x/x.c")
    whole = "int copy_process(struct"
    comes = diff((whole, probe + "\n" + whole))
    changed = diff((whole, probe.replace("0", "1") + "\n" + whole))
    words = ("--function", "probe_it", "--function", "copy_process", "--format", "json")
    assert json.loads(run(goes + comes, *words).output)["verdict"] == "changes nothing"
    found = json.loads(run(goes + changed, *words).output)
    assert found["verdict"] == "could not tell"
    opened = [why for file in found["patches"][0]["files"] for why in file["open"]]
    assert opened == ["probe_it() comes from drivers/x/x.c and reads differently"]


@pytest.mark.parametrize("path", ["drivers/x/x.c", "Documentation/x.rst"])
def test_a_patch_elsewhere_is_set_aside(path: str) -> None:
    words = ("return 0;", "return 1;") if path.endswith(".c") else ("One", "Two")
    code, found = verdict_of(diff(words, path=path))
    assert code == 0 and found["patches"][0]["files"][0]["set_aside"]
    assert "changes nothing" in run(diff(words, path=path)).output


def test_a_file_of_another_architecture_counts_where_that_one_is_asked_for() -> None:
    patch = diff(("flags & 8", "flags & 16"), path="arch/arm64/kernel/process.c")
    assert "another architecture than x86_64" in run(patch).output
    done = run(patch, "--arch", "arm64")
    assert (done.return_value, "arch/arm64/kernel/process.c:4" in done.output) == (1, True)
    assert "the tree is built for arm64" in done.output


def test_a_file_that_reads_as_before_is_said_to() -> None:
    """Where no function that counts reads otherwise a stranger would ask if it was looked at."""
    output = run(diff(("int error =", "int  error ="))).output
    assert "set aside, what is looked at in it reads as before: kernel/fork.c" in output


def test_an_architecture_of_32_bits_is_said_not_to_be_read() -> None:
    told = "arm is not read: x86_64 and arm64 are, and no kernel of 32 bits."
    with pytest.raises(click.UsageError, match=re.escape(told)):
        review.main([tree(), "--arch", "arm"], standalone_mode=False)


@pytest.mark.parametrize(("option", "code"), [("X86_32", 2), ("X86_64", 0)])
def test_a_tree_configured_for_another_architecture_is_not_read(
    tmp_path: Path, option: str, code: int
) -> None:
    """Its own headers and those options do not go together: nothing is proved of that."""
    (lay(tmp_path) / ".config").write_text(f"CONFIG_{option}=y\n")
    done = CliRunner().invoke(review, [str(tmp_path)], EQUAL, standalone_mode=False)
    assert (done.return_value, "sets no CONFIG_X86_64" in done.output) == (code, code == 2)


def test_calls_are_not_run_for_another_architecture() -> None:
    words = [tree(), "--arch", "arm64"]
    done = CliRunner().invoke(review, words, WEAKER, standalone_mode=False)
    assert "calls are run on the C of x86_64 alone" in done.output


def test_a_series_is_told_patch_by_patch_and_as_a_whole() -> None:
    """Two patches that differ, but not together."""
    back = diff(("flags >= LIMIT", "flags > LIMIT"), text=FORK.replace("> LIMIT", ">= LIMIT"))
    box = mail("[PATCH 2/2] back", back) + mail("[PATCH 1/2] there", WEAKER)
    code, found = verdict_of(box)
    ends = [one["verdict"] for one in found["patches"]]
    assert (code, ends) == (1, ["changes something"] * 2)
    assert found["whole"]["verdict"] == "changes nothing"
    assert [one["title"] for one in found["patches"]] == ["[1/2] there", "[2/2] back"]
    assert run(box, "--series").return_value == 0


def test_a_tree_that_has_the_patch_is_compared_without_it() -> None:
    undone = diff(("flags > LIMIT", "flags >= LIMIT"))
    turned = diff(("flags >= LIMIT", "flags > LIMIT"), text=FORK.replace("> LIMIT", ">= LIMIT"))
    code, found = verdict_of(turned)
    assert code == 1 and undone
    assert found["patches"][0]["told"] == [
        "the tree has the patch: compared is the tree without it"
    ]


@pytest.mark.parametrize(
    ("patch", "says"),
    [
        (REFUSED, "kernel/fork.c: hunk 1 of 1 does not apply"),
        ("", "no patch in it"),
        (WEAKER.replace("@@ -", "@@ -x"), "line 3 of the patch is no header of a hunk"),
    ],
)
def test_what_cannot_be_read_is_one_line(patch: str, says: str) -> None:
    done = CliRunner().invoke(review, [tree()], patch, standalone_mode=False)
    assert isinstance(done.exception, Problem)
    assert done.exception.code == 3 and str(done.exception).startswith(says)


def test_all_reports_say_the_same() -> None:
    lines = run(WEAKER, "--format", "checkpatch").output.splitlines()
    assert lines[0].startswith("kernel/fork.c:22: WARNING:CHANGES: copy_process() changes: ")
    assert run(EQUAL, "--format", "checkpatch").output == "\n"
    (check,) = json.loads(run(WEAKER, "--format", "b4").output)
    assert set(check) == {"tool", "status", "summary", "url", "details"}
    assert check["status"] == "warn"
    assert json.loads(run(EQUAL, "--format", "b4").output)[0]["status"] == "pass"
    log = json.loads(run(WEAKER, "--format", "sarif").output)
    (result,) = log["runs"][0]["results"]
    place = result["locations"][0]["physicalLocation"]
    assert place["region"]["startLine"] == 22 and result["partialFingerprints"]
    assert json.loads(run(EQUAL, "--format", "sarif").output)["runs"][0]["results"] == []
    ktap = run(WEAKER, "--format", "ktap").output.splitlines()
    assert ktap[:2] == ["KTAP version 1", "1..1"] and ktap[-1] == "not ok 1 kernel/fork.c"
    assert "  not ok 1 kernel/fork.c:copy_process" in ktap
    assert run(EQUAL, "--format", "ktap").output.splitlines()[-1] == "ok 1 kernel/fork.c"


def test_a_range_of_commits_is_reviewed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLONEPROOF_KERNELS", str(tmp_path / "kernels"))
    lay(tmp_path / "tree")
    git(tmp_path / "tree", "init", "-q")
    git(tmp_path / "tree", "add", ".")
    git(tmp_path / "tree", "commit", "-q", "-m", "all")
    file = tmp_path / "tree/kernel/fork.c"
    file.write_text(FORK.replace("flags > LIMIT &&", "flags >= LIMIT &&"))
    git(tmp_path / "tree", "commit", "-q", "-a", "-m", "weaker")
    words = ["HEAD~1..HEAD", "-C", str(tmp_path / "tree"), "--no-calls"]
    done = CliRunner().invoke(review, words, standalone_mode=False)
    assert (done.return_value, done.exception) == (1, None)
    assert done.output.splitlines()[:2] == ["weaker", "changes something: copy_process()"]
    assert "  At:     kernel/fork.c:22" in done.output


def test_where_some_of_a_change_is_left_out_it_is_not_called_nothing() -> None:
    (patch,) = series_of(EQUAL.encode()).patches
    whole = patched(Folder(Path(tree())), patch)
    ends = [review_of(one, Options()).verdict for one in (whole, replace(whole, whole=False))]
    assert ends == [NOTHING, UNTOLD]


@pytest.mark.parametrize(("ends", "says"), [
    (("EINVAL", "EINVAL"), "fork(): -EINVAL on both, whatever copy_signal() returns"),
    (("success", "success"), "fork(): success on both"),
    (("EINVAL", "ENOMEM"), "fork(): -EINVAL before, -ENOMEM after"),
    ((), "fork(): "),
])
def test_a_call_that_fails_alike_whatever_the_function_does_says_so(
    ends: tuple[str, ...], says: str
) -> None:
    one = ShownCall(FAILS, "copy_signal", {}, ends)
    assert call_line(one) == says
    assert one.hidden is ("whatever" in says)


def test_a_call_that_fails_alike_is_shown_only_where_no_other_is() -> None:
    alike, other = (ShownCall(FAILS, "copy_signal", {}, ("EINVAL", end)) for end in ("EINVAL", "0"))
    assert telling([alike, other]) == [other]
    assert telling([alike]) == [alike]


@pytest.mark.parametrize("stopped", [False, True])
def test_nothing_is_left_in_the_folder_for_what_is_made_for_a_while(
    tmp_path: Path, stopped: bool
) -> None:
    scratch, patch = tmp_path / "scratch", tmp_path / "patch"
    scratch.mkdir()
    patch.write_text(WEAKER)
    begun = subprocess.Popen(
        [sys.executable, "-m", "command", "review", tree(), str(patch), "--no-calls"],
        env=os.environ | {"TMPDIR": str(scratch)}, stdout=subprocess.DEVNULL,
    )
    while stopped and not any(scratch.iterdir()) and begun.poll() is None:
        time.sleep(0.01)
    if stopped:
        begun.terminate()
    assert begun.wait(timeout=60) == (143 if stopped else 1)
    assert list(scratch.iterdir()) == []
