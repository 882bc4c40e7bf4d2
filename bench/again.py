"""A second run: nothing changed, and one rule of setns() edited.

An edited run takes a tenth of a cold one, and a machine may change its speed between the two.
So edited runs are made one after the other while a cold one runs: all have the same machine.
"""

from __future__ import annotations

import compileall
import shutil
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from bench.figure import Figure, Figures, Limit, Plan, at_most, times
from bench.measure import RECORD, MeasuredRun, asked_of, middle, say
from bench.trees import ROOT, Tree

PART, UNIT = "again", "CPU s"
HELP, COLD = "--help", "verify, nothing kept"
SAME, EDITED = "verify, nothing changed", "verify, one rule of setns() edited"
RULES = "model/rules/nsset.py"
_ROOMS = ("model", "properties", "checker", "command", "reports", "source", "kernels")


def figures(plan: Plan, _found: Figures) -> Iterator[Figure]:
    """Yield what each run needs, in a copy of this tree with a record of its own."""
    made: dict[str, list[MeasuredRun]] = {HELP: [], COLD: [], SAME: [], EDITED: []}
    with tempfile.TemporaryDirectory(prefix="cloneproof-bench-") as folder:
        tree, record = _copied(Path(folder, "tree")), Path(folder, "record")
        kept = {RECORD: str(record)}
        say("a run again: what is found again")
        asked_of(tree, ["verify"], kept)
        for count in range(plan.runs):
            say(f"a run again: {count + 1} of {plan.runs}")
            made[HELP].append(asked_of(tree, ["--help"], kept))
            made[SAME].append(asked_of(tree, ["verify"], kept))
        edit(tree.root / RULES)
        for count in range(plan.runs):
            say(f"a run again: edited ones beside a cold one: {count + 1} of {plan.runs}")
            cold, edited = _side_by_side(tree, record)
            made[COLD].append(cold)
            made[EDITED] += edited
    for what, runs in made.items():
        yield Figure(PART, what, UNIT, middle(one.cpu for one in runs))


def _side_by_side(tree: Tree, record: Path) -> tuple[MeasuredRun, list[MeasuredRun]]:
    """Return a cold run, and those that begin from a record and end while it lasts.

    One there is in any case: the first.
    """
    made = []
    with ThreadPoolExecutor(1) as pool:
        cold = pool.submit(asked_of, tree, ["verify"])
        while not cold.done():
            with tempfile.TemporaryDirectory(prefix="cloneproof-bench-") as folder:
                own = shutil.copytree(record, Path(folder, "record"))
                made.append(asked_of(tree, ["verify"], {RECORD: str(own)}))
        return cold.result(), made[:-1] or made


def _copied(root: Path) -> Tree:
    """Return a compiled copy of this tree."""
    for room in _ROOMS:
        shutil.copytree(ROOT / room, root / room, ignore=shutil.ignore_patterns(".kernels"))
    shutil.copy(ROOT / "pyproject.toml", root)
    _compiled(root)
    return Tree("a copy", root)


def _compiled(root: Path) -> None:
    """Compile a copy anew, in a later second than it was made: what Python has of it is current."""
    for old in list(root.rglob("__pycache__")):
        shutil.rmtree(old)
    time.sleep(1.1)
    compileall.compile_dir(root, quiet=2)


def edit(path: Path) -> None:
    """Change what the first rule of a file reads, and not what it means."""
    text = path.read_text(encoding="utf-8")
    head, rejects, rest = text.partition("@rejects")
    body, returns, after = rest.partition("    return ")
    condition, end, others = after.partition("\n\n\n")
    if not (rejects and returns and end):
        raise ValueError(f"{path}: no rule that can be edited")
    path.write_text(f"{head}{rejects}{body}{returns}either(False, {condition}){end}{others}")


def limits(found: Figures) -> Iterator[Limit]:
    """Yield what must hold of second runs."""
    one, cold, same, edited = (found.here(PART, what, UNIT) for what in (HELP, COLD, SAME, EDITED))
    yield at_most(5, "nothing changed, in times of --help", 3, times(same, one))
    yield at_most(5, "one rule of setns() edited, in times of a cold run", 0.1, times(edited, cold))
