"""A review as KTAP: a test per patch, with a subtest per function."""

from __future__ import annotations

from checker.ground import ktap as of_kernel
from checker.ground.ktap import KtapTest
from source.report.review import words
from source.review.judgement import OPEN, SAME
from source.verdict.record import SOMETHING, UNTOLD, FunctionVerdict, PatchVerdict, Review


def ktap(review: Review) -> str:
    """Return a review as KTAP version 1: ``ok`` changes nothing, what is open is skipped."""
    return of_kernel.document(_patch(made) for made in review.every)


def _patch(made: PatchVerdict) -> KtapTest:
    functions = [_function(one) for one in words.in_order(made)]
    files = [KtapTest(file.path, True, (), why) for file in made.files for why in file.open]
    return KtapTest(
        words.title(made),
        made.verdict != SOMETHING,
        skipped=words.verdict(made) if made.verdict == UNTOLD else "",
        inner=(*functions, *files),
    )


def _function(one: FunctionVerdict) -> KtapTest:
    judgement = one.judgement
    told = [words.reason(judgement)] if one.verdict != SAME else []
    place = words.place_of(one)
    told += [f"{place.path}:{place.line}: {place.text}"] if place is not None and told else []
    told += [words.call_line(call) for call in one.calls]
    return KtapTest(
        f"{judgement.path}:{judgement.function}",
        one.verdict in (SAME, OPEN),
        tuple(told),
        words.reason(judgement) or "could not tell" if one.verdict == OPEN else "",
    )
