"""Every refuted property replayed on every kernel that can be had here, as a table."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from checker.calls.counterexample import Counterexample, parse
from checker.ground.json_text import load
from kernels.cases.lines import line_of
from kernels.machines.place import CannotRun, Place, observe, place
from kernels.replay.answer import ReplayAnswer, Replayed
from kernels.replay.calls import judged, replay_at
from kernels.replay.fitting import Fitted, another
from properties.catalogue import all_properties, by_id

Progress = Callable[[str], None]


@dataclass
class Campaign:
    """One kernel: every counterexample of its revision, and what replaying came to.

    ``kind`` is calls, or histories.  ``instead`` are others, found among those that the probe
    can make, which break properties whose own counterexample cannot be replayed.
    """

    where: str
    revision: str = ""
    release: str = ""
    skipped: str = ""
    kind: str = "calls"
    replayed: list[Replayed] = field(default_factory=list)
    instead: dict[str, Replayed] = field(default_factory=dict)

    def count(self, answer: ReplayAnswer) -> int:
        """Return how many counterexamples came to an answer."""
        return sum(1 for one in self.replayed if one.answer is answer)


def campaign(where: str, progress: Progress, result: Path | None = None) -> Campaign:
    """Replay every counterexample of a kernel's revision on it."""
    try:
        here = place(where)
    except CannotRun as cannot:
        return Campaign(where, skipped=str(cannot))
    progress(f"{where}: counterexamples of {here.revision.name}")
    found = list(counterexamples(here, result))
    made = Campaign(where, here.revision.name)
    made.replayed = replay_at(found, here, progress)
    made.release = next((one.release for one in made.replayed if one.release), "")
    made.instead = _instead(made, here, progress)
    return made


def counterexamples(here: Place, result: Path | None) -> Iterator[Counterexample]:
    """Yield a counterexample for each property of calls that is refuted on the kernel."""
    calls = {prop.id for prop in all_properties()}
    for one in _recorded(result) if result else _decided(here.revision.name):
        told = one["counterexample"] if one["property"] in calls else None
        if told and one["kernel"] == here.revision.name:
            yield parse(told)


def _recorded(result: Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = load(result)["results"]
    return found


def _decided(revision: str) -> list[dict[str, Any]]:
    from dataclasses import asdict

    from checker.questions.run import verify

    ids = [prop.id for prop in all_properties()]
    return [asdict(one) for one in verify(ids, [revision], blame=False)]


def _instead(made: Campaign, here: Place, progress: Progress) -> dict[str, Replayed]:
    """Return, for properties that were not shown, another call that the probe can make."""
    plans: dict[str, Fitted] = {}
    for one in made.replayed:
        if one.answer is ReplayAnswer.NOT_REPLAYABLE:
            plan = another(by_id(one.property), here.kernel, here.machine)
            if plan is not None and line_of_plan(plan) != one.call:
                plans[one.property] = plan
    if not plans:
        return {}
    progress(f"{here.where}: running {len(plans)} other calls")
    lines = [f"id={number} {plan.line}" for number, plan in enumerate(plans.values())]
    rows = observe(here.where, lines, workers=False)
    shown = {
        name: judged(name, here, plan, row)
        for (name, plan), row in zip(plans.items(), rows, strict=True)
    }
    return {
        name: one for name, one in shown.items() if one.answer is not ReplayAnswer.NOT_REPLAYABLE
    }


def line_of_plan(plan: Fitted) -> str:
    """Return the probe's line of a fitted case."""
    assert plan.case is not None
    return plan.line or line_of(plan.case)
