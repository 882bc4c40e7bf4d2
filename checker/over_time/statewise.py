"""Statements about states: invariants, and endings that the kernel's own steps must reach."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from checker.over_time.claimed import Bits, Claims, Met, by_kernel
from checker.over_time.explore import Explored
from checker.over_time.seen import FirstPlaces
from properties.over_time.claim import How, TimedProperty


def seen(prop: TimedProperty, met: Met) -> Iterator[tuple[int, FirstPlaces]]:
    """Yield what a statement about states comes to, with the kernels on which it does, as bits.

    Of an ending that says where it is broken only if every state is known.
    """
    claims = met.states.claims(prop.statement)
    for explored, where in zip(met.explored, met.at_states, strict=True):
        premise = claims.premise[where]
        wrong = claims.wrong[where]
        if prop.how is How.ENDS:
            wrong = _never_ends(explored, claims, where) if explored.closed else wrong & 0
        for bits, broken, there in by_kernel(wrong, premise, explored.kernels):
            yield bits, FirstPlaces(
                None if broken is None else (broken, None), None if there is None else (there, None)
            )


def _never_ends(explored: Explored, claims: Claims, where: Bits) -> Bits:
    """Return on which kernels no own steps lead from a state with the premise to the conclusion."""
    source, target, _step, _then = explored.table
    own = explored.own
    source, target = source[own], target[own]
    good, before = claims.conclusion[where], None
    while before is None or (good != before).any():
        before = good.copy()
        np.bitwise_or.at(good, source, before[target])
    bad: Bits = claims.premise[where] & ~good
    return bad
