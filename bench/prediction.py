"""How many concrete calls a second ``predict`` answers."""

from __future__ import annotations

import json
import random
import tempfile
import time
from pathlib import Path
from typing import Any

from bench.measure import COMMAND, middle, run, say
from model.request import Entry
from model.revisions import REVISIONS
from model.words import Flag

WANTED = 2000.0
"""Calls a second, in one process."""

_FACTS: tuple[dict[str, Any], ...] = (
    {},
    {"signal": {"rlim_nproc": 0}},
    {"real_cred": {"cap_effective": "CAP_SYS_ADMIN"}},
    {"chrooted": True},
)


def calls(count: int, seed: int = 1) -> list[str]:
    """Return JSON lines: seeded calls of every entry point, on every named kernel."""
    chance = random.Random(seed)
    made: list[str] = []
    while len(made) < count:
        entry = chance.choice(list(Entry))
        flags = chance.sample(list(Flag), chance.randint(0, 3))
        current = chance.choice(_FACTS)
        request = {
            "entry": entry.name.lower(),
            "flags": "|".join(f"CLONE_{flag.name}" for flag in flags) or 0,
        }
        line = {"kernel": chance.choice(list(REVISIONS)), "request": request, "current": current}
        if _possible(json.dumps(line)):
            made.append(json.dumps(line) + "\n")
    return made


def _possible(line: str) -> bool:
    from checker.calls.answer import answer
    from checker.ground.problems import Problem

    try:
        return bool(answer(json.loads(line)))
    except Problem:
        return False


def prediction(runs: int, count: int = 5000) -> list[dict[str, Any]]:
    """Return a row for the function in this process, and one for a process with a file."""
    from checker.prediction.lines import predicted

    say(f"predict: choosing {count} calls")
    lines = calls(count)
    given = [line.encode() for line in lines]
    here, whole = [], []
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "calls.jsonl"
        file.write_text("".join(lines))
        for number in range(runs):
            say(f"predict: {number + 1} of {runs}")
            begun = time.perf_counter()
            answers = [text for one in predicted([given], "the calls") for text in one]
            here.append(time.perf_counter() - begun)
            made = run([*COMMAND, "predict", str(file)])
            whole.append(made)
    agree = all("".join(answers) == one.output for one in whole)
    return [
        _rate("in one process, started", count, middle(here)),
        {
            **_rate("from start to end, with a file", count, middle(one.wall for one in whole)),
            "peak_mb": middle(one.largest for one in whole),
            "agree": agree,
        },
    ]


def _rate(name: str, count: int, seconds: float) -> dict[str, Any]:
    rate = count / seconds
    return {
        "what": name,
        "calls": count,
        "seconds": seconds,
        "per_second": rate,
        "of_wanted": rate / WANTED,
        "peak_mb": None,
        "agree": True,
    }
