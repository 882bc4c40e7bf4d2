"""The options of a seccomp filter that stands before calls."""

from __future__ import annotations

from typing import TYPE_CHECKING

from checker.ground.problems import Problem

if TYPE_CHECKING:
    from checker.seccomp.before import Filter


def filter_before(seccomp: str | None, caps: tuple[str, ...]) -> Filter | None:
    """Return the filter that was given; raise :class:`Problem` for what is none."""
    if seccomp is None:
        if caps:
            raise Problem("--cap-add goes with --seccomp")
        return None
    from checker.seccomp.before import filter_of

    return filter_of(seccomp, caps)
