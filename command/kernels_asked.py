"""Which kernels a question is put to: those named on the command line, any set of patches."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from model.kernel import Kernel
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


def model_named(name: str | None) -> Kernel | None:
    """Return the kernel of a name as the model reads it, or nothing for none given."""
    return kernel_of(name).kernel if name is not None else None


def which_kernels(names: tuple[str, ...]) -> list[str]:
    """Return what is to be said of those, beside an answer."""
    return [line for name in _wanted(names) for line in which_kernel(name)]


def which_kernel(name: str | None) -> list[str]:
    """Return what is to be said of the kernel that :func:`kernel_of` is, beside an answer.

    That is what one is that is not in the list, and that none was named.
    """
    from checker.calls.kernel_names import RUNNING, resolution
    from reports.text import paragraph

    found = resolution(name or RUNNING)
    unnamed = [] if name else ["no kernel was named, and this one runs here"]
    said = [*unnamed, *([found.told] if found.told else [])]
    return [paragraph(f"{found.name}: {'; '.join(said)}")] if said else []


def _wanted(names: tuple[str, ...]) -> list[str | None]:
    wanted: list[str | None] = [part for name in names for part in name.split(",")]
    return list(dict.fromkeys(wanted or [None]))
