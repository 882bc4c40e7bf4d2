"""The JUnit report: a suite per property, a test case per kernel."""

from __future__ import annotations

import re
from xml.etree import ElementTree

from junitparser import Error, Failure, JUnitXml, TestCase, TestSuite

from checker.record.result import NO_ANSWER, Result, Verdict
from reports.calls import call_text, evidence
from reports.eras import by_property

_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that no XML document may contain."""


def junit(results: list[Result]) -> str:
    """Return results as JUnit XML: a test case fails when its verdict is not the expected one."""
    root = JUnitXml("cloneproof")
    for group in by_property(results):
        root.add_testsuite(_suite(group))
    return _text(_counted(root))


def _suite(group: list[Result]) -> TestSuite:
    first = group[0]
    suite = TestSuite(_clean(f"{first.property} {first.sentence}"))
    suite.add_property("source", _clean(first.source))
    suite.add_property("kind", _clean(first.kind))
    suite.add_testcases([_case(result) for result in group])
    suite.update_statistics()
    return suite


def _case(result: Result) -> TestCase:
    name = _clean(f"{result.property} {result.sentence} [{result.kernel}]")
    case = TestCase(name, f"cloneproof.{_clean(result.property)}", round(result.seconds, 3))
    if result.as_expected:
        if result.verdict is Verdict.REFUTED:
            call = call_text(result.counterexample)
            case.system_out = _clean(f"refuted, as expected, by: {call}")
        return case
    case.result = [_broken(result)]
    return case


def _broken(result: Result) -> Failure | Error:
    """Return an error where there is no answer, a failure where it is the wrong one."""
    message = f"expected {result.expectation}, got {result.verdict.value}"
    kind = Error if result.verdict in NO_ANSWER else Failure
    made = kind(message, result.verdict.value)
    shown = evidence(result)
    lines = [f"{result.property}: {result.sentence}", f"kernel: {result.kernel}", message]
    made.text = _clean("\n".join([*lines, *([shown] if shown else [])]))
    return made


def _counted(root: JUnitXml) -> JUnitXml:
    """Set the totals that the common schemas know: these have no ``skipped`` for all suites."""
    suites = list(root)
    root.tests = sum(suite.tests for suite in suites)
    root.failures = sum(suite.failures for suite in suites)
    root.errors = sum(suite.errors for suite in suites)
    root.time = round(sum(suite.time for suite in suites), 3)
    return root


def _clean(text: str) -> str:
    return _FORBIDDEN.sub("\ufffd", text)


def _text(root: JUnitXml) -> str:
    tree = ElementTree.fromstring(root.tostring())
    ElementTree.indent(tree)
    body = ElementTree.tostring(tree, encoding="unicode")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{body}\n'
