"""Assumptions of proofs over time: each with the reason why it may be trusted."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from model.algebra import Truth
from model.due import gives_a_truth
from model.mistake import Mistake, place_of


@dataclass(frozen=True, slots=True, eq=False)
class Assumed:
    """Something that a proof takes for granted; its name is the sentence that it says."""

    sentence: str
    because: str
    holds: Callable[[Any], Truth]

    def __str__(self) -> str:
        return f"assumed: {self.sentence} (trusted: {self.because})"


def assumed(because: str) -> Callable[[Callable[[Any], Truth]], Assumed]:
    """Declare an assumption; ``ValueError`` without a reason."""

    def declare(holds: Callable[[Any], Truth]) -> Assumed:
        sentence = holds.__name__.strip("_").replace("_", " ")
        if not because.strip():
            msg = f"{sentence!r} is assumed without a reason: say why in assumed(…)"
            raise Mistake(f"{place_of(holds)}: {msg}")
        return Assumed(sentence, because, gives_a_truth(holds))

    return declare
