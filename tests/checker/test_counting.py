"""Flag words counted in columns are those that plain values count, one by one."""

import itertools
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given

from checker.independent import counting, flags
from checker.independent.counting import counted
from checker.readings.subjects import ENDS, subject_of
from model.call import Situation
from model.evaluate import Outcome
from model.kernel import Kernel
from model.predict import call_of, predict
from model.records import build
from model.request import Entry
from model.revisions import REVISIONS
from model.rows import Rejection
from model.tables import tables
from model.wellformed import well_formed
from model.words import Flag
from tests.calls import kernels, situations

NAMES = ("FS", "THREAD", "SIGHAND", "NEWUSER", "NEWNS", "PIDFD")
ENTRIES = (Entry.CLONE, Entry.CLONE3, Entry.UNSHARE, Entry.SETNS, Entry.KERNEL_THREAD)


@pytest.fixture(scope="module", autouse=True)
def few() -> Iterator[None]:
    """Count combinations of few flags only."""
    with pytest.MonkeyPatch.context() as patched:
        bits = tuple(int(Flag[name]) for name in NAMES)
        for module in (flags, counting):
            patched.setattr(module, "BITS", bits)
        patched.setattr(flags, "AT_ONCE", 1 << 4)
        flags._low.cache_clear()
        yield
    flags._low.cache_clear()


def by_hand(kernel: Kernel, facts: dict[str, Any]) -> dict[str, Any]:
    """The same numbers, from one plain call after the other."""
    found: dict[str, Any] = {"tried": 0, "impossible": 0, "accepted": 0}
    first: Counter[str] = Counter()
    alone: Counter[str] = Counter()
    every = sum(int(Flag[name]) for name in NAMES)
    for size in range(len(NAMES) + 1):
        for some in itertools.combinations(NAMES, size):
            word = facts["request.flags"] & ~every | sum(int(Flag[name]) for name in some)
            start = build(Situation, {**facts, "request.flags": word})
            found["tried"] += 1
            if not well_formed(kernel, start):
                found["impossible"] += 1
                continue
            outcome = predict(kernel, start)
            assert isinstance(outcome, Outcome)
            found["accepted"] += outcome.errno == 0
            first.update([outcome.rejected_by.name] if outcome.rejected_by else [])
            refusing = all_refusing(kernel, start)
            alone.update(refusing if len(refusing) == 1 else [])
    return {**found, "first": first, "alone": alone}


def all_refusing(kernel: Kernel, start: Situation) -> list[str]:
    table = tables()[ENDS[subject_of(Entry(int(start.request.entry)))]]
    call = table.reads(call_of(kernel, start))
    return [
        row.name
        for row in table.rows
        if isinstance(row, Rejection) and kernel.stands(row.where) and row.condition(call)
    ]


@given(kernel=kernels, facts=situations(ENTRIES))
def test_counts_are_those_of_plain_values(kernel: Kernel, facts: dict[str, Any]) -> None:
    found, alone = counted(kernel, facts), by_hand(kernel, facts)
    assert found.tried == 2 ** len(NAMES)
    for name in ("tried", "impossible", "accepted"):
        assert getattr(found, name) == alone[name]
    assert +found.first == alone["first"]
    assert +found.alone == alone["alone"]


def test_a_rule_that_is_lost_changes_the_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    kernel = REVISIONS["v6.12"].kernel
    facts = {"request.entry": int(Entry.CLONE), "request.flags": 17}
    before = counted(kernel, facts)
    name = "thread does not share signal handlers"
    assert before.alone[name] > 0
    table = tables()[ENDS[subject_of(Entry.CLONE)]]
    left = [row for row in table.rows if row.name != name]
    without = dict.fromkeys(tables(), replace(table, rows=left))
    monkeypatch.setattr(counting, "tables", lambda: without)
    after = counted(kernel, facts)
    assert after.accepted == before.accepted + before.alone[name]


def test_what_takes_no_flags_is_not_counted() -> None:
    with pytest.raises(ValueError, match="takes no flags"):
        counted(REVISIONS["v6.12"].kernel, {"request.entry": int(Entry.VHOST_SET_OWNER)})
