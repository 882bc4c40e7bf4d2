"""Times and memory of whole processes, as the kernel accounts them."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parent.parent
COMMAND = [sys.executable, "-m", "checker"]
"""The command ``cloneproof`` of this tree, whatever is installed."""


@dataclass(frozen=True, slots=True)
class Run:
    """One process and its descendants; ``peak`` is the largest single process, in MB."""

    wall: float
    cpu: float
    peak: float
    code: int
    output: str = ""


def run(command: list[str], *, feed: Path | None = None, keep: bool = False) -> Run:
    """Run a command in the tree and return what it cost."""
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    with open(feed or os.devnull, "rb") as given:
        begun = time.perf_counter()
        child = subprocess.Popen(
            command,
            cwd=ROOT,
            env=environment,
            stdin=given,
            stdout=subprocess.PIPE if keep else subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        output = child.stdout.read().decode() if child.stdout else ""
        _, status, usage = os.wait4(child.pid, 0)
        wall = time.perf_counter() - begun
    if child.stdout:
        child.stdout.close()
    child.returncode = os.waitstatus_to_exitcode(status)
    cpu = usage.ru_utime + usage.ru_stime
    return Run(wall, cpu, usage.ru_maxrss / 1024, child.returncode, output)


def middle(values: Iterable[float]) -> float:
    """Return the median."""
    return float(median(values))


def say(text: str) -> None:
    """Tell how far it has come, on a terminal only."""
    if sys.stderr.isatty():
        print(f"\r\033[K{text}", end="", file=sys.stderr, flush=True)
