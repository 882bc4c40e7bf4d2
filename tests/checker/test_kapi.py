"""Specifications of KAPI: written, read back, held against kernels."""

from __future__ import annotations

import json
import os
import subprocess
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checker.calls.kernel_names import revision_named
from checker.ground.problems import Problem
from checker.kapi.facts import Facts
from checker.kapi.judged import MISSING, PROVED, REFUTED, UNKNOWN, Judged, judged
from checker.kapi.reading import Specified, read
from checker.kapi.specified import LONGEST, MOST_ERRORS, valid_mask
from checker.kapi.written import written
from model.call import Situation
from model.entries import ENTRIES
from model.kernel import Kernel
from model.predict import predict
from model.records import build
from model.request import Entry
from model.wellformed import well_formed
from model.words import Cap
from tests.calls import situations


def _kernel(name: str) -> Kernel:
    return revision_named(name).kernel


def _judged(file: Path, text: str, kernel: str = "v6.12") -> list[Judged]:
    file.write_text(text, encoding="utf-8")
    on = _kernel(kernel)
    return [verdict for one in read(file) for verdict in judged(one, Facts(on, one.entry))]


@pytest.fixture(scope="module")
def files() -> dict[str, str]:
    return written(_kernel("v6.12"))


@pytest.mark.parametrize("name", ["sys_clone3.json", "sys_setns.json", "kapi.c"])
def test_what_is_written_is_proved_line_by_line(
    name: str, files: dict[str, str], tmp_path: Path
) -> None:
    """Read back of JSON and of C: no line is refuted, and none is left out."""
    assert {one.verdict for one in _judged(tmp_path / name, files[name])} == {PROVED}


def test_both_forms_say_the_same(files: dict[str, str], tmp_path: Path) -> None:
    """The comments in C name the same errors, masks and capabilities as the JSON does."""
    for name, text in files.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    in_c = {one.entry: _said(one) for one in read(tmp_path / "kapi.c")}
    in_json = [one for file in tmp_path.glob("*.json") for one in read(file)]
    assert {one.entry: _said(one) for one in in_json} == in_c


def _said(one: Specified) -> list[object]:
    masks = [(name, mask) for name, mask, _ in one.masks]
    return [[name for name, _ in one.errors], masks, [name for name, _ in one.capabilities]]


def test_it_fits_what_kapi_has_room_for(files: dict[str, str]) -> None:
    """At most 32 errors, none longer than its array of characters."""
    for name, text in files.items():
        if name.endswith(".json"):
            errors = json.loads(text)["api_details"]["errors"]
            assert len(errors) <= MOST_ERRORS
            assert all(len(one["condition"]) <= LONGEST for one in errors)


COMMENT = """
/**
 * sys_unshare - a specification with faults
 * @unshare_flags: flags
 *
 * param: unshare_flags
 *   type: KAPI_TYPE_UINT
 *   valid-mask: CLONE_NEWNS | CLONE_NEWUTS | CLONE_VFORK |
 *     CLONE_FS
 *
 * error: EINVAL, Invalid argument
 *   desc: error: prose that looks like a tag is none
 * error: EBUSY, busy
 * error: EFOO, no such thing
 *
 * capability: CAP_SYS_NICE
 */
SYSCALL_DEFINE1(unshare, unsigned long, unshare_flags)
"""


def test_each_kind_of_fault_is_found(tmp_path: Path) -> None:
    """An errno that never comes, a bit that never goes, a capability that does nothing."""
    found = _judged(tmp_path / "fork.c", COMMENT)
    told = {(one.verdict, one.says): one for one in found}
    assert told[REFUTED, "error EBUSY"].at.endswith("fork.c:13")
    assert (UNKNOWN, "error EFOO") in told
    assert (PROVED, "error EINVAL") in told
    assert (MISSING, "error ENOSPC") in told
    assert (REFUTED, "capability CAP_SYS_NICE") in told
    assert (MISSING, "capability CAP_SYS_ADMIN") in told
    masks = [one.why for one in found if one.says == "valid mask of unshare_flags"]
    assert masks[0] == "no call with CLONE_VFORK succeeds"
    assert "CLONE_NEWPID" in masks[1] and "CLONE_FS" not in masks[1]
    assert (PROVED, "valid mask of unshare_flags") not in told


def test_what_is_so_on_one_kernel_is_not_on_another(
    files: dict[str, str], tmp_path: Path
) -> None:
    """Before v5.7 there was no cgroup to be born into, and clone3() could not fail with EBUSY."""
    found = _judged(tmp_path / "a.json", files["sys_clone3.json"], "v5.4")
    refuted = {one.says for one in found if one.verdict == REFUTED}
    assert {"error EBUSY", "error EBADF", "capability CAP_CHECKPOINT_RESTORE"} <= refuted


@pytest.mark.parametrize(("text", "says"), [
    ("{}", "no specification of any"),
    ("{", "is not JSON"),
    ('{"name": "sys_fork", "errors": 3}', r"a: \S*errors is no list|errors is no list"),
    ('{"name": "sys_fork", "errors": [3]}', r"errors\[0\] is no object"),
    ('{"name": "sys_fork", "errors": [{}]}', r"errors\[0\] has no name"),
    ('{"name": "sys_clone", "parameters": [{"name": "a", "valid_mask": -1}]}', "64 bits"),
    ("int main(void) { }", "no specification of any"),
    ("/**\n * sys_clone3 - plain kernel-doc\n * @size: bytes\n *\n * note: none\n */", "no spec"),
    ("/**\n * sys_clone - x\n * valid-mask: CLONE_VN\n */", r":3: no flag .*did you mean CLONE_V"),
])
def test_what_is_wrong_is_one_line_with_its_place(text: str, says: str, tmp_path: Path) -> None:
    """Hostile and broken files."""
    with pytest.raises(Problem, match=says):
        _judged(tmp_path / "a", text)


SYSCALLS = (Entry.CLONE, Entry.CLONE3, Entry.FORK, Entry.UNSHARE, Entry.SETNS)


@cache
def _facts(entry: Entry) -> tuple[set[int], int, set[str]]:
    found = Facts(_kernel("v7.3"), entry)
    errnos = {one.errno for one in found.errors}
    return errnos, valid_mask(found), {one.name for one in found.capabilities}


@given(values=situations(SYSCALLS), held=st.sampled_from([21, 24, 18, 40]))
def test_random_calls_do_nothing_that_is_not_specified(values: dict[str, Any], held: int) -> None:
    """On plain values, without a solver: errnos, bits of calls that succeed, capabilities."""
    kernel = _kernel("v7.3")
    values = {**values, "current.overridden": False}
    caps = int(values.get("current.real_cred.cap_effective", 0))
    with_it = {**values, "current.real_cred.cap_effective": caps | 1 << held}
    starts = [build(Situation, some) for some in (values, with_it)]
    if not all(well_formed(kernel, start) is True for start in starts):
        return
    errnos, mask, needed = _facts(Entry(values["request.entry"]))
    without, outcome = (predict(kernel, start) for start in starts)
    assert {int(without.errno), int(outcome.errno)} <= {0, *errnos}
    takes = "flags" in ENTRIES[Entry(values["request.entry"])].takes
    if outcome.errno == 0 and takes:
        assert starts[1].request.flags & ~mask & 2**64 - 1 in (0, _ignored(values))
    if outcome.errno == 0 and without.errno != 0:
        assert f"CAP_{Cap(held).name}" in needed


def _ignored(values: dict[str, Any]) -> int:
    """setns() takes an int: bits above it are not seen."""
    setns = values["request.entry"] == Entry.SETNS
    return values["request.flags"] & ~(2**32 - 1) if setns else 0


def test_kernel_doc_itself_reads_it(files: dict[str, str], tmp_path: Path) -> None:
    """The kernel's own script finds each call with its parameters, and nothing to complain of."""
    tree = Path(os.environ.get("CLONEPROOF_LINUX", "no tree"))
    script = tree / "scripts" / "kernel-doc"
    if not script.is_file():
        pytest.skip("CLONEPROOF_LINUX names no kernel tree")
    (tmp_path / "kapi.c").write_text(files["kapi.c"], encoding="utf-8")
    done = subprocess.run([str(script), "-rst", "-Wall", str(tmp_path / "kapi.c")],
                          capture_output=True, text=True, check=True)
    assert not done.stderr
    for call in ("clone3 (struct clone_args __user * uargs, size_t size)", "fork (void)",
                 "setns (int fd, int flags)", "unshare (unsigned long unshare_flags)"):
        assert f"long sys_{call}" in " ".join(done.stdout.split())
    assert "error: EINVAL, Invalid argument" in done.stdout
