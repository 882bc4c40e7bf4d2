"""Which kernel of the model stands for a tree's calls: the likeliest, by its Makefile."""

from __future__ import annotations

from checker.calls.kernel_names import Resolved
from source.candidates import candidates
from source.program import Program
from source.release import release_of


def kernel_of(program: Program) -> tuple[Resolved, str]:
    """Return the kernel whose calls are tried on a tree, and what is to be told of the choice."""
    found = candidates(program)[0]
    release = release_of(program.tree)
    if release is not None and str(release.release).lstrip("v") in found.name:
        return found, ""
    named = "no release" if release is None else str(release)
    return found, f"the Makefile names {named}: the calls tried are those of {found.name}"
