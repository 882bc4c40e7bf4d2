"""``verify --all``, ``--next``, ``--exclude``, ``--set``, ``--assume`` as commands."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from checker.ground import problems
from command.schemas import EXPLORED
from tests.command.test_cli import refused, run


def test_all_ways_are_a_line_each_and_told_as_json(tmp_path: Path) -> None:
    told = run("verify", "P07", "-k", "v6.12", "--all", "--save", str(tmp_path))
    assert told.returncode == problems.AS_EXPECTED
    assert "these are all: proved" in " ".join(told.stdout.split())
    found = json.loads(run("verify", "P07", "-k", "v6.12", "--all", "--format", "json").stdout)
    assert Draft202012Validator(EXPLORED).is_valid(found)
    assert found[0]["complete"]
    assert len(found[0]["ways"]) == sum(1 for line in told.stdout.splitlines()
                                        if line.lstrip()[:1].isdigit())
    assert len(list(tmp_path.glob("P07@v6.12*.json"))) == len(found[0]["ways"])


def test_the_next_one_is_told_in_full_term_by_term() -> None:
    told = run("verify", "V01", "-k", "v6.12", "--next").stdout
    assert told.startswith("V01 on v6.12: REFUTED, 2 ways to break it so far\n  2. ")
    assert "the conclusion does not:" in told


def test_what_is_assumed_is_never_a_verdict(tmp_path: Path) -> None:
    """V01 is declared REFUTED; under an assumption that it holds under that is no surprise."""
    quiet = "current.real_cred.uid != 0 and current.real_cred.cap_effective == 0 " \
        "and not current.overridden"
    told = run("verify", "V01", "-k", "v6.12", "--assume", quiet)
    assert told.returncode == problems.AS_EXPECTED
    assert "PROVED" in told.stdout
    assert "not held against the declared verdict" in told.stdout


def test_a_statement_of_ones_own_is_explored(tmp_path: Path) -> None:
    mine = tmp_path / "mine.py"
    mine.write_text(
        "from model.algebra import has, no\nfrom model.words import VM\n"
        "from properties.claim import Claim, claims, fails\n\n\n"
        '@claims("X1", source="mine", expect=fails())\n'
        "def memory_is_never_shared(call, outcome):\n"
        '    """CLONE_VM does."""\n'
        "    return Claim(outcome.ok, no(has(call.args.flags, VM)))\n"
    )
    told = run("verify", "--properties", str(mine), "-k", "v6.12", "--next").stdout
    assert "  2. the call succeeds" in told
    assert "yes  has(call.args.flags, VM)    (call.args.flags is CLONE_VM" in told


def test_several_kernels_are_a_row_each() -> None:
    told = run("verify", "V01", "-k", "v6.1", "-k", "v6.12", "--set", "rlim_nproc=1").stdout
    assert [line.split()[0] for line in told.splitlines() if line.startswith("v6")] == [
        "v6.1", "v6.12"
    ]


def test_what_was_saved_loads_wherever_a_call_is_taken(tmp_path: Path) -> None:
    run("verify", "P07", "-k", "v6.12", "--all", "--save", str(tmp_path))
    for file in sorted(tmp_path.glob("*.json"))[:2]:
        told = run("explain", str(file)).stdout
        assert "so the property is broken by this call" in told
        answer = json.loads(run("predict", str(file)).stdout)
        assert (answer["kernel"], answer["errno"]) == ("v6.12", "0")
        elsewhere = json.loads(run("predict", str(file), "-k", "v6.1").stdout)
        assert elsewhere["kernel"] == "v6.1"


def test_histories_are_explored_too_and_each_is_saved(tmp_path: Path) -> None:
    words = ("verify", "P59f", "-k", "v6.12", "--all")
    told = run(*words, "--save", str(tmp_path))
    found = json.loads(run(*words, "--format", "json").stdout)
    assert Draft202012Validator(EXPLORED).is_valid(found)
    assert (found[0]["system"], found[0]["complete"]) == ("cgroup_freezer", True)
    files = sorted(tmp_path.glob("P59f@v6.12*.json"))
    assert len(files) == len(found[0]["ways"]) == 4
    assert "these are all" in told.stdout
    for file in files:
        assert "so the property is broken by this history" in run("explain", str(file)).stdout
        assert run("run", str(file)).returncode == problems.AS_EXPECTED


def test_a_history_without_a_step_may_keep_what_it_broke() -> None:
    step = "the process opens a vhost device"
    assert "PROVED" in run("verify", "P60", "-k", "v6.4", "--exclude", step).stdout


@pytest.mark.parametrize(("assumed", "says"), [
    ("vhost=none", "throughout: PROVED"),  # what breaks it is left out
    ("awaited<2", "throughout: REFUTED"),  # the history that breaks it is as assumed
    ("execve!=alone", "no history that is as assumed meets the premise: nothing was shown"),
    ("execve=begun", "no history begins so: nothing was shown"),
])
def test_what_is_assumed_of_histories_holds_in_each_state(assumed: str, says: str) -> None:
    told = " ".join(run("verify", "P60", "-k", "v6.4", "--assume", assumed).stdout.split())
    assert says in told.replace("where " + assumed + " ", "")


@pytest.mark.parametrize(
    ("args", "says"),
    [
        (("--all",), "name one property"),
        (("V01", "P02", "--next"), "name one property"),
        (("P60", "--assume", "ok"), "of histories --assume takes FACT=VALUE"),
        (("P59f", "--assume", "vhost=none"), "--assume leaves out steps, and would only take"),
        (("P60", "--exclude", "fly", "-k", "v6.4"), "de_thread has no step 'fly'"),
        (("P60", "--set", "limit=3", "-k", "v6.4"), "de_thread has no fact 'limit'"),
        (("P33f", "--set", "limit=x", "-k", "v6.4"), "limit cannot be 'x'"),
        (("V01", "--all", "--baseline", "x.json"), "leave it out"),
        (("V01", "--all", "--format", "junit"), "as table or json"),
        (("V01", "--set", "nproc"), "FACT=VALUE"),
        (("V01", "--exclude", "uidd"), "unknown fact"),
        (("V01", "--assume", "nonsense here"), "column"),
    ],
)
def test_bad_input_of_exploring_is_one_line(args: tuple[str, ...], says: str) -> None:
    refused("verify", *args, says=says)
