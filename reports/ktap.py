"""The KTAP report: a test per property, a subtest per kernel."""

from __future__ import annotations

from checker.ground.ktap import KtapTest, document
from checker.record.result import Result
from reports.calls import evidence
from reports.eras import by_property


def ktap(results: list[Result]) -> str:
    """Return results as KTAP version 1: ``ok`` is the expected verdict."""
    return document(_of_property(group) for group in by_property(results)) + "\n"


def _of_property(group: list[Result]) -> KtapTest:
    first = group[0]
    inner = tuple(_of_kernel(one) for one in group)
    fine = all(one.fine for one in inner)
    return KtapTest(f"{first.property} {first.sentence}", fine, inner=inner)


def _of_kernel(result: Result) -> KtapTest:
    if result.as_expected:
        return KtapTest(result.kernel, True)
    shown = evidence(result)
    told = f"expected {result.expectation}, got {result.verdict.value}"
    return KtapTest(result.kernel, False, (told, shown) if shown else (told,))
