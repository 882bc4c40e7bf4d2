"""Calls round task creation: rows on plain values, and what holds of them whatever the values."""

from __future__ import annotations

from typing import Any

import pytest
import z3

from checker.engines.in_z3 import in_z3
from checker.readings.space import constant
from model.algebra import Truth, both, implies, no
from model.around import capabilities, commit, execve, gids, limits, prctl, uids
from model.around.calls import CALLS, refusals
from model.around.rows import Refusal, Step, in_general, outcome
from model.around.task import Around, Asked, Asking, Given, within
from model.kernel import Kernel
from model.over_time.commit import marked_by_set_user
from model.patches import PATCHES
from model.records import build, but, leaves
from model.revisions import REVISIONS
from model.state import Cred, Ucounts
from model.terms import open_truth
from model.words import CAP_FULL_SET, Cap

KERNEL = REVISIONS["v6.12"].kernel
ROOT = Around(uid=0, euid=0, suid=0, fsuid=0, permitted=CAP_FULL_SET, effective=CAP_FULL_SET)


def _came(call: str, task: Around, kernel: Kernel = KERNEL, **asked: Any) -> tuple[int, Around]:
    came = outcome(CALLS[call], Asking(kernel, task, Asked(**asked), Given(), task))
    return came.errno, came.task


def test_root_that_becomes_another_keeps_nothing_but_with_keep_caps() -> None:
    _, plain = _came("setuid", ROOT, first=5)
    assert (plain.uid, plain.suid, plain.permitted, plain.dumpable) == (5, 5, 0, 0)
    _, kept = _came("prctl(PR_SET_KEEPCAPS)", ROOT, value=1)
    _, kept = _came("setuid", kept, first=5)
    assert (kept.permitted, kept.effective) == (CAP_FULL_SET, 0)
    _, run = _came("execve", kept)
    assert (run.permitted, run.securebits) == (0, 0)


def test_a_mark_is_looked_at_before_the_file_and_goes_whatever_becomes_of_it() -> None:
    """EAGAIN before ENOENT; below the limit the mark goes though there is no file."""
    over = Around(marked=True, nproc=0)
    assert _came("execve", over, missing=True) == (11, over)
    errno, task = _came("execve", Around(marked=True, nproc=1), missing=True)
    assert (errno, task.marked) == (2, False)


def test_what_no_privilege_is_needed_for_since_v6_14() -> None:
    plain = Around()
    for name, errno in (("v6.13", 1), ("v6.14", 0)):
        assert _came("prctl(PR_SET_SECUREBITS)", plain, REVISIONS[name].kernel, value=0x500)[
            0] == errno
    assert _came("prctl(PR_SET_SECUREBITS)", plain, REVISIONS["v6.14"].kernel, value=0)[0] == 1


def test_nothing_is_declared_and_in_no_call() -> None:
    """A row that no table lists would refuse nobody."""
    files = (capabilities, commit, execve, gids, limits, prctl, uids)
    declared = {row for file in files for row in vars(file).values()
                if isinstance(row, Refusal | Step)}
    assert declared == {row for rows in CALLS.values() for row in rows}


# ---- whatever the values ---------------------------------------------------------------


def _open(record: type[Any], prefix: str) -> Any:
    known = {leaf.path: constant(leaf) for leaf in leaves(record, prefix)}
    return build(record, known, prefix)


TASK = _open(Around, "task.")
CALL = Asking(
    Kernel("", {patch: open_truth(f"patch:{patch.name}") for patch in PATCHES}),
    TASK, _open(Asked, "asked."), _open(Given, "given."), TASK,
)


def _is_sound(task: Around) -> Truth:
    """Return whether ambient capabilities are permitted and inheritable, effective permitted."""
    both_ = within(task.ambient, task.permitted & task.inheritable)
    return both(both_, within(task.effective, task.permitted), within(task.permitted, CAP_FULL_SET),
                within(task.bounding, CAP_FULL_SET), within(task.inheritable, CAP_FULL_SET))


def _is_proved(claim: Truth) -> bool:
    """Return whether a claim holds for every task, on every kernel."""
    solver = z3.Solver()
    solver.set(rlimit=20_000_000)
    solver.add(in_z3(no(claim)))
    found = solver.check()
    assert found != z3.unknown
    return bool(found == z3.unsat)


@pytest.mark.parametrize("call", CALLS)
def test_what_a_task_has_stays_sound(call: str) -> None:
    """Nothing is effective or ambient that is not permitted, if it was so before: proved."""
    _, after = in_general(CALLS[call], CALL)
    assert _is_proved(implies(_is_sound(TASK), _is_sound(after)))


@pytest.mark.parametrize("call", CALLS)
def test_only_execve_gives_what_was_not_permitted(call: str) -> None:
    """And nothing ever comes back to the bounding set: proved, and refuted where it is not so."""
    _, after = in_general(CALLS[call], CALL)
    assert _is_proved(within(after.bounding, TASK.bounding))
    gains_nothing = implies(_is_sound(TASK), within(after.permitted, TASK.permitted))
    assert _is_proved(gains_nothing) is not call.startswith("exec")


@pytest.mark.parametrize("call", ["execve", "execveat"])
def test_no_new_privs_means_what_it_says(call: str) -> None:
    _, after = in_general(CALLS[call], CALL)
    gains_nothing = within(after.permitted, TASK.permitted)
    assert _is_proved(implies(both(_is_sound(TASK), TASK.no_new_privs), gains_nothing))
    assert _is_proved(implies(TASK.no_new_privs, after.no_new_privs))


@pytest.mark.parametrize("call", CALLS)
def test_each_refusal_decides_some_call(call: str) -> None:
    """A row that an earlier one always hides would be dead: each has a task that it refuses."""
    decides, _ = in_general(CALLS[call], CALL)
    for row in refusals(call):
        assert not _is_proved(no(decides[row])), row.name


def test_the_open_reading_and_the_plain_one_agree() -> None:
    """On some tasks that the rows tell apart; both read the same functions."""
    for call, rows in CALLS.items():
        for task in (ROOT, Around(), Around(marked=True, nproc=0, no_new_privs=True)):
            plain = Asking(KERNEL, task, Asked(first=7, value=3), Given(), task)
            came = outcome(rows, plain)
            decides, after = in_general(rows, plain)
            assert after == came.task, call
            decided = [row for row in decides if decides[row] is True]
            assert decided == ([came.row] if isinstance(came.row, Refusal) else [])


@pytest.mark.parametrize(("kernel", "cap", "marked"), [
    ("v5.14", Cap.SYS_ADMIN, True), ("v5.15", Cap.SYS_ADMIN, False), ("v5.15", Cap.CHOWN, True),
    ("v5.15", Cap.SYS_RESOURCE, False), ("v5.17", Cap.SYS_RESOURCE, True),
])
def test_whom_set_user_spares_the_mark(kernel: str, cap: Cap, marked: bool) -> None:
    """In v5.15 and v5.16 CAP_SYS_RESOURCE or CAP_SYS_ADMIN, and no other capability."""
    counts = Ucounts(nproc=9, nproc_of_euid=9, nproc_parent=9, user_processes=9)
    old = but(Cred(), uid=1000, cap_effective=1 << cap, ucounts=counts)
    new = but(old, uid=1001)
    assert marked_by_set_user(REVISIONS[kernel].kernel, old, new, 1) is marked
