"""A flood in lines for people, and as one JSON result."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from checker.flood.run import Flood
from checker.flood.told import Told
from checker.readings.subjects import ENDS
from model.entries import Ends
from model.evaluate import rejections
from model.records import leaves
from model.revisions import REVISIONS
from model.tables import tables
from properties.catalogue import all_properties
from properties.claim import Verdict

_SHOWN = 12
"""Names that are listed of what was never reached."""


def document(flood: Flood) -> dict[str, Any]:
    """Return the result of a flood: what was asked, what it came to, what it never reached."""
    never = {what: sorted(names) for what, names in never_reached(flood.told).items()}
    rate = flood.told.possible / flood.seconds if flood.seconds else 0.0
    return {**flood.document(), "never": never, "per_second": round(rate)}


def never_reached(told: Told) -> dict[str, set[str]]:
    """Return the rules that refused no call, the premises that none met, the idle fields."""
    every = {
        "rules": {
            f"{subject.name.lower()}: {row.name}"
            for subject, ends in ENDS.items()
            if ends is not Ends.VHOST
            for row in rejections(tables()[ends].rows)
        },
        "premises": {prop.id for prop in all_properties()},
        "fields": set(_fields()),
    }
    varied = {path for path, (low, high) in told.values.items() if low != high}
    return {
        "rules": every["rules"] - {name for name, count in told.rules.items() if count},
        "premises": every["premises"] - set(told.premises),
        "fields": every["fields"] - varied,
    }


def _fields() -> Iterator[str]:
    for table in tables().values():
        for leaf in leaves(table.record):
            yield f"{table.record.__name__}.{leaf.path}"


def _refuted() -> int:
    """Return how many refutations of single calls are declared on named kernels."""
    kernels = [one.kernel for one in REVISIONS.values()]
    return sum(
        prop.expect.on(kernel) is Verdict.REFUTED
        for prop in all_properties()
        if prop.of_patch is None
        for kernel in kernels
    )


def lines(flood: Flood) -> list[str]:
    """Return what a flood came to, in lines for people."""
    told, never = flood.told, never_reached(flood.told)
    named = sum(not one.endswith("some set") for one in told.shown)
    rate = told.possible / max(flood.seconds, 1e-9)
    made = [
        f"{told.possible:,} calls that can be made (of {told.drawn:,} drawn), seed {flood.seed},"
        f" through every entry point: {rate:,.0f} a second",
        f"{told.sampled:,} of them compared with plain values, {told.asked_of_terms:,} with terms",
        f"{named} of {_refuted()} refutations on named kernels shown by a call",
        *(_not_reached(what, names) for what, names in never.items()),
    ]
    for one in told.contradictions:
        made.append(f"{one['what']} on {one['kernel']}: {json.dumps(one['call'])}")
    count = told.wrong
    made.append(f"{count} contradictions" if count else "no statement and no reading contradicted")
    return made


def _not_reached(what: str, names: set[str]) -> str:
    shown = sorted(names)[:_SHOWN]
    more = f", … ({len(names)})" if len(names) > _SHOWN else ""
    return f"{what} never reached: {', '.join(shown) or 'none'}{more}"
