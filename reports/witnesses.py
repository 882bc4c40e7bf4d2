"""The kept hints of calls on which premises occur: ``witnesses.md``, where a run looks first.

Believed by nobody: each is evaluated on plain values, on each kernel, before it shows anything.
"""

from __future__ import annotations

from checker.record.result import Result, Verdict
from reports.kept import kept_table
from reports.least import call_word


def witnesses(results: list[Result], _before: str) -> str:
    """Return the table of a call on which the premise of each proof occurs, by kernels."""
    return kept_table(results, "Calls on which premises occur", "occurs on", _word)


def _word(result: Result) -> str:
    return call_word(result.witness) if result.verdict is Verdict.PROVED else ""
