"""What a running kernel came to, as a record for KCIDB: a test per rule, and of its tasks."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from checker.ground import kcidb as frame
from kernels.conformance.conform import KernelReport
from kernels.conformance.tasks import compared

RUN = "run"
"""How a kernel is built here: as it runs."""


def record(reports: list[KernelReport]) -> str:
    """Return reports as JSON that ``kcidb-io`` takes; of a kernel that was skipped one ``SKIP``."""
    tests = [test for report in reports for test in _tests(report)]
    return frame.record(dict.fromkeys(map(_name, reports)), RUN, tests)


def _name(report: KernelReport) -> str:
    return report.release or report.where


def _tests(report: KernelReport) -> Iterator[dict[str, Any]]:
    kernel = _name(report)
    if report.skipped:
        yield frame.test(kernel, RUN, "conform", "SKIP", comment=report.skipped)
        return
    for (entry, rule), counts in sorted(report.rules.items()):
        said = rule or "none rejects"
        yield frame.test(
            kernel, RUN, f"conform.{entry}.{_word(said)}", _status(not counts["disagree"]),
            comment=f"{entry}: {said}", misc=dict(counts),
        )
    if report.tasks:
        told = "; ".join(compared.lines(report.tasks))
        yield frame.test(kernel, RUN, "conform.tasks", _status(report.tasks.agree), comment=told)


def _status(agrees: bool) -> str:
    return "PASS" if agrees else "FAIL"


def _word(text: str) -> str:
    return re.sub(r"\W+", "_", text).strip("_")
