"""What ``why`` says, held against the running kernel: random calls that it refuses.

Of each refused call only the arguments are told, as a line of strace tells them.  The rule that
refused it is known from the case; it must be among those that are listed.  And what is nearest of
what would be accepted is tried, as far as user space can make it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from checker.calls.documents import leaves_by_path
from checker.readings.subjects import subject_of
from checker.smallest.cost import Values
from checker.why.asked import name_of
from checker.why.cases import Case as Decided
from checker.why.cases import decided_by
from checker.why.causes import causes
from checker.why.opened import Opened, Undecided
from checker.why.working import Around, Nearest
from kernels.cases.case import Case
from kernels.cases.generate.random_calls import random_cases
from kernels.cases.lines import line_of
from kernels.cases.possible import possible
from kernels.cases.prepared import situation
from kernels.machines.place import RUNNING, Place, observe
from kernels.machines.surroundings import Surroundings
from kernels.replay.fitting import concrete, fit
from model.kernel import Kernel
from model.predict import predict
from model.request import Entry
from model.rows import Rejection
from properties.claim import Claim, Kind, Property, holds, told_by

Progress = Callable[[str], None]
FEW = 0.7
"""The least part of random calls that is refused; more are drawn accordingly."""


@dataclass(frozen=True, slots=True)
class Refused:
    """A call that the kernel refused: its case, its errno, and the rule that did it."""

    case: Case
    errno: int
    rule: Rejection


@dataclass
class Report:
    """What came of it on a kernel."""

    where: str = RUNNING
    refused: int = 0
    asked: int = 0
    """Different questions among the refused calls: arguments and errno."""
    otherwise: list[str] = field(default_factory=list)
    """Calls that end otherwise than predicted, accepted ones too; at a second look as well."""
    missed: list[str] = field(default_factory=list)
    """Calls whose rule was not listed, or whose list was not proved complete."""
    nearest: int = 0
    accepted: int = 0
    not_made: Counter[str] = field(default_factory=Counter)
    """Why nearest calls were not tried."""
    refused_still: list[str] = field(default_factory=list)
    """Nearest calls that the kernel refused."""

    @property
    def holds(self) -> bool:
        """Return whether something was tried, and all of it held."""
        wrong = self.otherwise or self.missed or self.refused_still
        return bool(self.refused and self.nearest) and not wrong


def lines(report: Report) -> Iterator[str]:
    """Yield a report for people."""
    yield (f"{report.where}: {report.refused} calls that the kernel refused, {report.asked} "
           f"different: {len(report.missed)} by a rule that why does not list, "
           f"{len(report.otherwise)} more otherwise than predicted")
    yield (f"{report.nearest} nearest calls tried: {report.accepted} accepted, "
           f"{len(report.refused_still)} refused")
    yield from (f"not made, {count} times: {why}" for why, count in report.not_made.items())
    yield from (f"OTHERWISE {one}" for one in report.otherwise)
    yield from (f"MISSED {one}" for one in report.missed)
    yield from (f"REFUSED {one}" for one in report.refused_still)


def refusals(count: int, on: Place, progress: Progress = lambda _text: None) -> Report:
    """Return what came of ``count`` random calls that a kernel refused.

    Raises :class:`~kernels.machines.place.CannotRun` where none can be made.
    """
    report = Report(on.where)
    progress(f"{on.where}: {count} refused calls")
    found = list(_refused(count, on, report))
    progress(f"{on.where}: asking why")
    _ask(found, on.kernel, on.machine, report)
    progress(f"{on.where}: trying what is nearest")
    _try_nearest(found, on, report)
    return report


def _played(on: Place, cases: list[Case]) -> list[tuple[Case, dict[str, Any]]]:
    """Return what the kernel says of each case that it could be made ready for."""
    rows = observe(on.where, [line_of(case) for case in cases], workers=False)
    return [(case, row) for case, row in zip(cases, rows, strict=True) if row["prepared"] is True]


def _refused(count: int, on: Place, report: Report) -> Iterator[Refused]:
    machine = on.machine
    drawn = [case for case in dict.fromkeys(random_cases(int(count / FEW) * 3, machine))
             if possible(case, machine) is True]
    expected = {case: one for case in drawn
                if (one := decided_by(predict(on.kernel, situation(case, machine)))) is not None}
    otherwise = []
    for case, row in _played(on, list(expected)[: int(count * 1.1)]):
        if _is_otherwise(expected[case], row):
            otherwise.append(case)
        elif report.refused < count:
            report.refused += 1
            yield Refused(case, int(expected[case].seen), expected[case].row)
    report.otherwise = list(_again(on, otherwise, expected))


def _is_otherwise(decided: Decided, row: Mapping[str, Any]) -> bool:
    return bool(name_of(int(decided.seen)) != row["errno"])


def _again(on: Place, cases: list[Case], expected: Mapping[Case, Decided]) -> Iterator[str]:
    """Yield the calls that end otherwise once more: where others run, a pid may just be taken."""
    for case, row in _played(on, cases) if cases else ():
        if _is_otherwise(expected[case], row):
            decided = expected[case]
            said = row["errno"] or "success"
            told = f"{name_of(int(decided.seen))} ({decided.row.name})"
            yield f"{line_of(case)}: {said}, and {told} was predicted"


def _arguments(values: Values) -> Values:
    """Return what a line of strace tells of a call: its arguments, and nothing of its caller."""
    leaves = leaves_by_path()
    return {path: values.get(path, leaves[path].default) for path in leaves
            if path.startswith("request.") and path.count(".") == 1}


def _ask(found: list[Refused], kernel: Kernel, machine: Surroundings, report: Report) -> None:
    """Ask of each call why, each question once."""
    listed: dict[tuple[Any, ...], list[Rejection] | str] = {}
    for one in found:
        known = _arguments(concrete(one.case, machine))
        key = (one.errno, *known.items())
        if key not in listed:
            listed[key] = _listed(kernel, known, one.errno)
        rules = listed[key]
        if isinstance(rules, str) or one.rule not in rules:
            why = rules if isinstance(rules, str) else "not listed"
            report.missed.append(f"{line_of(one.case)}: {one.rule.name}: {why}")
    report.asked = len(listed)


def _listed(kernel: Kernel, known: Values, errno: int) -> list[Rejection] | str:
    try:
        answer = causes(Opened(kernel, known), errno)
    except Undecided as reason:
        return str(reason)
    if not answer.complete:
        return "not proved complete"
    return [cause.case.row for cause in answer.every]


def _try_nearest(found: list[Refused], on: Place, report: Report) -> None:
    """Make the nearest accepted calls, of each rule and entry point a few, on the kernel."""
    kernel, machine = on.kernel, on.machine
    made: dict[Case, str] = {}
    for one in _of_each_rule(found):
        values = concrete(one.case, machine)
        around = Around(kernel, values)
        for near in (*around.only_flags(), *around.only_facts()[:1]):
            case, reason = _case_for(one.case, near, kernel, machine)
            if case is None:
                report.not_made[reason] += 1
            else:
                made.setdefault(case, one.rule.name)
    played = _played(on, list(made)) if made else []
    report.nearest = len(played)
    if len(played) < len(made):
        report.not_made["it could not be made ready"] += len(made) - len(played)
    for case, row in played:
        if row["errno"]:
            report.refused_still.append(f"{line_of(case)}: {row['errno']} ({made[case]})")
        else:
            report.accepted += 1


_EACH = 3
"""Calls of a rule and an entry point of which the nearest are tried."""


def _of_each_rule(found: list[Refused]) -> Iterator[Refused]:
    seen: Counter[tuple[str, int]] = Counter()
    for one in found:
        key = (one.rule.name, int(one.case.call.entry))
        seen[key] += 1
        if seen[key] <= _EACH:
            yield one


def _case_for(
    case: Case, near: Nearest, kernel: Kernel, machine: Surroundings
) -> tuple[Case | None, str]:
    """Return a case of the probe for a nearest call, or why there is none."""
    if not near.moved:
        flags = int(case.call.flags) ^ near.flags
        moved = replace(case, call=replace(case.call, flags=flags))
        if possible(moved, machine) is not True:
            return None, "the probe does not make that call"
        if int(predict(kernel, situation(moved, machine)).errno) != 0:
            return None, "an address or descriptor of this case is not one for those flags"
        return moved, ""
    fitted = fit(_refusal_of(Entry(int(case.call.entry))), kernel, near.values, machine)
    return fitted.case, fitted.reason


def _refusal_of(entry: Entry) -> Property:
    """Return the statement that a call is refused: what breaks it is accepted."""

    def such_a_call_is_refused(_call: Any, outcome: Any) -> Claim:
        """Broken by a call that is accepted."""
        return Claim(True, outcome.errno != 0)

    return Property(
        id="-", source="-", expect=holds(), subject=subject_of(entry), kind=Kind.CATALOGUE,
        truth="", of_patch=None, **told_by(such_a_call_is_refused),
    )
