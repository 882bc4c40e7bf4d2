"""The same call on a kernel with and without one patch, every other patch left open."""

from __future__ import annotations

from functools import lru_cache

from model.algebra import Truth, both
from model.call import Call
from model.evaluate import Outcome, outcome_of
from model.patch import Patch
from model.predict import call_of
from model.wellformed import well_formed


@lru_cache(maxsize=64)
def pair(call: Call, patch: Patch) -> tuple[Outcome, Outcome]:
    """Return the outcomes without and with the patch."""
    without, with_it = (
        outcome_of(call_of(call.kernel.but(patch, there), call.start)) for there in (False, True)
    )
    return without, with_it


@lru_cache(maxsize=64)
def possible_on_both(call: Call, patch: Patch) -> Truth:
    """Return whether the call can be made without the patch, and with it."""
    return both(
        *(well_formed(call.kernel.but(patch, there), call.start) for there in (False, True))
    )
