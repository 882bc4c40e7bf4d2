"""Times and memory of whole processes, as the kernel accounts them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parent.parent
COMMAND = [sys.executable, "-m", "command"]
"""The command ``cloneproof`` of this tree, whatever is installed."""

_LAUNCH = [sys.executable, "-S", "-E", str(Path(__file__).with_name("launch.py"))]


@dataclass(frozen=True, slots=True)
class MeasuredRun:
    """What a process and its descendants cost; memory in MB.

    ``largest`` is the peak of the largest process, ``together`` that of all of them (sampled,
    shared pages counted once).
    """

    wall: float
    cpu: float
    largest: float
    together: float
    code: int
    output: str


def run(command: list[str]) -> MeasuredRun:
    """Run a command in the tree and return what it cost, and what it printed."""
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    with tempfile.NamedTemporaryFile() as output:
        told = subprocess.run(
            [*_LAUNCH, output.name, *command],
            cwd=ROOT,
            env=environment,
            stdout=subprocess.PIPE,
            check=True,
        )
        text = Path(output.name).read_text(encoding="utf-8")
    return MeasuredRun(**json.loads(told.stdout), output=text)


def middle(values: Iterable[float]) -> float:
    """Return the median."""
    return float(median(values))


def say(text: str) -> None:
    """Tell how far it has come, on a terminal only."""
    if sys.stderr.isatty():
        print(f"\r\033[K{text}", end="", file=sys.stderr, flush=True)
