"""Which kernels a question is put to: those named on the command line, any set of patches."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from model.kernel import Kernel


def kernels_of(names: tuple[str, ...]) -> list[Kernel]:
    """Return the kernels that were named, each once, in the order given; else the running one.

    Raises :class:`~checker.ground.problems.Problem` for a name that is none.
    """
    from command.names import model_or_running

    return [model_or_running(name) for name in _wanted(names)]


def which_kernels(names: tuple[str, ...]) -> list[str]:
    """Return what is to be said of those, beside an answer."""
    from command.names import which_kernel

    return [line for name in _wanted(names) for line in which_kernel(name)]


def _wanted(names: tuple[str, ...]) -> list[str | None]:
    wanted: list[str | None] = [part for name in names for part in name.split(",")]
    return list(dict.fromkeys(wanted or [None]))
