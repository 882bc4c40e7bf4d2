"""What a user waits for: the command's own times, beside their budgets."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

from bench.measure import COMMAND, MeasuredRun, middle, run, say

BUDGETS = (
    ("verify --only calls", ["verify", "--only", "calls"], 10.0),
    ("verify P02", ["verify", "P02"], 0.6),
    ("list", ["list"], 0.15),
    ("show P02", ["show", "P02"], 0.15),
)
MEMORY = 600.0
"""MB that any of them may use."""


def commands(runs: int) -> list[dict[str, Any]]:
    """Return a row per command: medians of whole processes, each started afresh."""
    return [_row(name, words, budget, runs) for name, words, budget in BUDGETS]


def _row(name: str, words: list[str], budget: float, runs: int) -> dict[str, Any]:
    made: list[MeasuredRun] = []
    solver: list[float] = []
    with tempfile.TemporaryDirectory() as folder:
        record = Path(folder) / "record.json"
        recorded = ["--record", str(record)] if words[0] == "verify" else []
        for count in range(runs):
            say(f"cloneproof {name}: {count + 1} of {runs}")
            made.append(run([*COMMAND, *words, *recorded]))
            if record.exists():
                results = json.loads(record.read_text())["results"]
                solver.append(sum(result["seconds"] for result in results))
    wall, cpu = middle(one.wall for one in made), middle(one.cpu for one in made)
    peak = middle(one.together for one in made)
    solving = middle(solver) if solver else None
    return {
        "command": f"cloneproof {name}",
        "exit": made[0].code,
        "wall": wall,
        "budget": budget,
        "of_budget": wall / budget,
        "cpu": cpu,
        "solver": solving,
        "wall_per_solver": wall / solving if solving else None,
        "cpu_per_solver": cpu / solving if solving else None,
        "largest_mb": middle(one.largest for one in made),
        "peak_mb": peak,
        "of_memory": peak / MEMORY,
    }
