"""The runner on plain values sees what parts, and only that; it needs no kernel."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("clang.cindex")

from source.tree import Folder
from tests.source.review.plain import differs
from tests.source.review.trials import opened

BEFORE = """int f(struct s *p, int a)
{ int r = g(a); if (!p || r < 0) return -22; p->x = r; return h(p); }"""
HEAD = "struct s { int x, y; }; int g(int); int h(struct s *);\n"


def parts(folder: Path, after: str) -> bool:
    """Return whether two versions of f() part in some world."""
    made = []
    for name, text in (("one", BEFORE), ("two", after)):
        file = folder / name / "kernel/fork.c"
        file.parent.mkdir(parents=True)
        file.write_text(HEAD + text)
        made.append(Folder(folder / name))
    with opened(made[0], "kernel/fork.c") as one, opened(made[1], "kernel/fork.c") as two:
        parted, followed = differs((one, two), "f")
        assert followed == 60
        return parted > 0


@pytest.mark.parametrize(
    ("old", "new"),
    [("p->x = r;", ";"), ("-22", "-11"), ("r < 0", "r <= 0"), ("h(p)", "h(0)"), ("p->x", "p->y"),
     ("!p ||", "!p &&")],
)
def test_what_parts_is_seen(old: str, new: str, tmp_path: Path) -> None:
    assert parts(tmp_path, BEFORE.replace(old, new))


@pytest.mark.parametrize(
    ("old", "new"),
    [("!p || r < 0", "r < 0 || !p"), ("return h(p)", "{ int z = h(p); return z; }"),
     ("p->x = r", "(*p).x = (long)r")],
)
def test_what_is_the_same_does_not_part(old: str, new: str, tmp_path: Path) -> None:
    assert not parts(tmp_path, BEFORE.replace(old, new))
