"""``cloneproof run``: steps from wherever they come, told as text and as JSON."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from checker.ground import problems
from command.schemas import RUN
from tests.command.test_cli import ROOT, refused, run

OPENS = ["the owner opens the device", "the owners group gets SIGKILL"]
ENDS = "\n".join(
    (
        "on v6.12, a vhost device, its owner and its worker, to the end:",
        "  system vhost_worker: one owner, one worker, one other holder of the file",
        "  1. the owner opens the device    [drivers/vhost/vhost.c:vhost_dev_set_owner]",
    )
)


def _read(*args: str, given: str = "") -> dict[str, object]:
    done = run("run", *args, "--format", "json", given=given)
    found: dict[str, object] = json.loads(done.stdout)
    assert Draft202012Validator(RUN).is_valid(found), found
    return found


@pytest.mark.parametrize("how", ["arguments", "file", "saved", "stdin"])
def test_steps_come_from_anywhere_and_do_the_same(how: str, tmp_path: Path) -> None:
    path = tmp_path / "steps"
    saved = {"system": "vhost_worker", "kernel": "v6.4", "call": {"history": OPENS}}
    path.write_text(json.dumps(saved) if how == "saved" else "# mine\n" + "; ".join(OPENS))
    args = {"arguments": OPENS, "file": [str(path)], "saved": [str(path)], "stdin": []}[how]
    which = [] if how == "saved" else ["--system", "vhost_worker", "-k", "v6.4"]
    found = _read(*args, *which, given="\n".join(OPENS) if how == "stdin" else "")
    assert found["kernel"] == "v6.4"
    assert found["call"] == {"history": OPENS}
    assert [one["fact"] for one in found["steps"][1]["changes"]] == ["killed", "sent", "pending"]  # type: ignore[index]


def test_text_tells_each_step_and_only_what_changes() -> None:
    done = run("run", "--system", "vhost_worker", OPENS[0], "-k", "v6.12")
    assert done.stdout.startswith(ENDS)
    assert "       run: none → running\n" in done.stdout
    assert done.returncode == problems.AS_EXPECTED


def test_a_step_that_cannot_be_taken_ends_the_history() -> None:
    done = run("run", "--system", "suspend", "the release is over; suspend", "-k", "v6.12")
    assert done.returncode == problems.BROKEN
    assert "cannot be taken: it needs" in done.stdout
    assert done.stderr == "1 step after it not taken\n"


def test_what_may_come_next_is_told_with_why_others_may_not() -> None:
    found = _read("--system", "suspend", "--next")
    told = {one["step"]: one for one in found["next"]}  # type: ignore[attr-defined]
    assert told["the machine is to suspend"]["taken"]
    closes = told["the other process closes the file"]
    assert (closes["taken"], closes["needs"]) == (False, ["passed = yes (it is no)"])


def test_system_calls_are_told_with_the_rule_that_refuses() -> None:
    done = run("run", "unshare CLONE_NEWPID; fork; exit child; fork")
    refuses = (
        "  4. task 1: fork → -ENOMEM: pid namespace has lost its init"
        "    [kernel/pid.c:alloc_pid]"
    )
    assert refuses in done.stdout.splitlines()
    assert done.returncode == problems.AS_EXPECTED


def test_system_calls_are_told_as_json() -> None:
    found = _read("--uid", "1000", "setrlimit 1; fork; 7: fork", "--next")
    assert found["system"] == "processes"
    ends = [(one["taken"], one.get("errno")) for one in found["steps"]]  # type: ignore[attr-defined]
    assert ends == [(True, None), (True, "EAGAIN"), (False, None)]
    told = {one["step"]: one.get("errno") for one in found["next"]}  # type: ignore[attr-defined]
    assert (told["unshare CLONE_NEWPID"], told["wait"], told["exit"]) == ("EPERM", "ECHILD", None)


def test_calls_as_json_can_be_run_again(tmp_path: Path) -> None:
    kept = tmp_path / "mine.json"
    kept.write_text(json.dumps(_read("vfork; 2: execve; 1: fork", "-k", "v6.1")))
    again = _read(str(kept))
    assert again == json.loads(kept.read_text())


def _on_a_terminal(typed: str, *args: str) -> str:
    """Return what is answered to somebody who types at a terminal."""
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "command", "run", "-k", "v6.12", *args]
    with subprocess.Popen(command, stdin=theirs, stdout=subprocess.PIPE, text=True, cwd=ROOT,
                          stderr=subprocess.DEVNULL) as running:
        os.write(ours, typed.encode())
        said, _ = running.communicate(timeout=60)
    os.close(ours)
    os.close(theirs)
    return said


def test_on_a_terminal_calls_are_asked_for_one_by_one() -> None:
    said = _on_a_terminal("fork\nfly\nsetuid\n\n2: exit\n\x04")
    assert "  1. task 1: fork\n" in said
    assert "what typical calls would come to next:" in said
    assert "  2. task 2: exit\n" in said


def test_on_a_terminal_steps_of_a_system_are_asked_for_one_by_one() -> None:
    said = _on_a_terminal("suspend\nthe release is over\nfly\n\n\x04", "--system", "suspend")
    assert "  1. the machine is to suspend" in said
    assert "cannot be taken: it needs" in said
    assert "what may come next" in said


def test_several_systems_with_the_steps_are_named() -> None:
    assert "vhost_ownership" in run("run", *OPENS, "-k", "v6.4").stdout


@pytest.mark.parametrize(
    ("args", "given", "says"),
    [
        (("fly",), "", "unknown step 'fly'"),
        (("frok",), "", "unknown step 'frok'; did you mean fork?"),
        (("--system", "acounts", "fork"), "", "did you mean accounts?"),
        (("--system", "accounts", "thaw"), "", "accounts has no step 'thaw'"),
        ((), "", "no step was given"),
        (("fork", "-k", "v9"), "", "unknown kernel"),
        ((), '{"call": 3}', "standard input is no history"),
        (("--system", "processes", "the owner opens"), "", "unknown call"),
        (("unshare CLONE_NEWPIT",), "", "did you mean CLONE_NEWPID"),
        (("unshare -Urpf",), "", "CLONE_NEWUSER CLONE_NEWPID; its --fork is"),
        (("unshare --user --mount-proc",), "", "the call's flags are CLONE_NEWUSER CLONE_NEWNS"),
        (("setuid -5",), "", "a uid lies between"),
        (("x" * 5000,), "", "unknown step"),
        ((), "fork\n" * 2001, "at most 2000 are run"),
    ],
)
def test_bad_input_of_run_is_one_line(args: tuple[str, ...], given: str, says: str) -> None:
    refused("run", *args, given=given, says=says)
