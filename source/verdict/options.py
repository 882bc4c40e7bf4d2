"""What a review is asked for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from source.c.architecture import Building


def _silent(_what: str) -> None:
    return None


@dataclass(frozen=True, slots=True)
class Options:
    """What is looked at: ``functions`` alone, if any are named; calls and statements or not."""

    functions: tuple[str, ...] = ()
    calls: bool = True
    properties: bool = True
    building: Building = Building()
    """The architecture, and a folder of generated headers."""
    progress: Callable[[str], None] = _silent
