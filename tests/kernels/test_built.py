"""Kernels built without options: what is asked of Kconfig, what they are held against, cases."""

from __future__ import annotations

import gzip
import lzma
import re
import stat
import struct
from pathlib import Path
from typing import Any

import pytest

from checker.ground.problems import UNANSWERED, Problem
from kernels.cases.case import Called, Caller, Case, CgroupFd, NsFd, NsKind, PidNs
from kernels.cases.generate.coverage import MISSING, ROWS_WITHOUT, why_never
from kernels.cases.lines import case_of, line_of
from kernels.cases.outcomes import predicted
from kernels.cases.possible import possible
from kernels.cases.prepared import situation
from kernels.machines import fetch, place, tiny, vm
from kernels.machines.bzimage import NotAKernel, extract_vmlinux
from kernels.machines.surroundings import Surroundings, as_built
from kernels.observe.comparison import compare
from model import words
from model.kernel import Kernel
from model.patch import Patch
from model.patches import (
    OPTIONS,
    WITHOUT_CGROUP_PIDS,
    WITHOUT_CGROUPS,
    WITHOUT_KEYS,
    WITHOUT_PID_NS,
    WITHOUT_SECCOMP,
    WITHOUT_SYSVIPC,
    WITHOUT_TIME_NS,
    WITHOUT_USER_NS,
    WITHOUT_UTS_NS,
)
from model.request import Entry
from model.revisions import REVISIONS
from model.wellformed import well_formed
from tests.entries import cloneproof

ROOT = Path(__file__).parents[2]
DEBIAN = REVISIONS["debian-6.12.117"]
WHOLE = Surroundings()
CLONE3, SETNS = int(Entry.CLONE3), int(Entry.SETNS)


def _machine(*out: Patch) -> Surroundings:
    return as_built(WHOLE, DEBIAN.patches | {*out})


def _kernel(*out: Patch) -> Kernel:
    name = f"{DEBIAN.name}{''.join(one.name.replace('WITHOUT_', '-CONFIG_') for one in out)}"
    return place.revision_named(name).kernel


# ---- what is built -----------------------------------------------------------------------


def test_a_kernel_to_build_is_named_by_its_line_and_what_is_left_out() -> None:
    found = tiny.wanted("6.12-CONFIG_USER_NS-CONFIG_KEYS")
    assert (found.line, found.left_out) == ("6.12", ("CONFIG_USER_NS", "CONFIG_KEYS"))
    assert tiny.wanted(found.name) == found


@pytest.mark.parametrize("name", ["v6.12", "6.12-USER_NS", "6.12-CONFIG_FOO", "6", "6.12-"])
def test_what_names_no_kernel_to_build_is_one_line(name: str) -> None:
    with pytest.raises(tiny.NotBuilt) as problem:
        tiny.wanted(name)
    assert "\n" not in str(problem.value)


def test_an_option_that_is_left_out_takes_along_what_needs_it() -> None:
    text = tiny.configuration(("CONFIG_CGROUPS",), "+local")
    assert "# CONFIG_CGROUPS is not set\n" in text
    assert "# CONFIG_CGROUP_PIDS is not set\n" in text
    assert "CONFIG_USER_NS=y\n" in text
    assert text.endswith('CONFIG_LOCALVERSION="+local"\n')


def test_kconfig_is_held_to_what_it_was_asked() -> None:
    whole = "".join(f"{one}=y\n" for one in tiny.options_asked())
    bare = whole.replace("CONFIG_CGROUPS=y\n", "").replace("CONFIG_CGROUP_PIDS=y\n", "")
    assert tiny.otherwise((), whole) == []
    assert tiny.otherwise((), bare) == ["CONFIG_CGROUPS", "CONFIG_CGROUP_PIDS"]
    left = tiny.otherwise(("CONFIG_CGROUPS",), bare)
    assert left == ["CONFIG_CGROUP_FREEZER", "CONFIG_MEMCG"]


def _names_of_makefile() -> list[str]:
    found = re.search(r"^BUILT \?= (.*?[^\\])\n", (ROOT / "Makefile").read_text(), re.M | re.S)
    assert found is not None
    return found[1].replace("\\\n", " ").split()


def test_make_built_builds_a_whole_kernel_and_one_without_each_option() -> None:
    asked = [tiny.wanted(name) for name in _names_of_makefile()]
    assert asked[0].left_out == ()
    fallen = [tiny.with_what_falls(one.left_out) for one in asked]
    every = {patch.name.replace("WITHOUT_", "CONFIG_") for patch in OPTIONS}
    assert every | {"CONFIG_POSIX_MQUEUE"} <= set().union(*fallen)
    assert any(every <= one for one in fallen), "none is built without all of them"
    assert all(one <= set(tiny.options_asked()) for one in fallen)


def _fake(folder: Path, script: str) -> None:
    for tool in tiny.TOOLS:
        path = folder / tool
        path.write_text(f"#!/bin/sh\n{script if tool == 'make' else 'exec /usr/bin/env true'}\n")
        path.chmod(path.stat().st_mode | stat.S_IXUSR)


@pytest.mark.parametrize(
    ("script", "says"),
    [
        ("echo 'kernel/fork.c:1: error: x' >&2; echo 'make: *** [y]' >&2; exit 2",
         "kernel/fork.c:1: error: x"),
        ("for one in \"$@\"; do case $one in O=*) echo CONFIG_NET=y >\"${one#O=}/.config\";; esac; "
         "done", "Kconfig answers otherwise for CONFIG_64BIT"),
    ],
)
def test_what_make_says_is_one_line_and_nothing_is_stored(
    script: str, says: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CLONEPROOF_KERNELS", str(tmp_path / "kernels"))
    (tmp_path / "bin").mkdir()
    _fake(tmp_path / "bin", script)
    monkeypatch.setenv("PATH", str(tmp_path / "bin"), prepend=":")
    with pytest.raises(tiny.NotBuilt, match=re.escape(says)):
        tiny.build("6.12", tmp_path)
    assert fetch.stored("built-6.12") is None


def test_what_an_interrupted_build_left_is_not_built_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CLONEPROOF_KERNELS", str(tmp_path))
    with pytest.raises(KeyboardInterrupt), tiny._alone("6.12") as folder:
        (folder / "half.o").touch()
        raise KeyboardInterrupt
    with pytest.raises(tiny.NotBuilt), tiny._alone("6.12") as folder:
        assert not (folder / "half.o").exists()
        (folder / "whole.o").touch()
        with pytest.raises(tiny.NotBuilt, match="somebody else"), tiny._alone("6.12"):
            pass
        raise tiny.NotBuilt("an error in the source")
    with tiny._alone("6.12") as folder:
        assert (folder / "whole.o").exists()


def test_where_none_can_be_built_one_line_says_why(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(tiny, "lacking", lambda: ["flex", "bison"])
    assert cloneproof("fetch", "--build", "6.12") == UNANSWERED
    said = capfd.readouterr()
    assert said.err == "cloneproof: built-6.12: skipped, not built: install flex, bison\n"
    assert said.out == ""


def _image(payload: bytes) -> bytes:
    """Return a boot image of one sector of set-up whose payload lies at its end."""
    head = bytearray(1024)
    head[0x1F1], head[0x202:0x206] = 1, b"HdrS"
    struct.pack_into("<II", head, 0x248, 0, len(payload))
    return bytes(head) + payload + b"more"


def test_an_image_is_unpacked_however_its_payload_ends() -> None:
    kernel = b"\x7fELF" + bytes(100)
    assert extract_vmlinux(_image(gzip.compress(kernel))) == kernel
    with_size = lzma.compress(kernel) + struct.pack("<I", len(kernel))
    assert extract_vmlinux(_image(with_size)) == kernel
    with pytest.raises(NotAKernel):
        extract_vmlinux(_image(gzip.compress(kernel)[:20]))


# ---- what it is held against -------------------------------------------------------------


def _configured(*out: str) -> bytes:
    names = [patch.name.replace("WITHOUT_", "CONFIG_") for patch in OPTIONS]
    return gzip.compress("".join(f"{one}=y\n" for one in names if one not in out).encode())


@pytest.mark.parametrize(
    ("packed", "name"),
    [
        (_configured("CONFIG_USER_NS"), "debian-6.12.117-CONFIG_USER_NS"),
        (_configured(), "debian-6.12.117"),
        (b"", "debian-6.12.117"),
    ],
)
def test_a_guest_is_held_against_the_kernel_that_it_says_it_was_built_as(
    packed: bytes, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(vm, "told_of", lambda _line: (f"6.12.117{tiny.LOCAL}", packed))
    assert place.held_against("built-6.12")[0].name == name


def test_a_configuration_that_is_cut_short_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    cut = _configured()[:-9]
    monkeypatch.setattr(vm, "told_of", lambda _line: (f"6.12.117{tiny.LOCAL}", cut))
    with pytest.raises(Problem, match="cut short"):
        place.held_against("built-6.12")


# ---- its cases ---------------------------------------------------------------------------

NEEDS = {
    WITHOUT_USER_NS: Case(caller=Caller(userns=1)),
    WITHOUT_PID_NS: Case(caller=Caller(pidns=int(PidNs.PENDING))),
    WITHOUT_UTS_NS: Case(call=Called(entry=SETNS, nsfd=int(NsFd.CHILD), kind=int(NsKind.UTS))),
    WITHOUT_TIME_NS: Case(caller=Caller(timens=True)),
    WITHOUT_CGROUPS: Case(
        call=Called(entry=CLONE3, flags=words.INTO_CGROUP, cgroup=int(CgroupFd.DIR))
    ),
    WITHOUT_CGROUP_PIDS: Case(caller=Caller(pids_room=0)),
    WITHOUT_SYSVIPC: Case(caller=Caller(semundo=True)),
    WITHOUT_KEYS: Case(caller=Caller(threadkey=True)),
    WITHOUT_SECCOMP: Case(caller=Caller(seccomp=True)),
}


@pytest.mark.parametrize("option", NEEDS, ids=str)
def test_what_needs_an_option_is_possible_with_it_alone(option: Patch) -> None:
    assert possible(NEEDS[option], WHOLE) is True
    assert possible(NEEDS[option], _machine(option)) is False


def test_threads_have_no_undo_list_without_system_v_ipc() -> None:
    threaded = Case(caller=Caller(threads=1))
    assert situation(threaded, WHOLE).current.undo_list is True
    assert situation(threaded, _machine(WITHOUT_SYSVIPC)).current.undo_list is False


@pytest.mark.parametrize("nsfd", [NsFd.PIDFD_CHILD, NsFd.FILE, NsFd.BAD])
def test_what_is_no_namespace_file_can_be_joined_whatever_is_built(nsfd: NsFd) -> None:
    """The type of a namespace file says nothing of a pidfd."""
    made = words.NEWNS if nsfd is NsFd.PIDFD_CHILD else 0
    case = Case(call=Called(entry=SETNS, nsfd=int(nsfd), flags=words.NEWNS, made=made))
    machine = _machine(WITHOUT_UTS_NS)
    assert possible(case, machine) is True
    assert well_formed(_kernel(WITHOUT_UTS_NS), situation(case, machine)) is True


def test_without_user_namespaces_the_machines_own_maxima_are_met() -> None:
    full = Case(
        call=Called(entry=int(Entry.UNSHARE), flags=words.NEWUTS),
        caller=Caller(max0=1 << NsKind.UTS),
    )
    machine = _machine(WITHOUT_USER_NS)
    assert possible(full, WHOLE) is False
    assert possible(full, machine) is True
    assert "max0=uts vm=1" in line_of(full)
    assert case_of(line_of(full)) == full
    refused = predicted(_kernel(WITHOUT_USER_NS), full, machine).rejected_by
    assert refused is not None
    assert refused.name == "too many uts namespaces"


def test_without_pid_namespaces_the_probe_stays_in_the_first() -> None:
    assert _machine(WITHOUT_PID_NS).pid_level == 0
    row, (_option, why) = next(iter(ROWS_WITHOUT.items()))
    for machine, kernel, reason in (
        (_machine(WITHOUT_PID_NS), _kernel(WITHOUT_PID_NS), why),
        (WHOLE, DEBIAN.kernel, MISSING),
    ):
        assert dict(why_never(kernel, Entry.CLONE, [row], machine)) == {row: reason}


def _seen(uts: str) -> dict[str, Any]:
    caps = dict.fromkeys(("eff", "prm", "bnd"), words.CAP_FULL_SET) | {"inh": 0, "amb": 0}
    zero = ("sigblk", "sigign", "sigcgt", "sigpnd", "nnp", "seccomp", "tracer", "oom_score_adj")
    caller = dict.fromkeys(zero, 0) | {
        "comm": "probe", "uid": [0] * 4, "gid": [0] * 4, "cap": caps, "exit_signal": 17,
        "threads": 1, "pflags": 0x40, "pid_level": 1, "is_pid1": False,
    }
    kinds = ("mnt", "uts", "ipc", "pid", "net", "cgroup", "time", "user")
    links = dict.fromkeys((*kinds, "pid_for_children", "time_for_children"), "same")
    after = caller | {"ns": links | {"uts": uts}, "waits": {"pid": False, "time": False}}
    return {"prepared": True, "errno": 0, "ret": 0, "caller": caller, "after": after}


@pytest.mark.parametrize(("uts", "differs"), [("unknown", []), ("same", ["uts_ns"])])
def test_a_link_to_what_is_not_built_is_not_there(uts: str, differs: list[str]) -> None:
    nothing = Case(call=Called(entry=int(Entry.UNSHARE), flags=words.FS))
    found = compare(_kernel(WITHOUT_UTS_NS), _machine(WITHOUT_UTS_NS), nothing, _seen(uts))
    assert [one.field for one in found.differences] == differs
