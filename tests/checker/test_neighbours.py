"""Each kernel beside its neighbour: every difference has its commit, and is as kept."""

from __future__ import annotations

from dataclasses import replace

import pytest

from checker.compared.guesses import TABLE, guesses
from checker.compared.neighbours import MAINTAINED, Shown, between, neighbours, shown
from checker.compared.pair import Pair
from checker.record.kept_words import table_path
from model.patches import ACCESS_OK_EXACT
from model.revisions import REVISIONS
from properties.claim import Subject
from reports.differences import differences, moved

SOON = [("v6.12", "v6.13"), ("v6.17", "v6.18"), ("series-1", "series-2"), ("v6.13", "v6.14")]
"""Pairs that take half a second each; `make neighbours` compares all."""


def _lines(text: str) -> list[str]:
    return [line for line in text.splitlines() if line.startswith("| v") or "…" in line]


@pytest.mark.parametrize("pair", SOON, ids="…".join)
def test_between_neighbours_every_difference_is_a_commits_and_as_kept(
    pair: tuple[str, str],
) -> None:
    (found,) = between([pair])
    cases = shown(found)
    kept = table_path(TABLE).read_text(encoding="utf-8")
    assert not found.unknown
    assert [one.wrong for one in cases] == [""] * len(cases)
    here = [line for line in _lines(kept) if line.startswith(f"| {'…'.join(pair)} |")]
    assert _lines(differences(cases)) == here


def test_every_kernel_has_a_neighbour_and_every_pair_stands_in_the_table() -> None:
    pairs = neighbours()
    kept = table_path(TABLE).read_text(encoding="utf-8")
    assert {name for pair in pairs for name in pair} == set(REVISIONS)
    assert set(MAINTAINED) <= set(REVISIONS)
    silent = [one for one in pairs if f"| {'…'.join(one)} |" not in kept]
    assert all(not shown(found) for found in between(silent))


def test_a_table_that_is_not_what_is_found_is_told_line_by_line() -> None:
    kept = table_path(TABLE).read_text(encoding="utf-8")
    line = next(line for line in _lines(kept) if "ACCESS_OK_EXACT" in line)
    without = kept.replace(f"{line}\n", "")
    assert moved(without, kept) == [f"found, and not kept: {line}"]
    assert moved(kept, without) == [f"kept, and not found: {line}"]


def test_a_commit_without_an_id_is_told_unless_it_says_why() -> None:
    (found,) = between([("v6.12", "v6.13")])
    (one,) = shown(found)
    bare = replace(ACCESS_OK_EXACT, commit="-")
    assert "no commit id" in Shown(one.kernels, replace(one.case, commits=(bare,))).wrong
    assert not Shown(one.kernels, replace(one.case, commits=(replace(bare, thin="queued"),))).wrong
    assert "no commit" in Shown(one.kernels, replace(one.case, commits=())).wrong


def test_guesses_are_believed_by_nobody() -> None:
    """Wrong ones, and none at all, come to the same cases."""
    from checker.compared.comparer import Comparer

    one, other = (REVISIONS[name].kernel for name in ("v6.17", "v6.18"))
    right = guesses([patch for patch in other.patches() if not one[patch]])[Subject.CREATE]
    wrong = [{"request.entry": 3}, {**right[0], "current.fs_users": 2}]
    found = [
        list(Pair(one, other, Subject.CREATE, Comparer()).cases(some, unknown := []))
        for some in (right, [], wrong)
    ]
    assert found[0] == found[1] == found[2]
    assert found[0]
    assert not unknown
