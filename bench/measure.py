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

from bench.trees import HERE, LeftOut, Tree

Key = TypeVar("Key")
RECORD = "CLONEPROOF_RECORD"
"""The environment's name of the folder that a run's record is in."""

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
    """What ``cloneproof`` is asked in a tree: some words, and others then.

    ``record`` is the folder of the record of earlier runs; by default a new one each time.
    ``ends`` are the exit codes of a whole answer.
    """

    tree: Tree
    words: tuple[str, ...]
    then: tuple[str, ...] = ()
    record: str | None = None
    ends: tuple[int, ...] = (0,)

    @property
    def commands(self) -> list[tuple[str, ...]]:
        """Return the words of each command."""
        return [self.words, *([self.then] if self.then else [])]


def run(
    command: Iterable[str], tree: Tree = HERE, environment: Mapping[str, str] | None = None
) -> MeasuredRun:
    """Run a command in a tree and return what it cost, and what it printed.

    The record of earlier runs is an empty folder, unless the environment names one.  What is
    imported is compiled once, whatever this process was told: a run would compile it each time.
    """
    own = {**os.environ, "PYTHONPATH": str(tree.root)}
    own.pop("PYTHONDONTWRITEBYTECODE", None)
    with tempfile.NamedTemporaryFile() as output, tempfile.TemporaryDirectory() as empty:
        own |= {RECORD: empty} | dict(environment or {})
        told = subprocess.run(
            [*_LAUNCH, output.name, *command],
            cwd=tree.root,
            env=own,
            stdout=subprocess.PIPE,
            check=True,
        )
        text = Path(output.name).read_text(encoding="utf-8")
    return MeasuredRun(**json.loads(told.stdout), output=text)


def asked_of(
    tree: Tree,
    words: Iterable[str],
    environment: Mapping[str, str] | None = None,
    ends: tuple[int, ...] = (0,),
) -> MeasuredRun:
    """Run ``cloneproof`` in a tree; raise :class:`LeftOut` if it ends with another exit code."""
    told = run([*tree.command, *words], tree, environment)
    if told.code not in ends:
        raise LeftOut(f"{tree.name}: cloneproof {' '.join(words)[:60]} ends with {told.code}")
    return told


def _together(runs: list[MeasuredRun]) -> MeasuredRun:
    """Return what several runs cost, one after the other."""
    return MeasuredRun(
        wall=sum(one.wall for one in runs),
        cpu=sum(one.cpu for one in runs),
        largest=max(one.largest for one in runs),
        together=max(one.together for one in runs),
        code=0,
        output="".join(one.output for one in runs),
    )


def in_turn(runs: int, asked: Mapping[Key, Asked]) -> dict[Key, list[MeasuredRun]]:
    """Return the runs of each of several commands, made in turn (A B C A B C …).

    What disturbs the machine for a while disturbs all of them.
    """
    made: dict[Key, list[MeasuredRun]] = {key: [] for key in asked}
    for count in range(runs):
        for key, one in asked.items():
            say(f"{one.tree.name}: {' '.join(one.words)[:60]}: {count + 1} of {runs}")
            kept = {RECORD: one.record} if one.record else None
            some = [asked_of(one.tree, each, kept, one.ends) for each in one.commands]
            made[key].append(_together(some))
    return made


def middle(values: Iterable[float]) -> float:
    """Return the median."""
    return float(median(values))


def say(text: str) -> None:
    """Tell how far it has come, on a terminal only."""
    if sys.stderr.isatty():
        print(f"\r\033[K{text}", end="", file=sys.stderr, flush=True)
