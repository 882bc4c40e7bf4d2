"""Cases by what is special in them: so many of each, and all of them can be prepared."""

from __future__ import annotations

from kernels.cases.case import Case
from kernels.cases.generate.all_cases import Generated
from kernels.cases.generate.each_fact import SOURCE, counted, ordinary, special, with_each
from kernels.cases.generate.grid import every_flag_from_every_caller
from kernels.cases.possible import possible
from kernels.machines.surroundings import Surroundings

MACHINE = Surroundings()
KNOWN = Generated()
KNOWN.add(list(every_flag_from_every_caller())[::7], "caller", MACHINE)


def test_each_thing_that_some_known_case_says_is_special_in_so_many() -> None:
    found = with_each(60, KNOWN, MACHINE)
    before, after = counted(KNOWN.cases), counted(found.cases)
    assert min(before.values()) < 60 and before.keys() == after.keys()
    assert min(after.values()) >= 60
    more = [case for case, source in found.cases.items() if source == SOURCE]
    assert more and all(possible(case, MACHINE) is True for case in more)
    assert KNOWN.cases.items() <= found.cases.items()


def test_an_ordinary_case_has_nothing_special_and_each_thing_counts_once() -> None:
    assert special(Case()) == {} and "caller.userns" in ordinary()
    case = next(case for case in KNOWN.cases if case.caller.userns == 2)
    assert counted([case, case])["caller.userns"] == 2


def test_the_same_cases_are_made_each_time_and_none_of_a_thing_that_nobody_says() -> None:
    plain = Generated({Case(): "row"})
    assert with_each(5, plain, MACHINE).cases == plain.cases
    assert with_each(20, KNOWN, MACHINE).cases == with_each(20, KNOWN, MACHINE).cases
