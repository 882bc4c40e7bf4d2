"""Rules chosen by errno, entry, kernel and commit: each with a call that shows it, and no other."""

from __future__ import annotations

import pytest

from checker.calls.kernel_names import kernel_named
from checker.calls.patch_sets import patch_named
from checker.why.cases import decided_by
from checker.why.chosen import Choice, chosen, mentions, rejections
from model.call import Situation
from model.patches import CLEAR_SIGHAND, UCOUNTS_NPROC
from model.predict import predict
from model.records import build
from model.request import Entry
from model.words import Errno


@pytest.mark.parametrize(
    ("errno", "entry", "kernel"),
    [
        (Errno.ENOSPC, Entry.UNSHARE, "v6.6"),
        (Errno.EINVAL, Entry.VFORK, "v5.15"),
        (Errno.EAGAIN, Entry.FORK, "6.8.0-58-generic"),
        (Errno.ENOMEM, Entry.VHOST_SET_OWNER, "v6.12"),
        (None, Entry.SETNS, "v6.1+KILL_SEQ"),
    ],
)
def test_each_call_is_refused_by_its_rule(
    errno: Errno | None, entry: Entry, kernel: str
) -> None:
    where = kernel_named(kernel)
    found = list(chosen(Choice(None if errno is None else int(errno), entry, where)))
    assert found
    for one in found:
        outcome = predict(where, build(Situation, one.call))
        case = decided_by(outcome)
        assert case is not None and (case.row.name, case.row.at) == (one.rule.name, one.rule.at)
        assert int(outcome.errno) == one.errno and errno in (None, one.errno)
        assert one.call.get("request.entry", Entry.FORK) == entry


def test_one_rule_alone_gives_einval_to_vfork_on_5_15() -> None:
    found = list(chosen(Choice(int(Errno.EINVAL), Entry.VFORK, kernel_named("v5.15"))))
    assert [one.rule.name for one in found if "chance.fails" not in one.call] == [
        "shared memory across time namespaces"
    ]
    assert not [
        one for one in chosen(Choice(int(Errno.EINVAL), Entry.VFORK, kernel_named("v6.2")))
        if one.rule.name == "shared memory across time namespaces"
    ]


def test_a_commit_chooses_what_it_brought_and_what_it_took() -> None:
    gone = list(chosen(Choice(patch=patch_named("2b5f9dad32ed"))))
    assert [(one.rule.name, one.kernel.name) for one in gone] == [
        ("shared memory across time namespaces", "debian-6.1.192")
    ]
    came = list(chosen(Choice(patch=UCOUNTS_NPROC)))
    assert came and all(mentions(one.rule.where, UCOUNTS_NPROC) for one in came)
    assert not any(mentions(row.where, CLEAR_SIGHAND) for row in rejections() if row in
                   [one.rule for one in came])


def test_what_no_kernel_says_is_no_rule() -> None:
    wanted = Choice(int(Errno.E2BIG), Entry.FORK, kernel_named("v6.12"))
    assert list(chosen(wanted)) == []
