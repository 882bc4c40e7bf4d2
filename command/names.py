"""Names that a command line gives: of properties and of kernels, known or refused."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from checker.problems import Problem, nearest


def property_ids() -> list[str]:
    """Return the ids of the properties of calls, in the order of the catalogue."""
    from properties.catalogue import all_properties

    return [prop.id for prop in all_properties()]


def property_named(name: str) -> Any:
    """Return the property of calls with an id or a name; raise :class:`Problem` for none."""
    from properties.catalogue import all_properties, by_id

    try:
        return by_id(name)
    except KeyError:
        known = [one for prop in all_properties() for one in (prop.id, prop.name)]
        hint = nearest(name, known) or "; `cloneproof list` lists them"
        raise Problem(f"unknown property {name!r}{hint}") from None


def history_named(name: str) -> Any:
    """Return the property of histories with an id or a name; raise :class:`Problem` for none."""
    from properties.catalogue import all_timed, timed_by_id

    try:
        return timed_by_id(name)
    except KeyError:
        known = [one for prop in all_timed() for one in (prop.id, prop.name)]
        raise Problem(f"unknown property of histories {name!r}{nearest(name, known)}") from None


def kernel_names() -> list[str]:
    """Return the names of all kernels, in their order."""
    from model.revisions import REVISIONS

    return list(REVISIONS)


def kernels_named(names: tuple[str, ...]) -> list[str]:
    """Return the kernels that were named, also with commas between, in their order; else all.

    Raises :class:`Problem` for a name that is none.
    """
    from checker.counterexample import kernel_named

    wanted = [part for name in names for part in name.split(",")]
    for name in wanted:
        kernel_named(name)
    return [name for name in kernel_names() if not wanted or name in wanted]


def known(names: Callable[[], list[str]]) -> Callable[..., list[str]]:
    """Return how a shell completes one of these names."""

    def complete(_context: Any, _parameter: Any, typed: str) -> list[str]:
        return [name for name in names() if name.lower().startswith(typed.lower())]

    return complete
