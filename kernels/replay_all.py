"""Every refuted property replayed on every kernel that can be had here, as a table."""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from checker.counterexample import Counterexample, parse
from checker.failures import Arguments
from checker.json_text import load
from kernels.conform import RUNNING
from kernels.fitting import Fitted, another
from kernels.lines import line_of
from kernels.replay import (
    Answer,
    CannotReplay,
    Place,
    Replayed,
    judged,
    observe,
    place,
    replay_at,
)
from properties.catalogue import all_properties, by_id

RESULT = Path("out") / "result.json"
ON = (RUNNING, "6.1", "6.12")
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

    def count(self, answer: Answer) -> int:
        """Return how many counterexamples came to an answer."""
        return sum(1 for one in self.replayed if one.answer is answer)


def campaign(where: str, progress: Progress, result: Path | None = None) -> Campaign:
    """Replay every counterexample of a kernel's revision on it."""
    try:
        here = place(where)
    except CannotReplay as cannot:
        return Campaign(where, skipped=str(cannot))
    progress(f"{where}: counterexamples of {here.revision.name}")
    found = list(_counterexamples(here, result))
    made = Campaign(where, here.revision.name)
    made.replayed = replay_at(found, here, progress)
    made.release = next((one.release for one in made.replayed if one.release), "")
    made.instead = _instead(made, here, progress)
    return made


def _counterexamples(here: Place, result: Path | None) -> Iterator[Counterexample]:
    """Yield a counterexample for each property that is refuted on the kernel."""
    if result is None and RESULT.exists():
        result = RESULT
    for one in _recorded(result) if result else _decided(here.revision.name):
        if one["kernel"] == here.revision.name and one["counterexample"]:
            yield parse(one["counterexample"])


def _recorded(result: Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = load(result)["results"]
    return found


def _decided(revision: str) -> list[dict[str, Any]]:
    from dataclasses import asdict

    from checker.run import verify

    ids = [prop.id for prop in all_properties()]
    return [asdict(one) for one in verify(ids, [revision], blame=False)]


def _instead(made: Campaign, here: Place, progress: Progress) -> dict[str, Replayed]:
    """Return, for properties that were not shown, another call that the probe can make."""
    plans: dict[str, Fitted] = {}
    for one in made.replayed:
        if one.answer is Answer.NOT_REPLAYABLE:
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
    return {name: one for name, one in shown.items() if one.answer is not Answer.NOT_REPLAYABLE}


def line_of_plan(plan: Fitted) -> str:
    """Return the probe's line of a fitted case."""
    assert plan.case is not None
    return plan.line or line_of(plan.case)


# ---- telling ---------------------------------------------------------------------------

HEAD = (
    "| kernel | replayed as | of | refuted properties | confirmed | refuted | not replayable |"
    " of these shown by another |"
)


def table(campaigns: list[Campaign]) -> list[str]:
    """Return the campaigns as lines of Markdown."""
    lines = [HEAD, "|---|---|---|---:|---:|---:|---:|---:|"]
    for one in campaigns:
        if one.skipped:
            continue
        cells = (
            f"{one.where} ({one.release})",
            one.revision,
            one.kind,
            len(one.replayed),
            one.count(Answer.CONFIRMED),
            one.count(Answer.REFUTED),
            one.count(Answer.NOT_REPLAYABLE),
            sum(1 for other in one.instead.values() if other.answer is Answer.CONFIRMED),
        )
        lines.append("| " + " | ".join(str(cell) for cell in cells) + " |")
    return lines if len(lines) > 2 else []


def details(one: Campaign) -> Iterator[str]:
    """Yield what a line of the table leaves out."""
    if one.skipped:
        yield f"{one.where}: skipped, not passed: {one.skipped}"
        return
    for answer in (*one.replayed, *one.instead.values()):
        if answer.answer is Answer.REFUTED:
            yield from told(answer)
    reasons = Counter(other.reason for other in one.replayed if other.reason)
    for reason, count in reasons.most_common():
        who = ", ".join(other.property for other in one.replayed if other.reason == reason)
        yield f"{one.where}: not replayable, {count}: {reason} ({who})"
    for name, other in one.instead.items():
        yield f"{one.where}: {name} is shown by another: {other.call}"


def told(one: Replayed) -> Iterator[str]:
    """Yield one answer as lines for people."""
    release = f" ({one.release})" if one.release else ""
    yield f"{one.property} on {one.where}{release}: {one.answer.value}"
    if one.reason:
        yield f"    {one.reason}"
    if one.call:
        yield f"    asked: {one.call}"
    for change in one.told:
        yield f"    here {change}"
    if one.errno:
        yield f"    answer: {one.errno}"
    if one.seen and one.answer is Answer.CONFIRMED:
        yield f"    the model agrees on: {', '.join(one.seen)}"
    for item in one.differences:
        yield f"    {item.field}: model {item.model}, kernel {item.kernel}"


def document(one: Replayed) -> dict[str, Any]:
    """Return one answer as JSON writes it."""
    return {
        "property": one.property,
        "on": one.where,
        "release": one.release,
        "revision": one.revision,
        "answer": one.answer.value,
        "reason": one.reason,
        "call": one.call,
        "changed": list(one.told),
        "errno": one.errno,
        "seen": list(one.seen),
        "differences": [
            {"fact": item.field, "model": item.model, "kernel": item.kernel}
            for item in one.differences
        ],
    }


def status(campaigns: list[Campaign]) -> int:
    """Return 0 if nothing is refuted, 1 if something is, 2 if a kernel was skipped."""
    answers = [other for one in campaigns for other in (*one.replayed, *one.instead.values())]
    if any(other.answer is Answer.REFUTED for other in answers):
        return 1
    return 2 if any(one.skipped for one in campaigns) else 0



def _campaigns(where: str, wish: argparse.Namespace) -> Iterator[Campaign]:
    from kernels.histories.campaign import campaign as of_histories

    def say(text: str) -> None:
        print(text, file=sys.stderr)

    if not wish.histories:
        yield campaign(where, say, wish.result)
    yield of_histories(where, say)


def main() -> int:
    """Replay all counterexamples on the kernels of the command line and print the table."""
    parser = Arguments(prog="python -m kernels.replay")
    parser.add_argument("--all", action="store_true", required=True, help="every refuted property")
    parser.add_argument("--result", type=Path, help="a JSON report to take them from")
    parser.add_argument("--histories", action="store_true", help="only properties of histories")
    parser.add_argument("on", nargs="*", default=list(ON), help="running, 6.1, 6.12, an image")
    wish = parser.parse_args()
    campaigns = [one for where in wish.on for one in _campaigns(where, wish)]
    print("\n".join([*table(campaigns), *(line for one in campaigns for line in details(one))]))
    return status(campaigns)
