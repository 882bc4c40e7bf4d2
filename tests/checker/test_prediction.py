"""A file of calls answered in columns says what its lines say one by one."""

import io
import itertools
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checker.calls.documents import to_document
from checker.ground.problems import Problem
from checker.prediction import lines as prediction
from checker.prediction import told
from checker.prediction.lines import predicted
from checker.prediction.source import LARGEST, MOST, batches
from model.predict import OUTCOMES
from model.request import Entry
from model.revisions import REVISIONS
from tests.calls import situations

ROOT = Path(__file__).parents[2]
ODD = [
    '{"request": {"flags": 1, "flags": 2}}',
    '{"request": {"flags": 1}, "request": {"flags": 2}}',
    '{"kernel": "v6.1", "kernel": "v6.12"}',
    '{"current": {"chrooted": 1}}',
    '{"request": {"flags": true}}',
    '{"request": {"flags": 1.0}}',
    '{"request": {"flags": null}}',
    '{"request": {"flags": 18446744073709551616}}',
    '{"request": {"flags": -1}}',
    '{"request": {"flags": NaN}}',
    '{"request": {"entry": 99}}',
    '{"request": {"entry": true}}',
    '{"request": []}',
    '{"request": {"target": 3}}',
    '{"current": {"uid": 0}}',
    '{"kernel": "v9"}',
    '{"kernel": 6}',
    '{"kernel": "v5.4", "request": {"entry": "create_io_thread"}}',
    '{"request": {"entry": "fork_idle"}}',
    "[]",
    "{",
    '{"id": 1e999}',
    "\ufeff\ufeff{}",
    "[" * 100_000,
]
FINE = [
    "",
    "  ",
    "{}",
    "\ufeff{}",
    '{"id": {"a": [1, 1.50, "\u00e9:"]}}',
    '{"id": 1.50}',
    '{"id": null, "kernel": "v6.1"}',
    '{"id": "a: b"}',
    '{"request": {"flags": ["CLONE_VM", 256]}}',
    '{"request": {"flags": "0x100|VM"}, "current": {"signal": {"rlim_nproc": "unlimited"}}}',
    '{ "request" : { "flags" : "CLONE_NEWUSER" } }',
    '{"current": {}, "system": {}}',
]


@st.composite
def calls(draw: Any) -> str:
    """Draw a line with a call, which may be impossible."""
    line: dict[str, Any] = to_document(draw(situations()))
    line |= draw(st.fixed_dictionaries({}, optional={
        "id": st.one_of(st.integers(), st.text(max_size=3), st.none()),
        "kernel": st.sampled_from(sorted(REVISIONS)),
    }))
    return json.dumps(line, ensure_ascii=draw(st.booleans()))


def answered(given: list[list[str]]) -> tuple[str, str]:
    """Return the answers to some batches of lines, and the problem at their end."""
    told: list[str] = []
    try:
        for answers in predicted([[line.encode() for line in lines] for lines in given], "here"):
            told += answers
    except Problem as problem:
        return "".join(told), str(problem)
    return "".join(told), ""


@pytest.fixture
def in_columns(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prediction, "FEW", 1)


@pytest.mark.usefixtures("in_columns")
@given(given=st.lists(st.one_of(calls(), calls(), st.sampled_from(FINE + ODD)), min_size=2))
def test_many_lines_are_answered_as_each_of_them(given: list[str]) -> None:
    """The same answers in the same order, up to the same problem."""
    assert answered([given]) == answered([[line] for line in given])


@pytest.mark.usefixtures("in_columns")
@pytest.mark.parametrize("line", ODD)
def test_a_bad_line_is_told_with_its_number_after_the_answers_before_it(line: str) -> None:
    given = ["{}", *FINE, line, "{}"]
    answers, problem = answered([given])
    assert answers.count("\n") == sum(bool(one.strip()) for one in ("{}", *FINE))
    assert f"here, line {len(FINE) + 2}" in problem
    assert (answers, problem) == answered([[one] for one in given])


@pytest.mark.usefixtures("in_columns")
def test_columns_answer_what_they_can(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lines that are plainly calls do not go one by one."""
    monkeypatch.setattr(prediction, "answer", lambda *_: {"one": "by one"})
    answers, _ = answered([['{"kernel": "v6.1"}'] * 5 + ['{"id": null}']])
    assert answers.count("one by one") + answers.count("by one") == 1


@pytest.mark.usefixtures("in_columns")
def test_a_wrong_column_would_be_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    given = ['{"request": {"entry": "clone"}}', '{"request": {"entry": "fork"}}']
    assert answered([given]) == answered([[line] for line in given])
    monkeypatch.setattr(told, "OUTCOMES", {**told.OUTCOMES, Entry.FORK: OUTCOMES[Entry.UNSHARE]})
    assert answered([given]) != answered([[line] for line in given])


@pytest.mark.parametrize("text", [b"{}\n\xff\n{}\n", b"{}\n{\"id\": \"\xed\xa0\x80\"}\n"])
def test_a_line_that_is_no_text_is_told_as_the_others(text: bytes) -> None:
    given = list(batches(io.BytesIO(text)))
    with pytest.raises(Problem, match="line 2 is not text in UTF-8"):
        list(predicted(given, "here"))


@given(text=st.lists(st.sampled_from([b"{}", b"\n", b"\r", b"\r\n", b" ", b"x" * 9])).map(b"".join))
def test_lines_end_as_in_any_text_file(text: bytes) -> None:
    found = [line for lines in batches(Slowly(text)) for line in lines]
    assert [line.decode() for line in found] == [
        line.rstrip("\n") for line in io.TextIOWrapper(io.BytesIO(text))
    ]


class Slowly(io.BytesIO):
    """A stream that gives three bytes at a time, and never has more by then."""

    def read1(self, _size: int | None = -1) -> bytes:
        return super().read1(3)

    def fileno(self) -> int:
        return os.open("/dev/null", os.O_WRONLY)


class Endless(io.BytesIO):
    """A stream that never ends."""

    def read1(self, size: int | None = -1) -> bytes:
        return b"{}\n" * ((size or 3) // 3)


def test_of_an_endless_stream_a_bounded_part_is_held() -> None:
    held = list(itertools.islice(batches(Endless()), 100))
    assert max(map(len, held)) <= MOST
    assert LARGEST < 2**24


def test_one_line_on_a_pipe_is_answered_at_once() -> None:
    command = [sys.executable, "-m", "command", "predict"]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT
    ) as running:
        assert running.stdin is not None
        assert running.stdout is not None
        for number in range(3):
            running.stdin.write(b'{"id": %d}\n' % number)
            running.stdin.flush()
            assert json.loads(running.stdout.readline())["id"] == number
        running.stdin.close()
        assert running.wait() == 0


def test_the_rule_of_a_worker_is_that_of_its_creation() -> None:
    """VHOST_SET_OWNER says ENOMEM whatever refused the worker; the rule is told all the same."""
    over = {"signal": {"rlim_nproc": 1}, "real_cred": {"ucounts": {"nproc": 5}}}
    line = {"kernel": "v6.12", "request": {"entry": "vhost_set_owner"}, "current": over}
    for count in (1, prediction.FEW + 1):
        lines = [json.dumps(line).encode()] * count
        answers = [json.loads(one) for some in predicted([lines], "-") for one in some]
        assert {(one["errno"], one["rule"]) for one in answers} == {
            ("ENOMEM", "child would exceed a process limit")
        }
