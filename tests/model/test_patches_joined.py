"""Patches joined by &, | and ~ mean the same on a named kernel and on one whose patches are open.

A gate that reads otherwise on terms would prove a rule on kernels that lack it.
"""

from collections.abc import Callable
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checker.readings.put import put
from model.kernel import Kernel
from model.mistake import Mistake
from model.patch import ALWAYS, NEVER, Patches
from model.patches import PATCHES
from model.terms import open_truth

FEW = PATCHES[:3]
JOINED = st.recursive(
    st.sampled_from([*FEW, ALWAYS, NEVER]),
    lambda parts: st.one_of(
        parts.map(lambda one: ~one),
        st.tuples(parts, parts).map(lambda two: two[0] & two[1]),
        st.tuples(parts, parts).map(lambda two: two[0] | two[1]),
    ),
)


@given(JOINED, JOINED)
def test_joined_patches_read_alike_on_plain_kernels_and_on_terms(
    one: Patches, two: Patches
) -> None:
    terms = {patch: open_truth(patch.name) for patch in PATCHES}
    still_open = Kernel("", terms)
    for there in product((True, False), repeat=len(FEW)):
        has = dict(zip(FEW, there, strict=True))
        kernel = Kernel.of("few", [patch for patch in FEW if has[patch]])
        names, values = [terms[patch] for patch in FEW], [has[patch] for patch in FEW]
        assert kernel.stands(one & two) is (kernel.stands(one) and kernel.stands(two))
        assert kernel.stands(one | two) is (kernel.stands(one) or kernel.stands(two))
        assert kernel.stands(~one) is not kernel.stands(one)
        for asked in (one & two, one | two, ~one):
            term = still_open.stands(asked)
            assert put(term, names, values) is kernel.stands(asked)


@pytest.mark.parametrize(
    "forgets", [lambda a, b: a and b, lambda a, b: a or b, lambda a, _: not a]
)
def test_and_or_not_between_patches_are_refused(
    forgets: Callable[[Patches, Patches], object]
) -> None:
    """Python's own words would silently keep one of the two."""
    with pytest.raises(Mistake, match="joined by &"):
        forgets(FEW[0], FEW[1])


def test_joined_patches_are_told_as_they_are_written() -> None:
    a, b, c = FEW
    assert str(a & (b | ~c)) == f"{a} & ({b} | ~{c})"
    assert str(~(a & b)) == f"~{a} | ~{b}"
