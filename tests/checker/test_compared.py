"""What differs between two kernels is shown, all of it, with the commits that make it."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checker.compared.difference import Difference, comparer, difference
from checker.compared.path import check_order, steps
from checker.compared.signature import has_one_of, signature_of
from checker.compared.view import View, differ
from checker.readings.subjects import subject_of
from model.kernel import Kernel
from model.patches import PATCHES, SERIES
from model.request import Entry
from model.revisions import REVISIONS
from properties.claim import Subject
from tests.calls import situations

PAIRS = (("v6.3-rc1", "series-11"), ("v5.4", "v5.10"), ("v6.12", "debian-6.12.117"))
_FOUND: dict[tuple[str, str], Difference] = {}


def found(pair: tuple[str, str]) -> Difference:
    """The difference of a pair, once."""
    if pair not in _FOUND:
        _FOUND[pair] = difference(*(REVISIONS[name].kernel for name in pair), comparer())
    return _FOUND[pair]


def one_call(kernel: Kernel, subject: Subject, values: dict[str, Any]) -> View:
    """One call on plain values."""
    return comparer().calls.call(kernel, subject, values)


def test_the_series_is_what_its_patches_change_and_nothing_else() -> None:
    made = found(PAIRS[0])
    assert not made.unknown
    assert {patch for case in made.cases for patch in case.commits} <= set(SERIES)
    assert {case.commits[-1].name for case in made.cases} | {one.name for one in made.silent} == {
        patch.name for patch in SERIES
    }
    without = {one.name for one in made.silent}
    assert without == {"CSKY", "BIT_FIELDS", "NO_FILES", "IGNORE_SIGNALS"}


@settings(max_examples=100)
@given(values=situations(), pair=st.sampled_from(PAIRS))
def test_whatever_call_differs_is_of_a_kind_that_is_shown(
    values: dict[str, Any], pair: tuple[str, str]
) -> None:
    subject = subject_of(Entry(values["request.entry"]))
    made = found(pair)
    left, right = (one_call(one, subject, values) for one in (made.before, made.after))
    if differ(left, right) is True:
        known = [case.signature for case in made.cases if case.subject is subject]
        assert has_one_of(left, right, known) is True


@pytest.mark.parametrize("pair", PAIRS)
def test_each_case_is_a_call_that_differs_and_its_commits_make_it_so(
    pair: tuple[str, str],
) -> None:
    made = found(pair)
    assert made.cases
    for case in made.cases:
        left, right = (one_call(one, case.subject, case.values)
                       for one in (made.before, made.after))
        assert differ(left, right) is True
        assert signature_of(left, right) == case.signature
        assert case.least
        undone = made.after.but(case.commits[-1], made.before[case.commits[-1]])
        if undone.admissible() is True and len(case.commits) == 1:
            assert differ(left, one_call(undone, case.subject, case.values)) is not True


def test_equal_kernels_are_told_so_and_no_others() -> None:
    kernel = REVISIONS["v6.12"].kernel
    assert not difference(kernel, kernel, comparer()).cases
    quiet = next(patch for patch in PATCHES if patch.name == "KVM_VHOST_TASK")
    assert not difference(kernel, kernel.but(quiet, True), comparer()).cases
    loud = next(patch for patch in PATCHES if patch.name == "ACCESS_OK_EXACT")
    assert difference(kernel, kernel.but(loud, True), comparer()).cases


@given(st.sampled_from(sorted(REVISIONS)), st.sampled_from(sorted(REVISIONS)))
def test_each_kernel_on_the_way_is_admissible(one: str, other: str) -> None:
    check_order()
    kernel: Kernel = REVISIONS[one].kernel
    for step in steps(REVISIONS[one].kernel, REVISIONS[other].kernel):
        kernel = step.after
        assert kernel.admissible() is True
    assert kernel.patches() == REVISIONS[other].patches
