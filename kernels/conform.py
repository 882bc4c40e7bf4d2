"""Hold the model against running kernels, call by call.

python -m kernels.conform running               the kernel that runs here (needs root)
python -m kernels.conform 6.1 6.12              Debian's, in virtual machines
"""

from __future__ import annotations

import json
import platform
import re
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from checker.failures import Arguments, main_of
from checker.pool import each
from kernels import live, vm
from kernels.build import BuildFailed
from kernels.cache import cases_for
from kernels.case import ENTRIES, Case
from kernels.compare import Compared, compare
from kernels.coverage import CHANCE, LATE
from kernels.generate import Generated, lines
from kernels.generate_effects import effects_of
from kernels.machine import GUEST_RELEASES, Machine, this_machine
from kernels.nondeterminism import NOT_SEEN
from model.kernel import Kernel
from model.patches import COMMIT_CREDS_PAIRED, UCOUNTS_NPROC
from model.revisions import REVISIONS, Revision, release
from model.words import MAX_PID_NS_LEVEL
from reports.write import write_atomically

RUNNING = "running"
Progress = Callable[[str], None]
Row = dict[str, Any]


@dataclass
class KernelReport:
    """One kernel held against the model.

    ``skipped`` is why nothing was compared; ``uncovered`` are rows (entry point, row, reason)
    that no agreeing case shows; ``values`` counts, per field, the different values compared.
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
    seconds: dict[str, float] = field(default_factory=dict)

    @property
    def covered(self) -> int:
        """Return how many reachable rows an agreeing case shows."""
        return sum(1 for row in self.reachable if self.rules.get(row, Counter())["agree"])


def revision_for(name: str) -> tuple[Revision, str]:
    """Return the revision that a release is held against, and how far it is one's own."""
    if re.match(r"6\.1\.0-\d+.*amd64", name):
        return REVISIONS["debian-6.1.192"], ""
    if re.match(r"6\.12\.\d+\+deb\d+.*amd64", name):
        return REVISIONS["debian-6.12.117"], ""
    found = re.match(r"(\d+)\.(\d+)", name)
    line = release(f"v{found[1]}.{found[2]}") if found else (0, 0, 0)
    known = [one for one in REVISIONS.values() if one.name.startswith("v")]
    exact = [one for one in known if release(one.name) == line]
    if exact:
        return exact[0], ""
    older = [one for one in known if release(one.name) <= line] or known[:1]
    nearest = max(older, key=lambda one: release(one.name))
    return nearest, f"{name} is not known: held against {nearest.name}, the nearest before it"


def conform(
    on: list[str], progress: Progress = lambda _text: None, *, model: Kernel | None = None
) -> list[KernelReport]:
    """Return one report for each kernel: ``running``, ``6.1``, ``6.12`` or an image file.

    ``model`` is held against them in place of their own kernel's (to see it fail).
    """
    return [_conform(where, progress, model) for where in on]


def _conform(where: str, progress: Progress, model: Kernel | None) -> KernelReport:
    report = KernelReport(where)
    skipped = live.can_run() if where == RUNNING else vm.can_run(where)
    if skipped:
        report.skipped = skipped
        return report
    try:
        _held(report, progress, model)
    except (BuildFailed, live.ProbeFailed, vm.GuestFailed) as failed:
        report.skipped = str(failed)
    return report


def _held(report: KernelReport, progress: Progress, model: Kernel | None) -> None:
    where = report.where
    machine = running_machine() if where == RUNNING else Machine()
    own, report.note = _revision_on(where)
    report.revision = (model or own).name
    begun = time.monotonic()
    progress(f"{where}: generating cases for {own.name}")
    found = cases_for(own, machine)
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
    _lap(report, "compare", begun)


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
    machine: Machine
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


def running_machine() -> Machine:
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


def _revision_on(where: str) -> tuple[Revision, str]:
    if where == RUNNING:
        return revision_for(platform.release())
    if where in GUEST_RELEASES:
        return REVISIONS[GUEST_RELEASES[where]], ""
    return revision_for(str(vm.run_vm(where, ["id=release entry=fork"])[0]["kernel"]))


# ---- comparing on all processors -------------------------------------------------------

_PART = 500


def _compare_all(
    own: Revision, model: Kernel | None, machine: Machine, cases: list[Case], rows: list[Row]
) -> list[Compared]:
    if model is not None:
        return [compare(model, machine, *one) for one in zip(cases, rows, strict=True)]
    parts = [
        (own.name, machine, cases[first : first + _PART], rows[first : first + _PART])
        for first in range(0, len(cases), _PART)
    ]
    found = dict(each(_compare_part, parts))
    return [one for place in range(len(parts)) for one in found[place]]


def _compare_part(part: tuple[str, Machine, list[Case], list[Row]]) -> list[Compared]:
    name, machine, cases, rows = part
    kernel = REVISIONS[name].kernel
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
    report.values = {name: len(seen) for name, seen in sorted(values.items())}
    report.reachable = found.reachable
    report.uncovered = list(_uncovered(report, found))


_UNSHOWN = "reachable, but no case of it agreed"


def _uncovered(report: KernelReport, found: Generated) -> Iterator[tuple[str, str, str]]:
    shown = {row for row, counts in report.rules.items() if counts["agree"]}
    yield from (one for one in found.never if one[:2] not in shown)
    yield from ((*row, _UNSHOWN) for row in found.reachable if row not in shown)


# ---- telling ---------------------------------------------------------------------------


def unseen_effects() -> dict[str, str]:
    """Return the effects that no observation shows, and why."""
    return {
        effect.field: NOT_SEEN[effect.field]
        for entry in ENTRIES
        for effect in effects_of(entry)[0]
        if effect.field in NOT_SEEN
    }


def document(reports: list[KernelReport]) -> dict[str, Any]:
    """Return the reports as one JSON document."""
    return {"kernels": [_as_json(report) for report in reports], "not_seen": unseen_effects()}


def _as_json(report: KernelReport) -> dict[str, Any]:
    if report.skipped:
        return {"kernel": report.where, "skipped": report.skipped}
    return {
        "kernel": report.where,
        "release": report.release,
        "revision": report.revision,
        "note": report.note,
        "cases": report.cases,
        "agree": report.agree,
        "disagree": len(report.disagreements),
        "set_up_failed": sum(report.unprepared.values()),
        "rules_reachable": len(report.reachable),
        "rules_covered": report.covered,
        "sources": dict(report.sources),
        "seconds": report.seconds,
        "set_up_failures": dict(report.unprepared),
        "rules": [
            {"entry": entry, "rule": rule, "agree": counts["agree"], "disagree": counts["disagree"]}
            for (entry, rule), counts in sorted(report.rules.items())
        ],
        "uncovered": [
            {"entry": entry, "rule": rule, "reason": reason}
            for entry, rule, reason in report.uncovered
        ],
        "effects": report.values,
        "disagreements": [_difference(one) for one in report.disagreements],
    }


def _difference(one: Compared) -> dict[str, Any]:
    return {
        "case": one.line,
        "rule": one.rule,
        "model": {item.field: item.model for item in one.differences},
        "kernel": {item.field: item.kernel for item in one.differences},
    }


def table(reports: list[KernelReport]) -> list[str]:
    """Return the comparison of several kernels as lines of Markdown."""
    rows = [
        "| kernel | held against | cases | agree | disagree | set-up failed | rules covered |",
        "|---|---|---:|---:|---:|---:|---:|",
    ]
    for report in reports:
        if report.skipped:
            continue
        cells = (
            f"{report.where} ({report.release})",
            report.revision,
            report.cases,
            report.agree,
            len(report.disagreements),
            sum(report.unprepared.values()),
            f"{report.covered} of {len(report.reachable)}",
        )
        rows.append("| " + " | ".join(str(cell) for cell in cells) + " |")
    return rows if len(rows) > 2 else []


_SHOWN = 20


def details(report: KernelReport) -> list[str]:
    """Return what a kernel's line in the table leaves out."""
    if report.skipped:
        return [f"{report.where}: skipped, not passed: {report.skipped}"]
    took = ", ".join(f"{what} {seconds} s" for what, seconds in report.seconds.items())
    told = [f"{report.where}: {took}"]
    if report.note:
        told.append(f"{report.where}: {report.note}")
    for one in report.disagreements[:_SHOWN]:
        told.append(f"{report.where}: DISAGREE {one.line}")
        told.append(f"    rule: {one.rule or 'none rejects'}")
        for item in one.differences:
            told.append(f"    {item.field}: model {item.model}, kernel {item.kernel}")
    if len(report.disagreements) > _SHOWN:
        told.append(f"{report.where}: and {len(report.disagreements) - _SHOWN} more")
    for reason, count in report.unprepared.most_common(_SHOWN):
        told.append(f"{report.where}: set-up failed {count} times: {reason}")
    return told + _not_shown(report)


def _not_shown(report: KernelReport) -> list[str]:
    by_reason: dict[str, set[str]] = {}
    for entry, rule, reason in report.uncovered:
        if reason not in (LATE, CHANCE):
            by_reason.setdefault(reason, set()).add(f"{rule} ({entry})")
    return [
        f"{report.where}: not covered: {', '.join(sorted(rules))}: {reason}"
        for reason, rules in sorted(by_reason.items())
    ]


def status(reports: list[KernelReport]) -> int:
    """Return 0 if all agree, 1 if one does not, 2 if one was skipped."""
    if any(report.disagreements for report in reports):
        return 1
    return 2 if any(report.skipped for report in reports) else 0


def main() -> int:
    """Compare the kernels of the command line and print the table."""
    parser = Arguments(prog="python -m kernels.conform")
    parser.add_argument("on", nargs="*", default=[RUNNING], help="running, 6.1, 6.12, an image")
    parser.add_argument("--json", help="write the reports to this file, too")
    wish = parser.parse_args()
    reports = conform(wish.on, lambda text: print(text, file=sys.stderr))
    print("\n".join([*table(reports), *(line for one in reports for line in details(one))]))
    if wish.json:
        write_atomically(wish.json, json.dumps(document(reports), indent=1) + "\n")
    return status(reports)


if __name__ == "__main__":
    main_of("conform", main)
