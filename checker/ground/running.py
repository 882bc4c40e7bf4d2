"""The kernel that runs here, as far as it says of itself how it was built."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

OF_RUNNING = Path("/proc/config.gz")
"""Where it says so, if it was built to (CONFIG_IKCONFIG_PROC)."""


def configuration() -> bytes:
    """Return how the kernel that runs here was built, packed; nothing where it does not say."""
    with suppress(OSError):
        return OF_RUNNING.read_bytes()
    return b""
