"""A case is a line is a situation: what the probe is told, prepares, and the model predicts."""

from __future__ import annotations

from dataclasses import replace

import pytest

from checker.smallest.cost import Values
from kernels.cases.caller import refused
from kernels.cases.case import ENTRIES, Called, Caller, Case
from kernels.cases.generate.grid import (
    boundary_values,
    every_flag_from_every_caller,
    pairs_of_flags,
)
from kernels.cases.generate.rows import single_rows
from kernels.cases.lines import NotACase, case_of, line_of
from kernels.cases.named import as_named, wishes
from kernels.cases.outcomes import rejecting
from kernels.cases.possible import possible
from kernels.cases.prepared import situation, values_for
from kernels.cases.searcher import Searcher
from kernels.machines.surroundings import Surroundings
from model.algebra import both
from model.call import Situation
from model.due import as_truth
from model.records import build, leaves, values_of
from model.request import Entry
from model.revisions import REVISIONS
from model.state import Fallible
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


PENDING = {
    "current.nsproxy.pid_for_children_is_active": False,
    "current.pid_ns.child_reaper": False,
    "current.pid_ns.level": 1,
}


@pytest.mark.parametrize(
    ("entry", "named", "line"),
    [
        (Entry.FORK, {}, "entry=fork ruid=u"),
        (Entry.FORK, {"current.real_cred.uid": 0}, "entry=fork euid=u"),
        (Entry.FORK, PENDING, "entry=fork ruid=u pidns=pending"),
        (Entry.UNSHARE, {"request.flags": 0x20000}, "entry=unshare flags=0x20000 ruid=u"),
    ],
)
def test_the_nearest_case_is_the_plainest(entry: Entry, named: Values, line: str) -> None:
    """Any case would do for the first: nothing is named that an ordinary caller does not have."""
    search = Searcher(KERNEL, GUEST, entry)
    wanted = [as_truth(truth) for _path, truth in as_named(search.values, named)]
    case = search.nearest(wanted, map(as_truth, wishes(search.values, named)))
    assert case is not None
    assert line_of(case) == line


def test_a_later_wish_does_not_come_true_at_the_cost_of_an_earlier_one() -> None:
    search = Searcher(KERNEL, GUEST, Entry.FORK)
    threads = [search.constants["caller.threads"] == number for number in (2, 1)]
    case = search.nearest([], threads)
    assert case is not None and case.caller.threads == 2
    assert search.nearest([both(*threads)], []) is None


def test_what_no_caller_has_together_is_named() -> None:
    search = Searcher(KERNEL, GUEST, Entry.FORK)
    facts = {"current.chrooted": True, "current.pid_ns.level": 40, "current.io_context": True}
    terms = {path: as_truth(truth) for path, truth in as_named(search.values, facts)}
    assert search.in_the_way(terms.items()) == ["current.pid_ns.level"]
    del terms["current.pid_ns.level"]
    assert search.in_the_way(terms.items()) == []


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"request.entry": int(Entry.CREATE_IO_THREAD)}, "no system call"),
        ({"chance.fails": 3}, "DUP_TASK_STRUCT fails: chance"),
        ({"chance.lsm_denies": 1}, "security module"),
        ({"current.overridden": True}, "override_creds"),
        ({"current.flags": 0x200000}, "PF_KTHREAD"),
    ],
)
def test_what_user_space_cannot_make_has_a_reason(values: dict[str, int], reason: str) -> None:
    assert reason in refused(values)
    assert not refused({"request.entry": int(Entry.CLONE), "chance.fails": int(Fallible.PUT_PIDFD)})


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
