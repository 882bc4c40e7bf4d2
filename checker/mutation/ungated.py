"""A row with one of its patches less: it stands before the patch came, or after it went."""

from __future__ import annotations

from collections.abc import Iterator

from model.patch import ALWAYS, Every, Patches, Without


def ungated(where: Patches) -> Iterator[tuple[str, Patches]]:
    """Yield what is no longer asked, and what still is: one for each part that all must meet."""
    parts = (ALWAYS & where).parts
    for part in parts:
        said = f"until {~part}" if isinstance(part, Without) else f"since {part}"
        yield f"not {said}", Every(tuple(one for one in parts if one is not part))
