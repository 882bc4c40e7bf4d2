"""One call's arguments, as far as SCML sees them, in another call; and calls that are like one."""

from __future__ import annotations

from typing import Any

from checker.calls.documents import leaves_by_path
from checker.scml.shown import (
    ALL,
    AT_THE_END,
    SEEN_IF_ZERO,
    SEEN_WHOLE,
    named_bits,
    seen,
    signals_in_flags,
)
from checker.smallest.cost import Values
from model.algebra import Truth, both, either, has, has_any, when_word
from model.call import Situation
from model.records import build
from model.request import Entry, Request

_SIZE = "request.usize"


def with_arguments_of(start: Situation, other: Values, entry: Entry) -> Situation:
    """Return another call with the arguments of one; what is seen of them stays the same."""
    request = start.request
    values: dict[str, Any] = {**other, "request.entry": int(entry)}
    for path in SEEN_WHOLE:
        values[path] = seen(request, path)
    for path, some in SEEN_IF_ZERO.items():
        given = other.get(path, leaves_by_path()[path].default) or some
        values[path] = when_word(64, seen(request, path) == 0, 0, given)
    at_the_end = either(*(seen(request, path) != 0 for path in AT_THE_END))
    values[_SIZE] = when_word(64, at_the_end, SEEN_IF_ZERO[_SIZE], values[_SIZE])
    return build(Situation, values)


def calls_like(one: Values, request: Request, entry: Entry) -> Truth:
    """Return whether a request has at least the flags of a call, and all else that is not zero.

    Signals are all alike, and so are bits without a name.
    """
    flags = int(one.get("request.flags", 0))
    signals = signals_in_flags(entry)
    named = named_bits(entry) & ~signals
    groups = (signals, ALL - named - signals)
    others = [path for path in ("request.exit_signal", *SEEN_IF_ZERO) if path != _SIZE]
    return both(
        has(request.flags, flags & named),
        *(has_any(request.flags, group) for group in groups if flags & group),
        *(seen(request, path) != 0 for path in others if one.get(path, 0)),
    )
