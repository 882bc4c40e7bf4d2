"""What kernels before the known trees wrote otherwise is read too, and a fault in it is told."""

from __future__ import annotations

import pytest

pytest.importorskip("tree_sitter_c")

from model.revisions import REVISIONS
from source.compare import Comparer
from source.program import Program
from source.questions import DIFFERENT
from source.readings.every import BY_NAME
from source.tree import Changed, Tree
from source.trees import known_trees

TREES = known_trees()
EACH = pytest.mark.parametrize("line", sorted(TREES) or [None])
FORK, NSPROXY = "kernel/fork.c", "kernel/nsproxy.c"
USER = "arch/x86/include/asm/uaccess_64.h"


def verdict(line: str | None, name: str, edits: dict[str, tuple[str, str]]) -> str:
    """Return what comparing a function of an edited tree comes to."""
    if line is None:
        pytest.skip("no kernel tree here: make source fetches Debian's")
    base, like = TREES[line]
    texts = {path: _edited(base, path, *edit) for path, edit in edits.items()}
    program = Program(Changed(base, texts))
    return Comparer(program, REVISIONS[like].kernel).compare(BY_NAME[name], smallest=False).verdict


def _edited(base: Tree, path: str, old: str, new: str) -> str:
    text = base.text(path) or ""
    assert old in text or not old
    return text.replace(old, new, 1) if old else new


NOW = "newf = dup_fd(oldf, NULL);\n\tif (IS_ERR(newf))\n\t\treturn PTR_ERR(newf);"
BEFORE = "int error;\n\tnewf = dup_fd(oldf, NR_OPEN_MAX, &error);\n\tif (!newf)\n\t\treturn {};"


@EACH
def test_dup_fd_that_tells_its_errno_by_a_pointer(line: str | None) -> None:
    assert verdict(line, "copy_files", {FORK: (NOW, BEFORE.format("error"))}) != DIFFERENT
    assert verdict(line, "copy_files", {FORK: (NOW, BEFORE.format("-EBADF"))}) == DIFFERENT


@EACH
def test_access_ok_by_the_sign_of_the_address(line: str | None) -> None:
    by_sign = "#define valid_user_address(x) ((long)(x) >= 0)\n"
    assert verdict(line, "sys_clone3", {USER: ("", by_sign)}) == DIFFERENT
    assert verdict(line, "sys_clone3", {}) != DIFFERENT


@pytest.mark.skipif("6.12" not in TREES, reason="no 6.12 tree here: make source fetches Debian's")
@pytest.mark.parametrize(("tested", "differs"), [("!fd_file(f)", False), ("fd_file(f)", True)])
def test_a_struct_fd_whose_file_is_asked_for(tested: str, differs: bool) -> None:
    """As v6.12 wrote setns(): a closed descriptor has no file."""
    base, like = TREES["6.12"]
    text = base.text(NSPROXY) or ""
    for old, new in (("CLASS(fd, f)(fd)", "struct fd f = fdget(fd)"), ("fd_empty(f)", tested)):
        assert old in text
        text = text.replace(old, new, 1)
    program = Program(Changed(base, {NSPROXY: text}))
    found = Comparer(program, REVISIONS[like].kernel).compare(BY_NAME["setns"], smallest=False)
    assert (found.verdict == DIFFERENT) is differs
