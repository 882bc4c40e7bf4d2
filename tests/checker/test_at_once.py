"""A call read on all kernels of the list at once is, on each, the call read there alone."""

from typing import Any

import pytest

from checker.questions.decide import witnesses_by_subject
from checker.questions.landmarks import LEAKS, answers_at_once, asked_once, landmarks_of
from checker.readings import concrete
from checker.readings.concrete import evaluate, evaluations
from checker.readings.named import named
from checker.smallest.first_guess import kept_calls
from model.kernel import Kernel
from model.revisions import REVISIONS
from properties.catalogue import all_properties, by_id
from properties.claim import Claim, Subject
from properties.landmarks.landmark import DecidedBy

KERNELS = [one.kernel for one in REVISIONS.values()]


def calls_of(prop: Any) -> list[dict[str, Any]]:
    return [*kept_calls(prop.id)[:2], *witnesses_by_subject()[prop.subject][:1]]


@pytest.mark.parametrize("subject", Subject)
def test_a_statement_is_read_alike_on_all_kernels_at_once_and_on_each(subject: Subject) -> None:
    asked = [one for one in all_properties() if one.subject is subject][::5]
    for prop in asked:
        for values in calls_of(prop):
            each = [evaluate(prop, kernel, values) for kernel in KERNELS]
            assert evaluations(prop, KERNELS, values) == each, (prop.id, values)


def test_nearly_every_statement_can_be_read_at_once() -> None:
    read = [
        concrete._call(frozenset(values.items()), prop.subject).at_once(prop, named())
        for prop in all_properties()[::6]
        for values in calls_of(prop)
    ]
    assert read.count(None) <= len(read) // 50


def test_where_plain_python_decides_each_kernel_is_read_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    prop = by_id("P02")

    def by_name(call: Any, outcome: Any) -> Claim:
        return Claim(True, call.kernel.name == "v6.12")

    twin = type(prop)(**{**{one: getattr(prop, one) for one in prop.__dataclass_fields__},
                         "statement": by_name})
    found = evaluations(twin, KERNELS, {})
    assert [one.conclusion for one in found] == [kernel.name == "v6.12" for kernel in KERNELS]


def test_a_kernel_that_is_not_in_the_list_is_read_alone() -> None:
    prop = by_id("V01")
    other = Kernel.of("of one's own", REVISIONS["v6.12"].patches)
    values = kept_calls("V01")[0]
    found = evaluations(prop, [*KERNELS, other], values)
    assert found[-1] == evaluate(prop, REVISIONS["v6.12"].kernel, values)


def test_landmarks_are_answered_alike_at_once_and_by_each_kernel() -> None:
    marks = landmarks_of(DecidedBy.CALL)
    at_once = {id(one): answers_at_once(one) for one in marks}
    assert all((at_once[id(one)] is None) == (one.shows == LEAKS) for one in marks)
    for mark in marks[::3]:
        says, told = asked_once(mark), at_once[id(mark)]
        if told is not None:
            assert told == {name: says(one.kernel) for name, one in REVISIONS.items()}
