"""Which kernels a question is put to: those named on the command line, any set of patches."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from model.kernel import Kernel


def kernels_of(names: tuple[str, ...]) -> list[Kernel]:
    """Return the kernels that were named, each once, in the order given; else the default one.

    Raises :class:`~checker.ground.problems.Problem` for a name that is none.
    """
    from checker.calls.answer import DEFAULT_KERNEL
    from checker.calls.kernel_names import kernel_named

    wanted = [part for name in names for part in name.split(",")] or [DEFAULT_KERNEL]
    return [kernel_named(name) for name in dict.fromkeys(wanted)]
