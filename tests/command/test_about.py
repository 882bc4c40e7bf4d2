"""Statements found by words: nearest first, from a kept index or anew."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.command.test_cli import ROOT, refused, run


def _about(words: str) -> list[str]:
    done = run("list", "--about", words, "--format", "json")
    return [one["id"] for one in json.loads(done.stdout)]


@pytest.mark.parametrize(
    ("words", "near"),
    [
        ("signal KVM_RUN ENOMEM", "P66n"),
        ("su to a user over its limit, execve", "P28"),
        ("io worker core dump hangs", "P61e"),
        ("suspending with a vhost worker whose process was killed", "P58k"),
        ("pending signal restarts fork", "D42"),
    ],
)
def test_what_words_are_about_is_among_the_first(words: str, near: str) -> None:
    assert near in _about(words)[:4]


def test_words_go_with_the_other_choices() -> None:
    done = run("list", "--about", "signal KVM_RUN ENOMEM", "--kind", "invariant")
    assert "hist" in done.stdout
    assert "P66n" in done.stdout


def test_a_commit_finds_the_statements_that_turn_on_it() -> None:
    assert set(_about("629715adc62b")) & {"P23", "P24"}


def test_words_that_nobody_says_are_told() -> None:
    refused("list", "--about", "zzz qqq", says="no statement speaks of any of these words")


def test_who_asks_for_no_name_is_told_what_is_about_it() -> None:
    refused("show", "signal KVM_RUN ENOMEM", says="about that: P66n")


def test_what_is_kept_says_the_same_as_what_is_made_anew(tmp_path: Path) -> None:
    def told(record: str) -> str:
        command = [sys.executable, "-m", "command", "list", "--about", "vhost RLIMIT_NPROC"]
        done = subprocess.run(
            command, capture_output=True, text=True, cwd=ROOT, check=True,
            env={**os.environ, "CLONEPROOF_RECORD": record},
        )
        return done.stdout

    tmp_path.chmod(0o700)
    first, second, anew = told(str(tmp_path)), told(str(tmp_path)), told("no")
    assert first == second == anew
