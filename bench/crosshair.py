"""The contracts of :mod:`bench.crosshair_flags`, each given to CrossHair."""

from __future__ import annotations

import inspect
import re
import sys
from importlib.util import find_spec
from typing import Any

from bench import crosshair_flags
from bench.measure import middle, run, say

SECONDS = 20
"""CrossHair's limit for one contract."""


def contracts() -> list[str]:
    """Return the names of the functions with a contract."""
    made = inspect.getmembers(crosshair_flags, inspect.isfunction)
    return [name for name, function in made if "post:" in (function.__doc__ or "")]


def crosshair(runs: int) -> list[dict[str, Any]]:
    """Return a row per contract: what CrossHair says, and how long its process takes."""
    if find_spec("crosshair") is None:
        return [{"contract": "crosshair", "skipped": "not installed (crosshair-tool)"}]
    return [_row(name, runs) for name in contracts()]


def _row(name: str, runs: int) -> dict[str, Any]:
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
    return {
        "contract": name.replace("_", " "),
        "says": said,
        "as_wanted": said.startswith(wanted),
        "wall": middle(one.wall for one in made),
        "peak_mb": middle(one.largest for one in made),
    }


def _said(output: str) -> str:
    """Return CrossHair's answer in this project's words."""
    if "Confirmed over all paths" in output:
        return "confirmed"
    call = re.search(r"error: .* when calling \w+(\(.*?\)) ", output)
    if call:
        return f"refuted by {call[1]}"
    return re.sub(r"^.*?(info|error): ", "", output.strip()) or "nothing"
