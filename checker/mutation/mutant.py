"""A mutant: one small change of what the model declares, kept as data.

What is declared is a table of rows, a list of effects, a list of assumptions, or the ladders
of error labels.  An edit names a place there and what stands in it instead; nothing of the
model itself is touched.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

Position: TypeAlias = Any
"""An index (``int``) of a list, or (function, label) of ladders."""


@dataclass(frozen=True, slots=True, eq=False)
class Mutant:
    """One change: its room, the row it changes, how, and the edits that make it.

    ``of`` names what is declared (``clone``, ``unshare``, …); ``declared`` is the very object
    that the model reads; ``edits`` say what stands at a place instead.
    """

    room: str
    of: str
    row: str
    change: str
    declared: Any
    edits: Mapping[Position, list[Any]]

    @property
    def name(self) -> str:
        """Return what identifies it: declared, row and change."""
        return f"{self.of}: {self.row}: {self.change}"


def edited(declared: Any, edits: Mapping[Position, list[Any]]) -> Any:
    """Return what is declared with the edits made."""
    if isinstance(declared, dict):
        return {
            function: [(label, edits.get((function, label), gives)) for label, gives in ladder]
            for function, ladder in declared.items()
        }
    return [item for place, one in enumerate(declared) for item in edits.get(place, [one])]
