"""The page's modules, run by node where it is there: they say what the tool says."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from checker.calls.documents import from_document, leaves_by_path
from checker.calls.kernel_names import kernel_named
from checker.ground.problems import Problem
from checker.strace.facts import told
from checker.strace.lines import call_in
from model.over_time.catalogue import SYSTEMS
from model.over_time.step import Machine
from model.read_where import means_nothing
from model.records import values_of
from model.revisions import REVISIONS
from page.kernels import bits
from tests.page.drawn import drawn, told_value
from tests.page.known import model, walked

NODE = shutil.which("node")
CHECK = Path(__file__).with_name("check.mjs")
pytestmark = pytest.mark.skipif(NODE is None, reason="node is not installed")

NAMES = (
    "v6.12", "6.8", "v6.4-rc5", "v6.4-rc3", "v5.7-rc5", "v6.1.55", "v6.1.200", "v5.15.12",
    "v5.15.27", "v6.1.129", "v6.12.20", "v5.16.13",
    "6.1.y", "linux-5.15.y", "v6.1+KILL_SEQ", "v6.4-fd37b884003c", "v6.3-rc1", "series-4",
    "6.8.0-58-generic", "6.1.0-18-amd64", "6.1.0-60-amd64", "6.12.120+deb13-amd64",
    "5.10.0-28-amd64", "5.15.167.4-microsoft-standard-WSL2", "6.6.87.2-1-lts",
    "6.11.4-301.fc41.x86_64",
    "5.15.0-125-generic", "5.15.158-2-pve", "6.11.10-amd64", "6.9.3-76060903-generic",
    "6.9.1-1.el9.elrepo.x86_64", "5.15.164-22937-gea1ba8e12345", "5.14.21-150500.55-default",
    "4.12.14-122.225-default", "6.10.14-linuxkit", "5.10.103-v7l+",
    "5.14.0-427.el9.x86_64", "4.18.0-553.el8_10.x86_64", "4.18.0-200.el8", "3.10.0-1160.el7.x86_64",
    "6.12.0-55.24.1.el10_0.x86_64", "6.18.44-fc-v769", "v6.9-rc7-123-gabcdef0", "7.0.2-arch1-1",
    "v3.10", "v7.3", "v9.9", "v2.6.32", "nonsense", "v6.1+NONSENSE", "v5.10+KILL_SEQ_OF_TARGET",
    "debian-6.1.192", "v6.12-PIDFD_POINTER_CHECK",
)
LINES = (
    "unshare(CLONE_NEWUSER) = -1 EPERM (Operation not permitted)",
    "[pid  1942] unshare(CLONE_NEWNS|CLONE_FS) = 0",
    "12:00:01.123456 fork() = 1943",
    "vfork() = 77",
    "clone(child_stack=NULL, flags=CLONE_CHILD_CLEARTID|CLONE_CHILD_SETTID|SIGCHLD, "
    "child_tidptr=0x7f2b3c4d5e6f) = 1234",
    "clone3({flags=CLONE_NEWUSER|CLONE_FS, exit_signal=SIGCHLD, stack=NULL, stack_size=0}, 88) "
    "= -1 EINVAL (Invalid argument)",
    "clone3({flags=CLONE_VM|CLONE_VFORK|CLONE_CLEAR_SIGHAND, exit_signal=SIGCHLD, "
    "stack=0x7f0000000000, stack_size=0x9000}, 88) = 4242",
    "clone3({flags=CLONE_NEWPID, exit_signal=SIGCHLD, set_tid=[1, 77], set_tid_size=2}, 80) = 5",
)


def _checked(**given: Any) -> int:
    """Return how much was compared; fail with the first that differ."""
    assert NODE is not None
    asked = json.dumps({"document": {**model(), "verdicts": {}, "decided_on": []}, **given})
    done = subprocess.run(
        [NODE, str(CHECK)], input=asked, capture_output=True, text=True, timeout=600, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    found = json.loads(done.stdout)
    assert found["count"] == 0, json.dumps(found["wrong"])[:3000]
    compared: int = found["compared"]
    return compared


def _of_kernel(name: str) -> str | None:
    try:
        return bits(kernel_named(name).patches())
    except Problem:
        return None


def test_random_calls_are_answered_and_linked() -> None:
    """Each answer is that of ``predict``, and each call comes back from its own link."""
    calls = list(drawn(336, 8, seed=11))
    assert _checked(calls=calls) == 2 * len(calls)


def test_facts_that_mean_nothing_on_a_kernel_are_known() -> None:
    """As the notes of ``predict`` say it."""
    asked = []
    for name in ("v5.4", "v6.4", "debian-6.12.117"):
        kernel = REVISIONS[name].kernel
        for leaf in leaves_by_path().values():
            value = not leaf.default if leaf.width == 0 else 1 if leaf.default != 1 else 2
            nothing = [leaf.path] if means_nothing(kernel, leaf.path, value) else []
            facts = {leaf.path: told_value(value)}
            asked.append({"bits": bits(kernel.patches()), "facts": facts, "silent": nothing})
    assert _checked(silent=asked) == len(asked)


def test_an_answer_that_is_not_the_tools_is_noticed() -> None:
    """The comparison fails where one answer is another."""
    call = next(iter(drawn(1, 1, seed=11)))
    call["answer"] = {**call["answer"], "errno": "ENODEV"}
    with pytest.raises(AssertionError, match="ENODEV"):
        _checked(calls=[call])


def test_kernels_are_known_by_the_same_names() -> None:
    """Releases, candidates, point releases, sets and what uname says; and what is no name."""
    asked = [{"name": name, "bits": _of_kernel(name)} for name in NAMES]
    assert {one["bits"] is None for one in asked} == {True, False}
    assert _checked(kernels=asked) == len(NAMES)


def test_lines_of_strace_are_read_alike() -> None:
    """A pasted line fills in what ``why`` reads in it."""
    known = leaves_by_path()
    asked = []
    for line in LINES:
        facts = sorted(from_document(told(call_in(line)).given).items())
        due = {path: told_value(v) for path, v in facts if v != known[path].default}
        asked.append({"line": line, "facts": due})
    assert _checked(lines=asked) == len(LINES)


@pytest.mark.parametrize("name", ["de_thread", "accounts", "exec_ids", "vhost_worker"])
def test_histories_go_on_as_in_the_model(name: str) -> None:
    """The beginning, and from random states the steps that can be taken, and where they lead."""
    asked: list[dict[str, Any]] = []
    for revision in ("v5.4", "v6.4", "v7.1"):
        kernel = REVISIONS[revision].kernel
        patches = bits(kernel.patches())
        begin = SYSTEMS[name].start(Machine(kernel))
        asked.append({"system": name, "bits": patches, "state": None, "moves": _told(begin)})
        for state, moves in walked(name, kernel, 15, seed=4):
            able = [[step.name, _told(move.then)] for step, move in moves.items() if move.when]
            asked.append({"system": name, "bits": patches, "state": _told(state), "moves": able})
    assert _checked(steps=asked) == len(asked)


def _told(state: Any) -> list[Any]:
    return [told_value(value) for _path, value in values_of(state)]


def test_the_nearest_accepted_call_is_accepted() -> None:
    """And as near as can be where that is known: one flag less, or one fact else.

    Facts that do not go together are made to, and stay as they are given.
    """
    kernel = bits(REVISIONS["v6.12"].patches)
    asked = [
        {"bits": kernel, "moves": moves, "facts": facts}
        for moves, facts in (
            (1, {"request.entry": "3", "request.flags": str(0x10000200)}),
            (1, {"request.entry": "12", "request.flags": str(0x00020000)}),
            (1, {"request.entry": "11", "current.signal.rlim_nproc": "0"}),
            (2, {"current.signal.nr_threads": "4"}),
        )
    ]
    assert _checked(nearest=asked) == 2 * len(asked)
