"""How many concrete calls are answered a second: in columns, one by one, and from a file."""

from __future__ import annotations

import json
import random
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bench.figure import Figure, Figures, Limit, Plan, at_least
from bench.measure import MeasuredRun, asked_of, middle, run, say
from bench.rates import COLUMNS, LINES
from bench.trees import HERE, Tree
from model.request import Entry
from model.revisions import REVISIONS
from model.words import Flag

PART, GROWTH = "predict", "growth"
RATE, PEAK = "calls/CPU s", "peak MB"
IN_COLUMNS, ONE_BY_ONE = "in columns, all facts, child included", "lines, in one process"
FILE = "a file of {:,} lines, from start to end"
LINES_OF_A_FILE = 5000
"""Different lines; longer files repeat them."""
REPEATED = 20
BESIDE = ("notes", "rule", "at", "inside")
_NOT_THERE = ("v3.10", "v4.4", "v4.9", "v4.14", "v4.18", "v4.19", "v5.3", "v7.2", "v7.3")
"""Kernels that the last release does not have."""
_MISTAKEN = [
    (kernel, entry)
    for kernel in ("v6.18", "v7.1")
    for entry in (Entry.KERNEL_THREAD, Entry.USER_MODE_THREAD)
]
"""Where the last release dropped flags above 32 bits, which these kernels keep."""
_FACTS: tuple[dict[str, Any], ...] = (
    {},
    {"signal": {"rlim_nproc": 0}},
    {"real_cred": {"cap_effective": "CAP_SYS_ADMIN"}},
    {"chrooted": True},
)


def calls(count: int, seed: int = 1) -> list[str]:
    """Return JSON lines: seeded calls of every entry point, on each kernel of both trees."""
    chance = random.Random(seed)
    kernels = [name for name in REVISIONS if name not in _NOT_THERE]
    made: list[str] = []
    while len(made) < count:
        entry = chance.choice(list(Entry))
        flags = chance.sample(list(Flag), chance.randint(0, 3))
        current = chance.choice(_FACTS)
        request = {
            "entry": entry.name.lower(),
            "flags": "|".join(f"CLONE_{flag.name}" for flag in flags) or 0,
        }
        kernel = chance.choice(kernels)
        text = json.dumps({"kernel": kernel, "request": request, "current": current})
        if (kernel, entry) not in _MISTAKEN and _possible(text):
            made.append(text + "\n")
    return made


def _possible(line: str) -> bool:
    from checker.calls.answer import answer
    from checker.ground.problems import Problem

    try:
        return bool(answer(json.loads(line)))
    except Problem:
        return False


def figures(plan: Plan, found: Figures) -> Iterator[Figure]:
    """Yield rates, each beside the release's rate of ``predict``; both must say the same."""
    say(f"predict: choosing {LINES_OF_A_FILE} calls")
    lines = calls(LINES_OF_A_FILE)
    with tempfile.TemporaryDirectory() as folder:
        short, long = Path(folder) / "short.jsonl", Path(folder) / "long.jsonl"
        short.write_text("".join(lines))
        long.write_text("".join(lines) * REPEATED)
        there = _rate(plan, LINES, short, plan.release) if plan.release else None
        yield Figure(PART, IN_COLUMNS, RATE, _rate(plan, COLUMNS, short, HERE), there)
        yield Figure(PART, ONE_BY_ONE, RATE, _rate(plan, LINES, short, HERE), there)
        yield from _files(plan, found, short, long)


def _rate(plan: Plan, program: str, file: Path, tree: Tree) -> float:
    made = []
    for count in range(plan.runs):
        say(f"{tree.name}: predict in one process: {count + 1} of {plan.runs}")
        made.append(run([sys.executable, "-c", program, str(file)], tree))
    return middle(float(one.output) for one in made)


def _files(plan: Plan, found: Figures, short: Path, long: Path) -> Iterator[Figure]:
    """Yield the rates of whole runs: the release is given the short file, we both."""
    many = LINES_OF_A_FILE * REPEATED
    theirs = _predicted(plan, short, plan.release) if plan.release else []
    ours, more = _predicted(plan, short, HERE), _predicted(plan, long, HERE)
    if len({one.output[: len(ours[0].output)] for one in [*ours, *more]}) > 1 or (
        theirs and not agree(_outcomes(theirs[0].output), _outcomes(ours[0].output))
    ):
        found.wrong.append("predict: two runs over the same calls give different answers")
    there = _a_second(LINES_OF_A_FILE, theirs)
    for count, made in ((LINES_OF_A_FILE, ours), (many, more)):
        here = _a_second(count, made)
        yield Figure(PART, FILE.format(count), RATE, here or 0.0, there)
    peaks = [middle(one.together for one in made) if made else None for made in (more, theirs)]
    yield Figure(PART, FILE.format(many), PEAK, peaks[0] or 0.0, peaks[1])


def _outcomes(answers: str) -> list[dict[str, Any]]:
    """Return what answers say of the calls, without what is noted of them and which rule refused.

    The last release notes nothing, and does not tell the rule that refused a worker.
    """
    said = map(json.loads, answers.splitlines())
    return [{key: one[key] for key in one if key not in BESIDE} for one in said]


def agree(theirs: Any, ours: Any) -> bool:
    """Return whether all that the last release says is said now; it does not know every fact."""
    if isinstance(theirs, dict) and isinstance(ours, dict):
        return all(key in ours and agree(one, ours[key]) for key, one in theirs.items())
    if isinstance(theirs, list) and isinstance(ours, list):
        return len(theirs) == len(ours) and all(map(agree, theirs, ours))
    return bool(theirs == ours)


def _predicted(plan: Plan, file: Path, tree: Tree) -> list[MeasuredRun]:
    made = []
    for count in range(plan.runs):
        say(f"{tree.name}: predict {file.name}: {count + 1} of {plan.runs}")
        made.append(asked_of(tree, ["predict", str(file)]))
    return made


def _a_second(count: int, made: list[MeasuredRun]) -> float | None:
    return count / middle(one.cpu for one in made) if made else None


def limits(found: Figures) -> Iterator[Limit]:
    """Yield what must hold of rates."""
    columns = found.ratio(PART, IN_COLUMNS, RATE)
    yield at_least(3, "calls in columns, in times of the release's predict", 300, columns)
    file = found.ratio(PART, FILE.format(LINES_OF_A_FILE * REPEATED), RATE)
    yield at_least(3, "a file, in times of the release's", 30, file)
