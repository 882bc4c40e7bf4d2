"""Which kernels a hand-written span names: ``…v5.4, v6.9…, series, debian-6.12.117``.

Only mainline releases have an order here.  A kernel that is not one, a prefix of the series or
a distribution's, is in a span only if it is named.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache

EVERYWHERE = "everywhere"
SERIES = "series"
"""All eleven prefixes of the series; ``series-5…`` are those from the fifth on."""


class SpanError(ValueError):
    """A span that cannot be read, or a kernel that does not exist; one line for people."""


def in_span(span: str, kernels: Iterable[str]) -> set[str]:
    """Return the kernels that a span names; raise :class:`SpanError` for a part that is none.

    ``v5.5…v5.8`` may lie between two kernels and name none; a single kernel must exist.
    """
    known = list(kernels)
    if span == EVERYWHERE:
        return set(known)
    found: set[str] = set()
    for part in span.split(", "):
        named = {name for name in known if _names(part, name)}
        if not named and not _between_releases(part):
            raise SpanError(f"{part!r} names no kernel")
        found |= named
    return found


def _between_releases(part: str) -> bool:
    first, dots, last = part.partition("…")
    ends = [end for end in (first, last) if end]
    return bool(dots and ends) and all(_place(end) is not None for end in ends)


def _names(part: str, kernel: str) -> bool:
    """Return whether ``v5.4``, ``…v5.4``, ``v5.5…``, ``v5.5…v6.8``, ``series…`` names a kernel."""
    if part == SERIES:
        return _series(kernel) is not None
    first, dots, last = part.partition("…")
    if not dots:
        return part == kernel
    place = _place(kernel)
    low, high = _place(first or last), _place(last or first)
    if place is None or low is None or high is None or place[0] != low[0]:
        return False
    return (not first or low <= place) and (not last or place <= high)


@cache
def _place(kernel: str) -> tuple[str, int, int, int] | None:
    """Return where a kernel stands in its line of development; None for a distribution's."""
    number = _series(kernel)
    if number is not None:
        return ("series", number, 0, 0)
    found = re.fullmatch(r"v(\d+)\.(\d+)(?:-rc(\d+))?", kernel)
    if not found:
        return None
    major, minor, candidate = found.groups()
    return ("mainline", int(major), int(minor), int(candidate) if candidate else 99)


def _series(kernel: str) -> int | None:
    found = re.fullmatch(r"series-(\d+)", kernel)
    return int(found[1]) if found else None
