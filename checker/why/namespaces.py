"""Namespaces as the kernel names them: their numbers, and how deep a user namespace is."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

INIT_USER_NS = 0xEFFFFFFD
INIT_PID_NS = 0xEFFFFFFC
"""PROC_USER_INIT_INO and PROC_PID_INIT_INO, include/linux/proc_ns.h."""

_NS_GET_PARENT = 0xB702
"""include/uapi/linux/nsfs.h."""

_DEEPEST = 40


def identity(place: Path) -> int:
    """Return the number of a namespace that a file leads to; raise ``OSError`` for none."""
    return place.stat().st_ino


def level_of_user_ns(place: Path) -> int | None:
    """Return how many user namespaces are above one, or ``None`` where that cannot be seen."""
    fd = os.open(place, os.O_RDONLY)
    try:
        for level in range(_DEEPEST):
            if os.fstat(fd).st_ino == INIT_USER_NS:
                return level
            try:
                above = fcntl.ioctl(fd, _NS_GET_PARENT)
            except OSError:
                return None
            os.close(fd)
            fd = above
        return None
    finally:
        os.close(fd)
