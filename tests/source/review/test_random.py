"""Random functions: what is called the same never parts when both are compiled and run."""

from __future__ import annotations

import random

import pytest

from source.review.judgement import SAME
from tests.source.review.compiled import COMPILER, apart
from tests.source.review.random_c import TYPES, Maker, changed, text
from tests.source.review.versions import judged


def versions(seed: int) -> tuple[str, str, bool]:
    """Two versions of a random function, and whether they are only written in two ways."""
    r = random.Random(seed)
    body = Maker(r).block(2) + Maker(r).block(2)
    types = tuple(r.choice(TYPES) for _ in range(3))
    kind = r.randrange(3)
    other = body if kind == 0 else changed(body, r)
    others = types if kind != 2 else tuple(r.choice(TYPES) for _ in range(3))
    return text(body, r.randrange(1000), types), text(other, r.randrange(1000), others), kind == 0


@pytest.mark.skipif(COMPILER is None, reason="there is no compiler")
@pytest.mark.parametrize("seed", range(12))
def test_what_is_the_same_never_parts(seed):
    base, head, _ = versions(seed)
    if judged(base, head).verdict == SAME:
        assert not apart(base, head)
