"""A review as KTAP: a test per patch, with a subtest per function."""

from __future__ import annotations

from collections.abc import Iterator

from source.report.review import words
from source.review.judgement import OPEN, SAME
from source.verdict.record import (
    SOMETHING,
    UNTOLD,
    FileVerdict,
    FunctionVerdict,
    PatchVerdict,
    Review,
)


def ktap(review: Review) -> str:
    """Return a review as KTAP version 1: ``ok`` changes nothing, what is open is skipped."""
    every = review.every
    lines = ["KTAP version 1", f"1..{len(every)}"]
    for number, made in enumerate(every, 1):
        lines += [f"  {line}" for line in _inner(made)]
        lines.append(
            _line(
                number,
                words.title(made),
                made.verdict != SOMETHING,
                words.verdict(made) if made.verdict == UNTOLD else "",
            )
        )
    return "\n".join(lines)


def _inner(made: PatchVerdict) -> Iterator[str]:
    tests = list(_tests(made))
    if not tests:
        return
    yield "KTAP version 1"
    yield f"1..{len(tests)}"
    for number, (name, fine, skipped, told) in enumerate(tests, 1):
        yield from (f"# {line}" for line in told)
        yield _line(number, name, fine, skipped)


def _tests(made: PatchVerdict) -> Iterator[tuple[str, bool, str, list[str]]]:
    for one in words.in_order(made):
        yield _function(one)
    for file in made.files:
        yield from _file(file)


def _function(one: FunctionVerdict) -> tuple[str, bool, str, list[str]]:
    judgement = one.judgement
    told = [words.reason(judgement)] if one.verdict != SAME else []
    place = words.place_of(one)
    told += [f"{place.path}:{place.line}: {place.text}"] if place is not None and told else []
    told += [words.call_line(call) for call in one.calls]
    skipped = words.reason(judgement) or "could not tell" if one.verdict == OPEN else ""
    return (
        f"{judgement.path}:{judgement.function}",
        one.verdict in (SAME, OPEN),
        skipped,
        told,
    )


def _file(file: FileVerdict) -> Iterator[tuple[str, bool, str, list[str]]]:
    for why in file.open:
        yield file.path, True, why, []


def _line(number: int, name: str, fine: bool, skipped: str) -> str:
    plain = " ".join(name.replace("#", "").split())
    line = f"{'ok' if fine else 'not ok'} {number} {plain}"
    return f"{line} # SKIP {' '.join(skipped.split())}" if skipped and fine else line
