"""Results as lines: what comes back is what was sent, and a line is told once."""

from __future__ import annotations

from dataclasses import replace

from checker.questions.run import verify
from checker.record.packed import packed, received, sent
from checker.record.result import Result

FOUND = verify(["P02", "V01"], ["v6.1", "v6.12"], jobs=1)


def test_results_travel_unchanged() -> None:
    lines = sent(FOUND)
    assert len(lines) == 2
    assert received(lines) == FOUND
    assert {one.kernel for one in received(lines)} == {"v6.1", "v6.12"}


def test_what_was_received_is_packed_as_it_came_and_what_was_changed_anew() -> None:
    line = sent(FOUND)[0]
    some = received([line])
    assert packed(some) is line
    other: list[Result] = [replace(one, reason="another") for one in some]
    assert packed(other) != line and received([packed(other)]) == other
    assert received([packed(some[:1])]) == some[:1]
    mixed = [some[0], other[1]]
    assert received([packed(mixed)]) == mixed
