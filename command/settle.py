"""How a run ends: its exit code, and what kept tables and landmarks say to it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import click

from checker import problems
from command.kept import Asked, Book, totals

MORE = 30
"""Lines before the rest is counted only."""


def calls_asked(ids: list[str], chosen: list[str], names: Any, kernels: Any) -> Asked:
    """Return what ``cloneproof verify`` must answer, by the names given on the command line."""
    from checker.result import EVERY_SET
    from properties.catalogue import by_id

    pairs = [
        (name, kernel)
        for name in ids
        for kernel in ([EVERY_SET] if by_id(name).of_patch is not None else chosen)
    ]
    return Asked(tuple(dict.fromkeys(pairs)), not names, not kernels)


def histories_asked(ids: list[str], chosen: list[str], names: Any, kernels: Any) -> Asked:
    """Return what ``cloneproof system`` must answer, by the names given on the command line."""
    pairs = [(name, kernel) for name in ids for kernel in chosen]
    return Asked(tuple(dict.fromkeys(pairs)), not names, not kernels)


def code(results: list[Any]) -> int:
    """Return the exit code of verdicts alone: 0 only if each is the declared one."""
    from properties.claim import ANSWERS, Verdict

    if any(result.verdict is Verdict.ERROR for result in results):
        return problems.INTERNAL
    wrong = [result for result in results if not result.as_expected]
    if any(result.verdict in ANSWERS for result in wrong):
        return problems.BROKEN
    return problems.UNANSWERED if wrong else problems.AS_EXPECTED


@dataclass(frozen=True)
class Landmarks:
    """The landmarks that a run was held against: how many, and a line for each broken one."""

    held: int
    broken: list[str]


def call_landmarks(chosen: list[str], names: Any, results: list[Any]) -> Landmarks:
    """Return the landmarks of ``cloneproof verify``; those of calls where nothing was named."""
    from checker.landmarks import broken_by_calls, broken_by_verdicts, landmarks_of
    from properties.landmarks.landmark import Decided

    broken = broken_by_verdicts(results, Decided.PROPERTY, whole=not names)
    if not names:
        broken = broken_by_calls(chosen) + broken
    return Landmarks(len(landmarks_of(Decided.CALL, Decided.PROPERTY)), broken)


def history_landmarks(names: Any, results: list[Any]) -> Landmarks:
    """Return the landmarks of ``cloneproof system``."""
    from checker.landmarks import broken_by_verdicts, landmarks_of
    from properties.landmarks.landmark import Decided

    broken = broken_by_verdicts(results, Decided.HISTORY, whole=not names)
    return Landmarks(len(landmarks_of(Decided.HISTORY)), broken)


def settled(book: Book, results: list[Any], landmarks: Landmarks, code: int) -> int:
    """Say what is wrong with a run, renew what it was to renew, and return the exit code.

    ``code`` is that of the verdicts alone; whatever else is wrong makes it 1, unless
    the engine itself failed.
    """
    wrong = book.wrong(results) + landmarks.broken
    _say(wrong)
    if book.renewing and not wrong and code == problems.AS_EXPECTED:
        _say(book.renew(results))
    elif book.renewing:
        _say(["not renewed: verdicts are kept only where all is as expected"])
    elif wrong:
        _say(["once it is understood, `make report` keeps what is new"])
    elif book.asked.everything:
        counted = totals(book.asked)
        _say([f"counted: {counted}, as kept; {landmarks.held} landmarks stand"])
    return problems.BROKEN if wrong and code != problems.INTERNAL else code


def _say(lines: list[str]) -> None:
    from reports.text import paragraph

    shown = lines[:MORE] + ([f"… and {len(lines) - MORE} more"] if len(lines) > MORE else [])
    for line in shown:
        click.echo(paragraph(line), err=True)
