"""Which kernels a tree may be, by what its Makefile says; no kernel's text is needed."""

from __future__ import annotations

import pytest

from source.candidates import DEBIANS_OWN, candidates
from source.program import Program
from source.release import release_of
from source.tree import Changed, Tree


class Nothing(Tree):
    """A tree without files."""

    def _raw(self, path: str) -> bytes | None:
        return None


def made(version: str, extra: str = "", fork: str = "") -> Tree:
    """Return a tree of a Makefile and little more."""
    major, minor, point = version.split(".")
    lines = ["# SPDX-License-Identifier: GPL-2.0", f"VERSION = {major}", f"PATCHLEVEL = {minor}"]
    lines += [f"SUBLEVEL = {point}", f"EXTRAVERSION = {extra}", "NAME = Some Animal"]
    texts: dict[str, str | None] = {"Makefile": "\n".join(lines), "kernel/fork.c": fork}
    return Changed(Nothing("made"), texts)  # type: ignore[arg-type]


def names(tree: Tree) -> list[str]:
    return [one.name for one in candidates(Program(tree))]


@pytest.mark.parametrize(
    ("version", "extra", "expected"),
    [
        ("6.8.1", "", "v6.8.1"),
        ("6.4.0", "-rc1", "v6.4-rc1"),
        ("5.15.0", "-91-generic", "v5.15"),
        ("6.4.0", "", "v6.4"),
    ],
)
def test_the_makefile_says_which_release_it_is(version: str, extra: str, expected: str) -> None:
    assert str(release_of(made(version, extra))) == expected


def test_a_point_release_is_of_its_own_line() -> None:
    assert names(made("6.8.1")) == ["v6.8.1"]
    assert names(made("5.10.262")) == ["v5.10.262"]
    assert names(made("6.1.192")) == ["v6.1.192", "debian-6.1.192"]
    assert names(made("6.1.192", fork=f"int {DEBIANS_OWN};"))[0] == "debian-6.1.192"


def test_a_tree_in_the_making_may_be_the_next_release_or_a_part_of_the_series() -> None:
    assert names(made("5.15.0")) == ["v5.15", "v5.17"]
    assert names(made("6.3.0", "-rc1"))[:2] == ["v6.3-rc1", "v6.4"]
    assert "series-11" in names(made("6.3.0", "-rc1"))
    assert "debian-6.1.192" not in names(made("6.3.0", "-rc1"))


def test_what_is_known_of_an_old_release_from_its_calls_alone_is_said() -> None:
    only = candidates(Program(made("4.14.190")))[0]
    assert only.name == "v4.14.190"
    assert "what histories do between calls is as on v5.4" in only.told


def test_without_a_version_releases_come_before_parts_of_the_series() -> None:
    for tree in (Changed(Nothing("made"), {}), made("2.6.32"), made("9.9.0")):
        told = names(tree)
        assert told[0].startswith("v7.")
        assert max(told.index(one) for one in told if one[0] == "v") < told.index("series-1")
