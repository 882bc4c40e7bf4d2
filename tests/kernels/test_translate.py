"""A case is a line is a situation: what the probe is told, prepares, and the model predicts."""

from __future__ import annotations

from dataclasses import replace

import pytest

from kernels.cases.case import ENTRIES, Called, Caller, Case, PidNs
from kernels.cases.generate.grid import (
    boundary_values,
    every_flag_from_every_caller,
    pairs_of_flags,
)
from kernels.cases.generate.rows import Searcher, single_rows
from kernels.cases.lines import NotACase, case_of, line_of
from kernels.cases.outcomes import predicted, rejecting
from kernels.cases.possible import possible
from kernels.cases.prepared import situation, values_for
from kernels.cases.translate import translate
from kernels.machines.surroundings import Surroundings
from model.call import Situation
from model.records import build, leaves, values_of
from model.request import Entry
from model.revisions import REVISIONS
from model.wellformed import well_formed

GUEST = Surroundings()
KERNEL = REVISIONS["debian-6.1.192"].kernel


def _grid() -> list[Case]:
    made = [*every_flag_from_every_caller(), *pairs_of_flags(), *boundary_values(GUEST)]
    return [case for case in made if possible(case, GUEST) is True]


GRID = _grid()


def test_every_case_is_its_line() -> None:
    for case in GRID:
        assert case_of(line_of(case)) == case


def test_lines_tell_cases_apart() -> None:
    different = set(GRID)
    assert len({line_of(case) for case in different}) == len(different)


def test_a_line_that_says_more_than_a_case_is_refused() -> None:
    for line in ("entry=fork nosuch=1", "entry=clone3 pidfd=0x10", "entry=fork userns=x"):
        with pytest.raises(NotACase):
            case_of(line)


def test_what_the_probe_prepares_can_be() -> None:
    for case in GRID[::7]:
        assert well_formed(KERNEL, situation(case, GUEST)) is True, line_of(case)


def test_values_are_leaves_of_a_situation() -> None:
    known = {leaf.path for leaf in leaves(Situation)}
    assert set(values_for(Case(), GUEST)) <= known


@pytest.mark.parametrize("entry", [Entry.FORK, Entry.CLONE, Entry.UNSHARE, Entry.SETNS])
def test_a_case_found_for_a_row_is_rejected_by_it(entry: Entry) -> None:
    for row, case in single_rows(Searcher(KERNEL, GUEST, entry)):
        if case is not None:
            assert possible(case, GUEST) is True, line_of(case)
            assert case_of(line_of(case)) == case
            assert rejecting(KERNEL, case, GUEST)[0] == row


def test_cases_survive_the_way_through_the_models_leaves() -> None:
    """Leaves of a prepared situation translate to a case with the same prediction."""
    lost: list[str] = []
    for case in GRID[::11]:
        values = dict(values_of(situation(case, GUEST)))
        found = translate(values, KERNEL, GUEST)
        if found.case is None:
            lost.append(f"{line_of(case)}: {found.reason}")
            continue
        wanted, got = predicted(KERNEL, case, GUEST), predicted(KERNEL, found.case, GUEST)
        assert (wanted.errno, wanted.rejected_by) == (got.errno, got.rejected_by), line_of(case)
    assert len(lost) <= len(GRID[::11]) // 50, lost[:10]


def test_the_ordinary_caller_of_the_model_is_an_unprivileged_one() -> None:
    found = translate({}, KERNEL, GUEST)
    assert found.line == "entry=fork ruid=u capeff=0x0"


def test_counterexamples_become_lines() -> None:
    nproc = {
        "request.entry": int(Entry.CLONE),
        "request.flags": 0x11,
        "current.signal.rlim_nproc": 5,
        "current.real_cred.ucounts.nproc": 5,
    }
    assert translate(nproc, KERNEL, GUEST).line == (
        "entry=clone flags=0x11 ruid=u capeff=0x0 nproc_room=0"
    )
    pending = {
        "request.flags": 0,
        "current.nsproxy.pid_for_children_is_active": False,
        "current.pid_ns.child_reaper": False,
        "current.pid_ns.level": 1,
    }
    case = translate(pending, KERNEL, GUEST).case
    assert case is not None and case.caller.pidns == PidNs.PENDING


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"request.entry": int(Entry.CREATE_IO_THREAD)}, "no system call"),
        ({"chance.fails": 3}, "DUP_TASK_STRUCT fails: chance"),
        ({"chance.lsm_denies": 1}, "security module"),
        ({"current.overridden": True}, "override_creds"),
        ({"current.flags": 0x200000}, "PF_KTHREAD"),
        ({"current.real_cred.ucounts.nproc": -1}, "wrapped"),
    ],
)
def test_what_user_space_cannot_make_has_a_reason(values: dict[str, int], reason: str) -> None:
    found = translate(values, KERNEL, GUEST)
    assert found.case is None
    assert reason in found.reason


def test_a_live_machine_gives_less() -> None:
    live = replace(GUEST, guest=False, domain_controllers=False)
    full = Case(caller=Caller(no_threads_left=True))
    assert possible(full, GUEST) is True
    assert possible(full, live) is False


def test_entries_are_those_of_user_space() -> None:
    for entry in ENTRIES:
        case = Case(call=Called(entry=int(entry)))
        assert build(Case, dict(values_of(case))) == case
        assert possible(case, GUEST) is True
