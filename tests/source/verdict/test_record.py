"""What reports make of a record: the worst verdict counts, and what is long is folded."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

pytest.importorskip("unidiff")

from source.patch.change import FileChange, Patch
from source.report.review.checkpatch import b4, checkpatch
from source.report.review.ktap import ktap
from source.report.review.text import text
from source.review.judgement import DIFFERENT, OPEN, SAME, Judgement, Parting, Place
from source.verdict.calls import REACHES, ShownCall
from source.verdict.pair import SUCCEEDS
from source.verdict.promises import BREAKS, Turned
from source.verdict.record import (
    NOTHING,
    SOMETHING,
    UNTOLD,
    FileVerdict,
    FunctionVerdict,
    PatchVerdict,
    Review,
)

VALUES = {"request.entry": 2, "request.flags": 512}
AT = Place("kernel/fork.c", 7, "if (a)")
PARTING = Parting("now calls b()", ("!0", "a", "b", "c", "d", "e"), "returns", "calls b()", AT, AT)


def made(*functions: FunctionVerdict, **more: str) -> PatchVerdict:
    patch = Patch("fork: mend # it", (FileChange("kernel/fork.c", "kernel/fork.c"),), 1, 2)
    found = PatchVerdict(patch, [FileVerdict("kernel/fork.c", functions=functions)])
    if "open" in more:
        found.files.append(FileVerdict("kernel/exit.c", open=(more["open"],)))
    return found


def one(verdict: str, shows: str = "") -> FunctionVerdict:
    partings = (PARTING,) if verdict == DIFFERENT else ()
    calls = (ShownCall(shows, "copy_process", VALUES, ("EINVAL", "success")),) if shows else ()
    judgement = Judgement("copy_process", "kernel/fork.c", verdict, "why", partings)
    return FunctionVerdict(judgement, 1, calls)


@pytest.mark.parametrize(
    ("found", "verdict"),
    [
        (made(), NOTHING),
        (made(one(SAME)), NOTHING),
        (made(one(SAME), open="assembly"), UNTOLD),
        (made(one(OPEN)), UNTOLD),
        (made(one(OPEN, REACHES)), UNTOLD),
        (made(one(OPEN, SUCCEEDS)), SOMETHING),
        (made(one(DIFFERENT), one(OPEN)), SOMETHING),
    ],
)
def test_the_worst_counts_and_a_call_that_differs_decides(
    found: PatchVerdict, verdict: str
) -> None:
    assert found.verdict == verdict
    assert Review("a tree", "", [made(), found]).verdict == verdict


def test_the_last_conditions_are_told_without_constants() -> None:
    lines = text(Review("a tree", "", [made(one(DIFFERENT, SUCCEEDS))])).splitlines()
    assert [line for line in lines if line.startswith(("  When", "  and"))] == [
        "  When:   after 1 earlier test",
        "  and:    b",
        "  and:    c",
        "  and:    d",
        "  and:    e",
    ]
    assert "  Call:   clone(CLONE_FS): -EINVAL before, success after" in lines


@pytest.mark.parametrize(("after", "sides"), [("calls b()", 2), ("returns", 0)])
def test_what_both_versions_do_in_the_same_words_is_not_told_twice(after: str, sides: int) -> None:
    judgement = Judgement("f", "a.c", DIFFERENT, "why", (replace(PARTING, after=after),))
    lines = text(Review("a tree", "", [made(FunctionVerdict(judgement, 1))])).splitlines()
    assert sum(line.startswith(("  Before:", "  After:")) for line in lines) == sides


@pytest.mark.parametrize("width", [40, 60, 100])
def test_text_is_as_wide_as_it_may_be(width: int) -> None:
    found = made(one(DIFFERENT, SUCCEEDS), open="what " * 40)
    found.assumed = ["it holds " * 30]
    assert max(map(len, text(Review("a tree", "", [found]), width).splitlines())) <= width


@pytest.mark.parametrize(("calls", "told"), [(1, ""), (2, ", on clone(CLONE_FS)")])
def test_a_statement_says_on_which_call_it_breaks_if_there_are_several(
    calls: int, told: str
) -> None:
    found = made(*[one(DIFFERENT, SUCCEEDS)] * calls)
    found.held, found.statements = 9, [Turned("P02", "it holds", BREAKS, VALUES)]
    assert f"  Breaks: P02: it holds{told}" in text(Review("a tree", "", [found])).splitlines()


def test_a_statement_that_breaks_fails_the_check() -> None:
    found = made(one(DIFFERENT, SUCCEEDS))
    found.held, found.statements = 9, [Turned("P02", "it holds", BREAKS, VALUES)]
    review = Review("a tree", "", [found])
    assert json.loads(b4(review))[0]["status"] == "fail"
    assert checkpatch(review).startswith("kernel/fork.c:7: ERROR:P02: breaks P02: it holds")


def test_ktap_skips_what_could_not_be_told() -> None:
    lines = ktap(Review("a tree", "", [made(one(OPEN)), made(one(SAME))])).splitlines()
    assert lines[1] == "1..2"
    assert "  ok 1 kernel/fork.c:copy_process # SKIP why" in lines
    assert lines[-1] == "ok 2 [1/2] fork: mend it"
