"""Figures stand beside the release's; limits are told, and nothing that failed is a figure."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from bench import __main__ as bench
from bench import again, trees
from bench.figure import Figure, Figures, Plan, at_least, at_most
from bench.measure import Asked, in_turn
from bench.render import END, MADE, render
from bench.trees import HERE, ROOT, LeftOut, Tree, released


def test_a_limit_says_whether_it_holds_or_that_nothing_was_measured() -> None:
    assert [at_most(1, "", 2, value).holds for value in (2.0, 2.1, None)] == [True, False, None]
    assert [at_least(1, "", 2, value).holds for value in (2.0, 1.9, None)] == [True, False, None]


def test_a_figure_stands_beside_the_releases() -> None:
    found = Figures([Figure("verify", "everything", "CPU s", 10.0, 40.0)], ["Spin is left out"])
    assert found.ratio("verify", "everything", "CPU s") == 0.25
    assert found.here("verify", "everything", "MB") is None
    plan = Plan(release=Tree("04e0fb4", ROOT))
    text = render(plan, found, [at_most(1, "CPU", 1 / 3, 0.25), at_most(5, "again", 3, None)])
    assert "| everything | CPU s  | 10     | 40        | 0.25" in text
    assert "yes" in text and "not measured" in text and "* Spin is left out" in text


def test_a_release_that_is_not_at_hand_is_left_out_in_one_line(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in ("0123456789ab", "--output=x"):
        with pytest.raises(LeftOut, match="no such commit"), released(name):
            pass
    monkeypatch.setattr(trees, "ROOT", tmp_path)
    with pytest.raises(LeftOut, match="not a git repository"), released("HEAD"):
        pass
    monkeypatch.setenv("PATH", "")
    with pytest.raises(LeftOut, match="git is not installed"), released("HEAD"):
        pass


def test_a_command_that_fails_is_no_figure() -> None:
    with pytest.raises(LeftOut, match="here: cloneproof show P999 ends with 3"):
        in_turn(1, {"": Asked(HERE, ("show", "P999"))})
    told = in_turn(2, {"": Asked(HERE, ("--version",), ("--help",))})[""]
    assert len(told) == 2 and told[0].cpu > 0 and "Usage" in told[0].output


def test_the_edit_of_a_rule_changes_its_text_and_not_its_meaning(tmp_path: Path) -> None:
    path = tmp_path / "nsset.py"
    shutil.copy(ROOT / again.RULES, path)
    again.edit(path)
    before, after = (ROOT / again.RULES).read_text(), path.read_text()
    assert before != after and len(before.splitlines()) == len(after.splitlines())
    assert after.count("either(False, ") == 1
    compile(after, str(path), "exec")


def test_the_tables_are_renewed_where_a_document_has_a_place(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    figure = Figure("startup", "verify P02 -k v6.12", "CPU s", 1.0)
    quick = bench.Part(lambda _plan, _found: iter([figure]))
    monkeypatch.setitem(bench.PARTS, "startup", quick)
    path = tmp_path / "bench.md"
    path.write_text("no place\n")
    asked = ["startup", "--runs", "1", "--against", "none", "--renew", str(path)]
    refused = CliRunner().invoke(bench.main, asked, standalone_mode=False)
    assert "no place for the tables" in str(refused.exception)
    path.write_text(f"# Head\n{MADE}\nof yesterday\n{END}\ntail\n")
    done = CliRunner().invoke(bench.main, asked, standalone_mode=False)
    assert done.return_value == 0
    text = path.read_text()
    assert text.startswith(f"# Head\n{MADE}\n") and text.endswith(f"{END}\ntail\n")
    assert "verify P02 -k v6.12" in text and "yesterday" not in text
    failing = bench.Part(lambda _plan, _found: _left_out())
    monkeypatch.setitem(bench.PARTS, "startup", failing)
    wrong = CliRunner().invoke(bench.main, asked[:5], standalone_mode=False)
    assert wrong.return_value == 1 and "WRONG: startup is not measured: why" in wrong.output


def _left_out() -> Iterator[Figure]:
    yield Figure("startup", "list", "CPU s", 1.0)
    raise LeftOut("why")
