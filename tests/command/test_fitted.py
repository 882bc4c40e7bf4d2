"""Answers fit the terminal: words stay whole, rows of tables and JSON are left as they are."""

import pytest

from command import fitted as module
from command.fitted import broken, fitted

LONG = "   Reason: The effective uid or gid has no mapping in the parent namespace."


def test_a_line_is_broken_at_blanks_behind_its_label() -> None:
    lines = broken(LONG, 40)
    assert lines[0] == "   Reason: The effective uid or gid has"
    assert all(len(one) <= 40 for one in lines)
    assert all(one.startswith(" " * 11) and one[11] != " " for one in lines[1:])
    assert " ".join(one.strip() for one in lines) == LONG.strip()


@pytest.mark.parametrize("line", [
    "| rule | what it refuses and why it does so |", "P02    a property     PROVED all kernels",
    "/proc/sys/user/max_user_namespaces_of_a_very_long_name_indeed", "short",
])
def test_what_cannot_be_broken_stays(line: str) -> None:
    assert broken(line, 30) == [line]


@pytest.mark.parametrize(("terminal", "text", "lines"), [
    (True, LONG, 3), (False, LONG, 1), (True, '{"says": "' + "a word " * 20 + '"}', 1),
])
def test_only_words_on_a_terminal_are_broken(
    terminal: bool, text: str, lines: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module.sys.stdout, "isatty", lambda: terminal, raising=False)
    monkeypatch.setenv("COLUMNS", "40")
    assert len(fitted(text).splitlines()) == lines
