"""Commits of mainline Linux under review: what each changes is told, in the function it changes.

The commits are read from a clone of Linux that CLONEPROOF_LINUX names (`make upstream
LINUX=FOLDER`); none of their text is kept here, only what they change by our own reading.
"""

from __future__ import annotations

import os
import re
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("clang.cindex")

from source.patch.commits import Range
from source.review.judgement import DIFFERENT
from source.verdict.options import Options
from source.verdict.record import SOMETHING
from source.verdict.review import review

LINUX = os.environ.get("CLONEPROOF_LINUX", "")
TABLE = Path(__file__).with_name("upstream.toml")
COMMITS: list[dict[str, Any]] = tomllib.loads(TABLE.read_text())["commit"]


def test_the_table_says_of_each_commit_what_it_changes() -> None:
    names = [one["id"] for one in COMMITS]
    assert len(set(names)) == len(names) >= 40
    assert all(re.fullmatch("[0-9a-f]{12}", name) for name in names)
    assert all(one["expected"] and isinstance(one["same"], bool) for one in COMMITS)
    assert all(one["told"] for one in COMMITS)
    trees = {re.split("[ ,]", one["tree"])[0] for one in COMMITS}
    assert trees <= {"5.10", "6.1", "6.12", "7.3"}


def clone(commit: str) -> Path:
    """Return the clone; skip where there is none, or where it lacks a commit or its parent."""
    if not LINUX:
        pytest.skip("no clone of Linux: make upstream LINUX=FOLDER names one")
    command = ["git", "-C", LINUX, "rev-parse", "--quiet", "--verify", f"{commit}^^{{tree}}"]
    if subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip(f"{LINUX} lacks {commit} or its parent")
    return Path(LINUX)


@pytest.mark.parametrize("one", COMMITS, ids=[one["id"] for one in COMMITS])
def test_what_a_commit_changes_is_told(one: dict[str, Any]) -> None:
    commit = one["id"]
    patched = Range(clone(commit), f"{commit}^..{commit}").single(commit)
    made = review(patched, Options(calls=False, properties=False))
    told = {
        each.judgement.function for each in made.functions if each.judgement.verdict == DIFFERENT
    }
    print(commit, made.verdict, sorted(told), "expected:", one["expected"])
    if one["same"]:
        assert told == set() and made.verdict != SOMETHING
    elif one["functions"]:
        assert told & set(one["functions"]), one["expected"]
