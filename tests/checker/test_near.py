"""A call near the ordinary one: what need not differ from it does not."""

from __future__ import annotations

from functools import cache

from checker.readings.space import space
from checker.smallest.shrink import not_default
from model.algebra import Truth, both, either
from model.request import Entry
from model.revisions import REVISIONS
from source.questions import NEAR, Engine

START = space().start
FLAGS, NPROC = START.request.flags, START.current.signal.rlim_nproc
CAPS = START.current.real_cred.cap_effective


@cache
def engine() -> Engine:
    return Engine(REVISIONS["v6.12"].kernel)


def near(truth: Truth, units: int = NEAR) -> list[tuple[str, dict[str, int] | None]]:
    """Return each answer: its status, and what differs from an ordinary caller of fork()."""
    asked = engine().sat.constraint(truth)
    return [
        (one.status, None if one.values is None else not_default(one.values))
        for one in engine().answers(asked, units)
    ]


def test_only_what_has_to_differ_differs() -> None:
    (status, values), _ = near(NPROC == 7)
    assert (status, values) == ("sat", {"current.signal.rlim_nproc": 7})


def test_of_two_ways_one_is_taken_and_the_other_is_as_it_was() -> None:
    """Both are given up together where neither alone can be told to hinder."""
    (_, values), _ = near(both(either(NPROC == 7, CAPS == 0x200000), FLAGS != 0))
    assert values is not None and len(values.keys() - {"request.flags", "request.entry"}) == 1


def test_the_kernels_own_entry_points_come_last() -> None:
    inside = START.request.entry == int(Entry.KERNEL_THREAD)
    user = both(START.request.entry == int(Entry.CLONE), FLAGS == 0x10900)
    (_, values), _ = near(either(inside, user))
    assert values is not None and values["request.entry"] == Entry.CLONE


def test_what_cannot_be_is_said_not_to_be() -> None:
    assert near(both(NPROC == 15, NPROC & 7 == 6)) == [("unsat", None)]


def test_what_is_not_found_within_the_units_is_not_known() -> None:
    """The factors of a product of two large primes."""
    product = both(NPROC * CAPS == 1000000007 * 998244353, NPROC & ~0xFFFFFFFF == 0, NPROC != 1)
    assert near(both(product, CAPS & ~0xFFFFFFFF == 0), 1000) == [("unknown", None)]
