"""The names in a text of C."""

from __future__ import annotations

import re
from functools import lru_cache

from source.configuration import listed

_WORD = re.compile(r"[A-Za-z_]\w+")
KEYWORDS = listed(
    """
    auto break case char const continue default define defined do double elif else endif enum
    extern float for goto if ifdef ifndef include inline int long register restrict return short
    signed sizeof static struct switch typedef undef union unsigned void volatile while
    u8 u16 u32 u64 s8 s16 s32 s64 bool true false NULL __user __rcu __init __always_inline
    """
)


@lru_cache(maxsize=8192)
def words_of(text: str) -> frozenset[str]:
    """Return the names in a text, keywords left out."""
    return frozenset(_WORD.findall(text)) - KEYWORDS


DEEPEST = 3
"""How often a header's macros and functions are followed to those that use them."""
