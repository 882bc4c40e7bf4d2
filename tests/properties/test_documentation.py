"""The documentation clauses: complete, well declared, and right on calls worked out by hand."""

from __future__ import annotations

import re

import pytest

from checker.questions.decide import decide
from model.call import Situation
from model.patches import CLONE3
from model.predict import predict
from model.records import build
from model.request import Entry
from model.revisions import REVISIONS
from model.words import (
    CAP_FULL_SET,
    FS,
    NEWIPC,
    NEWPID,
    NEWUSER,
    PARENT,
    PIDFD,
    SIGCHLD,
    SIGHAND,
    SYSVSEM,
    THREAD,
    VM,
    Errno,
)
from properties.catalogue import all_properties
from properties.claim import Kind, Property, Verdict
from properties.documentation import MODULES, UNDECIDED

HOMES = {module.__name__ for module in MODULES}
CLAUSES = [prop for prop in all_properties() if prop.statement.__module__ in HOMES]
IDS = {prop.id for prop in CLAUSES}
KERNELS = list(REVISIONS.values())


def number(identity: str) -> int:
    found = re.fullmatch(r"D(\d\d)[a-z]?", identity)
    assert found, identity
    return int(found[1])


def test_every_clause_is_decided_or_says_why_not() -> None:
    covered = {number(identity) for identity in [*IDS, *(clause.id for clause in UNDECIDED)]}
    assert set(range(1, 47)) | set(range(61, 73)) <= covered


def test_no_id_is_both_decided_and_undecided() -> None:
    undecided = [clause.id for clause in UNDECIDED]
    assert len(set(undecided)) == len(undecided)
    assert not IDS & set(undecided)


@pytest.mark.parametrize("prop", CLAUSES, ids=lambda prop: str(prop.id))
def test_a_clause_names_its_source_and_what_is_true_instead(prop: Property) -> None:
    assert prop.kind is Kind.DOCUMENTATION
    assert prop.source
    assert prop.doc
    expected = {prop.expect.on(revision.kernel) for revision in KERNELS}
    if Verdict.REFUTED in expected and Verdict.VACUOUS not in expected and prop.truth:
        assert prop.truth in IDS
    if expected == {Verdict.REFUTED}:
        assert prop.truth, "false everywhere, and nothing said of what is true"


@pytest.mark.parametrize("prop", [p for p in CLAUSES if p.truth], ids=lambda prop: str(prop.id))
def test_the_true_version_holds_on_every_kernel_where_the_clause_fails(prop: Property) -> None:
    """The pages of 6.03 speak of kernels that have clone3()."""
    (truth,) = [other for other in CLAUSES if other.id == prop.truth]
    for revision in KERNELS:
        if CLONE3 in revision.patches and prop.expect.on(revision.kernel) is Verdict.REFUTED:
            assert truth.expect.on(revision.kernel) is Verdict.PROVED


@pytest.mark.parametrize("prop", CLAUSES, ids=lambda prop: str(prop.id))
def test_the_verdict_is_the_declared_one_on_every_kernel(prop: Property) -> None:
    findings = decide(prop, KERNELS)
    wrong = {
        name: finding.verdict
        for name, finding in findings.items()
        if finding.verdict is not prop.expect.on(REVISIONS[name].kernel)
    }
    assert not wrong


ROOT = {"current.real_cred.cap_effective": CAP_FULL_SET}
BY_HAND = [
    ("v6.12", NEWIPC | SYSVSEM, {}, Errno.EPERM),
    ("v6.12", NEWIPC | SYSVSEM, ROOT, Errno.EINVAL),
    ("v6.12", NEWPID | PARENT, ROOT, Errno.OK),
    ("v6.12", NEWUSER | PARENT, {}, Errno.OK),
    ("v6.12", NEWUSER | FS, {}, Errno.EINVAL),
    ("v6.12", NEWUSER, {"current.real_cred.user_ns.level": 32}, Errno.OK),
    ("v6.12", NEWUSER, {"current.real_cred.user_ns.level": 33}, Errno.ENOSPC),
    ("v6.6", PIDFD | THREAD | SIGHAND | VM, {}, Errno.EINVAL),
    ("v6.12", PIDFD | THREAD | SIGHAND | VM, {}, Errno.OK),
    ("v6.12", VM | FS, {"current.fs_in_exec": True}, Errno.EAGAIN),
    ("v6.12", 200, {}, Errno.OK),
    ("v7.1", 200, {}, Errno.EINVAL),
]


@pytest.mark.parametrize(("kernel", "flags", "facts", "errno"), BY_HAND)
def test_calls_worked_out_by_hand(
    kernel: str, flags: int, facts: dict[str, int], errno: Errno
) -> None:
    signal = 0 if flags & 0xFF else SIGCHLD
    values = {"request.entry": int(Entry.CLONE), "request.flags": flags | signal, **facts}
    outcome = predict(REVISIONS[kernel].kernel, build(Situation, values))
    assert outcome.errno == errno


@pytest.mark.parametrize(
    ("kernel", "allowed"), [("v5.10", 3), ("v5.14", 4), ("v5.15", 4), ("v5.17", 3), ("v6.12", 3)]
)
def test_rlimit_nproc_let_one_more_through_from_5_14_to_5_16(kernel: str, allowed: int) -> None:
    counts = ("nproc", "nproc_of_euid", "user_processes")

    def fork_with(tasks: int) -> int:
        facts = {f"current.real_cred.ucounts.{name}": tasks for name in counts}
        values = {"current.signal.rlim_nproc": 3, **facts}
        errno: int = predict(REVISIONS[kernel].kernel, build(Situation, values)).errno
        return errno

    assert fork_with(allowed - 1) == Errno.OK
    assert fork_with(allowed) == Errno.EAGAIN
