"""Which kernels a question is put to: any that can be named, and what is to be said of those."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from model.revisions import Revision


def kernels_of(names: tuple[str, ...]) -> list[Revision]:
    """Return the kernels that were named, each once, in the order given; else the default one.

    What is assumed of one that is not of the list is said.  Raises
    :class:`~checker.ground.problems.Problem` for a name that is none.
    """
    from checker.calls.answer import DEFAULT_KERNEL

    wanted = [part for name in names for part in name.split(",")] or [DEFAULT_KERNEL]
    return [kernel_of(name) for name in dict.fromkeys(wanted)]


def kernel_of(name: str) -> Revision:
    """Return the one kernel of a name, and say what is assumed of it, as :func:`kernels_of`."""
    from checker.calls.kernel_names import resolve
    from command.output import say

    found = resolve(name)
    if found.told:
        say(f"{found.name}: {found.told}")
    return found.revision
