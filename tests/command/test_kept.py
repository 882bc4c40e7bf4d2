"""A run that lost, doubled, added or moved a verdict, or asked for less than is kept, ends red."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import replace

import pytest

from checker.ground import problems
from checker.ground.pool import Lane
from checker.ground.problems import Problem
from checker.record.deciding import Deciding
from checker.record.kept_words import KeptError, read_kept
from checker.record.result import EVERY_SET, Result, Verdict
from command import kept
from command.cloneproof import cli
from command.settle import calls_asked, histories_asked
from model.revisions import REVISIONS
from properties.catalogue import all_properties, all_timed, by_id
from reports.kept import kept_table
from reports.verdicts import verdicts

PLACES = {name: place for place, name in enumerate(REVISIONS)}


def result(identity: str, kernel: str, word: str) -> Result:
    verdict = Verdict(word)
    place = PLACES.get(kernel, 0)
    return Result(identity, "", "a | b", "", "", kernel, verdict, verdict, place=place)


def ended(*args: str) -> int:
    """The exit code of the command, run in this process."""
    try:
        code = cli.main([*args], prog_name="cloneproof", standalone_mode=False)
    except Problem as problem:
        print(problem, file=sys.stderr)
        return problem.code
    assert isinstance(code, int)
    return code


def bringing(came: list[Result]) -> Callable[..., Deciding]:
    """What decides statements, so that these results come."""
    return lambda *_, **__: Deciding(Lane(list, [[]]), len, lambda _: came)


def said(capsys: pytest.CaptureFixture[str]) -> str:
    """What the command said on the standard error, its lines joined."""
    return " ".join(capsys.readouterr().err.split())


@pytest.fixture(scope="module")
def as_kept() -> list[Result]:
    """The results of a run of ``verify`` on which nothing changed."""
    words = kept.CALLS[0].read().words
    return [result(identity, kernel, word) for (identity, kernel), word in words.items()]


@pytest.fixture
def verify(monkeypatch: pytest.MonkeyPatch) -> Callable[..., int]:
    """The command, on workers that bring back what a test says; its report is left out."""
    monkeypatch.setattr("command.verify.report", lambda *_: None)
    monkeypatch.setattr("command.kept.CALLS", kept.CALLS[:1])
    monkeypatch.setattr("checker.questions.landmarks.broken_by_calls", lambda *_: [])

    def run(came: list[Result], *args: str) -> int:
        monkeypatch.setattr("checker.questions.run.deciding", bringing(came))
        return ended("verify", "--only", "calls", "-o", "/dev/null", *args)

    return run


def test_a_run_as_kept_passes_and_says_what_was_counted(as_kept, verify, capsys):
    assert verify(as_kept) == problems.AS_EXPECTED
    assert f"{len(as_kept)} verdicts, as kept" in said(capsys)


BROKEN = {
    "nothing came back": lambda all_: [],
    "a verdict is lost": lambda all_: all_[1:],
    "a part is lost": lambda all_: [one for one in all_ if one.property < "P"],
    "a kernel is skipped": lambda all_: [one for one in all_ if one.kernel != "v6.1"],
    "a verdict comes twice": lambda all_: [*all_, all_[7]],
    "nobody asked for it": lambda all_: [*all_, result("P99", "v6.1", "PROVED")],
    "verdict and expectation moved together": lambda all_: [
        replace(one, verdict=Verdict.REFUTED, expected=Verdict.REFUTED)
        if (one.property, one.kernel) == ("P02", "v6.12")
        else one
        for one in all_
    ],
}


@pytest.mark.parametrize("way", BROKEN)
def test_what_came_back_is_held_against_what_was_asked(way, as_kept, verify, capsys):
    assert verify(BROKEN[way](as_kept)) == problems.BROKEN
    assert "Traceback" not in capsys.readouterr().err


def test_an_emptied_catalogue_is_no_success(verify, monkeypatch, capsys):
    monkeypatch.setattr("command.names.property_ids", list)
    assert verify([]) == problems.BROKEN
    assert "kept, and not decided any more" in said(capsys)


def test_a_property_that_nobody_imports_is_missed(as_kept, verify, monkeypatch, capsys):
    ids = [prop.id for prop in all_properties() if prop.id != "P02"]
    monkeypatch.setattr("command.names.property_ids", lambda: ids)
    assert verify([one for one in as_kept if one.property != "P02"]) == problems.BROKEN
    assert "P02 on all kernels: kept" in capsys.readouterr().err


def test_kernels_that_were_cut_are_missed(as_kept, verify, monkeypatch, capsys):
    monkeypatch.setattr("command.names.kernel_names", lambda: ["v6.12"])
    some = [one for one in as_kept if one.kernel in ("v6.12", EVERY_SET)]
    assert verify(some) == problems.BROKEN
    assert "on v3.10…v6.10, v6.13…v7.3" in said(capsys)


def test_a_property_that_is_new_is_kept_first(as_kept, verify, monkeypatch, capsys):
    known = kept.CALLS[0].read()
    fewer = {pair: word for pair, word in known.words.items() if pair[0] != "P02"}
    monkeypatch.setattr(kept.Keeps, "read", lambda _table, _only: replace(known, words=fewer))
    assert verify(as_kept) == problems.BROKEN
    assert "P02 on all kernels: PROVED, of which nothing is kept" in said(capsys)


def test_a_named_part_is_held_against_its_part(verify, capsys):
    assert verify([result("P02", "v6.1", "PROVED")], "P02", "-k", "v6.1") == problems.AS_EXPECTED
    assert capsys.readouterr().err == ""
    assert verify([result("P02", "v6.1", "REFUTED")], "P02", "-k", "v6.1") == problems.BROKEN
    assert "kept PROVED, now REFUTED" in capsys.readouterr().err
    assert verify([], "P02", "-k", "v6.1") == problems.BROKEN


@pytest.fixture
def histories_as_kept(monkeypatch: pytest.MonkeyPatch) -> list[Result]:
    """The results of a run of histories on which nothing changed, their traces left out."""
    tables = [one for one in kept.HISTORIES if one.file != "traces.md"]
    monkeypatch.setattr("command.kept.HISTORIES", tuple(tables))
    words, sizes = (one.read().words for one in tables)
    line = tables[1].line
    return [
        replace(result(name, kernel, word), size=sizes[line(name), kernel])
        for (name, kernel), word in words.items()
    ]


@pytest.fixture
def histories(monkeypatch: pytest.MonkeyPatch) -> Callable[..., int]:
    """``verify --only histories``, or another command, on results that a test gives."""

    def run(came: list[Result], *args: str) -> int:
        monkeypatch.setattr("checker.over_time.results.deciding", bringing(came))
        return ended(*args or ("verify", "--only", "histories"), "-o", "/dev/null")

    return run


@pytest.mark.parametrize("command", [("system",), ("verify", "--only", "histories")])
def test_histories_are_held_as_well(command, histories_as_kept, histories, capsys):
    came = histories_as_kept
    assert histories(came, *command) == problems.AS_EXPECTED
    assert histories([], *command) == problems.BROKEN
    assert histories(came[1:], *command) == problems.BROKEN
    assert histories([*came, came[0]], *command) == problems.BROKEN
    capsys.readouterr()
    moved = [*came[:-1], replace(came[-1], size="1/0/0")]
    assert histories(moved, *command) == problems.BROKEN
    assert "reports/states.md" in capsys.readouterr().err


def test_a_whole_run_is_as_good_as_its_worse_half(
    as_kept, histories_as_kept, histories, monkeypatch, capsys
):
    """Calls and histories are decided by one command, and each is held against its tables."""
    monkeypatch.setattr("command.kept.CALLS", kept.CALLS[:1])
    monkeypatch.setattr("checker.questions.landmarks.broken_by_calls", lambda *_: [])
    monkeypatch.setattr("checker.questions.run.deciding", bringing(as_kept))
    assert histories(histories_as_kept, "verify") == problems.AS_EXPECTED
    told = said(capsys)
    assert "calls: " in told
    assert "histories: " in told
    assert histories(histories_as_kept[1:], "verify") == problems.BROKEN
    unknown = replace(histories_as_kept[0], verdict=Verdict.ERROR)
    assert histories([unknown, *histories_as_kept[1:]], "verify") == problems.INTERNAL
    monkeypatch.setattr("checker.questions.run.deciding", bringing(as_kept[1:]))
    assert histories(histories_as_kept, "verify") == problems.BROKEN


def test_the_kept_tables_are_those_of_the_catalogue():
    """Neither holds a line more than the other, on the kernels that there are."""
    calls = calls_asked([prop.id for prop in all_properties()], list(REVISIONS), (), ())
    histories = histories_asked([prop.id for prop in all_timed()], list(REVISIONS), (), ())
    for tables, asked in ((kept.CALLS, calls), (kept.HISTORIES, histories)):
        assert tables[0].read().kernels == tuple(REVISIONS)
        for table in tables:
            assert set(table.read().words) <= set(table.pairs(asked.pairs))
        assert set(tables[0].read().words) == set(asked.pairs)
    states = kept.HISTORIES[-1]
    assert set(states.read().words) == set(states.pairs(histories.pairs))


def test_a_table_is_read_back_as_it_was_written(as_kept):
    read = read_kept(verdicts(as_kept), "verdicts")
    assert read.words == {(one.property, one.kernel): one.verdict.value for one in as_kept}
    assert read.kernels == tuple(REVISIONS)


def test_a_table_may_keep_any_word_or_none():
    """A digest of the call beside the verdict is one more table; nothing is kept of a proof."""
    def digest(one):
        return "" if one.verdict is Verdict.PROVED else f"{one.kernel[-1]}f"

    some = [
        result("P1", "v5.4", "REFUTED"),
        result("P1", "v5.10", "REFUTED"),
        result("P1", "v5.14", "PROVED"),
        result("P2", "v5.14", "PROVED"),
    ]
    text = kept_table(some, "Counterexamples", "smallest call", digest)
    assert "| P1 | a \\| b | 4f v5.4; 0f v5.10 |" in text
    assert read_kept(text, "smallest call").words == {("P1", "v5.4"): "4f", ("P1", "v5.10"): "0f"}


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "kernels once"),
        ("Kernels, in order: v1.\n\n| id | property |\n| --- | --- |\n", "no column"),
        ("Kernels, in order: v1.\n| id | verdicts |\n| - | - |\n| P1 | PROVED v2 |\n", "'v2'"),
        ("Kernels, in order: v1.\n| id | verdicts |\n| - | - |\n| P1 |\n", "1 cells"),
        (
            "Kernels, in order: v1.\n| id | verdicts |\n| - | - |\n"
            "| P1 | PROVED v1; REFUTED v1 |\n",
            "two words",
        ),
    ],
)
def test_a_damaged_table_is_refused(text, says):
    with pytest.raises(KeptError, match=says):
        read_kept(text, "verdicts")


def test_a_lost_table_is_one_line(as_kept, verify, monkeypatch, tmp_path, capsys):
    monkeypatch.setattr("command.kept.table_path", lambda name: tmp_path / name)
    assert verify(as_kept) == problems.USAGE
    assert "--renew writes it anew" in capsys.readouterr().err
    assert verify(as_kept, "--renew") == problems.AS_EXPECTED
    assert (tmp_path / "verdicts.md").read_text() == verdicts(as_kept)


def test_renewing_says_what_changed_and_keeps_nothing_unexpected(
    as_kept, verify, monkeypatch, tmp_path, capsys
):
    monkeypatch.setattr("command.kept.table_path", lambda name: tmp_path / name)
    old = [replace(one, verdict=Verdict.BOUNDED, expected=Verdict.BOUNDED) for one in as_kept[:1]]
    (tmp_path / "verdicts.md").write_text(verdicts(old + as_kept[1:]))
    before = (tmp_path / "verdicts.md").read_text()
    wrong = [replace(as_kept[0], expected=Verdict.ERROR), *as_kept[1:]]
    assert verify(wrong, "--renew") == problems.BROKEN
    assert verify(as_kept[1:], "--renew") == problems.BROKEN
    assert (tmp_path / "verdicts.md").read_text() == before
    capsys.readouterr()
    assert verify(as_kept, "--renew") == problems.AS_EXPECTED
    assert "kept BOUNDED, now" in capsys.readouterr().err
    assert (tmp_path / "verdicts.md").read_text() == verdicts(as_kept)


def test_renewing_a_part_is_refused(verify, capsys):
    assert verify([], "--renew", "P02") == problems.USAGE
    assert "name no property" in capsys.readouterr().err


def test_statements_about_patches_are_asked_once_for_every_set():
    asked = calls_asked(["S01", "P02"], ["v6.1", "v6.12"], ("S01", "P02"), ("v6.1", "v6.12"))
    assert by_id("S01").of_patch is not None
    assert asked.pairs == (("S01", EVERY_SET), ("P02", "v6.1"), ("P02", "v6.12"))
    assert not asked.everything


def test_a_book_of_a_part_is_not_renewed():
    with pytest.raises(Problem):
        kept.Book.opened(kept.CALLS, kept.MustAnswer((), True, False), True)


def test_lines_are_few_however_much_is_lost():
    lost = [kept.Trouble("lost", f"P{n}", name) for n in range(99) for name in REVISIONS]
    assert kept.told(lost) == ["99 properties (P0, P1, P2 …) on all kernels: lost"]
