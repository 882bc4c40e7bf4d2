"""A review as findings, each at a line: what checkers, b4 and code review show."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from source.report.review import words
from source.review.judgement import DIFFERENT, SAME
from source.verdict.promises import BREAKS
from source.verdict.record import FileVerdict, FunctionVerdict, PatchVerdict

ERROR, WARNING, NOTE = "error", "warning", "note"


@dataclass(frozen=True, slots=True)
class Finding:
    """What is found at a line (0: the file as a whole): a broken statement is an error."""

    level: str
    rule: str
    path: str
    line: int
    text: str


def findings(made: PatchVerdict) -> list[Finding]:
    """Return the findings of a patch: what differs, what could not be told, what breaks."""
    found = [one for file in made.files for one in _of_file(file, made)]
    broken = [one for one in made.statements if one.how == BREAKS]
    at = next((one for one in found if one.rule == "changes"), None)
    if broken and at is not None:
        more = f" and {len(broken) - 1} more" if len(broken) > 1 else ""
        text = f"breaks {words.statement(broken[0]).replace(' breaks:', ':', 1)}{more}"
        found.insert(0, Finding(ERROR, broken[0].id, at.path, at.line, text))
    return found


def _of_file(file: FileVerdict, made: PatchVerdict) -> Iterator[Finding]:
    for one in file.functions:
        if one.verdict != SAME:
            yield _of_function(one, file)
    for why in file.open:
        yield Finding(NOTE, "could-not-tell", file.path, 0, f"could not tell: {why}")


def _of_function(one: FunctionVerdict, file: FileVerdict) -> Finding:
    place = words.place_of(one)
    path, line = (place.path, place.line) if place is not None else (file.path, 0)
    text = f"{words.heading(one)}: {words.reason(one.judgement)}"
    if one.calls:
        text += f"; {words.call_line(one.calls[0])}"
    if one.verdict == DIFFERENT:
        return Finding(WARNING, "changes", path, line, text)
    return Finding(NOTE, "could-not-tell", path, line, text)
