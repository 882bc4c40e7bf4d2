"""A tree is compared as the set that tells it; what no patch tells is no answer of 0."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from checker.ground import problems
from command import trees_asked
from command.diff import diff
from command.trees_asked import OfTree, is_tree
from model.revisions import REVISIONS


@pytest.mark.parametrize(("whole", "code"), [
    (True, problems.AS_EXPECTED), (False, problems.UNANSWERED),
])
def test_a_tree_is_compared_as_its_set_and_what_that_lacks_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, whole: bool, code: int
) -> None:
    read = OfTree(REVISIONS["v6.17"], "it is taken for v6.17", whole)
    monkeypatch.setattr(trees_asked, "of_tree", lambda _path: read)
    done = CliRunner().invoke(diff, [str(tmp_path), "v6.18"], standalone_mode=False)
    assert done.return_value == code
    assert done.stdout.startswith("v6.17 and v6.18 are 2 commits apart")
    assert "it is taken for v6.17" in done.stderr
    assert ("what no patch tells is not" in done.stderr) is not whole


def test_a_name_is_no_tree_unless_a_folder_is_there(tmp_path: Path) -> None:
    assert all(map(is_tree, (str(tmp_path), f"{tmp_path}@v6.12")))
    assert not any(map(is_tree, ("v6.12", "tests", f"{tmp_path}/none", "v6.1+KILL_SEQ")))
