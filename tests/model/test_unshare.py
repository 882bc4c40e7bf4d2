"""unshare(): which errno wins, what is given back, and what the caller is afterwards."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import pytest

from model.call import Situation
from model.evaluate import Outcome
from model.new_namespaces import Ns
from model.predict import predict
from model.records import build
from model.request import Entry
from model.revisions import REVISIONS
from model.rules.unsharing import implied
from model.state import Fallible
from model.unshare import EFFECTS, ROOT_MOVED, TABLE, Unshared
from model.words import (
    CAP_SYS_ADMIN,
    FILES,
    FS,
    NEWIPC,
    NEWNS,
    NEWPID,
    NEWTIME,
    NEWUSER,
    NEWUTS,
    SIGHAND,
    THREAD,
    UNSHARE_EMPTY_MNTNS,
    VM,
    Errno,
)

ROOT = {"current.real_cred.cap_effective": CAP_SYS_ADMIN}
TWO_THREADS = {
    "current.signal.nr_threads": 2,
    "current.sighand.count": 2,
    "current.mm_users": 2,
}
CHROOTED = {"current.chrooted": True}
DEEP = {"current.real_cred.user_ns.level": 33}
UNMAPPED = {"current.real_cred.user_ns.level": 1, "current.real_cred.euid_mapped": False}


def call(flags: int, facts: dict[str, Any], kernel: str = "v6.12") -> Outcome:
    values = {"request.entry": int(Entry.UNSHARE), "request.flags": flags, **facts}
    outcome = predict(REVISIONS[kernel].kernel, build(Situation, values))
    assert isinstance(outcome, Outcome)
    return outcome


def kept(outcome: Outcome) -> set[str]:
    assert not any(outcome.freed_twice.values())
    return {name for name, there in outcome.held.items() if there}


def test_every_field_is_decided_and_every_rule_has_its_own_name() -> None:
    assert {item.name for item in fields(Unshared)} == {effect.field for effect in EFFECTS}
    names = [row.name for row in TABLE if hasattr(row, "errno")]
    assert len(names) == len(set(names))


@pytest.mark.parametrize(
    ("asked", "all_flags"),
    [
        (NEWUSER, NEWUSER | THREAD | FS),
        (VM, VM | SIGHAND | THREAD),
        (SIGHAND, SIGHAND | THREAD),
        (THREAD, THREAD),
        (NEWNS, NEWNS | FS),
        (NEWPID, NEWPID),
    ],
)
def test_implied_flags(asked: int, all_flags: int) -> None:
    assert implied(REVISIONS["v6.12"].kernel, asked) == all_flags


def test_empty_mount_namespaces_came_with_v7_1() -> None:
    assert call(UNSHARE_EMPTY_MNTNS, ROOT, "v6.18").errno == Errno.EINVAL
    made = call(UNSHARE_EMPTY_MNTNS, ROOT, "v7.1")
    assert made.ok
    assert made.after.mnt_ns == Ns.NEW
    assert made.after.fs_copied


@pytest.mark.parametrize(
    ("flags", "facts", "errno"),
    [
        (1 << 32, {}, Errno.EINVAL),
        (NEWUSER, TWO_THREADS | DEEP, Errno.EINVAL),
        (NEWUSER, DEEP | CHROOTED, Errno.ENOSPC),
        (NEWUSER, CHROOTED | {"system.user_namespaces.max": 0}, Errno.ENOSPC),
        (NEWUSER, CHROOTED | UNMAPPED, Errno.EPERM),
        (NEWUSER, CHROOTED | {"chance.fails": int(Fallible.ALLOC_USER_NS)}, Errno.EPERM),
        (NEWUSER, DEEP | {"chance.fails": int(Fallible.PREPARE_CREDS)}, Errno.ENOMEM),
        (NEWUTS, {"system.uts_namespaces.max": 0}, Errno.EPERM),
        (NEWUTS, ROOT | {"system.uts_namespaces.max": 0}, Errno.ENOSPC),
        (NEWUSER | NEWUTS, DEEP, Errno.ENOSPC),
        (NEWPID, ROOT | {"current.nsproxy.pid_for_children_is_active": False}, Errno.EINVAL),
        (NEWPID, TWO_THREADS | ROOT, Errno.OK),
        (THREAD, {"current.mm_users": 2}, Errno.OK),
        (VM, {"current.mm_users": 2}, Errno.EINVAL),
        (0, TWO_THREADS, Errno.OK),
    ],
)
def test_which_errno_wins(flags: int, facts: dict[str, Any], errno: Errno) -> None:
    assert call(flags, facts).errno == errno


def test_debians_sysctl_is_tested_before_the_flags() -> None:
    facts = {"system.unprivileged_userns_clone": False}
    assert call(NEWUSER | 1, facts, "debian-6.12.117").errno == Errno.EPERM
    assert call(NEWUSER | 1, facts).errno == Errno.EINVAL
    assert call(NEWUSER, facts | ROOT, "debian-6.12.117").ok


def test_time_namespaces_came_with_v5_6() -> None:
    assert call(NEWTIME, ROOT, "v5.4").errno == Errno.EINVAL
    made = call(NEWTIME, ROOT, "v5.10")
    assert made.after.time_ns == Ns.SAME
    assert made.after.time_ns_for_children == Ns.NEW


def test_the_nsproxy_leaks_until_its_fix() -> None:
    late = {"chance.fails": int(Fallible.SET_CRED_UCOUNTS)}
    flags = NEWUSER | NEWUTS | NEWNS | FILES
    assert kept(call(flags, late)) == {"nsproxy"}
    assert kept(call(flags, late, "v7.1")) == set()
    assert call(flags, late).errno == Errno.EAGAIN
    assert call(flags, late, "v5.10").ok


def test_a_failure_after_the_mount_namespace_moved_the_root_until_its_fix() -> None:
    facts = ROOT | {"system.net_namespaces.max": 0}
    flags = NEWNS | 0x40000000
    assert call(flags, facts).done[ROOT_MOVED]
    assert not call(flags, facts | {"current.fs_users": 2}).done[ROOT_MOVED]
    assert not call(flags, facts, "debian-6.12.117").done[ROOT_MOVED]


def test_the_caller_afterwards() -> None:
    shared = {"current.fs_users": 2, "current.files_count": 3, "current.undo_list": True}
    after = call(NEWUSER | NEWPID | NEWIPC, shared | ROOT).after
    assert after.fs_is_own
    assert after.fs_copied
    assert not after.files_are_own
    assert not after.undo_list
    assert after.new_user_ns
    assert after.user_ns_level == 1
    assert not after.rules_its_old_user_ns
    assert after.pid_ns == Ns.SAME
    assert after.pid_ns_for_children == Ns.NEW


def test_the_charge_moves_unseen_by_limits() -> None:
    facts = {
        "current.real_cred.euid": 1001,
        "current.real_cred.ucounts.nproc_of_euid": 10,
        "current.signal.rlim_nproc": 10,
    }
    made = call(NEWUSER, facts)
    assert made.ok
    assert made.after.over_limit
    assert not call(FS, facts).after.over_limit
    assert not call(NEWUSER, facts, "v5.10").after.over_limit
