"""The record for KCIDB 5.3, the common database of kernel tests: a test per property and kernel."""

from __future__ import annotations

from typing import Any

from checker.ground import kcidb as frame
from checker.record.result import NO_ANSWER, Result
from reports.calls import evidence, plain
from reports.eras import ordered

MODEL = "model"
"""How a kernel is built here: what is decided is its source, on every machine."""


def kcidb(results: list[Result]) -> str:
    """Return results as JSON that ``kcidb-io`` takes: ``PASS`` is the expected verdict.

    No answer is ``ERROR``.  In ``misc`` of a test are both verdicts and the smallest call.
    """
    kernels = dict.fromkeys(one.kernel for one in ordered(results))
    return frame.record(kernels, MODEL, [_test(one) for one in ordered(results)])


def _test(result: Result) -> dict[str, Any]:
    verdicts = {"verdict": result.verdict.value, "expected": result.expectation}
    call = {"counterexample": plain(result.counterexample)} if result.counterexample else {}
    told = evidence(result)
    excerpt = {"log_excerpt": told} if told and not result.as_expected else {}
    return frame.test(
        result.kernel, MODEL, result.property, _status(result),
        comment=result.sentence, misc=verdicts | call, **excerpt,
    )


def _status(result: Result) -> str:
    if result.as_expected:
        return "PASS"
    return "ERROR" if result.verdict in NO_ANSWER else "FAIL"
