"""Any kernel has a name: what it is taken for is told, and what cannot be is one line."""

from __future__ import annotations

from pathlib import Path

import pytest

from checker.calls import kernel_names
from checker.calls.kernel_names import in_order, kernel_named, resolve, resolved
from checker.ground.problems import Problem
from model.patches import BY_NAME, PATCHES
from model.revisions import REVISIONS, mainline


@pytest.mark.parametrize("name", list(REVISIONS))
def test_a_kernel_of_the_list_is_itself(name: str) -> None:
    found = resolve(name)
    assert found.listed and found.revision is REVISIONS[name] and found.told == ""


@pytest.mark.parametrize("minor", range(4, 20))
def test_a_release_is_what_landed_by_then(minor: int) -> None:
    assert resolve(f"v5.{minor}").revision.patches == mainline(f"v5.{minor}")
    assert resolve(f"5.{minor}").revision is resolve(f"v5.{minor}").revision or minor > 3


@pytest.mark.parametrize(
    ("name", "nearest", "has", "lacks"),
    [
        ("v6.8", "v6.6", "", ""),
        ("v6.5", "v6.6", "", ""),
        ("v5.16", "v5.15", "BOUND_OF_INNER_NS", ""),
        ("v5.15.12", "v5.15", "BOUND_OF_INNER_NS", ""),
        ("v5.15.11", "v5.15", "", ""),
        ("v6.4-rc5", "v6.4", "", "IO_WORKER_FLAG_KEPT"),
        ("v6.4-fd37b884003c", "v6.4", "", "IO_WORKER_FLAG_KEPT"),
        ("v6.4-io_worker_flag_kept", "v6.4", "", "IO_WORKER_FLAG_KEPT"),
        ("v6.1+KILL_SEQ+a402f1e3", "v6.1", "CLONE3_NEWTIME KILL_SEQ", ""),
        ("v7.2.13", "v7.2", "FUTEX_HASH_FOR_VFORK KILL_SEQ_OF_TARGET", ""),
        (
            "v3.12",
            "v3.10",
            "USERNS_NESTING_LIMIT UNSHARE_CRED_PUT UNSHARE_PIDNS_ALONE VFORK_BEFORE_PIDNS "
            "SIGHAND_STAYS",
            "",
        ),
        ("v6.1.200", "debian-6.1.192", "", "DEBIAN_USERNS_SYSCTL"),
        ("6.8.0-58-generic", "v6.6", "", ""),
        ("6.8.0-1021-gcp", "v6.6", "", ""),
        ("5.15.0-1023-aws", "v5.17", "", "KTHREAD_STRUCT"),
        ("v5.15.24", "v5.15", "UCOUNTS_PIN_NS BOUND_OF_INNER_NS", ""),
        ("v5.15.25", "v5.17", "", "ROOT_NS_UNLIMITED KTHREAD_STRUCT"),
        ("5.15.158-2-pve", "v5.17", "CLONE3_NEWTIME", "KTHREAD_STRUCT"),
        ("v6.6.78", "v6.6", "", ""),
        ("v6.12.9", "v6.12", "", ""),
        ("v6.12.10", "v6.12", "KVM_VHOST_TASK", ""),
        ("6.11.10-amd64", "v6.10", "IO_WQ_RETRY_LIMIT DEBIAN_USERNS_SYSCTL", ""),
        ("6.9.3-76060903-generic", "v6.9", "", ""),
        ("4.12.14-122.225-default", "v4.14", "", "SECURITY_TASK_CREATE_GONE PIDNS_OF_STRANGERS"),
        ("4.18.0-240.22.1.el8_3.x86_64", "v4.19", "CGROUP_FREEZE EXEC_ID_64", ""),
        ("5.14.21-150500.55-default", "v5.14", "", ""),
        ("6.12.117+deb12-cloud-amd64", "debian-6.12.117", "", ""),
        ("6.1.0-56-amd64", "debian-6.1.192", "", ""),
        ("6.1.0-32-amd64", "v6.1", "DEBIAN_USERNS_SYSCTL", ""),
        ("6.6.87.2-microsoft-standard-WSL2", "v6.6", "KILL_SEQ", ""),
        ("6.17.4-arch2-1", "v6.17", "", ""),
        ("6.4.0-rc5-g1234abc-dirty", "v6.4", "", "IO_WORKER_FLAG_KEPT"),
        ("7.6.0-1-generic", "v7.3", "", ""),
        ("6.1.y", "v6.1", "", ""),
        ("linux-5.15.y", "v5.15", "", ""),
        ("v6.8-rc3-123-g1f719a2f3fa6", "v6.6", "", ""),
        ("v6.4-rc5+", "v6.4", "", "IO_WORKER_FLAG_KEPT"),
    ],
)
def test_what_stands_nearest_and_what_differs(
    name: str, nearest: str, has: str, lacks: str
) -> None:
    found = resolve(name)
    assert found.nearest == nearest
    assert " ".join(map(str, found.has)) == has
    assert " ".join(map(str, found.lacks)) == lacks
    assert found.told


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("6.8.0-58-generic", "Ubuntu's v6.8: which backports it has is not known"),
        ("6.1.0-32-amd64", "Debian's v6.1: which backports it has is not known"),
        ("5.10.230-223.885.amzn2.x86_64", "Amazon's v5.10.230"),
        ("5.15.0-125-generic", "Ubuntu's first v5.15 followed v5.15.30, later ones more"),
        ("4.12.14-122.225-default", "SUSE's v4.12"),
        ("6.9.1-1.el9.elrepo.x86_64", "ELRepo's (of kernel.org) v6.9.1"),
        ("5.15.164-22937-gea1ba8e12345", "somebody's own v5.15.164"),
        ("6.12.44-3-MANJARO", "Manjaro's v6.12.44"),
        ("6.10.14-linuxkit", "LinuxKit's (Docker Desktop's) v6.10.14"),
        ("5.15.148-tegra", "NVIDIA's Tegra v5.15.148"),
        ("5.15.0-300.163.18.el9uek.x86_64", "Oracle's UEK: v5.15"),
        ("v6.1.55", "backports of stable are taken as absent"),
        ("v6.1.55", "backports of stable are taken as absent but for CLONE3_NEWTIME"),
        ("v6.1.55", "debian-6.1.192 has IO_WQ_RETRY_LIMIT"),
        ("6.1.0-32-amd64", "debian-6.1.192 has CLONE3_NEWTIME, IO_WQ_RETRY_LIMIT, KILL_SEQ"),
        ("v4.17", "thin: v4.14: read in 4.14.177; what histories do between calls is as on v5.4"),
        ("4.18.0-400.el8.x86_64", "which other backports it has than 4.18.0-372.el8 has is not"),
        ("4.18.0-553.el8_10.x86_64", "taken as 4.18.0-553.el8, whose source was read"),
        ("5.14.0-427.13.1.el9_4.x86_64", "taken as 5.14.0-427.el9, whose source was read; REDHAT"),
        ("5.14.0-611.el9.x86_64", "which other backports it has than 5.14.0-570.el9 has is not"),
        ("6.12.0-55.24.1.el10_0.x86_64", "taken as 6.12.0-55.el10, whose source was read"),
        ("3.10.0-957.el7.x86_64", "Red Hat's (or a rebuild's) v3.10: which backports it has is"),
        ("7.3.4+deb13-amd64", "taken as absent but for FILES_AFTER_SCHED"),
        ("7.6.0-1-generic", "v7.6 is newer than what is known: taken as v7.3"),
        ("v6.4-rc5", "by which candidate VHOST_WAKE_ORDER"),
        ("v5.16", "thin: v5.15: kthread workers reach"),
        ("v6.14+KILL_SEQ", "KILL_SEQ is in v6.14 anyway"),
        ("v6.7-9928-g052d534373b7", "9928 commits after v6.7: which patches came since is not"),
        ("v5.11", "thin: v5.10: no tree read; kthread workers reach"),
        ("v5.14.9", "thin: v5.14, v5.15: kthread workers reach"),
        ("6.1.y", "which release of the line is not said: taken as v6.1"),
    ],
)
def test_what_is_assumed_is_told(name: str, says: str) -> None:
    assert says in resolve(name).told


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("v3.9", "older than v3.10"),
        ("v7.4", "newer than v7.3"),
        ("v4.25", "there was no v4.25; nearest are v5.3 and v5.4"),
        ("v6.4+fd3", "unknown kernel"),
        ("v6.4-deadbeef123", "no commit 'deadbeef123'"),
        ("v6.4+KILL_SQE", "there is CGROUP_KILL, KILL_SEQ"),
        ("v6.1+KVM_RETRIES", "KVM_RETRIES needs KVM_LATE_WORKER and VHOST_ERR_PTR, and 15 in all"),
        ("v6.12-VHOST_TASK", "VHOST_USES_TASK needs VHOST_TASK, and 8 rest on it in all"),
        ("v6.9-PLUG_TIME+PLUG_TIME_DROPPED", "take away what rests on it, too: -PLUG_TIME_DROPPED"),
        ("v6.1+PLUG_TIME_DROPPED", "put that to it, too: +PLUG_TIME"),
        ("v6.1+KILL_SEQ-KILL_SEQ", "is put to it and taken from it"),
        ("ubuntu", "unknown kernel 'ubuntu': a distribution's is named as `uname -r` writes it"),
        ("debian", "there is debian-6.1.192, debian-6.12.117"),
        ("4.4.0-19041-Microsoft", "is WSL1, which is no Linux"),
        ("", "unknown kernel ''"),
        ("6.8.", "unknown kernel '6.8.'"),
    ],
)
def test_what_names_no_kernel_is_one_line(name: str, says: str) -> None:
    with pytest.raises(Problem, match=r".") as raised:
        resolve(name)
    assert says in str(raised.value) and "\n" not in str(raised.value)


@pytest.mark.parametrize("patch", [one for one in PATCHES if one.commit != "-"], ids=str)
def test_the_mend_of_a_set_that_cannot_be_is_one_that_can(patch: object) -> None:
    """What a refusal says to put to a set, or to take from it, makes it stand."""
    for base in ("v5.4", "v7.3"):
        sign = "-" if patch in REVISIONS.get(base, resolve(base).revision).patches else "+"
        name = f"{base}{sign}{patch}"
        try:
            resolve(name)
        except Problem as problem:
            says = str(problem)
            assert not says.endswith("...")
            mend = says.rpartition(": ")[2]
            if "in all" in says:
                assert "begin with" in says
            else:
                assert resolve(name + mend).revision.patches != resolve(base).revision.patches


def test_an_id_that_is_cut_too_short_names_those_it_may_be() -> None:
    with pytest.raises(Problem, match="unknown kernel|give more digits"):
        resolve("v6.12-fd3")
    assert resolve("v6.12-fd37b88400").lacks == (BY_NAME["IO_WORKER_FLAG_KEPT"],)


def test_running_is_what_uname_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kernel_names, "running", lambda: "6.8.0-99-generic")
    resolve.cache_clear()
    assert resolve("running").name == "6.8.0-99-generic"
    resolve.cache_clear()


def test_kernels_stand_in_the_order_of_their_numbers() -> None:
    names = ["6.8.0-58-generic", "v6.9", "v5.16", "v6.1", "v5.15", "v6.4-rc5", "debian-6.1.192"]
    found = in_order([one for name in names for one in resolved(name)])
    assert found == ["v5.15", "v5.16", "v6.1", "v6.4-rc5", "6.8.0-58-generic", "v6.9",
                     "debian-6.1.192"]


OWN = """
[[kernel]]
name = "fleet"
base = "v6.1"
with = ["KILL_SEQ", "a402f1e35313"]
note = "as of October"

[[kernel]]
name = "old"
base = "v6.1.55"
"""


def test_kernels_of_ones_own(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text(OWN)
    assert [one.name for one in resolved(str(file))] == ["fleet", "old"]
    found = resolve(f"{file}:fleet")
    assert [str(one) for one in found.has] == ["CLONE3_NEWTIME", "KILL_SEQ"]
    assert "as of October" in found.told
    assert kernel_named("fleet") is found.kernel
    with pytest.raises(Problem, match="several kernels"):
        resolve(str(file))
    with pytest.raises(Problem, match="has no kernel 'fleat': it has fleet, old"):
        resolve(f"{file}:fleat")
    file.write_text(OWN.replace('"KILL_SEQ", ', ""))
    resolve.cache_clear()
    with pytest.raises(Problem, match="two kernels are called 'fleet'"):
        resolved(str(file))
    kernel_names._FOUND.clear()


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "a list under"),
        ("kernel = 3", "a list under"),
        ("[[kernel]]\nname = 3", "are texts"),
        ('[[kernel]]\nname = "a"', "lacks a base"),
        ('[[kernel]]\nname = "a b"\nbase = "v6.1"', "made of letters"),
        ('[[kernel]]\nname = "v6.2"\nbase = "v6.1"', "name of a kernel already"),
        ('[[kernel]]\nname = "a"\nbase = "nine"', "kernel 'a': unknown kernel"),
        ('[[kernel]]\nname = "a"\nbase = "b.toml:a"', "a base stands in no file"),
        ('[[kernel]]\nname = "a"\nbase = "v6.1"\nwith = "KILL_SEQ"', "is a list of patches"),
        ('[[kernel]]\nname = "a"\nbase = "v6.1"\npatch = []', "is none of"),
        ('[[kernel]]\nname = "a"\nbase = "v6.1"\n' * 2, "two kernels are called"),
        ("[[kernel", "is not TOML"),
    ],
)
def test_a_bad_file_of_kernels_is_one_line(tmp_path: Path, text: str, says: str) -> None:
    file = tmp_path / "bad.toml"
    file.write_text(text)
    with pytest.raises(Problem) as raised:
        resolved(str(file))
    assert says in str(raised.value) and "\n" not in str(raised.value)


@pytest.mark.parametrize(
    ("older", "newer", "more"),
    [
        ("4.18.0-348.el8", "4.18.0-372.9.1.el8", {"CLONE_PIDFD", "NO_SETAFFINITY_DROPPED"}),
        ("5.14.0-70.13.1.el9_0", "5.14.0-70.30.1.el9_0", set()),
        ("3.10.0-1127.el7", "3.10.0-1160.119.1.el7", set()),
        ("5.14.0-362.24.1.el9_3", "5.14.0-427.13.1.el9_4", {"REDHAT_TIMENS_AT_FORK"}),
        ("5.14.0-503.40.1.el9_5", "5.14.0-570.12.1.el9_6",
         {"ACCESS_OK_TO_LIMIT", "ACCESS_OK_EXACT", "IO_WQ_RETRY_LIMIT"}),
    ],
)
def test_a_maker_of_whom_several_kernels_were_read(
    older: str, newer: str, more: set[str]
) -> None:
    """A kernel has what the last one has that was read and is not newer."""
    had, has = (resolve(name).revision.patches for name in (older, newer))
    assert had <= has
    assert {one.name for one in has - had} == more
