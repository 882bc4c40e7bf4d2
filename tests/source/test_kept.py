"""What a tree came to is found again while nothing that was read has changed, and only then."""

from __future__ import annotations

from pathlib import Path

import pytest

from checker.ground.problems import Problem
from source import kept
from source.tree import Folder

TOLD = kept.Told({"table": "all is well"}, 0)


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Folder:
    monkeypatch.setenv("CLONEPROOF_RECORD", str(tmp_path / "record"))
    (tmp_path / "tree/kernel").mkdir(parents=True)
    (tmp_path / "tree/kernel/fork.c").write_text("int one;\n")
    return _read(tmp_path / "tree")


def _read(root: Path) -> Folder:
    found = Folder(root)
    for path in ("kernel/fork.c", "kernel/vhost_task.c"):
        found.text(path)
    return found


def test_a_report_is_found_again_for_the_same_question(tree: Folder) -> None:
    kept.keep(tree, TOLD, "v6.1")
    assert kept.find(_read(tree.root), "v6.1") == TOLD
    assert kept.find(_read(tree.root), "v6.12") is None


@pytest.mark.parametrize("path", ["kernel/fork.c", "kernel/vhost_task.c"])
def test_a_text_that_changed_or_came_is_read_anew(tree: Folder, path: str) -> None:
    kept.keep(tree, TOLD)
    (tree.root / path).write_text("int other;\n")
    assert kept.find(_read(tree.root)) is None


def test_a_report_that_was_touched_is_not_believed(tree: Folder, tmp_path: Path) -> None:
    kept.keep(tree, TOLD)
    file = next((tmp_path / "record").glob("tree-*"))
    file.write_bytes(file.read_bytes().replace(b"all is well", b"all is hell"))
    assert kept.find(_read(tree.root)) is None


def test_a_saved_set_is_a_kernel_of_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from checker.calls.kernel_names import resolve, revision_named
    from checker.calls.own_kernels import SAVED, OwnKernel, as_asked, save
    from model.patches import BY_NAME

    monkeypatch.setenv("CLONEPROOF_KERNELS", str(tmp_path))
    fleet = OwnKernel("our-fleet", "v6.1", ("KILL_SEQ",), (), "read of a tree", "")
    save(fleet, tmp_path / SAVED / "our-fleet.toml")
    assert resolve("our-fleet").kernel[BY_NAME["KILL_SEQ"]] is True
    assert "read of a tree" in resolve("our-fleet").told
    assert revision_named("our-fleet-KILL_SEQ").patches == revision_named("v6.1").patches
    assert "KILL_SEQ" in as_asked("our-fleet-KILL_SEQ") and "[[kernel]]" in as_asked("our-fleet")
    with pytest.raises(Problem, match="a name is made of"):
        save(OwnKernel("../out", "v6.1", (), (), "", ""), tmp_path / "out.toml")
