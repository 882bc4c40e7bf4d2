"""Many calls read at once on columns are what each of them is on its own."""

from dataclasses import fields, is_dataclass
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from checker.calls.answer import parts
from checker.flood.observed import observed, stated, statements_of
from checker.readings import blocks
from checker.readings.columns import Many, column_of_kernels, truths
from checker.readings.concrete import evaluate, outcome_on
from checker.readings.flood import flood
from checker.readings.later import Notes
from checker.readings.subjects import RANGES
from model.algebra import low_32, plus, when_word
from model.mistake import Mistake
from model.revisions import REVISIONS
from properties.catalogue import all_properties
from properties.claim import Subject
from tests.calls import kernels

COUNT = 100
SEEDS = st.integers(0, 2**32 - 1)
PROPERTIES = [one for one in all_properties() if one.of_patch is None]


def leaves_of(record: Any, prefix: str = "") -> dict[str, Any]:
    """Return every field of an outcome's records by its dotted name."""
    found: dict[str, Any] = {}
    for item in fields(record):
        value = getattr(record, item.name)
        nested = is_dataclass(value)
        found |= leaves_of(value, f"{item.name}.") if nested else {prefix + item.name: value}
    return found


def one_of(value: Any, index: int) -> Any:
    return value[index].item() if isinstance(value, np.ndarray) else value


def error(outcome: Any) -> Any:
    errno = outcome.errno
    return errno.term if hasattr(errno, "term") else errno


@pytest.mark.parametrize("subject", list(Subject))
@given(kernel=kernels, seed=SEEDS)
def test_columns_say_of_each_call_what_the_plain_reading_says(
    subject: Subject, kernel: Any, seed: int
) -> None:
    """Possible or not, errno, and every field of what a successful call leaves."""
    many = Many(kernel, flood(np.random.default_rng(seed), COUNT), COUNT)
    possible, outcome = many.possible(subject), many.outcome(subject)
    errno = np.broadcast_to(np.asarray(error(outcome)), (COUNT,))
    left = {name: leaves_of(record) for name, record in parts(outcome)}
    for index in [*np.flatnonzero(possible)[:3], 0]:
        alone = outcome_on(kernel, many.one(int(index)), subject)
        assert (alone is not None) == possible[index]
        if alone is None:
            continue
        assert alone.errno == errno[index]
        if alone.errno == 0:
            for name, record in parts(alone):
                for field, value in leaves_of(record).items():
                    assert one_of(left[name][field], int(index)) == value, field


@pytest.mark.parametrize("subject", list(Subject))
@given(some=st.lists(kernels, min_size=1, max_size=4), seed=SEEDS, data=st.data())
def test_calls_that_have_a_kernel_each_are_those_of_that_kernel(
    subject: Subject, some: Any, seed: int, data: Any
) -> None:
    """A column of kernels says of each row what that row's kernel says alone."""
    chosen = data.draw(st.sampled_from([one for one in PROPERTIES if one.subject is subject]))
    rng = np.random.default_rng(seed)
    facts, which = flood(rng, COUNT), rng.integers(0, len(some), COUNT)
    together = Many(column_of_kernels(some, which), facts, COUNT)
    for number, kernel in enumerate(some):
        rows = which == number
        alone = Many(kernel, {path: fact[rows] for path, fact in facts.items()}, int(rows.sum()))
        for prop in (None, chosen):
            mixed, own = (said(many, subject, prop) for many in (together, alone))
            assert (mixed[rows] == own).all(), prop


def said(many: Many, subject: Subject, prop: Any) -> Any:
    """Return, of each call, its errno or -1 where it cannot be made; or whether it breaks it."""
    if prop is not None:
        return many.violations(prop)
    errno = np.broadcast_to(np.asarray(error(many.outcome(subject)), dtype=int), (many.count,))
    return np.where(many.possible(subject), errno, -1)


@given(seed=SEEDS, prop=st.sampled_from(all_properties()), kernel=kernels)
def test_columns_find_the_violations_that_the_plain_reading_finds(
    seed: int, prop: Any, kernel: Any
) -> None:
    many = Many(kernel, flood(np.random.default_rng(seed), COUNT), COUNT)
    possible = np.flatnonzero(many.possible(prop.subject))[:4]
    if prop.of_patch is None:
        broken = many.violations(prop)
        for index in possible:
            alone = evaluate(prop, kernel, many.one(int(index)))
            assert alone.violation == broken[index]


def test_a_flood_reaches_most_refutations() -> None:
    """Most properties that are refuted on a kernel are broken by some call of a small flood."""
    kernel = REVISIONS["v6.12"].kernel
    refuted = {
        prop.id: prop
        for prop in all_properties()
        if prop.of_patch is None and prop.expect.on(kernel).name == "REFUTED"
    }
    many = Many(kernel, flood(np.random.default_rng(0), 40_000), 40_000)
    met = [name for name, prop in refuted.items() if many.violations(prop).any()]
    assert len(met) > len(refuted) // 3


def test_nothing_that_is_proved_is_broken_by_a_flood() -> None:
    kernel = REVISIONS["v6.12"].kernel
    many = Many(kernel, flood(np.random.default_rng(3), 40_000), 40_000)
    broken = [
        prop.id
        for prop in all_properties()
        if prop.of_patch is None
        and prop.expect.on(kernel).name == "PROVED"
        and many.violations(prop).any()
    ]
    assert not broken


def test_a_flood_makes_calls_of_every_subject() -> None:
    many = Many(REVISIONS["v6.12"].kernel, flood(np.random.default_rng(1), 4_000), 4_000)
    for subject in RANGES:
        assert many.possible(subject).sum() > 20


def test_a_choice_of_signed_and_unsigned_columns_keeps_every_bit() -> None:
    half = np.array([True, False])
    word = np.array([2**64 - 1, 7], dtype=np.uint64)
    assert when_word(64, half, word, -1).tolist() == [-1, -1]
    assert when_word(64, half, -1, 5).tolist() == [-1, 5]
    assert low_32(word).tolist() == [-1, 7]
    assert truths(True, 2).tolist() == [True, True]


@pytest.mark.parametrize("names", [("v7.1",), ("v4.14", "v6.12")])
@pytest.mark.parametrize("subject", list(Subject))
def test_what_is_worked_out_block_by_block_is_what_columns_say(
    subject: Subject, names: Any
) -> None:
    """All that an outcome says, and all statements, of more calls than a block has."""
    rng, some = np.random.default_rng(1), [REVISIONS[name].kernel for name in names]
    facts, which = flood(rng, COUNT), rng.integers(0, len(some), COUNT)
    many = Many(column_of_kernels(some, which), facts, COUNT)

    def all_of(many: Many) -> dict[str, Any]:
        outcome = many.outcome(subject)
        props = [one for one in statements_of(subject) if one.of_patch is None]
        said = observed(outcome) | stated(props, many.call, outcome)
        return said | {"possible": many.well_formed}

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(blocks, "BLOCK", COUNT // 3)
        later = many.asked(all_of)
    at_once = all_of(many)
    assert later.keys() == at_once.keys()
    for name, one in at_once.items():
        assert np.array_equal(later[name], one), name


def test_a_column_that_is_not_there_yet_has_no_numbers() -> None:
    """Who would look at them is stopped; so are signed and unsigned numbers that meet."""
    notes = Notes()
    word = notes.later(np.array([1, 2], dtype=np.uint64))
    for looks in (bool, np.asarray, np.sort):
        with pytest.raises(TypeError, match="not there yet"):
            looks(word == 1)
    with pytest.raises(Mistake, match="signed and unsigned"):
        word + notes.later(np.array([1, 2]))


def test_a_sum_of_counters_is_signed_and_wraps() -> None:
    """Whatever columns it is of: with an unsigned one numpy would make fractions of both."""
    some = when_word(64, np.array([True, False]), 1, 0)
    counters = np.array([2**63 - 1, 5])
    assert plus(counters, some).tolist() == [-(2**63), 5]
    assert plus(some, counters).tolist() == [-(2**63), 5]
