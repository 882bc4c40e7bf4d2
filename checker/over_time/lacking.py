"""Why a kernel does not know a step: it lacks a commit, or has the one that ended the step."""

from __future__ import annotations

from model.kernel import Kernel
from model.over_time.step import Step
from model.patch import ALWAYS, Without


def lacking(step: Step, kernel: Kernel, name: str = "the kernel") -> str:
    """Return what a kernel lacks for a step, or what ended it there; nothing if it knows it."""
    unmet = [part for part in (ALWAYS & step.where).parts if part.on(kernel) is not True]
    ended = [str(~part) for part in unmet if isinstance(part, Without)]
    lacks = [str(part) for part in unmet if not isinstance(part, Without)]
    if lacks:
        return f"{name} lacks {', '.join(lacks)}"
    return f"{name} has {', '.join(ended)}, which ended it" if ended else ""
