"""How long something took, in seconds: never less than nothing, whatever the clock does."""

from __future__ import annotations

import time


def now() -> float:
    """Return a moment to measure from."""
    return time.perf_counter()


def since(moment: float) -> float:
    """Return the seconds since a moment; 0 if the clock ran back."""
    return max(0.0, now() - moment)


def worked() -> float:
    """Return the processor seconds that this process has taken so far."""
    return time.process_time()
