"""A pack run on a real kernel, and held against what the model says of that kernel."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from kernels.cases.outcomes import predicted
from kernels.machines import vm
from kernels.machines.place import RUNNING, CannotRun, Place
from kernels.pack.trials import MACHINE, Trials
from model.words import errno_name

SUCCESS = "success"
_RESULT = re.compile(r"(not ok|ok) (\d+) - (.*?)(?: # SKIP (.*))?$")
_ANSWER = re.compile(r"# .*, this kernel (\w[\w ]*)$")
_LONGEST = 900
"""Seconds that a pack may take on the running kernel."""


@dataclass(frozen=True, slots=True)
class Unlike:
    """A call of a pack that a kernel answers otherwise than the model of that kernel says."""

    name: str
    said: str
    answered: str


@dataclass
class Held:
    """What a pack comes to on a real kernel: how many calls are answered as its own kernel does,
    otherwise as the model says, or not at all; and those that neither explains."""

    where: str
    release: str = ""
    alike: int = 0
    known: int = 0
    skipped: int = 0
    unlike: list[Unlike] = field(default_factory=list)


def held(found: Trials, pack: Path, place: Place) -> Held:
    """Run a pack where a kernel runs; raise :class:`CannotRun` where that cannot be done."""
    release, lines = _run(pack, place.where)
    made = Held(place.where, release)
    results = list(_results(lines))
    if len(results) < len(found.tried):
        raise CannotRun(f"{place.where}: {len(results)} of {len(found.tried)} calls were told")
    for one, (name, answer) in zip(found.tried, results, strict=False):
        own = _word(one.errno)
        expected = _word(int(predicted(place.kernel, one.case, MACHINE).errno))
        if answer is None:
            made.skipped += 1
        elif (answer or own) != expected:
            made.unlike.append(Unlike(name, expected, answer or own))
        elif answer:
            made.known += 1
        else:
            made.alike += 1
    return made


def _word(errno: int) -> str:
    return errno_name(errno) if errno else SUCCESS


def _run(pack: Path, where: str) -> tuple[str, list[str]]:
    if where != RUNNING:
        try:
            return vm.run_program(where, pack)
        except vm.GuestFailed as failed:
            raise CannotRun(str(failed)) from failed
    try:
        done = subprocess.run([str(pack)], capture_output=True, text=True, check=False,
                              timeout=_LONGEST)
    except subprocess.TimeoutExpired:
        raise CannotRun(f"the pack did not end within {_LONGEST} s") from None
    return where, done.stdout.splitlines()


def _results(lines: list[str]) -> Iterator[tuple[str, str | None]]:
    """Yield of each test its name and the other answer; "" for as expected, None for a skip."""
    other = ""
    for line in lines:
        answer, result = _ANSWER.match(line), _RESULT.match(line)
        if answer is not None:
            other = answer[1]
        elif result is not None:
            yield result[3], None if result[4] else other
            other = ""
