"""Times and memory of whole processes, as the kernel accounts them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import TypeVar

from bench.trees import HERE, Tree

Key = TypeVar("Key")
COMMAND = [sys.executable, "-m", "command"]
"""The command ``cloneproof`` of a tree, whatever is installed."""

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


@dataclass(frozen=True)
class Asked:
    """A command in a tree, with what it finds in its environment beside ours."""

    tree: Tree
    words: tuple[str, ...]
    environment: Mapping[str, str] | None = None


def run(
    command: Iterable[str], tree: Tree = HERE, environment: Mapping[str, str] | None = None
) -> MeasuredRun:
    """Run a command in a tree and return what it cost, and what it printed."""
    own = os.environ | {"PYTHONPATH": str(tree.root)} | dict(environment or {})
    with tempfile.NamedTemporaryFile() as output:
        told = subprocess.run(
            [*_LAUNCH, output.name, *command],
            cwd=tree.root,
            env=own,
            stdout=subprocess.PIPE,
            check=True,
        )
        text = Path(output.name).read_text(encoding="utf-8")
    return MeasuredRun(**json.loads(told.stdout), output=text)


def in_turn(runs: int, asked: Mapping[Key, Asked]) -> dict[Key, list[MeasuredRun]]:
    """Return the runs of each of several commands, made in turn (A B C A B C …).

    What disturbs the machine for a while disturbs all of them.
    """
    made: dict[Key, list[MeasuredRun]] = {key: [] for key in asked}
    for count in range(runs):
        for key, one in asked.items():
            say(f"{one.tree.name}: {' '.join(one.words)[:60]}: {count + 1} of {runs}")
            made[key].append(run([*COMMAND, *one.words], one.tree, one.environment))
    return made


def middle(values: Iterable[float]) -> float:
    """Return the median."""
    return float(median(values))


def say(text: str) -> None:
    """Tell how far it has come, on a terminal only."""
    if sys.stderr.isatty():
        print(f"\r\033[K{text}", end="", file=sys.stderr, flush=True)
