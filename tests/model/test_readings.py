"""The three readings are one meaning: plain values, terms and columns agree on random calls.

Compared are whether the call can be made, its outcome (errno, rule, every field of what it leaves,
what a failed call keeps or gives back twice, what is done to others), and premise and conclusion
of every statement.
"""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from checker.flood.observed import STATED, statements_of
from checker.flood.sample import all_in_columns, on_plain_values, row_of, unlike
from checker.flood.terms import symbolic
from checker.readings.columns import Many, column_of_kernels, kind_of
from checker.readings.space import all_leaves, space
from checker.readings.subjects import RANGES, Range
from model.copy_process import TABLE
from model.entries import CREATORS
from model.evaluate import Outcome, outcome_of
from model.kernel import Kernel
from model.request import Entry
from model.revisions import REVISIONS
from model.rules import flags
from model.wellformed import creates
from properties.claim import Property, Subject
from tests.calls import kernels, situations


def differences(
    subject: Subject, kernel: Kernel, values: dict[str, Any], props: list[Property]
) -> list[str]:
    """Where plain values, terms and columns disagree on a call, and on statements about it."""
    terms = symbolic(subject)
    plain = on_plain_values(kernel, values, subject, props)
    read = terms.read(kernel, values)
    of_others = {name for name in read if name.startswith(STATED)} - set(plain)
    read = {name: value for name, value in read.items() if name not in of_others}
    return [
        *unlike(plain, read, "terms", terms.widths),
        *unlike(plain, in_columns(kernel, values, subject, props), "columns", {}),
    ]


def in_columns(
    kernel: Kernel, values: dict[str, Any], subject: Subject, props: list[Property]
) -> dict[str, Any]:
    """What columns say of a call that stands among others, each on a kernel of its own."""
    facts = {
        leaf.path: np.array(
            [leaf.default, leaf.default, values.get(leaf.path, leaf.default)], dtype=kind_of(leaf)
        )
        for leaf in all_leaves()
    }
    some = column_of_kernels([kernel, REVISIONS["v5.4"].kernel], np.array([0, 1, 0]))
    return row_of(all_in_columns(Many(some, facts, 3), subject, props), 2)


def some_of(subject: Subject) -> st.SearchStrategy[list[Property]]:
    return st.lists(st.sampled_from(statements_of(subject)), max_size=6, unique=True)


@given(kernels, situations(CREATORS), some_of(Subject.CREATE))
def test_creating_calls_read_alike(kernel: Kernel, values: Any, props: Any) -> None:
    assert differences(Subject.CREATE, kernel, values, props) == []


@given(kernels, situations((Entry.UNSHARE,)), some_of(Subject.UNSHARE))
def test_unshare_reads_alike(kernel: Kernel, values: Any, props: Any) -> None:
    assert differences(Subject.UNSHARE, kernel, values, props) == []


@given(kernels, situations((Entry.SETNS,)), some_of(Subject.SETNS))
def test_setns_reads_alike(kernel: Kernel, values: Any, props: Any) -> None:
    assert differences(Subject.SETNS, kernel, values, props) == []


@given(kernels, situations((Entry.VHOST_SET_OWNER, Entry.KTHREAD_CREATE)), some_of(Subject.VHOST))
def test_vhost_reads_alike(kernel: Kernel, values: Any, props: Any) -> None:
    assert differences(Subject.VHOST, kernel, values, props) == []


def test_a_difference_would_be_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """Negative: a rule that means something else to plain values is noticed."""
    row = flags.root_directory_is_shared_across_user_namespaces
    symbolic(Subject.CREATE)
    lying = replace(row, condition=lambda _call: False)
    kernel = REVISIONS["v6.12"].kernel
    values = {"request.entry": int(Entry.CLONE), "request.flags": 0x10000200}
    assert differences(Subject.CREATE, kernel, values, []) == []
    changed = [lying if one is row else one for one in TABLE]
    monkeypatch.setitem(RANGES, Subject.CREATE, _with_table(changed))
    assert differences(Subject.CREATE, kernel, values, []) != []


def _with_table(table: list[Any]) -> Any:
    return Range(creates, lambda call: outcome_of(call, table))


def test_every_outcome_is_compared() -> None:
    """The comparison covers each field of the child and each resource."""
    names = symbolic(Subject.CREATE).widths
    outcome: Outcome = RANGES[Subject.CREATE].outcome(space().call)
    assert len(names) > 55 + len(outcome.held)
