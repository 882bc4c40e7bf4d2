"""Statements in a file of one's own are decided as ours are; what is wrong there has its line."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from checker.ground import problems

ROOT = Path(__file__).parents[2]

HEAD = """\
from model.algebra import has
from model.over_time import vhost_worker
from model.words import FS, NEWPID, NEWUSER
from properties.claim import Claim, claims, fails, holds
from properties.over_time.claim import invariant

"""
TRUE = HEAD + """
@claims("X1", source="mine", expect=holds())
def a_new_user_namespace_has_a_root_of_its_own(call, outcome):
    return Claim(has(call.args.flags, NEWUSER | FS), outcome.errno != 0)


@claims("X2", source="mine", expect=fails(), truth="X1")
def no_pid_namespace_is_ever_made(call, outcome):
    return Claim(has(call.args.flags, NEWPID), outcome.errno != 0)


@invariant("X3", of=vhost_worker.SYSTEM, source="mine", expect=holds())
def a_state_is_itself(kernel, state):
    return Claim(state == state, True)
"""


def run(folder: Path, text: str, *words: str) -> subprocess.CompletedProcess[str]:
    """Run a verb on a file ``mine.py`` with this text; for none it is not there."""
    if text:
        (folder / "mine.py").write_text(text)
    return subprocess.run(
        [sys.executable, "-m", "command", *words, "--properties", "mine.py"],
        cwd=folder, env={"PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=False,
    )


def test_they_are_decided_beside_ours(tmp_path: Path) -> None:
    made = run(tmp_path, TRUE, "verify", "-k", "v6.12", "--save", "out", "--format", "json")
    results = {one["property"]: one["verdict"] for one in json.loads(made.stdout)["results"]}
    assert (made.returncode, made.stderr) == (problems.AS_EXPECTED, "")
    assert results == {"X1": "PROVED", "X2": "REFUTED", "X3": "PROVED"}
    named = run(tmp_path, TRUE, "verify", "X1", "P02", "-k", "v6.12", "--format", "json")
    assert [one["property"] for one in json.loads(named.stdout)["results"]] == ["P02", "X1"]
    for only, those in (("calls", ["X1", "X2"]), ("histories", ["X3"])):
        half = run(tmp_path, TRUE, "verify", "--only", only, "-k", "v6.12", "--format", "json")
        assert [one["property"] for one in json.loads(half.stdout)["results"]] == those
    told = run(tmp_path, TRUE, "explain", "out/X2@v6.12.json")
    assert "is broken by this call" in told.stdout
    assert "declared in statements_of_ones_own" in run(tmp_path, TRUE, "show", "X1").stdout
    assert len(run(tmp_path, TRUE, "list").stdout.splitlines()) == 2 * 3


def test_a_verdict_that_is_not_the_declared_one_fails(tmp_path: Path) -> None:
    wrong = TRUE.replace("expect=fails(), truth", "expect=holds(), truth")
    assert run(tmp_path, wrong, "verify", "X2", "-k", "v6.12").returncode == problems.BROKEN


DECLARED = '@claims("X9", source="mine", expect=holds())\ndef it_holds_of_mine(call, outcome):\n'
WRONG = {
    "no Python": ("x = (\n", "mine.py:1: '(' was never closed"),
    "no such name": ("x = 1\ny = z\n", "mine.py:2: NameError: name 'z' is not defined"),
    "nothing declared": ("x = 1\n", "mine.py declares no statement"),
    "a known id": (HEAD + DECLARED.replace("X9", "P02") + "    return Claim(True, True)\n",
                   "mine.py:7: property id P02 is declared twice"),
    "no answer": (HEAD + DECLARED + "    Claim(True, True)\n", "mine.py:7: it_holds_of_mine()"),
    "plain Python": (HEAD + DECLARED + "    return Claim(call.args.flags == 1 and True, True)\n",
                     "mine.py:9: "),
    "fails": (HEAD + DECLARED + "    return Claim({}['x'], True)\n", "mine.py:9: KeyError: 'x'"),
    "no such fact": (HEAD + DECLARED + "    return Claim(call.falgs, True)\n",
                     "mine.py:9: AttributeError"),
}


@pytest.mark.parametrize("what", WRONG)
def test_what_is_wrong_is_one_line_with_its_place(what: str, tmp_path: Path) -> None:
    text, says = WRONG[what]
    made = run(tmp_path, text, "verify", "-k", "v6.12")
    assert made.returncode == problems.USAGE, made.stderr
    assert len(made.stderr.splitlines()) == 1
    assert made.stderr.startswith(f"cloneproof: {says}")


def test_a_file_that_is_not_there_is_one_line(tmp_path: Path) -> None:
    made = run(tmp_path, "", "verify")
    assert made.returncode == problems.USAGE
    assert made.stderr == "cloneproof: cannot read mine.py: No such file or directory\n"


def test_a_half_of_which_nothing_is_declared_is_no_pass(tmp_path: Path) -> None:
    calls = TRUE.partition("@invariant")[0]
    done = run(tmp_path, calls, "verify", "--only", "histories")
    assert done.returncode == problems.USAGE
    assert "mine.py declares no statement of histories" in done.stderr
