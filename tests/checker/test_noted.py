"""A call is read once for kernels that answer alike, and again for each that would differ."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from checker.readings import concrete
from checker.readings.concrete import Evaluation, evaluate
from checker.readings.noted import answers_alike, noting
from checker.readings.subjects import RANGES
from checker.smallest.first_guess import kept_calls, kept_witnesses
from model.call import Situation
from model.kernel import Kernel
from model.patches import PATCHES, USERNS_FS_GUARD
from model.predict import call_of
from model.records import build
from model.revisions import REVISIONS
from model.wellformed import well_formed
from model.words import FS, NEWUSER
from properties.catalogue import all_properties, by_id
from properties.claim import Claim, Property

IDS = ["P02", "P36", "V01", "P20", "D73", "S04f", "U12", "J05", "P94", "P32r"]


@pytest.fixture(autouse=True)
def nothing_known() -> Iterator[None]:
    """No test sees what another has read."""
    concrete._call.cache_clear()
    yield
    concrete._call.cache_clear()


def by_itself(prop: Property, kernel: Kernel, values: dict[str, Any]) -> Evaluation:
    """The same evaluation, on the kernel as it is, nothing noted and nothing shared."""
    if prop.of_patch is not None and not concrete.can_lack(kernel, prop.of_patch):
        return Evaluation(False, False, False)
    start = build(Situation, values)
    if not (RANGES[prop.subject].holds_for(start) and well_formed(kernel, start)):
        return Evaluation(False, False, False)
    call = call_of(kernel, start)
    claim = prop.statement(call, RANGES[prop.subject].outcome(call))
    return Evaluation(True, bool(claim.premise), bool(claim.conclusion))


def test_what_is_shared_between_kernels_is_what_each_says_by_itself() -> None:
    calls = kept_witnesses()[::7] + kept_calls("V01")
    assert len(calls) > 15
    for name in IDS:
        for values in calls:
            for revision in REVISIONS.values():
                shared = evaluate(by_id(name), revision.kernel, values)
                assert shared == by_itself(by_id(name), revision.kernel, values)


def test_kernels_that_differ_in_what_was_looked_up_are_read_apart() -> None:
    call = {"request.entry": 2, "request.flags": int(NEWUSER | FS)}
    guarded = REVISIONS["v6.12"].kernel
    bare = guarded.but(USERNS_FS_GUARD, False)
    assert not evaluate(by_id("P02"), guarded, call).violation
    assert evaluate(by_id("P02"), bare, call).violation
    assert not evaluate(by_id("P02"), guarded, call).violation


def test_a_statement_that_asks_for_more_is_read_anew_where_kernels_differ_in_it() -> None:
    """Who shares a read does not get the other's answer to what is looked up only now."""
    first, kernel = by_id("P02"), REVISIONS["v6.12"].kernel
    evaluate(first, kernel, {})
    read = concrete._call(frozenset(), first.subject)
    patch = next(one for one in PATCHES if one not in read._reads[0].seen)
    other = kernel.but(patch, not kernel[patch])
    evaluate(first, other, {})
    assert len(read._reads) == 1
    asks = replace(first, statement=lambda call, _outcome: Claim(True, call.kernel[patch]))
    for one in (other, kernel, other):
        assert evaluate(asks, one, {}).conclusion is one[patch]


def test_a_read_is_shared_at_all() -> None:
    fork: dict[str, Any] = {}
    for prop in all_properties():
        if prop.of_patch is None:
            for revision in REVISIONS.values():
                evaluate(prop, revision.kernel, fork)
    reads = concrete._call(frozenset(fork.items()), by_id("P02").subject)._reads
    assert 1 < len(reads) < len(REVISIONS)


def test_what_a_kernel_is_asked_is_noted() -> None:
    seen: dict[Any, Any] = {}
    kernel = noting(REVISIONS["v6.12"].kernel, seen)
    assert kernel[USERNS_FS_GUARD] is True
    assert kernel.but(USERNS_FS_GUARD, False)[USERNS_FS_GUARD] is False
    assert seen == {USERNS_FS_GUARD: True}
    assert answers_alike(REVISIONS["v6.12"].kernel, seen)
    assert not answers_alike(REVISIONS["v6.12"].kernel.but(USERNS_FS_GUARD, False), seen)
