"""Replay traces: does a kernel do, step by step, what breaks the property?"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from checker.over_time.trace import NotAHistory, Trace, breaks, broken_by, rerun
from kernels.histories.catalogue import DRIVES
from kernels.histories.drive import TWO_CALLERS, Drive, Held, History
from kernels.histories.play import play
from kernels.histories.script import HistoryScript, Row, broke_off
from kernels.machines.place import CannotRun, Place, place
from kernels.replay.answer import ReplayAnswer, Replayed
from model.records import build, values_of
from properties.over_time.claim import TimedProperty

Progress = Callable[[str], None]
_MOST = 4096
"""Combinations of unseen facts that are looked at."""


@dataclass(frozen=True)
class Plan:
    """A history to be driven, or the reason why it cannot."""

    trace: Trace
    history: History | None = None
    script: HistoryScript | None = None
    reason: str = ""


def replay_traces(
    found: Iterable[Trace], where: str, progress: Progress = lambda _text: None
) -> list[Replayed]:
    """Replay traces on one kernel, in one run or boot."""
    try:
        here = place(where)
    except CannotRun as cannot:
        return [_unseen(one.property, where, "", str(cannot)) for one in found]
    return replay_traces_at(list(found), here, progress)


def replay_traces_at(
    found: list[Trace], here: Place, progress: Progress = lambda _text: None
) -> list[Replayed]:
    """Replay traces on a known kernel."""
    for drive in DRIVES.values():
        drive.arrive(here.where)
    plans = [plan(one, here) for one in found]
    scripts = {str(n): one.script for n, one in enumerate(plans) if one.script is not None}
    if scripts:
        progress(f"{here.where}: driving {len(scripts)} histories")
    try:
        rows = play(here.where, scripts)
    except CannotRun as cannot:
        name = here.revision.name
        return [_unseen(one.property, here.where, name, str(cannot)) for one in found]
    return [judged(one, here, rows.get(str(n), [])) for n, one in enumerate(plans)]


# ---- planning --------------------------------------------------------------------------


def plan(trace: Trace, here: Place) -> Plan:
    """Return how a trace is driven on a kernel, by the kernel's own reading of it."""
    prop = trace.property
    names = [step.name for step in trace.steps]
    try:
        steps, states = rerun(prop.system, here.kernel, names)
    except NotAHistory as broken:
        return Plan(trace, reason=f"not of this era: {broken} ({here.revision.name})")
    if not broken_by(prop, here.kernel, states):
        told = f"by the model the history keeps the property on {here.revision.name}"
        return Plan(trace, reason=f"not of this era: {told}")
    history = History(here.kernel, steps, states)
    drive = DRIVES.get(prop.system.name)
    if drive is None:
        return Plan(trace, history, reason=why_not_driven(prop.system.name))
    reason = drive.cannot(history)
    if reason:
        return Plan(trace, history, reason=reason)
    history = drive.settled(history)
    if not broken_by(prop, here.kernel, history.states):
        return Plan(trace, history, reason="the kernel goes on to a state that keeps the property")
    return Plan(trace, history, drive.script(history))


def why_not_driven(system: str) -> str:
    """Return why nobody outside of the kernel can drive a system."""
    overlap = (
        "forkers",
        "threads",
        "publication",
        "ucounts_references",
        "ucounts_holders",
        "vhost_wake",
    )
    return TWO_CALLERS if system in overlap else f"no commands drive the system {system!r}"


# ---- judging ---------------------------------------------------------------------------


def _unseen(prop: TimedProperty, where: str, revision: str, reason: str) -> Replayed:
    return Replayed(prop.id, where, revision, ReplayAnswer.NOT_REPLAYABLE, reason)


def judged(made: Plan, here: Place, rows: list[Row]) -> Replayed:
    """Return what was seen of a history says about the property that it should break."""
    prop = made.trace.property
    if made.script is None or made.history is None:
        return _unseen(prop, here.where, here.revision.name, made.reason)
    held = DRIVES[prop.system.name].held(made.history, rows)
    wrong = broke_off(made.script, rows)
    if wrong and not held.differences:
        reason = f"the history could not be driven: {wrong}"
        return _unseen(prop, here.where, here.revision.name, reason)
    about: dict[str, Any] = {
        "property": prop.id,
        "where": here.where,
        "revision": here.revision.name,
        "release": str(rows[0]["kernel"]),
        "call": "; ".join(step.name for step in made.history.steps) or "nothing",
    }
    if held.differences:
        at = f"after {held.agree} of {len(made.history.steps)} steps"
        return Replayed(
            answer=ReplayAnswer.REFUTED, reason=at, differences=held.differences, **about
        )
    unseen = rests_on_unseen(prop, made.history, DRIVES[prop.system.name], held)
    seen = tuple(sorted(held.seen))
    if unseen:
        reason = f"rests on what no observation shows: {', '.join(unseen)}"
        return Replayed(answer=ReplayAnswer.NOT_REPLAYABLE, reason=reason, seen=seen, **about)
    return Replayed(answer=ReplayAnswer.CONFIRMED, seen=seen, **about)


def rests_on_unseen(
    prop: TimedProperty, history: History, drive: Drive, held: Held
) -> list[str]:
    """Return the unseen facts of the last state without which the property could be kept."""
    choices = drive.could_be(history, held)
    kept = [
        name
        for name, values in choices.items()
        if _can_keep(prop, history, drive, {name: values})
    ]
    if kept:
        return kept
    return ["several facts at once"] if _can_keep(prop, history, drive, choices) else []


def _can_keep(
    prop: TimedProperty, history: History, drive: Drive, choices: dict[str, list[Any]]
) -> bool:
    last = dict(values_of(history.states[-1]))
    every = itertools.product(*choices.values())
    for values in itertools.islice(every, _MOST):
        other = build(prop.system.record, {**last, **dict(zip(choices, values, strict=True))})
        if drive.can_be_seen(history, other) and not breaks(prop, history.kernel, other):
            return True
    return False
