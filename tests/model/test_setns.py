"""setns(): which errno wins, what is given back, and what the caller is afterwards."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import pytest

from model.call import Situation
from model.evaluate import Outcome
from model.predict import predict
from model.records import build
from model.request import Entry, NsFile
from model.revisions import REVISIONS
from model.setns import EFFECTS, TABLE, Joined
from model.state import Fallible, Reach
from model.words import (
    CAP_FULL_SET,
    CAP_SYS_ADMIN,
    CAP_SYS_CHROOT,
    NEWIPC,
    NEWNET,
    NEWNS,
    NEWPID,
    NEWTIME,
    NEWUSER,
    NEWUTS,
    Errno,
)

ROOT = {"current.real_cred.cap_effective": CAP_SYS_ADMIN | CAP_SYS_CHROOT}
ADMIN = {"current.real_cred.cap_effective": CAP_SYS_ADMIN}
PIDFD = {"request.target.file": int(NsFile.PIDFD)}
OWNER = {"request.target.user_ns_reach": int(Reach.OWNED)}
TWO_THREADS = {
    "current.signal.nr_threads": 2,
    "current.sighand.count": 2,
    "current.mm_users": 2,
}
SHARED_FS = {"current.fs_users": 2}


def call(flags: int, facts: dict[str, Any], kernel: str = "v6.12") -> Outcome:
    values = {"request.entry": int(Entry.SETNS), "request.flags": flags, **facts}
    outcome = predict(REVISIONS[kernel].kernel, build(Situation, values))
    assert isinstance(outcome, Outcome)
    return outcome


def of(kind: int) -> dict[str, Any]:
    return {"request.target.type": kind}


def kept(outcome: Outcome) -> set[str]:
    assert not any(outcome.freed_twice.values())
    return {name for name, there in outcome.held.items() if there}


def test_every_field_is_decided_and_every_rule_has_its_own_name() -> None:
    assert {item.name for item in fields(Joined)} == {effect.field for effect in EFFECTS}
    names = [row.name for row in TABLE if hasattr(row, "errno")]
    assert len(names) == len(set(names))


@pytest.mark.parametrize(
    ("flags", "facts", "errno"),
    [
        (0, ADMIN, Errno.OK),
        (NEWUTS, ADMIN, Errno.OK),
        (0, {}, Errno.EPERM),
        (NEWIPC, ADMIN, Errno.EINVAL),
        (1 << 32, ADMIN, Errno.OK),
        (NEWUTS, ADMIN | {"request.target.file": int(NsFile.CLOSED)}, Errno.EBADF),
        (NEWUTS, ADMIN | {"request.target.file": int(NsFile.OTHER)}, Errno.EINVAL),
        (0, ADMIN | PIDFD, Errno.EINVAL),
        (NEWUTS | 1, ADMIN | PIDFD, Errno.EINVAL),
        (NEWUTS, ADMIN | PIDFD | {"request.target.alive": False}, Errno.ESRCH),
        (
            NEWUTS,
            PIDFD | {"request.target.exited": True, "request.target.ptrace_allowed": False},
            Errno.EPERM,
        ),
        (NEWUTS, PIDFD | {"request.target.exited": True}, Errno.ESRCH),
        (0, of(NEWTIME) | TWO_THREADS, Errno.EUSERS),
        (0, of(NEWUSER) | TWO_THREADS, Errno.EINVAL),
        (0, of(NEWUSER) | SHARED_FS | OWNER, Errno.EINVAL),
        (0, of(NEWUSER), Errno.EPERM),
        (0, of(NEWUSER) | OWNER, Errno.OK),
        (0, of(NEWNS) | ADMIN | SHARED_FS, Errno.EPERM),
        (0, of(NEWNS) | ROOT | SHARED_FS, Errno.EINVAL),
        (0, of(NEWPID) | {"request.target.descendant_pid_ns": False}, Errno.EPERM),
        (0, of(NEWPID) | ADMIN | {"request.target.descendant_pid_ns": False}, Errno.EINVAL),
        (
            NEWUSER | NEWNET,
            PIDFD | OWNER | {"request.target.owners_owned": NEWNET},
            Errno.OK,
        ),
        (NEWUSER | NEWNET, PIDFD | OWNER, Errno.EPERM),
    ],
)
def test_which_errno_wins(flags: int, facts: dict[str, Any], errno: Errno) -> None:
    assert call(flags, facts).errno == errno


def test_a_pidfd_came_with_v5_8() -> None:
    assert call(NEWUTS, ADMIN | PIDFD, "v5.4").errno == Errno.EINVAL
    assert call(NEWUTS, ADMIN | PIDFD, "v5.10").ok


@pytest.mark.parametrize(
    ("kernel", "errno"),
    [
        ("v5.10", Errno.OK),
        ("v6.18", Errno.OK),
        ("debian-6.1.192", Errno.OK),
        ("debian-6.12.117", Errno.EINVAL),
    ],
)
def test_a_shared_root_and_two_namespaces(kernel: str, errno: Errno) -> None:
    outcome = call(NEWNS | NEWUTS, ROOT | PIDFD | SHARED_FS, kernel)
    assert outcome.errno == errno
    assert not outcome.ok or outcome.after.sharers_root_moved
    assert call(NEWNS, ROOT | PIDFD | SHARED_FS, kernel).errno == Errno.EINVAL


def test_missing_ucounts_give_another_errno_than_elsewhere() -> None:
    facts = of(NEWUSER) | OWNER | {"chance.fails": int(Fallible.SET_CRED_UCOUNTS)}
    assert call(0, facts).errno == Errno.EINVAL
    assert call(0, facts, "v5.10").ok


def test_credentials_leak_where_the_fs_copy_fails() -> None:
    facts = PIDFD | OWNER | {"chance.fails": int(Fallible.COPY_FS_STRUCT)}
    both = call(NEWUSER | NEWNS, facts)
    assert both.errno == Errno.ENOMEM
    assert kept(both) == {"cred"}
    assert kept(call(NEWNS | NEWUTS, facts | ROOT)) == set()
    assert kept(call(NEWUSER | NEWNS, PIDFD)) == set()


def test_the_caller_afterwards() -> None:
    facts = {
        "current.chrooted": True,
        "current.undo_list": True,
        "current.nsproxy.pid_for_children_is_active": False,
        "request.target.active_pid_ns": True,
        "request.target.owners_owned": NEWNS | NEWIPC | NEWPID,
    }
    after = call(NEWUSER | NEWNS | NEWIPC | NEWPID, PIDFD | OWNER | facts).after
    assert after.user_ns
    assert after.cap_effective == CAP_FULL_SET
    assert after.root_moved
    assert not after.chrooted
    assert not after.undo_list
    assert not after.pid_ns
    assert after.pid_for_children_is_active
    assert not after.uts_ns


def test_limits_are_not_asked() -> None:
    facts = of(NEWUSER) | OWNER | {"request.target.nproc": 5, "current.signal.rlim_nproc": 5}
    made = call(0, facts)
    assert made.ok
    assert made.after.over_limit
    assert not call(0, facts, "v5.10").after.over_limit
