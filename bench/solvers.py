"""The same obligations through several solvers: do they agree, and how long do they take?"""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from bench.figure import Figure, Figures, Plan
from bench.measure import MeasuredRun, middle, run, say
from bench.obligations import KERNEL, BenchObligation, chosen, write
from bench.trees import LeftOut
from bench.worker import MISSING, SOLVERS

PART = "solvers"
Answers = dict[str, tuple[str, float]]

LIMIT = 60.0
"""Seconds for one file."""

NAMES = {"own": "cloneproof", "own-fresh": "cloneproof, fresh"}


def figures(plan: Plan, found: Figures) -> Iterator[Figure]:
    """Yield what each solver needs for the same obligations, medians over runs."""
    obligations = chosen(*((40, 20) if plan.full else (20, 10)))
    with tempfile.TemporaryDirectory() as folder:
        say(f"writing {len(obligations)} obligations on {KERNEL}")
        write(obligations, Path(folder))
        for name in SOLVERS:
            try:
                yield from _of(name, obligations, Path(folder), plan.once, found)
            except LeftOut as why:
                found.left_out.append(str(why))


def _of(
    name: str, obligations: list[BenchObligation], folder: Path, runs: int, found: Figures
) -> Iterator[Figure]:
    made = _runs(name, folder, runs)
    answers: list[Answers] = [json.loads(one.output) for one in made]
    found.wrong += _wrong(name, obligations, answers)
    each = {one: middle(answer[one.file][1] for answer in answers) for one in obligations}
    shown = NAMES.get(name, name)
    note = f"{len(obligations)} obligations on {KERNEL}"
    yield Figure(PART, shown, "s, all", sum(each.values()), None, note)
    for status, kind in (("unsat", "ms a proof"), ("sat", "ms a call")):
        times = (spent for one, spent in each.items() if one.expected == status)
        yield Figure(PART, shown, kind, 1000 * middle(times), None, "the median")
    yield Figure(PART, shown, "peak MB", middle(one.largest for one in made))


def _runs(name: str, folder: Path, runs: int) -> list[MeasuredRun]:
    made = []
    for count in range(runs):
        say(f"{name}: {count + 1} of {runs}")
        one = run([sys.executable, "-m", "bench.worker", name, str(folder), str(LIMIT)])
        if one.code == MISSING:
            raise LeftOut(f"{name} is left out: not installed ({one.output.strip()})")
        if one.code != 0:
            raise LeftOut(f"{name} is left out: it ended with exit code {one.code}")
        made.append(one)
    return made


def _wrong(name: str, obligations: list[BenchObligation], answers: list[Answers]) -> Iterator[str]:
    for one in obligations:
        for said in {answer[one.file][0] for answer in answers} - {one.expected}:
            yield f"{name} says {said} of {one.prop.id}, not {one.expected}"
