"""The record for KCIDB 5.3, the common database of kernel tests: a test per property and kernel."""

from __future__ import annotations

import json
from typing import Any

from checker.record.result import NO_ANSWER, Result
from reports.calls import evidence, plain
from reports.eras import ordered

ORIGIN = "cloneproof"
"""Who submits; another system puts its own name before its ids."""

VERSION = {"major": 5, "minor": 3}


def kcidb(results: list[Result]) -> str:
    """Return results as JSON that ``kcidb-io`` takes: ``PASS`` is the expected verdict.

    A kernel is a checkout with one build: what is decided is its source, on every machine.  No
    answer is ``ERROR``.  In ``misc`` of a test are both verdicts and the smallest call.
    """
    kernels = list(dict.fromkeys(one.kernel for one in ordered(results)))
    record = {
        "version": VERSION,
        "checkouts": [_checkout(name) for name in kernels],
        "builds": [_build(name) for name in kernels],
        "tests": [_test(one) for one in ordered(results)],
    }
    return json.dumps(record, indent=2, ensure_ascii=False) + "\n"


def _id(*parts: str) -> str:
    return f"{ORIGIN}:{'/'.join(parts)}"


def _checkout(kernel: str) -> dict[str, Any]:
    return {"id": _id(kernel), "origin": ORIGIN, "git_commit_name": kernel, "valid": True}


def _build(kernel: str) -> dict[str, Any]:
    return {"id": _id(kernel, "model"), "origin": ORIGIN, "checkout_id": _id(kernel)}


def _test(result: Result) -> dict[str, Any]:
    verdicts = {"verdict": result.verdict.value, "expected": result.expectation}
    call = {"counterexample": plain(result.counterexample)} if result.counterexample else {}
    told = evidence(result)
    excerpt = {"log_excerpt": told} if told and not result.as_expected else {}
    return {
        "id": _id(result.kernel, result.property),
        "origin": ORIGIN,
        "build_id": _id(result.kernel, "model"),
        "path": f"{ORIGIN}.{result.property}",
        "comment": result.sentence,
        "status": _status(result),
        "misc": verdicts | call,
        **excerpt,
    }


def _status(result: Result) -> str:
    if result.as_expected:
        return "PASS"
    return "ERROR" if result.verdict in NO_ANSWER else "FAIL"
