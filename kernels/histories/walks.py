"""Histories driven on a real kernel and compared with the model after every step."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Hashable
from dataclasses import dataclass, field
from typing import Any

from checker.over_time.watched import Watched
from kernels.histories.catalogue import DRIVES
from kernels.histories.drive import Drive, Held, History
from kernels.histories.play import play
from kernels.histories.script import HistoryScript, Row, broke_off
from kernels.histories.shrink import DifferingHistory, disagreement, shorter
from kernels.histories.walker import Walker
from kernels.machines.place import CannotRun, place
from model.kernel import Kernel

LENGTH = 12
LONGEST = 40
"""Of histories that are to take every step from every state."""


@dataclass
class Walked:
    """The walks of one system on one kernel, and how much of what can be driven they met."""

    system: str
    histories: int = 0
    steps: int = 0
    facts: int = 0
    states: set[Hashable] = field(default_factory=set)
    states_in_all: int = 0
    taken: Counter[str] = field(default_factory=Counter)
    unprepared: Counter[str] = field(default_factory=Counter)
    never: dict[str, str] = field(default_factory=dict)
    disagree: int = 0
    shortest: DifferingHistory | None = None


@dataclass
class WalkReport:
    """All walks on one kernel; ``skipped`` is why there are none."""

    where: str
    release: str = ""
    revision: str = ""
    note: str = ""
    skipped: str = ""
    walked: list[Walked] = field(default_factory=list)


@dataclass(frozen=True)
class Wish:
    """What is asked for: so many random histories of each system, or (0) every step there is.

    ``model`` is held against the kernel in place of its own revision's (to see it fail).
    """

    count: int
    seed: int = 1
    systems: tuple[str, ...] = tuple(DRIVES)
    model: Kernel | None = None
    length: int = LENGTH


def walks(where: str, wish: Wish) -> WalkReport:
    """Drive histories on a kernel, and compare every state."""
    report = WalkReport(where)
    try:
        here = place(where)
        for name in wish.systems:
            DRIVES[name].arrive(where)
        kernel = wish.model or here.kernel
        report.revision, report.note = kernel.name, here.note
        chance = random.Random(wish.seed)
        walkers = {name: Walker(DRIVES[name], kernel, chance) for name in wish.systems}
        found = {name: _histories(walker, wish) for name, walker in walkers.items()}
        _drive_all(report, walkers, found)
    except CannotRun as cannot:
        report.skipped = str(cannot)
    return report


def _histories(walker: Walker, wish: Wish) -> list[History]:
    if not wish.count:
        return walker.every(LONGEST)
    count = max(1, wish.count // walker.drive.dear)
    made = (walker.walk(wish.length) for _ in range(count))
    return [history for history in made if history.steps]


def _drive_all(
    report: WalkReport, walkers: dict[str, Walker], found: dict[str, list[History]]
) -> None:
    scripts = {
        f"{name}/{n}": DRIVES[name].script(history)
        for name, histories in found.items()
        for n, history in enumerate(histories)
    }
    rows = play(report.where, scripts)
    report.release = next((str(one[0]["kernel"]) for one in rows.values()), "")
    for name, histories in found.items():
        answers = [rows.get(f"{name}/{n}", []) for n in range(len(histories))]
        report.walked.append(_walked(report.where, walkers[name], histories, answers))


def _walked(
    where: str, walker: Walker, histories: list[History], answers: list[list[Row]]
) -> Walked:
    walked = Walked(walker.drive.system.name)
    every = walker.graph().out
    walked.states_in_all = len(every)
    compared = [
        _compared(walked, walker.drive, history, rows)
        for history, rows in zip(histories, answers, strict=True)
    ]
    walked.states &= every.keys()
    differing = [one for one in compared if one is not None]
    walked.disagree = len(differing)
    walked.never = _never(walked, walker)
    if differing:
        first = min(differing, key=lambda one: len(one.steps))
        walked.shortest = shorter(where, walker.drive, walker.kernel, first)
    return walked


def _compared(
    walked: Walked, drive: Drive, history: History, rows: list[Row]
) -> DifferingHistory | None:
    script = drive.script(history)
    held = drive.held(history, rows)
    wrong = broke_off(script, rows)
    if wrong and not held.differences:
        walked.unprepared[wrong] += 1
        return None
    walked.histories += 1
    walked.steps += held.agree
    walked.facts += held.compared
    walked.taken.update(step.name for step in history.steps[: held.agree])
    walked.states.update(drive.system.same(one) for one in _looked_at(history, script, held))
    return disagreement(drive, history, held)


def _looked_at(history: History, script: HistoryScript, held: Held) -> list[Any]:
    """Return the states that were compared: not those that the kernel only passes through."""
    after = (history.after(n) for n in range(held.agree) if script.steps[n])
    return [history.states[0], *after]


def _never(walked: Walked, walker: Walker) -> dict[str, str]:
    """Return the steps that no history took, and why."""
    drive = walker.drive
    known = drive.system.steps_on(Watched(walker.kernel))
    start = walker.begun().states
    return {
        step.name: "not taken, or refused by the model"
        if drive.knows(step)
        else drive.cannot(History(walker.kernel, [step], start))
        for step in known
        if not walked.taken[step.name]
    }


def status(reports: list[WalkReport]) -> int:
    """Return 0 if all agree, 1 if a history does not, 2 if nothing was seen of a kernel.

    A history that broke off is no agreement: it counts as not seen.
    """
    walked = [one for report in reports for one in report.walked]
    if any(one.disagree for one in walked):
        return 1
    unseen = any(report.skipped for report in reports) or any(one.unprepared for one in walked)
    return 2 if unseen else 0
