"""What is likely: numbers that are met, of counts that could be anything.

Only examples keep to it; what is proved does not.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from checker.calls.documents import leaves_by_path
from model.algebra import Truth, both, no, signed_below
from model.records import Leaf

MANY = 2**31
"""More tasks than any machine has."""


@lru_cache(maxsize=1)
def _counts() -> tuple[Leaf, ...]:
    """Return the facts that count something: 64 bits, signed, and few in an ordinary caller."""
    return tuple(leaf for leaf in leaves_by_path().values()
                 if leaf.signed and leaf.width == 64 and abs(int(leaf.default)) < MANY)


def likely(values: dict[str, Any]) -> Truth:
    """Return that counts are neither negative nor beyond what can be counted."""
    return both(
        *(
            both(no(signed_below(values[leaf.path], 0)), signed_below(values[leaf.path], MANY))
            for leaf in _counts()
            if leaf.path in values
        )
    )
