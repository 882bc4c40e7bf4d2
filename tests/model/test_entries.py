"""The table of entry points: what a row says of an entry point is so, and no row is missing."""

from dataclasses import replace
from enum import IntEnum
from typing import Any

import pytest
from hypothesis import given

from checker.readings.space import all_leaves
from model import complete, entries
from model.call import Situation
from model.entries import ENTRIES
from model.kernel import Kernel
from model.mistake import Mistake
from model.predict import predict
from model.records import build
from model.request import Entry
from model.total import total
from model.vhost import VhostOutcome
from source.program import PLACE
from source.readings.entry_points import AT_ENTRY
from source.readings.reading import FunctionReading
from tests.calls import kernels, situations

ARGUMENTS = [leaf.path for leaf in all_leaves() if leaf.path.startswith("request.")]


def _ignored(entry: Entry) -> set[str]:
    taken = {"entry", *ENTRIES[entry].takes}
    return {path for path in ARGUMENTS if path.split(".")[1] not in taken}


def _comes_to(kernel: Kernel, values: dict[str, Any]) -> Any:
    outcome = predict(kernel, build(Situation, values))
    if isinstance(outcome, VhostOutcome):
        return outcome.errno
    return outcome.errno, outcome.done, outcome.held, outcome.ok and outcome.after


@given(kernels, situations())
def test_an_argument_that_an_entry_point_does_not_take_changes_nothing(
    kernel: Kernel, values: dict[str, Any]
) -> None:
    ignored = _ignored(Entry(values["request.entry"]))
    without = {path: value for path, value in values.items() if path not in ignored}
    assert _comes_to(kernel, without) == _comes_to(kernel, values)


def test_an_argument_that_is_left_out_of_a_row_would_be_seen(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Negative: without its flags in the row, unshare() is caught changing by them."""
    row = replace(ENTRIES[Entry.UNSHARE], takes=())
    monkeypatch.setitem(entries.ENTRIES, Entry.UNSHARE, row)
    with pytest.raises(AssertionError):
        test_an_argument_that_an_entry_point_does_not_take_changes_nothing()


def test_an_entry_point_without_a_row_is_told_with_its_place(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delitem(entries.ENTRIES, Entry.FORK_IDLE)
    assert any(
        one.startswith("model/request.py:") and "Entry.FORK_IDLE has no row in ENTRIES" in one
        for one in complete.incomplete()
    )


def test_an_argument_that_no_request_has_is_told_with_its_place(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    row = replace(ENTRIES[Entry.CLONE], takes=("flag",))
    monkeypatch.setitem(entries.ENTRIES, Entry.CLONE, row)
    says = "CLONE takes 'flag', which is no field of Request"
    assert any(
        one.startswith("model/entries.py:") and one.endswith(says) for one in complete.incomplete()
    )


def test_a_table_by_member_tells_the_member_it_has_no_row_for() -> None:
    class Few(IntEnum):
        ONE = 1
        TWO = 2

    with pytest.raises(Mistake, match=r"tests/model/test_entries.py:\d+: .* no row for Few.TWO"):
        total(Few, {Few.ONE: "a row"})


def test_an_entry_point_stands_where_the_c_reader_finds_it() -> None:
    read = [ENTRIES[entry] for entry, how in AT_ENTRY.items() if isinstance(how, FunctionReading)]
    assert [PLACE[one.function] for one in read] == [one.at.partition(":")[0] for one in read]
