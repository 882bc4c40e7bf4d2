"""Landmarks are written by hand, stand on every kernel, and break when a patch moves."""

from __future__ import annotations

import ast
import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from checker.calls.kernel_names import revision_named
from checker.over_time.decide import Historian
from checker.questions.landmarks import (
    answer,
    broken,
    broken_by_calls,
    broken_by_verdicts,
    expected,
    landmarks_of,
    situation_of,
)
from checker.record.result import Result
from command.settle import call_landmarks
from model.kernel import Kernel
from model.patch import Patch
from model.patches import BY_NAME, PATCHES, USERNS_FS_GUARD
from model.revisions import REVISIONS
from properties.catalogue import timed_by_id
from properties.claim import Verdict
from properties.landmarks import catalogue
from properties.landmarks.kernels import SpanError, in_span
from properties.landmarks.landmark import UNSAID, DecidedBy

CALLS = landmarks_of(DecidedBy.CALL)
HISTORIES = landmarks_of(DecidedBy.HISTORY)
EVERY = list(REVISIONS)

HISTORY_OF = {
    "EXEC_ID_64": "P46",
    "SIBLING_SIGNAL_LOCKED": "P45",
    "UCOUNTS_GET_LOCKED": "P37f",
    "COMMIT_CREDS_PAIRED": "P24",
    "SET_USER_ASKS_CAPABILITIES": "P30H",
    "IO_WQ_RETRIES": "P67",
    "UCOUNTS_PIN_NS": "P37n",
    "SET_USER_TESTS_NEW": "P27",
    "SET_USER_WITHOUT_CAPABILITIES": "P30H",
    "VHOST_WAKE_ORDER": "P64w",
    "IO_WORKER_FLAG_KEPT": "P61e",
    "VHOST_NEW_WORKER": "P66o",
    "VHOST_FLUSH_UNLOCKED": "P64d",
    "VHOST_SIGKILL": "P52k",
    "EXEC_COUNTS_WORKERS": "P60",
    "IO_WQ_RETRY_LIMIT": "P67",
    "KVM_VHOST_TASK": "P59k",
    "KVM_LATE_WORKER": "P66l",
    "KVM_WAKES_LIVE": "P63n",
    "KVM_RETRIES": "P66n",
    "VHOST_TASK_REF": "P63k",
    "EXEC_CANCELS_FIRST": "P60i",
    "WORKER_MASK_KEPT": "P56",
    "RLIMIT_REF_FIRST": "P37a",
}
"""The patches that no single call shows, each with a landmark of histories that does."""

UNSEEN = {
    "CSKY": ("everywhere", "a prototype on another architecture"),
    "BIT_FIELDS": ("everywhere", "fork.c only ever gives 1, others cannot call it yet"),
    "NO_FILES": ("series-4…series-7", "nobody can set it before the eighth patch"),
    "IGNORE_SIGNALS": ("series-4…series-7", "nobody can set it before the eighth patch"),
    "LEGACY_LOWER_32": ("…v5.4", "no flag has a bit above the 32nd yet"),
    "CLONE_FLAGS_U64": ("…v5.4", "no flag has a bit above the 32nd yet"),
    "ACCESS_OK_BY_SIGN": ("…v5.3", "nobody looks at a stack yet"),
    "WITHOUT_CGROUP_PIDS": ("v3.10", "there is no pids controller yet"),
    "WITHOUT_IO_URING": ("…v5.10", "no task has an io worker yet"),
    "UNSHARE_NSPROXY_PUT": ("…v5.10", "nothing fails behind the nsproxy yet"),
    "FILES_AFTER_SCHED": ("everywhere", "what is given back stays, only its order changes"),
    "UNBORN_PID_NS_SHOWN": ("everywhere", "about /proc, which is not in the rules"),
    "EXEC_KEEPS_EUID": ("everywhere", "about typed calls of execve(), no single call"),
    "EXEC_SECUREBITS": ("everywhere", "about prctl(), which makes no task"),
    "UCOUNTS_RCUREF": ("everywhere", "the lookup without the lock keeps the same promise"),
    "SET_USER_TESTS_NEW": ("v5.15", "there set_user() marks nobody who may call it"),
    "IO_WORKER_FLAG_KEPT": ("v6.10…, debian-6.12.117", "a dump asks for the flag no more"),
    "VHOST_FLUSH_UNLOCKED": ("v6.6, v6.9", "a worker takes that mutex on SIGKILL, since v6.10"),
    "VHOST_TASK_REF": ("v6.10, v6.12", "vhost itself wakes no worker that is gone"),
    "VHOST_ERR_PTR": (
        "series-9…series-11, v6.4…v6.13", "vhost itself says ENOMEM whatever the reason"
    ),
}
"""Flips that no landmark sees, by patch: the kernels, and why there is nothing to see."""


def flipped(patch: Patch) -> dict[str, Kernel]:
    """The kernels on which a patch can be the other way round, so turned."""
    turned = {
        name: revision.kernel.but(patch, not revision.kernel[patch])
        for name, revision in REVISIONS.items()
    }
    return {name: kernel for name, kernel in turned.items() if kernel.admissible()}


WRITTEN = [(landmark, situation_of(landmark), expected(landmark)) for landmark in CALLS]


def breaks(written: Any, name: str, kernel: Kernel) -> bool:
    landmark, start, wanted = written
    return wanted[name][0] not in (UNSAID, answer(landmark, start, kernel))


def unseen_by_calls(patch: Patch) -> list[str]:
    """The kernels on which no landmark of calls sees the patch turned round."""
    order, alive = list(WRITTEN), []
    for name, kernel in flipped(patch).items():
        hit = next((one for one in order if breaks(one, name, kernel)), None)
        if hit is None:
            alive.append(name)
        else:
            order.insert(0, order.pop(order.index(hit)))
    return alive


def test_there_are_enough():
    assert len(catalogue.all_landmarks()) >= 140
    assert len({one.statement for one in catalogue.all_landmarks()}) == catalogue.HOW_MANY


def test_all_stand_on_every_kernel():
    assert broken_by_calls(EVERY) == []


@pytest.mark.parametrize("landmark", catalogue.all_landmarks(), ids=lambda one: one.statement)
def test_each_has_a_source_and_says_one_thing_of_every_kernel(landmark):
    assert landmark.source
    assert {len(said) for said in expected(landmark).values()} == {1}


OUT_OF_REACH = {"model", "checker", "command", "reports", "kernels"}


def test_they_import_nothing_of_the_model():
    """Who moves a patch cannot take a landmark along."""
    for path in Path(catalogue.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            names = [alias.name for alias in getattr(node, "names", [])]
            module = getattr(node, "module", None)
            for name in [module] if module else names if isinstance(node, ast.Import) else []:
                assert name.split(".")[0] not in OUT_OF_REACH, path
                assert not name.startswith("properties.") or ".landmarks" in name, path


def test_a_patch_that_lands_later_brings_its_hole_back(monkeypatch):
    """CVE-2013-1858: the declared expectations move along, the landmarks do not."""
    later = {
        name: replace(revision, patches=revision.patches - {USERNS_FS_GUARD})
        for name, revision in REVISIONS.items()
    }
    for name, revision in later.items():
        monkeypatch.setitem(REVISIONS, name, revision)
    lines = broken_by_calls(EVERY)
    assert all("CVE-2013-1858" in line for line in lines)
    assert "expected EINVAL, the model says 0, on v3.10" in lines[0]
    assert "e66eded8309e, v3.9" in lines[0]
    assert call_landmarks(EVERY, False, []).broken == []


def unseen(patch: Patch) -> set[str]:
    """The kernels on which there is nothing to see of a patch, by the list."""
    listed = in_span(UNSEEN[patch.name][0], REVISIONS) if patch.name in UNSEEN else set()
    return listed & set(flipped(patch))


@pytest.mark.parametrize("patch", [one for one in PATCHES if one.name not in HISTORY_OF], ids=str)
def test_a_patch_turned_round_in_one_kernel_breaks_a_landmark(patch):
    """Every patch on every kernel, but for those on the list of what nobody can see."""
    assert set(unseen_by_calls(patch)) == unseen(patch)


def test_most_flips_can_be_seen():
    """The others are listed by name, with the reason."""
    flips = sum(len(flipped(patch)) for patch in PATCHES)
    assert flips > 1700
    assert sum(len(unseen(patch)) for patch in PATCHES) < 0.08 * flips


def history_flips() -> list[tuple[str, str]]:
    """Each patch of histories on one kernel; with HYPOTHESIS_PROFILE=long on all of them."""
    every = os.environ.get("HYPOTHESIS_PROFILE") == "long"
    chosen = []
    for name in HISTORY_OF:
        where = [one for one in flipped(BY_NAME[name]) if one not in unseen(BY_NAME[name])]
        chosen += [(name, kernel) for kernel in (where if every else where[-1:])]
    return chosen


HISTORIAN = Historian()


@pytest.mark.parametrize(("name", "where"), history_flips())
def test_a_patch_that_only_histories_show_breaks_its_landmark(name, where):
    of = HISTORY_OF[name]
    verdict = HISTORIAN.decide(timed_by_id(of), flipped(BY_NAME[name])[where]).verdict
    (landmark,) = [one for one in HISTORIES if one.of == of]
    assert list(broken(landmark, [where], lambda _: verdict.value))


def test_a_verdict_that_moves_breaks_its_landmark():
    def run(verdict: Verdict) -> list[str]:
        made = Result("P60", "", "", "", "", "v6.4", verdict, verdict)
        return broken_by_verdicts([made], DecidedBy.HISTORY, whole=False)

    assert run(Verdict.REFUTED) == []
    (line,) = run(Verdict.PROVED)
    assert "P60" in line
    assert "expected REFUTED, the model says PROVED, on v6.4; source: 240a1853b4d2" in line


def test_a_landmark_whose_property_is_gone_is_missed():
    assert len(broken_by_verdicts([], DecidedBy.HISTORY, whole=True)) == len(HISTORIES)


def test_a_landmark_that_is_lost_is_an_error(monkeypatch):
    monkeypatch.setattr(catalogue, "LANDMARKS", catalogue.LANDMARKS[1:])
    with pytest.raises(ValueError, match=f"not {catalogue.HOW_MANY}"):
        catalogue.all_landmarks()


SHORT = ["v5.4", "v6.3-rc1", "series-1", "series-10", "v6.4", "v7.1", "debian-6.1.192"]


@pytest.mark.parametrize(
    ("span", "named"),
    [
        ("everywhere", SHORT),
        ("…v6.2", ["v5.4"]),
        ("…v6.3", ["v5.4", "v6.3-rc1"]),
        ("v6.3…", ["v6.4", "v7.1"]),
        ("v5.5…v5.8", []),
        ("series", ["series-1", "series-10"]),
        ("series-2…, debian-6.1.192", ["series-10", "debian-6.1.192"]),
        ("…series-9, v7.1", ["series-1", "v7.1"]),
    ],
)
def test_a_span_names_releases_by_order_and_all_others_by_name(span, named):
    assert in_span(span, SHORT) == set(named)


@pytest.mark.parametrize("span", ["v6.5", "debian", "debian-6.1.192…", "v55…", "…", ""])
def test_a_span_that_names_nothing_is_an_error(span):
    with pytest.raises(SpanError):
        in_span(span, SHORT)


def test_a_landmark_that_forgets_a_kernel_does_not_stand():
    some = replace(CALLS[0], gives={"EINVAL": "v3.10…"})
    lines = list(broken(some, EVERY, lambda _: "EINVAL"))
    assert "it says nothing on series-1…series-11, debian-6.1.192" in lines[0]
    doubled = replace(CALLS[0], gives={"EINVAL": "everywhere", "0": "v6.1"})
    assert "it says two things on v6.1" in next(broken(doubled, EVERY, lambda _: "EINVAL"))


def test_each_landmark_of_calls_is_looked_at_in_a_whole_run(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """One that no kernel's answer is has its line, be it the first or the last."""
    every = landmarks_of(DecidedBy.CALL)
    wrong = [replace(one, gives={"what no kernel says": "everywhere"}) for one in every]
    monkeypatch.setattr("checker.questions.landmarks.landmarks_of", lambda *_: wrong)
    monkeypatch.setattr("checker.questions.landmarks.broken_by_verdicts", lambda *_, **__: [])
    lines = broken_by_calls(["v6.12"])
    assert all(any(one.statement in line for line in lines) for one in wrong)
    assert call_landmarks(["v6.12"], True, []).broken == lines


UNLISTED = [
    *(f"v3.{minor}" for minor in range(11, 20)),
    *(f"v4.{minor}" for minor in (*range(4), 5, 6, 7, 8, *range(10, 14), 15, 16, 17, 20)),
    "v5.1", "v5.2", "v5.6", "v5.8", "v5.12", "v6.2", "v6.8", "v6.15", "v7.0",
]
"""Releases that are not in the list: of a few landmarks nothing is said there."""


@pytest.mark.parametrize("name", UNLISTED)
def test_a_release_between_those_of_the_list_answers_as_the_landmarks_say(name: str) -> None:
    assert name not in REVISIONS
    kernel, known = revision_named(name).kernel, [*REVISIONS, name]
    said = {
        mark.statement: one
        for mark in CALLS
        for one, span in mark.gives.items()
        if one != UNSAID and name in in_span(span, known)
    }
    assert len(said) > 130
    found = {one.statement: answer(one, situation_of(one), kernel) for one in CALLS}
    assert {what: found[what] for what in said} == said
