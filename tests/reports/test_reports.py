"""Reports are views of one record: each is read back by a reader that is not ours."""

from __future__ import annotations

import io
import json
import os
import re
import resource
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator
from lxml import etree

import checker.ground.files
import checker.record.ranges
from checker.ground.files import FileError, write_atomically
from checker.ground.problems import Problem
from checker.record.ranges import KernelOrder, natural
from checker.record.result import EVERY_SET, NO_ANSWER, Result, Verdict
from reports.calls import call_text
from reports.changes import changes, changes_markdown, changes_text
from reports.colours import wants_colour
from reports.eras import by_property, eras, eras_text, ordered
from reports.json_report import JsonReport, read_json, read_report, schema
from reports.render import FORMATS, render
from reports.screen import screen

ROOT = Path(__file__).parents[2]
KERNELS = ("v5.4", "v6.8", "v6.9", "v7.1", "debian-6.1.192")


@pytest.fixture(autouse=True)
def _these_are_listed(monkeypatch: pytest.MonkeyPatch) -> None:
    _listed(monkeypatch, *KERNELS)


CALL = {
    "cloneproof": 1,
    "property": "P2",
    "kernel": "v6.9",
    "smallest": True,
    "call": {"request": {"entry": "clone3", "flags": "CLONE_PIDFD|CLONE_THREAD"}},
}
SHOWN = "request.entry=clone3 request.flags=CLONE_PIDFD|CLONE_THREAD"


def result(identity: str, kernel: str, verdict: Verdict, expected: Verdict) -> Result:
    name = f"property_{identity}_says_this"
    return Result(
        property=identity,
        name=name,
        sentence=name.replace("_", " "),
        kind="catalogue",
        source="kernel/fork.c:copy_process <a&b>",
        kernel=kernel,
        verdict=verdict,
        expected=expected,
        reason="max. resource limit exceeded" if verdict in NO_ANSWER else "",
        witness={"request": {"flags": "CLONE_VM"}},
        rests_on=("a row",),
        counterexample=CALL if verdict is Verdict.REFUTED else {},
        resources=5,
        seconds=0.00001,
        place=KERNELS.index(kernel) if kernel in KERNELS else 0,
    )


def run(identity: str, verdicts: dict[str, Verdict], **other: Verdict) -> list[Result]:
    return [
        result(identity, kernel, verdict, other.get("expected", verdict))
        for kernel, verdict in verdicts.items()
    ]


def good() -> list[Result]:
    proved, refuted = Verdict.PROVED, Verdict.REFUTED
    late = {k: refuted if k in KERNELS[2:4] else proved for k in KERNELS}
    return [*run("P10", dict.fromkeys(KERNELS, proved)), *run("P2", late)]


def bad() -> list[Result]:
    found = [replace(one, expected=Verdict.PROVED) for one in good()]
    silent = result("P10", "v7.1", Verdict.TIMEOUT, Verdict.PROVED)
    return [silent if (r.property, r.kernel) == ("P10", "v7.1") else r for r in found]


def xml(text: str) -> etree._Element:
    return etree.fromstring(text.encode())


def junit_schema() -> etree.XMLSchema:
    return etree.XMLSchema(etree.parse(ROOT / "tests/data/junit.xsd"))


def valid(document: object) -> bool:
    return Draft202012Validator(schema()).is_valid(document)


# ---- every format


@pytest.mark.parametrize("name", FORMATS)
def test_a_report_does_not_depend_on_the_order_in_which_answers_came(name: str) -> None:
    assert render(bad(), name) == render(bad()[::-1], name)


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("results", [[], good(), bad()], ids=["none", "good", "bad"])
def test_a_report_ends_in_one_newline(name: str, results: list[Result]) -> None:
    text = render(results, name)
    assert text.endswith("\n")
    assert not text.endswith("\n\n")


@pytest.mark.parametrize("name", FORMATS)
def test_two_results_for_one_question_are_refused(name: str) -> None:
    with pytest.raises(ValueError, match="two results on one kernel"):
        render([*good(), good()[0]], name)


def test_an_unknown_format_is_refused() -> None:
    with pytest.raises(ValueError, match="unknown format 'yaml': one of table, json"):
        render([], "yaml")


def test_properties_and_kernels_are_in_their_own_order() -> None:
    found = ordered(bad()[::-1])
    assert [one.property for one in found] == ["P2"] * 5 + ["P10"] * 5
    assert [one.kernel for one in found[:5]] == list(KERNELS)
    assert natural("P2") < natural("P10") < natural("P10t")


# ---- table


def test_eras_compress_kernels_and_say_what_was_expected() -> None:
    found = {group[0].property: eras(group, KernelOrder.of(bad())) for group in by_property(bad())}
    assert eras_text(found["P2"]) == (
        "PROVED v5.4…v6.8; REFUTED v6.9…v7.1 (expected PROVED); PROVED debian-6.1.192"
    )
    assert eras_text(found["P10"]) == (
        "PROVED v5.4…v6.9; TIMEOUT v7.1 (expected PROVED); PROVED debian-6.1.192"
    )


def test_the_table_shows_the_call_or_why_there_is_no_answer() -> None:
    text = render(bad(), "table")
    assert f"P2 on v6.9…v7.1: expected PROVED, got REFUTED\n  {SHOWN}\n" in text
    assert "P10 on v7.1: expected PROVED, got TIMEOUT\n  max. resource limit exceeded\n" in text


def _listed(monkeypatch: pytest.MonkeyPatch, *names: str) -> None:
    known = {name: place for place, name in enumerate(names)}
    monkeypatch.setattr(checker.record.ranges, "_listed", lambda: known)


def test_a_range_stays_within_one_line_of_development(monkeypatch: pytest.MonkeyPatch) -> None:
    order = KernelOrder(("v6.4", "series-1", "debian-6.1", "debian-6.12"))
    _listed(monkeypatch, *order.kernels)
    assert order.ranges(order.kernels) == "v6.4…series-1, debian-6.1…debian-6.12"


def test_a_range_has_nothing_that_is_listed_and_was_not_asked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    _listed(monkeypatch, "v6.1", "v6.4", "v6.6", "v6.9")
    assert KernelOrder(("v6.1", "v6.6")).ranges(("v6.1", "v6.6")) == "v6.1, v6.6"
    assert KernelOrder(("v6.1", "v6.6")).label(["v6.1", "v6.6"]) == "v6.1, v6.6"


def test_a_kernel_that_is_not_listed_stands_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    _listed(monkeypatch, "v6.4", "v6.6", "v6.9")
    order = KernelOrder(("v6.4", "v6.6", "v6.8", "v6.9"))
    assert order.ranges(order.kernels) == "v6.4…v6.6, v6.8, v6.9"


def test_a_whole_run_is_one_screen() -> None:
    many = [one for number in range(40) for one in run(f"P{number}", {"v5.4": Verdict.PROVED})]
    wrong = [replace(one, expected=Verdict.REFUTED) for one in many[:9]]
    text = screen([*wrong, *many[9:], *run("V01", {"v5.4": Verdict.REFUTED})], ("V01", "V9"))
    lines = text.splitlines()
    assert len(lines) <= 20 and max(map(len, lines)) <= 100
    assert lines[0] == "41 properties on 1 kernel, 41 verdicts: 9 NOT AS EXPECTED"
    assert sum(line.startswith("UNEXPECTED") for line in lines) == 6 and "… and 3 more" in lines
    assert "V01   property V01 says this:" in lines and "      REFUTED v5.4" in lines
    assert "--full" in text
    silent = replace(many[0], verdict=Verdict.UNKNOWN, reason="the solver gave up")
    assert "the solver gave up" in screen([silent], ())
    assert "all as expected" in screen(many, ())
    assert "nothing is declared" in screen([replace(many[0], expected=None)], ())


def test_what_is_not_declared_is_told_and_counted_apart() -> None:
    asked = [result("P1", "v6.8", Verdict.REFUTED, Verdict.REFUTED)]
    asked = [*asked, replace(asked[0], kernel="v9", expected=None, place=9)]
    text = render(asked, "table")
    assert "REFUTED v9 (nothing declared)" in " ".join(text.split())
    assert "as expected 1, not 0, undeclared 1" in text
    assert read_json(render(asked, "json")).results[1].expected is None
    silent = replace(asked[1], verdict=Verdict.UNKNOWN, counterexample={})
    assert not silent.as_expected and "UNEXPECTED" in render([silent], "table")


def test_a_range_never_covers_a_kernel_that_was_not_asked() -> None:
    some = [one for one in good() if (one.property, one.kernel) != ("P10", "v6.8")]
    text = render(some, "verdicts")
    assert "PROVED v5.4, v6.9…v7.1, debian-6.1.192" in text


def test_unexpected_rows_come_first() -> None:
    mixed = [*good(), *run("P99", {"v5.4": Verdict.PROVED}, expected=Verdict.REFUTED)]
    lines = render(mixed, "table").splitlines()
    assert lines[2].startswith("UNEXPECTED  P99")
    assert lines[3].startswith("ok          P2")


def test_the_table_is_no_wider_than_a_page() -> None:
    wide = [
        replace(one, property=f"{one.property}-with-a-long-name", sentence="a long sentence " * 20,
                kernel=one.kernel.replace("debian", "a-distribution-with-a-long-name"))
        for one in bad()
    ]
    for results in (good(), bad(), wide):
        assert max(map(len, render(results, "table").splitlines())) <= 100


def test_totals_count_every_verdict() -> None:
    last = render(bad(), "table").splitlines()[-1]
    assert last == (
        "proved 7, refuted 2, vacuous 0, unknown 0, timeout 1, error 0; as expected 7, not 3"
    )


def test_colours_add_nothing_that_the_words_do_not_say() -> None:
    painted = render(bad(), "table", colour=True)
    assert "\033[1;31mUNEXPECTED\033[0m" in painted
    assert re.sub(r"\033\[[0-9;]*m", "", painted) == render(bad(), "table")


def test_colours_need_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    assert wants_colour(Terminal())
    assert not wants_colour(io.StringIO())
    monkeypatch.setenv("NO_COLOR", "1")
    assert not wants_colour(Terminal())


# ---- JSON


@pytest.mark.parametrize("results", [[], good(), bad()], ids=["none", "good", "bad"])
def test_json_follows_its_schema_and_reads_back(results: list[Result]) -> None:
    Draft202012Validator.check_schema(schema())
    text = render(results, "json")
    document = json.loads(text)
    assert valid(document)
    assert re.fullmatch(r"\d+\.\d+\.\d+", document["tool"]["version"])
    assert read_json(text).results == ordered(results)


def test_json_keeps_names_for_numbers_and_the_saved_call() -> None:
    records = json.loads(render(bad(), "json"))["results"]
    refuted = next(one for one in records if one["verdict"] == "REFUTED")
    assert refuted["counterexample"] == CALL
    assert refuted["witness"] == {"request": {"flags": "CLONE_VM"}}


@pytest.mark.parametrize(
    "old, new",
    [
        ('"verdict": "PROVED"', '"verdict": "GREEN"'),
        ('"as_expected": true', '"as_expected": "yes"'),
        ('"property": "P2"', '"proprety": "P2"'),
        ('"format": 1', '"format": 2'),
        ('"proved": 7', '"proven": 7'),
        ('"rests_on": [', '"rests_on": [1,'),
    ],
)
def test_a_broken_json_report_is_refused(old: str, new: str) -> None:
    text = render(bad(), "json")
    assert old in text
    assert not valid(json.loads(text.replace(old, new)))
    with pytest.raises(ValueError, match=r"^\$"):
        read_json(text.replace(old, new))


@pytest.mark.parametrize(
    "old, new, says",
    [
        ('"proved": 7', '"proved": 8', "its totals contradict its results"),
        ('"as_expected": true', '"as_expected": false', "its as_expected contradict"),
        ('"kernel": "v5.4"', '"kernel": "v6.8"', "two results on one kernel"),
    ],
)
def test_a_json_report_that_contradicts_itself_is_refused(old: str, new: str, says: str) -> None:
    text = render(bad(), "json").replace(old, new)
    with pytest.raises(ValueError, match=says):
        read_json(text)


def test_an_unreadable_report_is_one_clear_error(tmp_path: Path) -> None:
    half = tmp_path / "half.json"
    half.write_text(render(bad(), "json")[:500])
    binary = tmp_path / "binary.json"
    binary.write_bytes(b"\xff\xfe\x00")
    for path in (half, binary, tmp_path / "absent.json", tmp_path):
        with pytest.raises(Problem) as caught:
            read_report(path)
        assert str(path) in str(caught.value)
        assert "\n" not in str(caught.value)


# ---- JUnit


@pytest.mark.parametrize("results", [[], good(), bad()], ids=["none", "good", "bad"])
def test_junit_follows_the_common_schema(results: list[Result]) -> None:
    root = xml(render(results, "junit"))
    junit_schema().assertValid(root)
    assert len(root.findall(".//testcase")) == len(results)


def test_junit_fails_with_the_old_and_the_new_verdict_and_the_call() -> None:
    root = xml(render(bad(), "junit"))
    assert (root.get("tests"), root.get("failures"), root.get("errors")) == ("10", "2", "1")
    failure = root.find(".//failure")
    assert failure.get("message") == "expected PROVED, got REFUTED"
    assert SHOWN in failure.text
    error = root.find(".//error")
    assert error.get("message") == "expected PROVED, got TIMEOUT"
    assert "max. resource limit exceeded" in error.text


def test_junit_passes_an_expected_refutation_and_shows_its_call() -> None:
    root = xml(render(good(), "junit"))
    assert not root.findall(".//failure")
    assert SHOWN in root.findtext(".//system-out")


def test_junit_survives_characters_that_xml_forbids() -> None:
    odd = [replace(one, sentence="a \x00 <b> & \ud800 ]]>", reason="\x1b[0m") for one in bad()]
    root = xml(render(odd, "junit"))
    junit_schema().assertValid(root)
    assert "a \ufffd <b> & \ufffd ]]>" in root.find(".//testsuite").get("name")


@pytest.mark.parametrize(
    "old, new",
    [
        ("<testsuites ", '<testsuites skipped="0" '),
        (' tests="5"', ""),
        ('failures="2"', 'failures="two"'),
        (' type="REFUTED"', ""),
        (' classname="cloneproof.P2"', ""),
        ("testcase", "case"),
        ('time="0.0"', 'time="1e-05"'),
    ],
)
def test_a_broken_junit_report_fails_validation(old: str, new: str) -> None:
    text = render(bad(), "junit")
    assert old in text
    assert not junit_schema().validate(xml(text.replace(old, new)))


# ---- Markdown


def test_markdown_begins_with_the_verdict() -> None:
    first = [render(results, "markdown").splitlines()[0] for results in ([], good(), bad())]
    assert first == [
        "## cloneproof: nothing was checked",
        "## cloneproof: as expected",
        "## cloneproof: 3 of 10 verdicts not as expected (1 without an answer)",
    ]


def cells(line: str) -> list[str]:
    return re.split(r"(?<!\\)\|", line)[1:-1]


def tables(text: str) -> list[list[str]]:
    found: list[list[str]] = []
    before = ""
    for line in text.splitlines():
        if line.startswith("|"):
            if not before.startswith("|"):
                found.append([])
            found[-1].append(line)
        before = line
    return found


def well_formed(text: str) -> bool:
    """Return whether every table has a rule and as many cells in each line as in its head."""
    return all(
        set(table[1]) <= set("| -") and len({len(cells(line)) for line in table}) == 1
        for table in tables(text)
    )


@pytest.mark.parametrize("name", ["markdown", "verdicts"])
def test_markdown_tables_are_well_formed(name: str) -> None:
    odd = [replace(one, sentence="a | b\n`c` <d> \\|", reason="x | y `z`") for one in bad()]
    for results in (good(), bad(), odd):
        text = render(results, name)
        assert tables(text)
        assert well_formed(text)


def test_a_broken_markdown_table_is_noticed() -> None:
    text = render(bad(), "markdown")
    assert r"CLONE_PIDFD\|CLONE_THREAD" in text
    assert not well_formed(text.replace(r"\|", "|"))
    assert not well_formed(text.replace("| --- ", "", 1))


def test_markdown_names_property_kernel_expected_got_and_call() -> None:
    line = next(one for one in render(bad(), "markdown").splitlines() if one.startswith("| P2"))
    shown = SHOWN.replace("|", r"\|")
    assert [cell.strip() for cell in cells(line)] == [
        "P2: property P2 says this", "v6.9…v7.1", "PROVED", "**REFUTED**", f"`{shown}`"
    ]


def test_markdown_folds_totals_per_kernel() -> None:
    text = render(bad(), "markdown")
    folded = text[text.index("<details>") :]
    assert "| v7.1 | 0 | 0 | 1 | 0 | 1 | 0 | 0 | 2 |" in folded
    assert folded.count("</details>") == 1


def test_a_long_summary_says_what_it_leaves_out() -> None:
    many = [
        one
        for number in range(60)
        for one in run(f"P{number}", {"v5.4": Verdict.VACUOUS}, expected=Verdict.PROVED)
    ]
    assert "… and 10 more: see the JUnit or JSON report." in render(many, "markdown")


# ---- the kept verdict table


def changed_lines(old: list[Result], new: list[Result]) -> int:
    before, after = render(old, "verdicts"), render(new, "verdicts")
    return len(set(after.splitlines()) - set(before.splitlines()))


def test_a_change_of_verdict_is_one_changed_line() -> None:
    assert changed_lines(good(), good()) == 0
    moved = [
        replace(one, verdict=Verdict.VACUOUS, expected=Verdict.VACUOUS)
        if one.property == "P10" and one.kernel == "v5.4"
        else one
        for one in good()
    ]
    assert changed_lines(good(), moved) == 1


def test_the_kept_table_does_not_change_with_time_or_cost() -> None:
    slower = [replace(one, seconds=9.0, resources=10**9) for one in good()]
    assert render(slower, "verdicts") == render(good(), "verdicts")


def test_the_kept_table_says_where_a_verdict_is_not_as_expected() -> None:
    text = render(bad(), "verdicts")
    assert "| PROVED v5.4…v6.8; REFUTED v6.9…v7.1 (expected PROVED); PROVED debian" in text
    assert "| P10 | property P10 says this | PROVED all kernels | yes |" in render(
        good(), "verdicts"
    )


def test_a_statement_on_every_set_of_patches_stands_beside_the_kernels() -> None:
    one = result("K1", EVERY_SET, Verdict.REFUTED, Verdict.PROVED)
    text = render([*good(), one], "verdicts")
    assert f"| REFUTED {EVERY_SET} (expected PROVED) |" in text
    assert "PROVED all kernels" in text
    assert f"on v6.9: {SHOWN}" in render([one], "markdown").replace(r"\|", "|")
    saved = {**CALL, "patches": ["SET_TID"]}
    assert "on a kernel with SET_TID: " in render([replace(one, counterexample=saved)], "table")


# ---- changes


def test_changes_say_which_verdict_was_what_and_is_what() -> None:
    old, new = JsonReport("0.1.0", good()), JsonReport("0.2.0", bad())
    found = changes(old, new)
    assert [(c.known.property, c.known.kernel, c.verdicts, c.what) for c in found] == [
        ("P2", "v6.9", ("REFUTED", "REFUTED"), "expectation"),
        ("P2", "v7.1", ("REFUTED", "REFUTED"), "expectation"),
        ("P10", "v7.1", ("PROVED", "TIMEOUT"), "verdict"),
    ]
    text = changes_text(old, new)
    assert text.startswith("1 verdict changed, 3 not as expected now (cloneproof 0.1.0, 0.2.0);")
    assert "P10 on v7.1: PROVED, now TIMEOUT\n  max. resource limit exceeded" in text
    assert max(map(len, text.splitlines())) <= 100


def test_changes_show_the_call_of_a_new_refutation() -> None:
    proved = [replace(r, verdict=Verdict.PROVED, counterexample={}) for r in good()]
    old, new = JsonReport("1", proved), JsonReport("1", good())
    assert f"P2 on v6.9…v7.1: PROVED, now REFUTED\n  {SHOWN}" in changes_text(old, new)
    assert SHOWN.replace("|", r"\|") in changes_markdown(old, new)
    assert well_formed(changes_markdown(old, new))


def test_changes_name_properties_that_came_or_went() -> None:
    two = [one for one in good() if one.property == "P2"]
    old, new = JsonReport("1", two), JsonReport("1", good())
    assert {change.what for change in changes(old, new)} == {"added"}
    assert {change.what for change in changes(new, old)} == {"gone"}
    assert "absent" in changes_text(new, old)


def test_changes_of_equal_reports_are_none() -> None:
    same = JsonReport("1", good())
    assert changes(same, JsonReport("1", good()[::-1])) == []
    assert changes_text(same, same) == "no verdict changed\n"
    assert changes_markdown(same, same) == "## no verdict changed\n"


# ---- calls


def test_a_call_is_written_with_names_on_one_line() -> None:
    assert call_text(CALL) == SHOWN
    assert call_text({"current": {"mm": False}}) == "current.mm=false"
    assert call_text({}) == "every argument and fact at its default"
    assert call_text({**CALL, "smallest": False}) == f"{SHOWN} (smaller ones may exist)"


# ---- writing


def test_a_report_replaces_the_one_before(tmp_path: Path) -> None:
    path = tmp_path / "report"
    write_atomically(path, "one\n")
    path.chmod(0o640)
    write_atomically(path, "two …\n")
    assert path.read_text(encoding="utf-8") == "two …\n"
    assert path.stat().st_mode & 0o777 == 0o640
    assert os.listdir(tmp_path) == ["report"]


def test_a_new_report_is_readable_as_the_umask_says(tmp_path: Path) -> None:
    before = os.umask(0o022)
    try:
        write_atomically(tmp_path / "report", "one\n")
    finally:
        os.umask(before)
    assert (tmp_path / "report").stat().st_mode & 0o777 == 0o644


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("real")
    write_atomically(tmp_path / "link", "one\n")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "real").read_text() == "one\n"


def failing(path: Path, text: str = "new\n") -> str:
    with pytest.raises(FileError) as caught:
        write_atomically(path, text)
    assert isinstance(caught.value, OSError)
    assert "\n" not in str(caught.value)
    assert str(caught.value).startswith(f"cannot write {path}: ")
    return str(caught.value)


def test_a_folder_that_takes_no_file_is_one_clear_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("old\n")
    assert "No such file or directory" in failing(tmp_path / "absent" / "report")
    assert "Not a directory" in failing(tmp_path / "file" / "report")
    assert "Is a directory" in failing(tmp_path)
    assert os.listdir(tmp_path) == ["file"]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write to every folder")
def test_a_read_only_folder_is_one_clear_error(tmp_path: Path) -> None:
    tmp_path.chmod(0o555)
    assert "Permission denied" in failing(tmp_path / "report")


def test_a_full_disk_leaves_the_old_report(tmp_path: Path) -> None:
    path = tmp_path / "report"
    write_atomically(path, "old\n")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, hard))
    try:
        assert "File too large" in failing(path, "x" * 1_000_000)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert path.read_text() == "old\n"
    assert os.listdir(tmp_path) == ["report"]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full")
def test_a_full_device_is_one_clear_error() -> None:
    assert "No space left on device" in failing(Path("/dev/full"))


def test_the_standard_output_is_written_to_even_where_it_is_a_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.undo()
    saved, shown = tmp_path / "result.json", tmp_path / "shown"
    write_atomically(saved, render(bad(), "json"))
    shown.write_text("before\n")
    line = [sys.executable, "-m", "command", "render", saved, "--format", "markdown"]
    with shown.open("a") as stdout:
        subprocess.run([*line, "--output", "/dev/stdout"], cwd=ROOT, stdout=stdout, check=True)
    assert shown.read_text(encoding="utf-8") == "before\n" + render(bad(), "markdown")


def test_an_interrupt_leaves_the_old_report(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "report"
    write_atomically(path, "old\n")

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(checker.ground.files.Path, "replace", interrupted)
    with pytest.raises(KeyboardInterrupt):
        write_atomically(path, "new\n")
    assert path.read_text() == "old\n"
    assert os.listdir(tmp_path) == ["report"]


# ---- the commands that CI uses


def command(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "command", *map(str, arguments)],
        cwd=ROOT, capture_output=True, text=True, check=False,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )


def test_every_report_can_be_made_from_the_json_report(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.undo()
    saved = tmp_path / "result.json"
    write_atomically(saved, render(bad(), "json"))
    for name in FORMATS:
        assert command("render", saved, "--format", name).stdout == render(bad(), name)
    out = tmp_path / "out.md"
    assert command("render", saved, "--format", "markdown", "--output", out).returncode == 0
    assert out.read_text(encoding="utf-8") == render(bad(), "markdown")


def test_changes_has_an_exit_code(tmp_path: Path) -> None:
    old, new = tmp_path / "old.json", tmp_path / "new.json"
    write_atomically(old, render(good(), "json"))
    write_atomically(new, render(bad(), "json"))
    assert command("changes", old, old).returncode == 0
    assert command("changes", old, new).returncode == 1
    found = json.loads(command("changes", old, new, "--format", "json").stdout)
    moved = {(one["old"], one["new"]) for one in found}
    assert moved == {("PROVED", "TIMEOUT"), ("REFUTED", "REFUTED")}
    absent = command("changes", old, tmp_path / "absent.json")
    assert (absent.returncode, absent.stdout) == (3, "")
    assert absent.stderr.startswith("cloneproof: cannot read")
    assert command("changes", old).returncode == 3
    assert command("render", old, "--output", tmp_path / "a" / "b").returncode == 3
