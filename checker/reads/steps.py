"""The steps of code that look names up, in order: what :mod:`dis` says, at a fifth of its time.

How Python writes names into its steps is its own affair.  So a function of this file is read both
ways first, and where they differ :mod:`dis` is asked each time.
"""

from __future__ import annotations

import dis
import sys
from collections.abc import Iterator
from functools import cache
from types import CodeType
from typing import Any

GLOBAL, ATTRIBUTE, OTHER = "global", "attribute", "other"

_KINDS = {
    "LOAD_GLOBAL": GLOBAL,
    "LOAD_NAME": GLOBAL,
    "LOAD_ATTR": ATTRIBUTE,
    "LOAD_METHOD": ATTRIBUTE,
}
_SILENT = ("CACHE", "EXTENDED_ARG")
"""Steps that say nothing, or something of the next."""

_LONGER = dis.opmap["EXTENDED_ARG"]
_HALVED = ("LOAD_GLOBAL", "LOAD_ATTR") if sys.version_info >= (3, 12) else ("LOAD_GLOBAL",)
"""Steps whose argument says one thing more, in its lowest bit."""

_READ = {
    code: (_KINDS.get(name, OTHER), int(name in _HALVED))
    for name, code in dis.opmap.items()
    if name not in _SILENT
}


def steps(code: CodeType) -> Iterator[tuple[str, Any]]:
    """Yield each step of code: whether it looks up a global or an attribute, and its name."""
    return _read(code) if _understood() else _told(code)


def _read(code: CodeType) -> Iterator[tuple[str, Any]]:
    names, text, more = code.co_names, code.co_code, 0
    for at in range(0, len(text), 2):
        step = text[at]
        if step == _LONGER:
            more = (more | text[at + 1]) << 8
            continue
        found = _READ.get(step)
        if found is not None:
            kind, halved = found
            yield kind, names[(more | text[at + 1]) >> halved] if kind != OTHER else None
            more = 0


def _told(code: CodeType) -> Iterator[tuple[str, Any]]:
    for step in dis.get_instructions(code):
        if step.opname not in _SILENT:
            kind = _KINDS.get(step.opname, OTHER)
            yield kind, step.argval if kind != OTHER else None


@cache
def _understood() -> bool:
    """Return whether this file's own functions are read as :mod:`dis` reads them."""
    own = [one.__code__ for one in (_read, _told, steps)]
    try:
        return all(list(_read(code)) == list(_told(code)) for code in own)
    except IndexError:
        return False
