"""Calls that are likely to show what a commit changed: those that showed it before.

Believed by nobody: each is evaluated on plain values, and the solver says that no smaller one
shows it.  A wrong or damaged file costs time only.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cache

from checker.ground.problems import Problem
from checker.record.kept_words import KeptError, rows_of, table_path
from checker.smallest.cost import Values
from checker.smallest.first_guess import call_of_word
from model.patch import Patch
from properties.claim import Subject

TABLE = "differences.md"
"""The kept table of what each commit between two neighbouring kernels changes."""

COMMIT, OF, CALL = "commit", "of", "smallest call"
"""Its columns that are read."""


def guesses(apart: Iterable[Patch]) -> dict[Subject, list[Values]]:
    """Return the calls that showed what some commits change, by what they are calls of."""
    names = {patch.name for patch in apart}
    found: dict[Subject, list[Values]] = {subject: [] for subject in Subject}
    for subject, word in dict.fromkeys((of, word) for name, of, word in _kept() if name in names):
        found[subject].extend(_call(word))
    return found


def _call(word: str) -> Iterator[Values]:
    try:
        yield call_of_word(word)
    except (Problem, ValueError, KeyError):
        return


@cache
def _kept() -> list[tuple[str, Subject, str]]:
    """Return each commit with a call that shows it; nothing of a file that cannot be read."""
    subjects = {subject.value: subject for subject in Subject}
    try:
        rows = rows_of(table_path(TABLE).read_text(encoding="utf-8"), (COMMIT, OF, CALL))
    except (OSError, KeptError, UnicodeDecodeError):
        return []
    return [(name, subjects[of], word) for name, of, word in rows if of in subjects]
