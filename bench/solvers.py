"""The same obligations through several solvers: do they agree, and how long do they take?"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path
from typing import Any

from bench.measure import MeasuredRun, middle, run, say
from bench.obligations import KERNEL, BenchObligation, chosen, write
from bench.worker import MISSING, SOLVERS

LIMIT = 60.0
"""Seconds for one file."""

NAMES = {"own": "cloneproof", "own-fresh": "cloneproof, fresh"}


def solvers(runs: int, proved: int, refuted: int) -> list[dict[str, Any]]:
    """Return a row per solver: medians over runs, beside z3."""
    obligations = chosen(proved, refuted)
    with tempfile.TemporaryDirectory() as folder:
        say(f"writing {len(obligations)} obligations on {KERNEL}")
        write(obligations, Path(folder))
        rows = [_row(name, obligations, Path(folder), runs) for name in SOLVERS]
    base = rows[0].get("total")
    for row in rows:
        row["of_z3"] = row["total"] / base if base and "total" in row else None
    return rows


def _row(name: str, obligations: list[BenchObligation], folder: Path, runs: int) -> dict[str, Any]:
    shown = NAMES.get(name, name)
    made: list[MeasuredRun] = []
    for count in range(runs):
        say(f"{shown}: {count + 1} of {runs}")
        one = run([sys.executable, "-m", "bench.worker", name, str(folder), str(LIMIT)])
        if one.code == MISSING:
            return {"solver": shown, "skipped": f"not installed ({one.output.strip()})"}
        if one.code != 0:
            return {"solver": shown, "skipped": f"ended with exit code {one.code}"}
        made.append(one)
    answers = [json.loads(one.output) for one in made]
    wanted = {one.file: one.expected for one in obligations}
    each = {file: middle(answer[file][1] for answer in answers) for file in wanted}
    return {
        "solver": shown,
        "total": middle(sum(answer[file][1] for file in wanted) for answer in answers),
        "unsat": _of("unsat", wanted, each),
        "sat": _of("sat", wanted, each),
        "slowest": max(each.values()),
        "peak_mb": middle(one.largest for one in made),
        "answers": len(wanted),
        "wrong": [
            f"{file.removesuffix('.smt2')}: {answer[file][0]}, not {expected}"
            for answer in answers
            for file, expected in wanted.items()
            if answer[file][0] != expected
        ],
    }


def _of(kind: str, wanted: dict[str, str], each: dict[str, float]) -> float:
    return middle(each[file] for file, expected in wanted.items() if expected == kind)
