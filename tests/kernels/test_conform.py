"""The comparison with running kernels: that it agrees, and that it can disagree."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from typing import Any

import pytest

from kernels.cases.case import Called, Caller, Case
from kernels.cases.generate.all_cases import Generated, lines
from kernels.cases.generate.coverage import (
    CHANCE,
    GUEST_ROWS,
    LATE,
    MISSING,
    RESTARTED,
    SILENT_ROWS,
    why_never,
)
from kernels.cases.generate.random_calls import random_cases
from kernels.cases.generate.rows import single_rows
from kernels.cases.outcomes import standing
from kernels.cases.possible import possible
from kernels.cases.searcher import Searcher
from kernels.conformance import conform as conforming
from kernels.conformance.conform import KernelReport, status
from kernels.conformance.telling import details, document, table
from kernels.machines import live, vm
from kernels.machines.place import revision_for
from kernels.machines.surroundings import Surroundings, this_machine
from kernels.observe.comparison import Compared, compare
from model.kernel import Kernel
from model.request import Entry
from model.revisions import REVISIONS
from model.words import Errno

GUEST = Surroundings()
KERNEL = REVISIONS["v6.12"].kernel
CHROOTED = Case(call=Called(entry=2, flags=0x10000011), caller=Caller(chroot=True))
_CAPS = dict.fromkeys(("eff", "prm", "bnd"), 2**41 - 1) | {"inh": 0, "amb": 0}


def _caller(**more: Any) -> dict[str, Any]:
    zero = ("sigblk", "sigign", "sigcgt", "sigpnd", "nnp", "seccomp", "tracer", "oom_score_adj")
    who = {"comm": "probe", "uid": [0] * 4, "gid": [0] * 4, "cap": _CAPS, "exit_signal": 17}
    task = {"threads": 1, "pflags": 0x40, "pid_level": 1, "is_pid1": False}
    return dict.fromkeys(zero, 0) | who | task | more


def _row(errno: Any, **more: Any) -> dict[str, Any]:
    return {"prepared": True, "errno": errno, "ret": -1, "caller": _caller(), "child": None} | more


def test_the_same_errno_agrees() -> None:
    found = compare(KERNEL, GUEST, CHROOTED, _row("EPERM"))
    assert found.agrees
    assert found.rule == "chrooted caller wants a user namespace"


def test_another_errno_does_not() -> None:
    found = compare(KERNEL, GUEST, CHROOTED, _row("EINVAL"))
    assert not found.agrees
    assert [(one.model, one.kernel) for one in found.differences] == [("EPERM", "EINVAL")]


def test_a_failed_set_up_is_no_agreement() -> None:
    row = {"prepared": "chroot: EPERM", "errno": None}
    found = compare(KERNEL, GUEST, CHROOTED, row)
    assert not found.agrees
    assert not found.differences
    assert found.unprepared == "chroot: EPERM"


def test_a_caller_that_is_not_as_said_is_a_failed_set_up() -> None:
    found = compare(KERNEL, GUEST, CHROOTED, _row("EPERM", caller=_caller(nnp=1)))
    assert not found.agrees
    assert "no_new_privs 1, not 0" in found.unprepared


def test_a_child_that_died_young_differs() -> None:
    row = _row(0, ret=7, child={"alive": False, "parent_tid": None, "pidfd": None})
    found = compare(KERNEL, GUEST, Case(), row)
    assert [one.field for one in found.differences] == ["alive"]


def test_rows_told_apart_by_name_exist() -> None:
    names = {
        row.name
        for revision in REVISIONS.values()
        for entry in (Entry.CLONE3, Entry.SETNS, Entry.UNSHARE)
        for row in standing(revision.kernel, entry)
    }
    assert {*SILENT_ROWS, *GUEST_ROWS, *RESTARTED} <= names


def test_rows_that_no_case_shows_have_a_reason() -> None:
    names = [row.name for row in standing(KERNEL, Entry.CLONE)]
    reasons = dict(why_never(KERNEL, Entry.CLONE, names, GUEST))
    assert reasons["task struct cannot be allocated"] == CHANCE
    assert reasons["root directory is shared across mount namespaces"] == MISSING
    late = dict(why_never(KERNEL, Entry.CLONE3, ["pidfd with detached"], GUEST))
    assert late == {"pidfd with detached": LATE}


def test_random_cases_are_the_same_each_time() -> None:
    assert random_cases(20, GUEST) == random_cases(20, GUEST)


def test_cases_are_kept_once() -> None:
    found = Generated()
    found.add([Case(), Case(), Case(caller=Caller(by_user=True))], "row", GUEST)
    assert (len(found.cases), found.left_out) == (1, 1)


def test_a_draw_of_cases_keeps_those_that_show_something() -> None:
    found = Generated()
    found.add([Case()], "row", GUEST)
    found.add(random_cases(60, GUEST), "random", GUEST)
    few = conforming.drawn(found, 20)
    assert len(few.cases) == 20
    assert Case() in few.cases
    assert list(few.cases) == [case for case in found.cases if case in few.cases]
    assert few == conforming.drawn(found, 20)
    assert conforming.drawn(found, None) is found
    assert list(conforming.drawn(found, 1).cases) == [Case()]


@pytest.mark.parametrize(
    ("release", "revision", "exact"),
    [
        ("6.18.44", "v6.18", True),
        ("6.1.0-56-cloud-amd64", "debian-6.1.192", True),
        ("6.12.117+deb12-cloud-amd64", "debian-6.12.117", True),
        ("6.13.2-arch1", "v6.13", True),
        ("6.11.4", "v6.10", False),
        ("9.0", "v7.3", False),
        ("7.2.13+deb14-cloud-amd64", "7.2.13+deb14-cloud-amd64", True),
        ("5.10.0-43-cloud-amd64", "5.10.0-43-cloud-amd64+CLONE3_NEWTIME", True),
        ("6.12.117+deb-built-amd64", "debian-6.12.117", True),
    ],
)
def test_a_release_is_held_against_the_nearest_revision(
    release: str, revision: str, exact: bool
) -> None:
    found, note = revision_for(release)
    assert found.name == revision
    assert (note == "") is exact


def _report() -> KernelReport:
    wrong = compare(KERNEL, GUEST, CHROOTED, _row("EINVAL"))
    report = KernelReport("6.12", "6.12.1", "v6.12", cases=2, agree=1, disagreements=[wrong])
    report.rules = {("clone", wrong.rule): Counter(agree=1)}
    report.reachable = [("clone", wrong.rule), ("fork", "x")]
    return report


def test_a_disagreement_is_told_with_case_rule_and_both_answers() -> None:
    told = "\n".join(details(_report()))
    assert "DISAGREE entry=clone flags=0x10000011 chroot=1" in told
    assert "rule: chrooted caller wants a user namespace" in told
    assert "errno: model EPERM, kernel EINVAL" in told
    assert "| 6.12 (6.12.1) | v6.12 | 2 | 1 | 1 | 0 | 1 of 2 |" in table([_report()])
    assert status([_report()]) == 1
    assert json.loads(json.dumps(document([_report()])))["kernels"][0]["disagree"] == 1


def test_a_kernel_that_cannot_be_had_is_skipped_not_passed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(live, "can_run", lambda: "the probe needs root")
    reports = [conforming.conform("running")]
    assert details(reports[0]) == ["running: skipped, not passed: the probe needs root"]
    assert table(reports) == []
    assert status(reports) == 2
    monkeypatch.setattr(vm, "can_run", lambda line: f"no kernel {line} fetched")
    assert conforming.conform("6.1").skipped == "no kernel 6.1 fetched"


# ---- on the running kernel -------------------------------------------------------------


class Without(Kernel):
    """A kernel that lacks one row."""

    def __init__(self, kernel: Kernel, row: str) -> None:
        super().__init__(kernel.name, kernel._has)
        self.row = row

    def rows(self, table: list[Any]) -> list[Any]:
        return [one for one in super().rows(table) if one[0].name != self.row]


class Mistaken(Without):
    """A kernel on which one row rejects with another errno."""

    def rows(self, table: list[Any]) -> list[Any]:
        return [
            (replace(row, errno=Errno.EBUSY) if row.name == self.row else row, there)
            for row, there in Kernel.rows(self, table)
        ]


class Observed:
    """Cases of rows, seen on the running kernel."""

    def __init__(self) -> None:
        self.machine = this_machine()
        self.kernel = revision_for(_release())[0].kernel
        self.rows: list[str] = []
        self.cases: list[Case] = []
        for entry in (Entry.FORK, Entry.CLONE):
            for row, case in single_rows(Searcher(self.kernel, self.machine, entry)):
                if case is not None and possible(case, self.machine) is True:
                    self.rows.append(row)
                    self.cases.append(case)
        self.seen = live.run_live(lines(self.cases))

    def compared(self, kernel: Kernel) -> list[Compared]:
        found = zip(self.cases, self.seen, strict=True)
        return [compare(kernel, self.machine, case, row) for case, row in found]


def _release() -> str:
    import platform

    return platform.release()


@pytest.fixture(scope="module")
def observed() -> Observed:
    reason = live.can_run()
    if reason:
        pytest.skip(reason)
    return Observed()


def test_the_running_kernel_agrees(observed: Observed) -> None:
    found = observed.compared(observed.kernel)
    assert [one.line for one in found if one.differences] == []
    assert sum(one.agrees for one in found) >= len(found) - 2


def test_a_model_without_a_row_or_with_a_wrong_errno_is_found_out(observed: Observed) -> None:
    for row, one in zip(observed.rows, observed.compared(observed.kernel), strict=True):
        if one.agrees:
            for mutate in (Without, Mistaken):
                mutant = observed.compared(mutate(observed.kernel, row))
                assert any(each.differences for each in mutant), row


def test_a_model_of_another_kernel_is_found_out(observed: Observed) -> None:
    time = Case(call=Called(entry=2, flags=0x111), caller=Caller(timens=True))
    seen = live.run_live(lines([time]))
    old = compare(REVISIONS["v5.10"].kernel, observed.machine, time, seen[0])
    assert [one.field for one in old.differences] == ["errno"]
