"""Hold the model against running kernels, call by call."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from random import Random
from typing import Any

from checker.calls.kernel_names import revision_named
from checker.ground.pool import each
from kernels.cases.case import Case
from kernels.cases.generate.all_cases import Generated, lines
from kernels.cases.generate.each_fact import counted, ordinary, with_each
from kernels.cases.generate.kept import cases_for
from kernels.cases.generate.random_calls import SEED
from kernels.conformance.tasks.compared import Tasks, tasks
from kernels.machines import live, vm
from kernels.machines.build import BuildFailed
from kernels.machines.place import RUNNING, held_against
from kernels.machines.surroundings import Surroundings, as_built, this_machine
from kernels.observe.comparison import Compared, compare
from model.kernel import Kernel
from model.patches import COMMIT_CREDS_PAIRED, UCOUNTS_NPROC
from model.revisions import Revision
from model.words import MAX_PID_NS_LEVEL

Progress = Callable[[str], None]
Row = dict[str, Any]


@dataclass
class KernelReport:
    """One kernel held against the model.

    ``skipped`` is why nothing was compared; ``uncovered`` are rows (entry point, row, reason)
    that no agreeing case shows; ``values`` counts, per field, the different values compared,
    ``facts``, for each thing that a case can say, agreeing cases in which it is not ordinary.
    """

    where: str
    release: str = ""
    revision: str = ""
    note: str = ""
    skipped: str = ""
    cases: int = 0
    agree: int = 0
    disagreements: list[Compared] = field(default_factory=list)
    unprepared: Counter[str] = field(default_factory=Counter)
    sources: Counter[str] = field(default_factory=Counter)
    rules: dict[tuple[str, str], Counter[str]] = field(default_factory=dict)
    reachable: list[tuple[str, str]] = field(default_factory=list)
    uncovered: list[tuple[str, str, str]] = field(default_factory=list)
    values: dict[str, int] = field(default_factory=dict)
    facts: dict[str, int] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)
    tasks: Tasks | None = None
    """What children carry, and the calls round their making."""

    @property
    def covered(self) -> int:
        """Return how many reachable rows an agreeing case shows."""
        return sum(1 for row in self.reachable if self.rules.get(row, Counter())["agree"])


@dataclass(frozen=True)
class Wanted:
    """How many cases are made of what was generated."""

    most: int | None = None
    """So many, if it is given (:func:`drawn`)."""
    of_each: int = 0
    """More, so that each thing that a case can say is special in so many (:func:`with_each`)."""

    def of(self, found: Generated, machine: Surroundings) -> Generated:
        """Return the cases to be made."""
        if self.of_each:
            return with_each(self.of_each, found, machine)
        return drawn(found, self.most)


def conform(
    where: str,
    progress: Progress = lambda _text: None,
    *,
    model: Kernel | None = None,
    wanted: Wanted = Wanted(),
) -> KernelReport:
    """Return the report on a kernel: ``running``, ``6.1``, ``6.12`` or an image file.

    ``model`` is held against it in place of its own kernel's (to see it fail); of cases there are
    as many as ``wanted``.
    """
    report = KernelReport(where)
    skipped = live.can_run() if where == RUNNING else vm.can_run(where)
    if skipped:
        report.skipped = skipped
        return report
    try:
        _held(report, progress, model, wanted)
    except (BuildFailed, live.ProbeFailed, vm.GuestFailed) as failed:
        report.skipped = str(failed)
    return report


def _held(
    report: KernelReport, progress: Progress, model: Kernel | None, wanted: Wanted
) -> None:
    where = report.where
    own, report.note = held_against(where)
    machine = as_built(running_machine() if where == RUNNING else Surroundings(), own.patches)
    report.revision = (model or own).name
    begun = time.monotonic()
    progress(f"{where}: generating cases for {own.name}")
    found = wanted.of(cases_for(own, machine), machine)
    begun = _lap(report, "generate", begun)
    progress(f"{where}: running {len(found.cases)} cases")
    asked = list(lines(found.cases))
    rows = live.run_live(asked) if where == RUNNING else _in_boots(where, own.kernel, asked)
    begun = _lap(report, "run", begun)
    progress(f"{where}: comparing")
    report.release = str(rows[0]["kernel"])
    cases = list(found.cases)
    compared = _compare_all(own, model, machine, cases, rows)
    if where == RUNNING:
        _look_again(report, _Held(model or own.kernel, machine, cases, asked), compared)
    _count(report, found, compared)
    begun = _lap(report, "compare", begun)
    progress(f"{where}: tasks that look at themselves")
    report.tasks = tasks(where, model or own.kernel, wanted.most, machine.root_caps)
    _lap(report, "tasks", begun)


def drawn(found: Generated, most: int | None) -> Generated:
    """Return so many of the cases: all that show a rule or an effect, and others at random.

    The same ones each time, and in their order.
    """
    others = [case for case, source in found.cases.items() if source not in ("row", "effect")]
    room = len(found.cases) if most is None else most - (len(found.cases) - len(others))
    if room >= len(others):
        return found
    out = set(others) - set(Random(SEED).sample(others, max(0, room)))
    left = {case: source for case, source in found.cases.items() if case not in out}
    return replace(found, cases=left)


_BEFORE_IT_IS_FULL = 200
"""Cases after which a kernel that never takes back some of root's charges is booted anew."""


def _in_boots(where: str, kernel: Kernel, asked: list[str]) -> list[Row]:
    """Return the rows of one boot, or of several: v5.14 leaves a unit with each unshare()."""
    leaks = kernel[UCOUNTS_NPROC] and not kernel[COMMIT_CREDS_PAIRED]
    size = _BEFORE_IT_IS_FULL if leaks else len(asked)
    starts = range(0, len(asked), size)
    return [row for first in starts for row in vm.run_vm(where, asked[first : first + size])]


_FEW = 20
"""Up to this many differences on a machine in use may be other people's doing."""


@dataclass(frozen=True)
class _Held:
    """What was held against what: a kernel of the model, and cases with their lines."""

    kernel: Kernel
    machine: Surroundings
    cases: list[Case]
    asked: list[str]


def _look_again(report: KernelReport, held: _Held, compared: list[Compared]) -> None:
    """Run the few cases that differ once more: on a machine in use a pid may just be taken.

    What agrees at the second look counts as agreeing, and the report says how many did.
    """
    places = [place for place, one in enumerate(compared) if one.differences]
    if not 0 < len(places) <= _FEW:
        return
    rows = live.run_live([held.asked[place] for place in places])
    passing = 0
    for place, row in zip(places, rows, strict=True):
        second = compare(held.kernel, held.machine, held.cases[place], row)
        passing += second.agrees
        compared[place] = second if second.agrees else compared[place]
    if passing:
        told = f"{passing} cases differed at first and agreed at a second look"
        report.note = f"{report.note} {told}".strip()


def running_machine() -> Surroundings:
    """Return this machine with what only the probe can tell: how deep it is nested.

    The deepest pid namespace is at level 32; each trial asks for one more below the probe's.
    """
    levels = range(31)
    asked = [f"id={n} entry=clone flags=0x20000011 pid_level={n}" for n in levels]
    made = [row["errno"] == 0 for row in live.run_live(asked, jobs=1)]
    return replace(this_machine(), pid_level=MAX_PID_NS_LEVEL - max(1, sum(made)))


def _lap(report: KernelReport, what: str, begun: float) -> float:
    now = time.monotonic()
    report.seconds[what] = round(now - begun, 1)
    return now


# ---- comparing on all processors -------------------------------------------------------

_PART = 500


def _compare_all(
    own: Revision, model: Kernel | None, machine: Surroundings, cases: list[Case], rows: list[Row]
) -> list[Compared]:
    if model is not None:
        return [compare(model, machine, *one) for one in zip(cases, rows, strict=True)]
    parts = [
        (own.name, machine, cases[first : first + _PART], rows[first : first + _PART])
        for first in range(0, len(cases), _PART)
    ]
    found = dict(each(_compare_part, parts))
    return [one for place in range(len(parts)) for one in found[place]]


def _compare_part(part: tuple[str, Surroundings, list[Case], list[Row]]) -> list[Compared]:
    name, machine, cases, rows = part
    kernel = revision_named(name).kernel
    return [compare(kernel, machine, *one) for one in zip(cases, rows, strict=True)]


# ---- counting --------------------------------------------------------------------------


def _count(report: KernelReport, found: Generated, compared: list[Compared]) -> None:
    values: dict[str, set[str]] = {}
    report.cases = len(compared)
    report.sources = Counter(found.cases.values())
    if not report.sources["random"]:
        report.note = f"{report.note} no random cases (is Hypothesis installed?)".strip()
    for one in compared:
        if one.unprepared:
            report.unprepared[one.unprepared] += 1
            continue
        row = report.rules.setdefault((one.entry, one.rule), Counter())
        row["agree" if one.agrees else "disagree"] += 1
        report.agree += one.agrees
        if one.differences:
            report.disagreements.append(one)
        for name, value in one.fields:
            values.setdefault(name.split(" (")[0], set()).add(str(value))
    agreeing = (case for case, one in zip(found.cases, compared, strict=True) if one.agrees)
    report.facts = dict.fromkeys(ordinary(), 0) | counted(agreeing)
    report.values = {name: len(seen) for name, seen in sorted(values.items())}
    report.reachable = found.reachable
    report.uncovered = list(_uncovered(report, found))


_UNSHOWN = "reachable, but no case of it agreed"


def _uncovered(report: KernelReport, found: Generated) -> Iterator[tuple[str, str, str]]:
    shown = {row for row, counts in report.rules.items() if counts["agree"]}
    yield from (one for one in found.never if one[:2] not in shown)
    yield from ((*row, _UNSHOWN) for row in found.reachable if row not in shown)


def status(reports: list[KernelReport]) -> int:
    """Return 0 if all agree, 1 if one does not, 2 if one was skipped."""
    if any(report.disagreements or _tasks_differ(report) for report in reports):
        return 1
    return 2 if any(report.skipped for report in reports) else 0


def _tasks_differ(report: KernelReport) -> bool:
    return report.tasks is not None and not report.tasks.agree
