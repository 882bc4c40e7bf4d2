"""A range of git is the commits between two trees, each a patch of its own."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

pytest.importorskip("unidiff")

from checker.ground.problems import Problem
from source.patch.apply import Refused
from source.patch.commits import Range, is_range
from source.patch.overlay import patched
from source.patch.series import series_of
from source.patch.tracked import commit_of, tracked
from source.tree import Folder, GitTree
from tests.source.patch.test_patches import FORK, git


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """Return one with three commits; the second and third change fork.c, the third moves it."""
    git(tmp_path, "init", "-q")
    (tmp_path / "kernel").mkdir()
    file = tmp_path / "kernel/fork.c"
    for subject, text in (("first", FORK), ("second", FORK.replace("2;", "3;"))):
        file.write_text(text)
        git(tmp_path, "add", "kernel")
        git(tmp_path, "commit", "-q", "-m", subject)
    git(tmp_path, "mv", "kernel/fork.c", "kernel/clone.c")
    (tmp_path / "kernel/clone.c").write_text("int new;\n" + FORK.replace("2;", "3;"))
    git(tmp_path, "add", "kernel")
    git(tmp_path, "commit", "-q", "-m", "third")
    return tmp_path


def test_each_commit_and_the_whole(repository: Path) -> None:
    range_ = Range(repository, "HEAD~2..HEAD")
    second, third = (range_.single(one) for one in range_.commits)
    assert (second.patch.subject, third.patch.subject) == ("second", "third")
    assert second.base.text("kernel/fork.c") == FORK
    assert second.head.text("kernel/fork.c") == FORK.replace("2;", "3;")
    assert (second.files[0].removed, second.files[0].added) == ((8,), (8,))
    assert third.head.text("kernel/fork.c") is None and third.files[0].added == (1,)
    whole = range_.whole()
    assert whole.base.text("kernel/fork.c") == FORK
    assert whole.head.text("kernel/clone.c") == "int new;\n" + FORK.replace("2;", "3;")


def test_a_commit_that_is_not_there_is_one_line(repository: Path) -> None:
    with pytest.raises(Problem, match="has no commit 'v9.9'"):
        Range(repository, "v9.9..HEAD")


def test_a_tree_of_git_has_what_it_has(repository: Path) -> None:
    tree = GitTree(repository, "HEAD~1")
    assert tree.text("kernel/fork.c") == FORK.replace("2;", "3;")
    assert tree.text("kernel") is None and tree.text("no such file") is None
    assert tree.text("kernel/fork.c\nHEAD:kernel/clone.c") is None


def test_a_series_that_b4_tracks_is_its_branch(repository: Path, tmp_path: Path) -> None:
    """As b4 0.16 writes it: the branch ends with a commit of b4's own."""
    first = git(repository, "rev-parse", "HEAD~1").strip()
    git(repository, "branch", "b4/review/20250106-roots", "HEAD")
    git(repository, "checkout", "-q", "b4/review/20250106-roots")
    git(repository, "commit", "-q", "--allow-empty", "-m", "tracking")
    git(repository, "checkout", "-q", "HEAD~3")
    file = tmp_path / "tracking.json"
    series = {"first-patch-commit": first, "change-id": "20250106-roots"}
    file.write_text(json.dumps({"series": series}))
    found = tracked(repository, str(file))
    assert found is not None and len(found.commits) == 2
    second = commit_of(found, b"Subject: [PATCH v2 2/2] third\nFrom: a\n\n")
    assert second is not None and found.single(second).patch.subject == "third"
    assert commit_of(found, b"Subject: [PATCH v2 0/2] letter\nFrom: a\n\n") is None
    with pytest.raises(Problem, match="patch 3 of 3, the branch of the series has 2"):
        commit_of(found, b"Subject: [PATCH 3/3] third\nFrom: a\n\n")
    file.write_text(json.dumps({"series": {**series, "change-id": "--upload-pack=x"}}))
    assert tracked(repository, str(file)) is None
    file.write_text("[")
    assert tracked(repository, str(file)) is None


def test_what_is_a_range(tmp_path: Path) -> None:
    said = {word: is_range(word) for word in ("v6.1..HEAD", "v6.1..", "..", "../x.patch", "a..b/c")}
    assert said == {
        "v6.1..HEAD": True,
        "v6.1..": True,
        "..": False,
        "../x.patch": False,
        "a..b/c": True,
    }


def test_headers_are_laid_out_once(
    repository: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CLONEPROOF_KERNELS", str(tmp_path_factory.mktemp("kernels")))
    tree = GitTree(repository, "HEAD")
    folder = tree.unpacked("include", ":(glob)**/*.c", ":(exclude)drivers")
    assert [one.name for one in folder.rglob("*") if one.is_file()] == ["clone.c"]
    (folder / "mark").touch()
    assert (
        GitTree(repository, "HEAD").unpacked("include", ":(glob)**/*.c", ":(exclude)drivers")
        == folder
    )
    assert (folder / "mark").exists()
    assert tree.unpacked("nothing") != folder


def test_of_a_large_range_what_is_far_is_left_out(
    repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for path, text in (
        ("drivers/a/a.c", "int a;\n" * 900),
        ("drivers/vhost/v.c", "int v;\n"),
        ("arch/arm/a.c", "int b;\n"),
        ("arch/x86/x.c", "int x;\n"),
    ):
        (repository / path).parent.mkdir(parents=True)
        (repository / path).write_text(text)
    git(repository, "add", "drivers", "arch")
    git(repository, "commit", "-q", "-m", "drivers")
    monkeypatch.setattr("source.patch.commits.LARGEST", 2_000)
    found = Range(repository, "HEAD~1..HEAD").whole()
    paths = [one.change.path for one in found.files]
    assert paths == ["arch/x86/x.c", "drivers/vhost/v.c"]
    assert found.told[0].startswith("left out, as the diff is large: drivers")
    assert not found.whole
    monkeypatch.setattr("source.patch.commits.LARGEST", 200)
    with pytest.raises(Problem, match="at most 200 are read"):
        Range(repository, "HEAD~1..HEAD").whole()


def test_a_patch_of_the_middle_is_put_on_the_files_that_it_was_made_for(repository: Path) -> None:
    """Three commits are on the branch, the tree is at the last; the second does not fit it."""
    file = repository / "kernel/clone.c"
    file.write_text(file.read_text().replace("3;", "4;").replace("two", "three"))
    git(repository, "commit", "-q", "-a", "-m", "fourth")
    second = git(repository, "format-patch", "--stdout", "-1", "HEAD~2").encode()
    (patch,) = series_of(second).patches
    made = patched(Folder(repository), patch)
    assert made.told and made.base.text("kernel/fork.c") == FORK
    assert made.head.text("kernel/fork.c") == FORK.replace("2;", "3;")
    (strange,) = series_of(second.replace(b"index ", b"index deadbee")).patches
    with pytest.raises(Refused, match="does not have"):
        patched(Folder(repository), strange)
