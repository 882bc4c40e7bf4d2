"""Reproducers: they compile, and say on the running kernel what replaying says."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from checker.calls.counterexample import Counterexample
from kernels.machines import live
from kernels.machines.place import revision_for
from kernels.replay.answer import ReplayAnswer
from kernels.replay.calls import replay
from kernels.replay.reproduce import program as programs
from kernels.replay.reproduce.collected import CannotWrite
from kernels.replay.reproduce.program import program
from model.algebra import both, either
from model.call import Call
from model.evaluate import Outcome
from model.kernel import Kernel
from model.new_namespaces import Ns
from model.request import Entry
from model.revisions import REVISIONS
from model.words import (
    CLEAR_SIGHAND,
    NEWIPC,
    NEWPID,
    NEWTIME,
    NEWUSER,
    PARENT,
    PARENT_SETTID,
    PIDFD,
    sigmask,
)
from properties.catalogue import by_id
from properties.claim import Claim

V618 = REVISIONS["v6.18"].kernel
PASS, FAIL, SKIP = 0, 1, 4
CONFIRMED = {
    FAIL: ReplayAnswer.CONFIRMED,
    PASS: ReplayAnswer.REFUTED,
    SKIP: ReplayAnswer.NOT_REPLAYABLE,
}


def _entry(entry: Entry, **values: Any) -> dict[str, Any]:
    return {"request.entry": int(entry)} | {
        name.replace("__", "."): value for name, value in values.items()
    }


SHOWN: dict[str, dict[str, Any]] = {
    "D08c": _entry(Entry.CLONE, request__flags=NEWUSER | PARENT),
    "D35a": _entry(Entry.CLONE3, request__flags=PARENT, request__exit_signal=1),
    "D34": _entry(
        Entry.CLONE3,
        request__flags=CLEAR_SIGHAND,
        current__sighand__caught=sigmask(1),
    ),
    "P49f": _entry(Entry.UNSHARE, request__flags=NEWIPC)
    | {
        "current.real_cred.cap_effective": 1 << 21,
        "current.signal.nr_threads": 2,
        "current.sighand.count": 2,
        "current.mm_users": 2,
    },
    "P10": _entry(Entry.CLONE, request__flags=0x42),
    "D43n": {
        "current.real_cred.user_ns.level": 1,
        "current.real_cred.ucounts.nproc_parent": 33,
        "current.signal.rlim_nproc": 2,
    },
}


def _found(identity: str, values: dict[str, Any], kernel: Kernel = V618) -> Counterexample:
    return Counterexample(identity, kernel, values, minimal=True)


@pytest.fixture(scope="module")
def compiler() -> str:
    found = shutil.which("gcc")
    if not found:
        pytest.skip("no gcc")
    return found


def _built(text: str, compiler: str, folder: Path) -> Path:
    source, target = folder / "program.c", folder / "program"
    source.write_text(text)
    flags = ["-static", "-O1", "-Wall", "-Werror"]
    subprocess.run([compiler, *flags, "-o", str(target), str(source)], check=True)
    return target


@pytest.mark.parametrize("identity", SHOWN)
def test_a_program_says_what_replaying_says(
    identity: str, compiler: str, tmp_path: Path
) -> None:
    reason = live.can_run()
    if reason:
        pytest.skip(reason)
    kernel = revision_for(platform.release())[0].kernel
    found = _found(identity, SHOWN[identity], kernel)
    replayed = replay([found], "running")[0]
    if replayed.answer is ReplayAnswer.NOT_REPLAYABLE:
        pytest.skip(replayed.reason)
    target = _built(program(found, kernel), compiler, tmp_path)
    done = subprocess.run([target], capture_output=True, text=True, timeout=30, check=False)
    assert CONFIRMED[done.returncode] is replayed.answer, done.stdout
    assert done.stdout.startswith("TAP version 13\n1..1\n")
    assert done.stdout.splitlines()[-1].startswith("not ok 1 ")


def _the_caller_keeps_its_place(_call: Call, outcome: Outcome) -> Claim:
    """What unshare() leaves alone, and two links that it changes."""
    after = outcome.after
    stays = both(outcome.ok, after.pid_ns == int(Ns.SAME))
    links = (after.ipc_ns, after.time_ns_for_children)
    return Claim(stays, either(*(link == int(Ns.SAME) for link in links)))


IPC, PID, TIME = "CLONE_NEWIPC", "CLONE_NEWPID", "0x80 /* CLONE_NEWTIME */"


@pytest.mark.parametrize(
    ("made", "code"), [((IPC, PID, TIME), FAIL), ((IPC, PID), PASS), ((PID, TIME), PASS)]
)
def test_the_links_of_a_caller_without_a_child_are_held_against_those_before(
    made: tuple[str, ...], code: int, compiler: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Several are remembered side by side; a call that changes fewer is not as told."""
    reason = live.can_run()
    if reason:
        pytest.skip(reason)
    prop = replace(by_id("P49f"), statement=_the_caller_keeps_its_place)
    monkeypatch.setattr(programs, "by_id", lambda _identity: prop)
    kernel = revision_for(platform.release())[0].kernel
    values = _entry(Entry.UNSHARE, request__flags=NEWIPC | NEWTIME | NEWPID)
    values["current.real_cred.cap_effective"] = 1 << 21
    text = program(_found("P49f", values, kernel), kernel)
    whole = " | ".join((IPC, PID, TIME))
    assert whole in text
    target = _built(text.replace(whole, " | ".join(made)), compiler, tmp_path)
    done = subprocess.run([target], capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode == code, done.stdout


def test_a_program_for_another_kernel_does_not_say_confirmed(
    compiler: str, tmp_path: Path
) -> None:
    """v5.4 let clone3 store pidfd and pid in one place; nothing after v5.10 does."""
    reason = live.can_run()
    if reason:
        pytest.skip(reason)
    values = _entry(
        Entry.CLONE3,
        request__flags=PIDFD | PARENT_SETTID,
        request__pidfd=0x1000,
        request__parent_tid=0x1000,
    )
    old = _found("P12", values, REVISIONS["v5.4"].kernel)
    target = _built(program(old, old.kernel), compiler, tmp_path)
    done = subprocess.run([target], capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode == PASS
    assert done.stdout.splitlines()[-1].startswith("ok 1 ")


@pytest.mark.parametrize("kernel", ["v6.1", "v6.17"])
def test_the_headline_can_be_written_and_compiled(
    kernel: str, compiler: str, tmp_path: Path
) -> None:
    values = _entry(Entry.VHOST_SET_OWNER, current__signal__rlim_nproc=0)
    values |= {"request.fork_owner": False} if kernel == "v6.17" else {}
    text = program(_found("V01p", values, REVISIONS[kernel].kernel), REVISIONS[kernel].kernel)
    assert "VHOST_SET_OWNER" in text
    assert ("open_devices(0)" in text) == (kernel == "v6.17")
    _built(text, compiler, tmp_path)


def test_the_comment_on_top_says_property_kernel_and_call() -> None:
    text = program(_found("D08c", SHOWN["D08c"]), V618)
    head = text.partition("#define _GNU_SOURCE")[0]
    assert head.startswith("// SPDX-License-Identifier: GPL-2.0\n/*\n * D08c: ")
    assert "does not hold on v6.18" in head
    assert "calls clone(CLONE_PARENT|CLONE_NEWUSER)" in head


@pytest.mark.parametrize(
    ("identity", "values", "reason"),
    [
        ("O01", {"current.overridden": True, "current.cred.uid": 0}, "internal caller"),
        ("D22a", _entry(Entry.CLONE, request__flags=NEWUSER, chance__fails=7), "chance"),
        ("S11f", _entry(Entry.VHOST_SET_OWNER), "with and without a patch"),
        ("V02", _entry(Entry.VHOST_SET_OWNER, request__fork_owner=False), "no system call"),
        ("D52w", _entry(Entry.UNSHARE, request__flags=0x400), "cannot be seen: files_copied"),
    ],
)
def test_what_cannot_be_written_is_refused_in_one_line(
    identity: str, values: dict[str, Any], reason: str
) -> None:
    with pytest.raises(CannotWrite) as refused:
        program(_found(identity, values), V618)
    assert reason in str(refused.value)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("name", SHOWN)
def test_the_kernels_checkpatch_has_nothing_to_say_of_them(name: str, tmp_path: Path) -> None:
    script = Path(os.environ.get("CLONEPROOF_LINUX", "no tree")) / "scripts" / "checkpatch.pl"
    if not script.is_file():
        pytest.skip("CLONEPROOF_LINUX names no kernel tree")
    (tmp_path / "r.c").write_text(program(_found(name, SHOWN[name]), V618), encoding="utf-8")
    done = subprocess.run([str(script), "--no-tree", "--strict", "-f", "r.c"], cwd=tmp_path,
                          capture_output=True, text=True, check=False)
    assert "0 errors, 0 warnings, 0 checks" in done.stdout, done.stdout
