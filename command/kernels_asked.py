"""Which kernels a question is put to: those named on the command line, any set of patches."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from model.revisions import Revision


def kernels_of(names: tuple[str, ...]) -> list[Revision]:
    """Return the kernels that were named, each once, in the order given; else the running one.

    Raises :class:`~checker.ground.problems.Problem` for a name that is none.
    """
    return [kernel_of(name) for name in _wanted(names)]


def kernel_of(name: str | None) -> Revision:
    """Return the one kernel of a name; for none the one that runs here."""
    from checker.calls.kernel_names import RUNNING, revision_named

    return revision_named(name or RUNNING)


def which_kernels(names: tuple[str, ...]) -> list[str]:
    """Return what is to be said of those, beside an answer."""
    from command.names import which_kernel

    return [line for name in _wanted(names) for line in which_kernel(name)]


def _wanted(names: tuple[str, ...]) -> list[str | None]:
    wanted: list[str | None] = [part for name in names for part in name.split(",")]
    return list(dict.fromkeys(wanted or [None]))
