"""The contracts of :mod:`bench.crosshair_flags`, each given to CrossHair."""

from __future__ import annotations

import inspect
import re
import sys
from collections.abc import Iterator
from importlib.util import find_spec

from bench import crosshair_flags
from bench.figure import Figure, Figures, Plan
from bench.measure import middle, run, say

PART = "crosshair"

SECONDS = 20
"""CrossHair's limit for one contract."""


def contracts() -> list[str]:
    """Return the names of the functions with a contract."""
    made = inspect.getmembers(crosshair_flags, inspect.isfunction)
    return [name for name, function in made if "post:" in (function.__doc__ or "")]


def figures(plan: Plan, found: Figures) -> Iterator[Figure]:
    """Yield how long CrossHair takes for each contract."""
    if find_spec("crosshair") is None:
        found.left_out.append("CrossHair is left out: not installed (crosshair-tool)")
        return
    for name in contracts():
        yield _of(name, plan.once, found)


def _of(name: str, runs: int, found: Figures) -> Figure:
    target = f"{crosshair_flags.__name__}.{name}"
    limit = f"--per_condition_timeout={SECONDS}"
    options = ["--analysis_kind=PEP316", "--report_all", limit]
    made = []
    for count in range(runs):
        say(f"crosshair {name}: {count + 1} of {runs}")
        command = [sys.executable, "-m", "crosshair", "check", *options, target]
        made.append(run(command))
    said = _said(made[0].output)
    wanted = "refuted" if name.startswith("negative_") else "confirmed"
    if not said.startswith(wanted):
        found.wrong.append(f"CrossHair says {said} of {name}, not {wanted}")
    wall = middle(one.wall for one in made)
    return Figure(PART, name.replace("_", " "), "wall s", wall, None, said)


def _said(output: str) -> str:
    """Return CrossHair's answer in this project's words."""
    if "Confirmed over all paths" in output:
        return "confirmed"
    call = re.search(r"error: .* when calling \w+(\(.*?\)) ", output)
    if call:
        return f"refuted by {call[1]}"
    return re.sub(r"^.*?(info|error): ", "", output.strip()) or "nothing"
