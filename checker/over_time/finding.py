"""What an engine says of a property of histories on a kernel."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from checker.engines.sat import out_of_budget
from checker.over_time.question import Question
from checker.over_time.symbolic import Symbolic, Whole
from checker.over_time.trace import Trace, record
from checker.record.result import Result
from model.over_time.step import Step
from properties.claim import Verdict, merge
from properties.over_time.claim import TimedProperty


@dataclass
class TimedFinding:
    """A verdict with what it rests on, and the trace that breaks the property or its witness."""

    verdict: Verdict
    reason: str = ""
    rests_on: tuple[str, ...] = ()
    trace: Trace | None = None
    witness: Trace | None = None


Found = TypeVar("Found", TimedFinding, Result)


def worst_of(prop: TimedProperty, found: Sequence[Found]) -> tuple[Found, dict[str, Any]]:
    """Return the worst of what was found system by system, and what is said of all instead."""
    by_name = [(part.system.name, one) for part, one in zip(prop.by_system, found, strict=True)]
    verdict = merge([one.verdict for one in found])
    name, worst = next(one for one in by_name if one[1].verdict is verdict)
    reason = f"{name}: {worst.reason}" if worst.reason else ""
    rests_on = tuple(f"{where}: {line}" for where, one in by_name for line in one.rests_on)
    return worst, {"reason": reason, "rests_on": rests_on if worst.rests_on else ()}


def jointly(prop: TimedProperty, found: Sequence[TimedFinding]) -> TimedFinding:
    """Return the worst of what was found system by system, and of which; of one system that."""
    if len(found) == 1:
        return found[0]
    worst, said = worst_of(prop, found)
    return replace(worst, **said)


def gave_up(reason: str) -> TimedFinding:
    """Return that there is no answer: out of budget, or for the solver's own reason."""
    said = reason or "the solver gave up"
    short = out_of_budget(said) or "budget" in said
    return TimedFinding(Verdict.TIMEOUT if short else Verdict.UNKNOWN, said)


def plural(number: int, noun: str) -> str:
    """Return ``1 step``, ``2 steps``."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def words(function: Any) -> str:
    """Return the sentence that a function is named by."""
    name: str = function.__name__
    return name.replace("_", " ")


def forms(space: Symbolic) -> tuple[str, ...]:
    """Return the proved comparisons that stood for what the rules say."""
    assert isinstance(space.machine, Whole)
    used = space.machine.used.items()
    return tuple(f"{words(asked)}: proved on bits to say that {form.name}" for asked, form in used)


def scope(prop: TimedProperty) -> str:
    """Return of what histories a proof from the system's own start speaks."""
    tasks = prop.system.tasks
    if "any number" in tasks:
        return f"histories of any length, from the numbers that {prop.system.name} starts with"
    return f"histories of any length, {tasks}"


def bounded(depth: int, remark: str = "") -> TimedFinding:
    """Return that no history up to a depth breaks it, which is no proof."""
    reason = f"no history of up to {plural(depth, 'step')} breaks it; longer ones are not known"
    return TimedFinding(Verdict.BOUNDED, f"{reason} ({remark})" if remark else reason)


def refuted(question: Question, history: list[Step]) -> TimedFinding:
    """Return a refutation by a history, run again on the concrete reading."""
    return TimedFinding(
        Verdict.REFUTED, trace=record(question.prop, question.kernel, history)
    )
