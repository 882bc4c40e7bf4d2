"""The questions of docs/questions.md: each command says what its row says that it says."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from tests.entries import cloneproof

PAGE = Path(__file__).parents[1] / "docs" / "questions.md"
_ROW = re.compile(r"^\| (?P<asks>[^|]+) \| `(?P<command>cloneproof .+?)` \| (?P<says>.+) \|$", re.M)

ROWS = [
    pytest.param(row["command"].replace("\\|", "|"), row["says"], id=row["asks"])
    for row in _ROW.finditer(PAGE.read_text(encoding="utf-8"))
]


def _words(text: str) -> str:
    return " ".join(text.split())


def test_every_row_is_asked() -> None:
    """Of each table every row but its heads is read."""
    lines = [line for line in PAGE.read_text(encoding="utf-8").splitlines() if line.startswith("|")]
    heads = sum(line.startswith("|---") for line in lines)
    assert len(ROWS) == len(lines) - 2 * heads >= 20


@pytest.mark.parametrize(("command", "says"), ROWS)
def test_a_question_is_answered_as_shown(
    command: str, says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """What stands between backquotes is said, on either stream."""
    _name, *words = shlex.split(command)
    cloneproof(*words)
    said = capsys.readouterr()
    found = _words(said.out + said.err)
    gist = re.findall(r"`([^`]+)`", says)
    assert gist
    assert [one for one in gist if _words(one) not in found] == []
