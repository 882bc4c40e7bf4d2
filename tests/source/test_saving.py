"""A tree's set of patches tells all of the tree only where every function is the same."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

pytest.importorskip("tree_sitter")

from source.questions import ABSENT, OPEN, PARTLY, SAME
from source.saving import is_whole, note_of


def told(verdict: str, disagreement: object = None):
    one = SimpleNamespace(
        reading="copy_fs", verdict=verdict, disagreement=disagreement, others=[]
    )
    fine = SimpleNamespace(reading="setns", verdict=SAME, disagreement=None, others=[])
    return SimpleNamespace(match=SimpleNamespace(comparisons=[fine, one]))


@pytest.mark.parametrize("verdict", [SAME, ABSENT])
def test_where_all_is_the_same_the_set_tells_the_tree(verdict):
    assert is_whole(told(verdict)) and note_of(told(verdict), "a tree") == "read of a tree"


@pytest.mark.parametrize("verdict", [OPEN, PARTLY])
def test_what_is_not_fully_compared_is_told_and_is_not_whole(verdict):
    assert not is_whole(told(verdict))
    assert note_of(told(verdict), "a tree").endswith("not fully compared: copy_fs")


def test_what_no_patch_tells_is_told_and_is_not_whole():
    differing = told("differs", "a call")
    assert not is_whole(differing)
    assert note_of(differing, "a tree").endswith("how it differs in copy_fs")
