"""What a proof rests on: an unsat core over named rules, effects and patches.

Every rejection and every effect has a literal that lets it stand, every patch of the kernel one
that says whether it is there.  A core names some of them; the proof goes through with these, and
holds whichever of the other rows and patches stand.

That a core suffices is what the solver says in the run that decides.  That none of it can be left
out was tried when the core was found, and is tried again where that is asked for.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from checker.engines.sat import Constraint
from checker.questions.tracked import Tracked
from checker.readings.space import PATCH
from checker.record.hints import hints
from checker.record.kept_words import one_word
from model.algebra import no
from model.kernel import Kernel
from model.patches import BY_NAME, PATCHES

Core = tuple[str, ...]
"""Entries ``row:<sentence>``, ``row:p.<field>``, ``patch:<NAME>`` and ``no patch:<NAME>``."""

TABLE, COLUMN = "cores.md", "rests on"
NOTHING = "no row and no patch"
"""What is told of a proof whose core is empty: statement and states alone decide."""


def core_of(model: Tracked, kernel: Kernel | None, *wanted: Constraint) -> Core | None:
    """Return on what it rests that ``wanted`` cannot be on a kernel (``None``: patches are open).

    None of it can be left out, as far as the solver knows within its budget.  ``None`` if
    ``wanted`` can be, or where the solver gives up.
    """
    assumed = assumed_of(model, kernel)
    core = model.engine.core(list(wanted), list(assumed.values()))
    if core is None:
        return None
    names = {one.literal: name for name, one in assumed.items()}
    return tuple(sorted(names[one.literal] for one in core))


def assumed_of(model: Tracked, kernel: Kernel | None) -> dict[str, Constraint]:
    """Return all that a proof may rest on: each row, and each patch as a kernel has it, by name."""
    return dict(model.literals()) | (dict(_patches(model, kernel)) if kernel else {})


def _patches(model: Tracked, kernel: Kernel) -> Iterator[tuple[str, Constraint]]:
    for patch in PATCHES:
        if isinstance(model.kernel[patch], bool):
            continue
        yield _of_patch(model, patch.name, kernel[patch] is True)


def _of_patch(model: Tracked, name: str, there: bool) -> tuple[str, Constraint]:
    truth = model.kernel[BY_NAME[name]]
    told = f"{PATCH}{name}" if there else f"no {PATCH}{name}"
    return told, model.engine.constraint(truth if there else no(truth))


def constraints_of(model: Tracked, core: Core) -> list[Constraint]:
    """Return what a core assumes, a constraint an entry."""
    return [
        _of_patch(model, name.removeprefix(PATCH), entry == name)[1]
        if (name := entry.removeprefix("no ")).startswith(PATCH)
        else model.literals()[entry]
        for entry in core
    ]


def carries_over(core: Core, kernel: Kernel | None) -> bool:
    """Return whether a core is a proof on a kernel as it stands (``None``: patches are open)."""
    for entry in core:
        name = entry.removeprefix("no ").removeprefix(PATCH)
        if name in BY_NAME and (kernel is None or kernel[BY_NAME[name]] is entry.startswith("no ")):
            return False
    return True


def kept_cores(model: Tracked, identity: str) -> list[Core]:
    """Return the cores that are kept for a property; none that cannot be read.

    They are hints: the solver has to say that one suffices.
    """
    known = _entries(tuple(model.literals()))
    found = []
    for word in _words(identity):
        entries = word.split(",") if word != one_word(NOTHING) else []
        if all(entry in known for entry in entries):
            found.append(tuple(known[entry] for entry in entries))
    return found


@lru_cache(maxsize=8)
def _entries(rows: tuple[str, ...]) -> dict[str, str]:
    """Return all that a core can name, by how it is written in the table."""
    patches = [f"{told}{PATCH}{name}" for name in BY_NAME for told in ("", "no ")]
    return {one_word(name): name for name in (*rows, *patches)}


def _words(identity: str) -> list[str]:
    """Return the kept words of a property, the newest kernel's first."""
    return list(dict.fromkeys(reversed(hints(TABLE, COLUMN, identity).values())))
