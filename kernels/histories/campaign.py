"""Every property of histories that is refuted on a kernel's revision, replayed on the kernel."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator

from checker.over_time.decide import Historian
from checker.over_time.explore import explore
from checker.over_time.trace import Trace, breaks, plain
from kernels.histories.catalogue import DRIVES
from kernels.histories.drive import Held, History
from kernels.histories.replay import plan, replay_traces_at, rests_on_unseen
from kernels.machines.place import CannotRun, Place, place
from kernels.replay.answer import ReplayAnswer, Replayed
from kernels.replay.campaign import Campaign
from properties.catalogue import all_timed
from properties.over_time.claim import TimedProperty

KIND = "histories"
Progress = Callable[[str], None]


def refuted_here(here: Place, systems: Collection[str] = ()) -> Iterator[Trace]:
    """Yield the trace of each property that is refuted on a kernel's revision.

    Of these systems only, if any is named.
    """
    historian = Historian()
    for prop in all_timed():
        if systems and prop.system.name not in systems:
            continue
        finding = historian.decide(prop, here.kernel)
        if finding.trace is not None:
            yield finding.trace


def campaign(where: str, progress: Progress) -> Campaign:
    """Replay each refuted property of histories, and for those that cannot be another history."""
    try:
        here = place(where)
    except CannotRun as cannot:
        return Campaign(where, kind=KIND, skipped=str(cannot))
    progress(f"{where}: histories of {here.revision.name}")
    traces = list(refuted_here(here))
    made = Campaign(where, here.revision.name, kind=KIND)
    made.replayed = replay_traces_at(traces, here, progress)
    made.release = next((one.release for one in made.replayed if one.release), "")
    made.instead = _instead(traces, made.replayed, here, progress)
    return made


def _instead(
    traces: list[Trace], first: list[Replayed], here: Place, progress: Progress
) -> dict[str, Replayed]:
    others = {
        trace.property.id: found
        for trace, one in zip(traces, first, strict=True)
        if one.answer is ReplayAnswer.NOT_REPLAYABLE
        if (found := another(trace.property, here)) is not None
    }
    if not others:
        return {}
    shown = replay_traces_at(list(others.values()), here, progress)
    instead = dict(zip(others, shown, strict=True))
    return {
        name: one for name, one in instead.items() if one.answer is not ReplayAnswer.NOT_REPLAYABLE
    }


def another(prop: TimedProperty, here: Place) -> Trace | None:
    """Return the nearest history that can be driven and whose end is seen to break a property."""
    drive = DRIVES.get(prop.system.name)
    if drive is None:
        return None
    found = explore(prop.system, here.kernel)
    for index, state in enumerate(found.states):
        if not breaks(prop, here.kernel, state):
            continue
        trace = plain(prop, here.kernel, found.history(index))
        made = plan(trace, here)
        if made.script is not None and made.history is not None and not _unseen(prop, made.history):
            return trace
    return None


def _unseen(prop: TimedProperty, history: History) -> list[str]:
    """Return what would rest on unseen facts if all went as the model says."""
    drive = DRIVES[prop.system.name]
    facts = drive.expected(history, len(history.steps) - 1)
    return rests_on_unseen(prop, history, drive, Held(0, (), frozenset(facts), facts))


