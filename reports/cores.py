"""The kept hints of what proofs rest on: ``cores.md``, where a run looks first.

Believed by nobody: a solver has to say that one suffices, in each run.
"""

from __future__ import annotations

from checker.record.kept_words import one_word
from checker.record.result import Result
from reports.kept import kept_table


def cores(results: list[Result], _before: str) -> str:
    """Return the table of what each proof rests on, by kernels."""
    return kept_table(results, "What proofs rest on", "rests on", _word)


def _word(result: Result) -> str:
    return one_word(",".join(result.rests_on))
