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
from hypothesis import given, settings
from hypothesis import strategies as st

from checker.calls.documents import to_document
from checker.prediction import lines as prediction
from checker.prediction import told
from checker.prediction.lines import Bad, predicted
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
    '{"current": {"chrooted": 2}}',
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
    '{"kernel": {}}',
    '{"kernel": "v5.4", "request": {"entry": "create_io_thread"}}',
    '{"request": {"entry": "fork_idle"}}',
    "[]",
    "{",
    '{"id": 1e999}',
    "\ufeff\ufeff{}",
    "[" * 100_000,
]
FINE = [
    '{"kernel": "6.8.0-58-generic", "request": {"entry": "vhost_set_owner"}}',
    '{"kernel": "v6.1+KILL_SEQ"}',
    '{"kernel": "6.8"}',
    '{"kernel": "running"}',
    '{"kernel": "v6.6", "system": {"unprivileged_userns_clone": 0}}',
    '{"kernel": "v5.10", "current": {"real_cred": {"ucounts": {"nproc": 4}}}}',
    '{"kernel": "v6.12", "current": {"real_cred": {"ucounts": {"user_processes": 4}}}}',
    '{"kernel": "v5.10", "chance": {"fails": "security_create_user_ns"}}',
    '{"kernel": "v6.12", "current": {"cred": {"euid": 4}}}',
    '{"kernel": "v6.12", "current": {"signal": {"nr_threads": 4}}}',
    '{"kernel": "v6.12", "current": {"sighand": {"count": 4}}}',
    '{"kernel": "v6.12", "request": {"entry": "setns", "target": {"active_pid_ns": true}}}',
    '{"kernel": "v6.12", "current": {"cgroup": {"pids_max": "max"}}}',
    '{"kernel": "v6.12", "request": {"entry": "vhost_set_owner"}, '
    '"current": {"signal": {"rlim_nproc": 0}}}',
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


def answered(given: list[list[str]]) -> tuple[str, Bad]:
    """Return the answers to some batches of lines, and which of them are no calls."""
    bad = Bad()
    lines = [[line.encode() for line in some] for some in given]
    return "".join(one for some in predicted(lines, "here", bad=bad) for one in some), bad


@pytest.fixture
def in_columns(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prediction, "FEW", 1)


@pytest.mark.usefixtures("in_columns")
@settings(max_examples=100)
@given(given=st.lists(st.one_of(calls(), calls(), st.sampled_from(FINE + ODD)), min_size=2))
def test_many_lines_are_answered_as_each_of_them(given: list[str]) -> None:
    """The same answers in the same order, and the same lines are none."""
    assert answered([given]) == answered([[line] for line in given])


@pytest.mark.usefixtures("in_columns")
@pytest.mark.parametrize("line", ODD)
def test_a_bad_line_answers_for_itself_and_the_others_go_on(line: str) -> None:
    given = ["{}", *FINE, line, "{}"]
    answers, bad = answered([given])
    told = [json.loads(one) for one in answers.splitlines()]
    assert len(told) == sum(bool(one.strip()) for one in given)
    assert [one["line"] for one in told if "error" in one] == [len(FINE) + 2]
    assert bad.count == 1 and bad.first.startswith(f"here, line {len(FINE) + 2}: ")
    assert (answers, bad) == answered([[one] for one in given])


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
    told = [json.loads(one) for some in predicted(given, "here") for one in some]
    assert told[1] == {"line": 2, "error": "it is not text in UTF-8"}
    assert "error" not in told[0]


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
