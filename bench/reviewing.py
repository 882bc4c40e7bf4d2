"""Review of a patch to fork.c, beside the last release's comparison of the whole tree."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from difflib import unified_diff
from pathlib import Path

from bench.figure import Figure, Figures, Limit, Plan, at_most
from bench.measure import Asked, in_turn, middle
from bench.trees import HERE, LeftOut

PART, CPU, MEMORY = "review", "CPU s", "peak MB"
FILE = "kernel/fork.c"
CHECK = "if ((clone_flags & (CLONE_NEWNS|CLONE_FS)) == (CLONE_NEWNS|CLONE_FS))"
FLAGS = "(CLONE_NEWNS|CLONE_FS)"
EDITS = {
    "a patch that changes nothing": CHECK.replace(FLAGS, "(CLONE_FS|CLONE_NEWNS)"),
    "a patch that weakens a check": CHECK.replace(f"== {FLAGS}", "== CLONE_NEWNS"),
}
"""What a patch makes of the check, by what it is."""

CHANGES = (0, 1)
"""Exit codes of a review that could tell: nothing changes, something does."""


def figures(plan: Plan, _found: Figures) -> Iterator[Figure]:
    """Yield what a review takes in the newest tree at hand; there, what its comparison took."""
    tree = _newest()
    text = (tree / FILE).read_text(encoding="utf-8")
    if CHECK not in text:
        raise LeftOut(f"{tree}/{FILE} has no such check: {CHECK}")
    with tempfile.TemporaryDirectory() as kept:
        asked = {}
        for number, (what, line) in enumerate(EDITS.items()):
            patch = Path(kept, f"{number}.patch")
            patch.write_text(_diff(text, text.replace(CHECK, line)), encoding="utf-8")
            asked[what] = Asked(HERE, ("review", str(tree), str(patch)), ends=CHANGES)
        if plan.release is not None:
            asked[plan.release.name] = Asked(plan.release, ("source", str(tree)))
        made = in_turn(plan.runs, asked)
    cpu = {what: middle(one.cpu for one in some) for what, some in made.items()}
    memory = {what: middle(one.together for one in some) for what, some in made.items()}
    there = plan.release.name if plan.release else ""
    for what in EDITS:
        yield Figure(PART, what, CPU, cpu[what], cpu.get(there))
        yield Figure(PART, what, MEMORY, memory[what], memory.get(there))


def _newest() -> Path:
    """Return the folder of the newest tree that was fetched."""
    from source.trees import known_trees

    known = [getattr(tree, "root", None) for tree, _like in known_trees().values()]
    if not known or known[-1] is None:
        raise LeftOut("no kernel tree is here: make source fetches Debian's")
    return Path(known[-1])


def _diff(before: str, after: str) -> str:
    one, other = (text.splitlines(keepends=True) for text in (before, after))
    return "".join(unified_diff(one, other, f"a/{FILE}", f"b/{FILE}"))


def limits(found: Figures) -> Iterator[Limit]:
    """Yield what must hold of them."""
    for what in EDITS:
        ratio = found.ratio(PART, what, CPU)
        yield at_most(13, f"{what}, in times of the release's source", 1 / 2, ratio)
        yield at_most(13, f"{what}: MB", 300, found.here(PART, what, MEMORY))
