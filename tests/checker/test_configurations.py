"""What a kernel is built without is known by its name or .config, and answered as by the stubs."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from checker.calls.answer import answer
from checker.calls.configurations import (
    LARGEST,
    as_suffix,
    left_out,
    of_running,
    option_of,
    read,
)
from checker.calls.kernel_names import resolve
from checker.calls.own_kernels import as_asked
from checker.ground import running
from checker.ground.problems import Problem
from model.patch import Patch
from model.patches import BY_NAME, COMMITS, OPTIONS
from model.revisions import REVISIONS

WHOLE = "".join(f"{option_of(one)}=y\n" for one in OPTIONS)
V6_12 = REVISIONS["v6.12"].patches


def _without(name: str) -> frozenset[str]:
    return frozenset(one.name for one in resolve(name).revision.patches if one in OPTIONS)


def test_every_listed_kernel_is_built_whole() -> None:
    assert all(one.patches <= set(COMMITS) for one in REVISIONS.values())


@pytest.mark.parametrize(
    ("name", "without"),
    [
        ("v6.12-CONFIG_USER_NS", "WITHOUT_USER_NS"),
        ("6.1.0-32-amd64-CONFIG_KEYS", "WITHOUT_KEYS"),
        ("v6.12-CONFIG_CGROUPS", "WITHOUT_CGROUPS WITHOUT_CGROUP_PIDS"),
        ("v6.12-CONFIG_CGROUPS-CONFIG_CGROUP_PIDS", "WITHOUT_CGROUPS WITHOUT_CGROUP_PIDS"),
        ("v6.1+KILL_SEQ-CONFIG_PID_NS+CONFIG_KEYS", "WITHOUT_PID_NS"),
    ],
)
def test_an_option_is_taken_from_a_kernel_with_what_depends_on_it(name: str, without: str) -> None:
    assert _without(name) == set(without.split())


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("v6.12-CONFIG_FOO", "CONFIG_FOO' changes nothing that is known here"),
        ("v5.4-CONFIG_TIME_NS", "WITHOUT_TIME_NS needs TIME_NAMESPACES"),
        ("v6.12-CONFIG_CGROUPS+CONFIG_CGROUP_PIDS", "is put to it and taken from it"),
    ],
)
def test_what_cannot_be_left_out_is_one_line(name: str, says: str) -> None:
    with pytest.raises(Problem, match=says.replace("(", r"\(")):
        resolve(name)


@pytest.mark.parametrize("option", OPTIONS)
def test_a_configuration_leaves_out_what_it_does_not_set(option: Patch) -> None:
    line = f"{option_of(option)}=y"
    falls = {option, *option.requires} & set(OPTIONS)
    for unset in (f"# {option_of(option)} is not set", ""):
        assert left_out(WHOLE.replace(line, unset), V6_12) == falls
    assert left_out(WHOLE.replace(line, f"{option_of(option)}=m"), V6_12) == frozenset()


def test_an_old_kernel_lacks_no_option_that_came_later() -> None:
    text = WHOLE.replace("CONFIG_TIME_NS=y\n", "")
    assert left_out(text, REVISIONS["v5.4"].patches) == frozenset()
    assert as_suffix(left_out(text, V6_12)) == "-CONFIG_TIME_NS"


def test_a_configuration_may_be_packed_and_must_be_one(tmp_path: Path) -> None:
    packed, other, large = (tmp_path / name for name in ("config.gz", "README", "large.gz"))
    packed.write_bytes(gzip.compress(WHOLE.encode()))
    assert read(packed) == WHOLE
    other.write_text("CONFIG is a word")
    large.write_bytes(gzip.compress(b"CONFIG_A=y\n" * LARGEST))
    for file, says in ((other, "no kernel's configuration"), (large, "larger than"),
                       (tmp_path / "none", "No such file")):
        with pytest.raises(Problem, match=says):
            read(file)


@pytest.mark.parametrize("kept", [5, 20, 60])
def test_half_a_configuration_is_none(kept: int, tmp_path: Path) -> None:
    """What is missing would pass for options that are not set."""
    file = tmp_path / "config.gz"
    file.write_bytes(gzip.compress(WHOLE.encode())[:kept])
    with pytest.raises(Problem, match="cannot read .*: it is cut short"):
        read(file)


ROOT = {"real_cred": {"cap_effective": "CAP_SYS_ADMIN"}}
FULL = {"cgroup": {"pids": 5, "pids_max": 5}}
SHARED = "CLONE_NEWUSER|CLONE_FS"
BY_HAND = [
    ("CONFIG_USER_NS", {"entry": "unshare", "flags": "CLONE_NEWUSER"}, {}, "0", "EINVAL"),
    ("CONFIG_USER_NS", {"entry": "clone", "flags": SHARED}, {}, "EINVAL", "EINVAL"),
    ("CONFIG_PID_NS", {"entry": "clone", "flags": "CLONE_NEWPID"}, ROOT, "0", "EINVAL"),
    ("CONFIG_PID_NS", {"entry": "clone", "flags": "CLONE_NEWPID"}, {}, "EPERM", "EPERM"),
    ("CONFIG_UTS_NS", {"entry": "unshare", "flags": "CLONE_NEWUTS"}, ROOT, "0", "EINVAL"),
    ("CONFIG_IPC_NS", {"entry": "clone3", "flags": "CLONE_NEWIPC"}, ROOT, "0", "EINVAL"),
    ("CONFIG_NET_NS", {"entry": "clone", "flags": "CLONE_NEWNET"}, ROOT, "0", "EINVAL"),
    ("CONFIG_TIME_NS", {"entry": "unshare", "flags": "CLONE_NEWTIME"}, ROOT, "0", "EINVAL"),
    ("CONFIG_CGROUPS", {"entry": "clone", "flags": "CLONE_NEWCGROUP"}, ROOT, "0", "0"),
    ("CONFIG_CGROUPS", {"entry": "clone", "flags": "CLONE_NEWCGROUP"}, {}, "EPERM", "EPERM"),
    ("CONFIG_CGROUP_PIDS", {"entry": "fork"}, FULL, "EAGAIN", "0"),
    ("CONFIG_SYSVIPC", {"entry": "clone", "flags": "CLONE_SYSVSEM"}, {}, "0", "0"),
]
"""An option, a call, its caller, and the errno with and without the option, by the C's stubs."""


@pytest.mark.parametrize(("option", "request_", "current", "whole", "bare"), BY_HAND)
def test_a_kernel_without_an_option_answers_as_its_stubs(
    option: str, request_: dict[str, str], current: dict[str, object], whole: str, bare: str
) -> None:
    for kernel, errno in (("v6.12", whole), (f"v6.12-{option}", bare)):
        asked = {"kernel": kernel, "request": request_, "current": current}
        assert answer(json.loads(json.dumps(asked)))["errno"] == errno


IMPOSSIBLE: list[tuple[str, dict[str, Any]]] = [
    ("USER_NS", {"current": {"real_cred": {"user_ns": {"level": 1}}}}),
    ("USER_NS", {"current": {"pid_ns": {"user_ns_reach": "owned"}}}),
    ("USER_NS", {"current": {"pid_ns": {"user_ns_is_ancestor": False}}}),
    ("PID_NS", {"current": {"pid_ns": {"level": 1}}}),
    ("TIME_NS", {"current": {"nsproxy": {"time_for_children_is_active": False}}}),
    ("UTS_NS", {"request": {"entry": "setns", "target": {"type": "CLONE_NEWUTS"}}}),
    ("CGROUPS", {"chance": {"cgroup_killed": 1}}),
    ("SYSVIPC", {"current": {"undo_list": True}}),
    ("KEYS", {"current": {"real_cred": {"process_keyring": True}}}),
    ("SECCOMP", {"current": {"seccomp_mode": 2}}),
    ("SECURITY", {"chance": {"lsm_denies": "CAP_KILL"}}),
    ("IO_URING", {"request": {"entry": "create_io_thread"}}),
]
"""Of each option a call that nobody can make without it."""


@pytest.mark.parametrize(("option", "call"), IMPOSSIBLE)
def test_what_an_option_brings_is_nowhere_without_it(option: str, call: dict[str, Any]) -> None:
    assert answer({"kernel": "v6.12", **call})["errno"]
    with pytest.raises(Problem, match="no such call: "):
        answer({"kernel": f"v6.12-CONFIG_{option}", **call})


@pytest.mark.parametrize(("option", "step", "flags"), [
    ("SECURITY", "security_task_alloc", 0),
    ("SECURITY", "security_create_user_ns", "CLONE_NEWUSER"),
    ("SYSVIPC", "copy_semundo", "CLONE_SYSVSEM"),
    ("IO_URING", "io_uring_fork", 0),
])
def test_a_step_that_is_not_built_does_not_fail(option: str, step: str, flags: str | int) -> None:
    call = {"request": {"entry": "clone", "flags": flags}, "chance": {"fails": step}}
    assert answer({"kernel": "v7.1", **call})["errno"] == "ENOMEM"
    bare = answer({"kernel": f"v7.1-CONFIG_{option}", **call})
    assert bare["errno"] == "0"
    assert any("means nothing" in note and option in note for note in bare["notes"])


def test_without_sysv_ipc_no_undo_list_is_shared() -> None:
    call = {"request": {"entry": "clone", "flags": "CLONE_SYSVSEM"}}
    for kernel, found in (("v6.12", "shared"), ("v6.12-CONFIG_SYSVIPC", "none")):
        assert answer({"kernel": kernel, **call})["child"]["sysvsem"] == found


def test_a_running_kernel_that_keeps_its_configuration_to_itself_is_taken_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = tmp_path / "config.gz"
    monkeypatch.setattr(running, "OF_RUNNING", config)
    assert of_running(V6_12) == frozenset()
    config.mkdir()
    assert of_running(V6_12) == frozenset() and as_asked("running")
    config.rmdir()
    whole = as_asked("running")
    config.write_bytes(gzip.compress(WHOLE.replace("CONFIG_KEYS=y\n", "").encode()))
    assert as_suffix(of_running(V6_12)) == "-CONFIG_KEYS"
    assert as_asked("running") != whole


def test_a_new_cgroup_namespace_is_none_without_cgroups() -> None:
    call = {"request": {"entry": "clone", "flags": "CLONE_NEWCGROUP"}, "current": ROOT}
    for kernel, found in (("v6.12", "new"), ("v6.12-CONFIG_CGROUPS", "same")):
        assert answer({"kernel": kernel, **call})["child"]["cgroup_ns"] == found


def _apart(program: str) -> str:
    """Return what a program prints in a process of its own, in which options are left open."""
    opened = "from checker.calls.configurations import leave_open; leave_open()\n"
    done = subprocess.run(
        [sys.executable, "-c", opened + program], capture_output=True, text=True, check=True
    )
    return done.stdout


FALLING = """
from checker.calls.configurations import option_of
from checker.compared.as_built import Builds, alone
from model.revisions import REVISIONS
from properties.catalogue import by_id
for one in ("P02", "P49n", "D50n"):
    sets = Builds(by_id(one), REVISIONS["v6.12"].kernel).breaking().sets
    print(one, sorted("+".join(map(option_of, alone(some))) for some in sets))
"""


def test_a_proof_falls_without_the_options_that_it_rests_on_and_no_others() -> None:
    found = _apart(FALLING).splitlines()
    assert found == [
        "P02 []",
        "P49n ['CONFIG_CGROUPS']",
        "D50n ['CONFIG_NET_NS', 'CONFIG_USER_NS', 'CONFIG_UTS_NS']",
    ]


EVERY_SET = """
from checker.compared.as_built import Builds
from model.alike import same_outcome
from model.algebra import both, no
from model.evaluate import outcome_of
from model.patches import OPTIONS
from model.predict import call_of
from model.revisions import REVISIONS
from model.wellformed import well_formed
from properties.claim import Claim, claims, holds
from properties.configuration import left_out

def whole(kernel):
    for option in OPTIONS:
        kernel = kernel.but(option, False)
    return kernel

def statement(call, outcome):
    "A call that asks for nothing that is left out is as on the whole kernel."
    other = call_of(whole(call.kernel), call.start)
    premise = both(well_formed(other.kernel, call.start), no(left_out(call.kernel, call)))
    return Claim(premise, same_outcome(outcome, outcome_of(other)))

statement.__name__ = "every_set_of_options"
prop = claims("Z1", source="here", expect=holds())(statement)
found = Builds(prop, REVISIONS["v6.12"].kernel).breaking()
print(found.never, found.unknown)
"""


def test_whatever_set_is_left_out_only_calls_that_ask_for_it_differ() -> None:
    """B01 says it of the barest kernel; here of all 2^13 sets, on one kernel."""
    assert _apart(EVERY_SET).split() == ["True"]


LATE = """
from checker.readings.space import exactly, space
from model.patches import WITHOUT_KEYS
from checker.calls import configurations
configurations._open["options"] = False
exactly(space().kernel, frozenset({WITHOUT_KEYS}))
"""


def test_a_kernel_without_an_option_is_never_taken_for_a_whole_one() -> None:
    with pytest.raises(subprocess.CalledProcessError) as failed:
        _apart(LATE)
    assert "the space was made for kernels with every option" in failed.value.stderr


def test_the_option_of_a_patch_is_named_as_in_kconfig() -> None:
    assert {option_of(one) for one in OPTIONS} >= {"CONFIG_USER_NS", "CONFIG_CGROUP_PIDS"}
    assert all(BY_NAME[one.name] is one for one in OPTIONS)


READ_ALIKE = """
from hypothesis import given, settings
from hypothesis import strategies as st
from model.entries import CREATORS
from model.kernel import Kernel
from model.patches import PATCHES
from model.request import Entry
from properties.claim import Subject
from tests.calls import situations
from tests.model.test_readings import differences

some = st.sets(st.sampled_from(PATCHES)).map(lambda chosen: Kernel.of("some", chosen))
SUBJECTS = {Subject.CREATE: CREATORS, Subject.UNSHARE: (Entry.UNSHARE,),
            Subject.SETNS: (Entry.SETNS,), Subject.VHOST: (Entry.VHOST_SET_OWNER,)}
for subject, entries in SUBJECTS.items():

    @settings(max_examples=60, deadline=None, derandomize=True)
    @given(some, situations(entries))
    def alike(kernel, values):
        assert differences(subject, kernel, values, []) == []

    alike()
print("alike")
"""


def test_the_three_readings_agree_on_kernels_without_options() -> None:
    assert _apart(READ_ALIKE).split() == ["alike"]
