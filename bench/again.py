"""A second run: nothing changed, and one rule of setns() edited."""

from __future__ import annotations

import compileall
import shutil
import tempfile
import time
from collections.abc import Iterator
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
    for count in range(plan.runs):
        say(f"a run again: {count + 1} of {plan.runs}")
        with tempfile.TemporaryDirectory(prefix="cloneproof-bench-") as folder:
            _one_round(Path(folder), made)
    for what, runs in made.items():
        yield Figure(PART, what, UNIT, middle(one.cpu for one in runs))


def _one_round(folder: Path, made: dict[str, list[MeasuredRun]]) -> None:
    tree = Tree("a copy", folder / "tree")
    for room in _ROOMS:
        shutil.copytree(ROOT / room, tree.root / room, ignore=shutil.ignore_patterns(".kernels"))
    shutil.copy(ROOT / "pyproject.toml", tree.root)
    _compiled(tree.root)
    environment = {RECORD: str(folder / "record")}
    for what, words in ((HELP, ["--help"]), (COLD, ["verify"]), (SAME, ["verify"])):
        made[what].append(asked_of(tree, words, environment))
    made[HELP].append(asked_of(tree, ["--help"], environment))
    edit(tree.root / RULES)
    made[EDITED].append(asked_of(tree, ["verify"], environment))


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
