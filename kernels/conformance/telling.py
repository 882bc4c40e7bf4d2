"""Reports of conformance as lines for people, and as JSON."""

from __future__ import annotations

from typing import Any

from kernels.cases.caller import NOT_PREPARED
from kernels.cases.case import ENTRIES
from kernels.cases.generate.coverage import CHANCE, LATE
from kernels.cases.generate.effects import effects_of
from kernels.conformance.conform import KernelReport
from kernels.conformance.tasks import compared
from kernels.observe.comparison import Compared
from kernels.observe.facts import not_seen


def unseen_effects() -> dict[str, str]:
    """Return the effects that no observation shows, and why."""
    found: dict[str, str] = {}
    for entry in ENTRIES:
        found |= not_seen(effects_of(entry)[1])
    return found


def document(reports: list[KernelReport]) -> dict[str, Any]:
    """Return the reports as one JSON document."""
    return {
        "kernels": [_as_json(report) for report in reports],
        "not_seen": unseen_effects(),
        "not_prepared": {
            path: {"why": row.why, "otherwise": row.otherwise or None}
            for path, row in NOT_PREPARED.items()
        },
    }


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
        "facts": report.facts,
        "disagreements": [_difference(one) for one in report.disagreements],
        "tasks": compared.document(report.tasks) if report.tasks else None,
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
    if report.tasks:
        told += [f"{report.where}: {line}" for line in compared.lines(report.tasks)]
    return told + _least_shown(report) + _not_shown(report)


_LEAST = 5


def _least_shown(report: KernelReport) -> list[str]:
    """Return in how few agreeing cases a thing was not as an ordinary case has it."""
    never = [path for path, count in report.facts.items() if not count]
    shown = sorted((count, path) for path, count in report.facts.items() if count)
    least = ", ".join(f"{path} ({count})" for count, path in shown[:_LEAST])
    told = [f"{report.where}: each of {len(shown)} facts of calls and callers is not ordinary in "
            f"some agreeing cases, in the fewest {least}"] if shown else []
    if never:
        told.append(f"{report.where}: in none: {', '.join(never)}")
    return told


def _not_shown(report: KernelReport) -> list[str]:
    by_reason: dict[str, set[str]] = {}
    for entry, rule, reason in report.uncovered:
        if reason not in (LATE, CHANCE):
            by_reason.setdefault(reason, set()).add(f"{rule} ({entry})")
    return [
        f"{report.where}: not covered: {', '.join(sorted(rules))}: {reason}"
        for reason, rules in sorted(by_reason.items())
    ]
