"""What a review is asked for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path


def _silent(_what: str) -> None:
    return None


@dataclass(frozen=True, slots=True)
class Options:
    """What is looked at: ``functions`` alone, if any are named; calls and statements or not."""

    functions: tuple[str, ...] = ()
    calls: bool = True
    properties: bool = True
    headers: Path | None = None
    """A folder of generated headers."""
    progress: Callable[[str], None] = _silent
