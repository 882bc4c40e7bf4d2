"""Mutants of ladders: what a label gives back dropped, doubled, moved, under another condition;
and refusals that enter at the neighbouring label.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from inspect import unwrap
from typing import Any

from checker.mutation.mutant import Mutant
from checker.mutation.refusals import negated
from checker.mutation.source import variants
from checker.mutation.ungated import ungated
from model.rows import GivenBack, Rejection, Row, always

ROOM = "ladders"
Ladder = list[tuple[str, list[GivenBack]]]


def of_ladders(of: str, ladders: dict[str, Ladder]) -> Iterator[Mutant]:
    """Yield the mutants of what each label gives back."""
    for function, ladder in ladders.items():
        for at, (label, gives) in enumerate(ladder):
            for place, back in enumerate(gives):
                row = f"{function}.{label} gives back {back.resource}"
                for change, instead in _instead(back):
                    edits = {(function, label): [*gives[:place], *instead, *gives[place + 1 :]]}
                    yield Mutant(ROOM, of, row, change, ladders, edits)
                yield from _moved(of, ladders, (function, at, place), row)


def _instead(back: GivenBack) -> Iterator[tuple[str, list[GivenBack]]]:
    yield "dropped", []
    yield "doubled", [back, back]
    if unwrap(back.condition) is not always:
        yield "negated", [replace(back, condition=negated(back.condition))]
        yield "whatever its condition", [replace(back, condition=always)]
    for variant in variants(back.condition):
        yield variant.change, [replace(back, condition=variant.function)]
    held = "if it is held" if not back.if_held else "whether it is held or not"
    yield held, [replace(back, if_held=not back.if_held)]
    for change, fewer in ungated(back.where):
        yield change, [replace(back, where=fewer)]


def _moved(
    of: str, ladders: dict[str, Ladder], where: tuple[str, int, int], row: str
) -> Iterator[Mutant]:
    """Yield the release one label further down."""
    function, at, place = where
    ladder = ladders[function]
    if at + 1 < len(ladder):
        (label, gives), (below, others) = ladder[at], ladder[at + 1]
        edits: dict[Any, list[Any]] = {
            (function, label): [*gives[:place], *gives[place + 1 :]],
            (function, below): [gives[place], *others],
        }
        yield Mutant(ROOM, of, row, f"moved to {below}", ladders, edits)


def of_entries(of: str, rows: list[Row], ladders: dict[str, Ladder]) -> Iterator[Mutant]:
    """Yield the mutants in which a refusal enters a ladder one label off."""
    for place, row in enumerate(rows):
        if isinstance(row, Rejection):
            for change, labels in _labels_off(row.unwinds, ladders):
                edits = {place: [replace(row, unwinds=labels)]}
                yield Mutant(ROOM, of, row.name, change, rows, edits)


def _labels_off(
    labels: tuple[str, ...], ladders: dict[str, Ladder]
) -> Iterator[tuple[str, tuple[str, ...]]]:
    for place, named in enumerate(labels):
        for function, ladder in ladders.items():
            known = [label for label, _ in ladder]
            label = named.removeprefix(f"{function}.")
            if label not in known or ("." in named and not named.startswith(function)):
                continue
            for off in (known.index(label) - 1, known.index(label) + 1):
                if 0 <= off < len(known):
                    other = f"{function}.{known[off]}"
                    yield f"enters at {other}", (*labels[:place], other, *labels[place + 1 :])
