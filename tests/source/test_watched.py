"""What the comparison cannot judge is told: by its line, in the words of the C."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("tree_sitter_c")

from checker.ground.problems import Problem
from source import watched
from source.program import Program
from source.tree import Changed, Tree
from source.trees import known_trees
from source.watched import unvouched

TREES = known_trees()
EACH = pytest.mark.parametrize("line", sorted(TREES) or [None])
FORK, CRED, TASK = "kernel/fork.c", "kernel/cred.c", "include/linux/sched/task.h"

EDITS: dict[str, tuple[str, str, str, str, str]] = {
    "a call that matters is dropped": (
        FORK, "copy_process", "\tcopy_seccomp(p);\n", "", "copy_seccomp() is not here any more",
    ),
    "a write that a contract knew": (
        FORK, "kernel_clone", "\ttrace_sched_process_fork(current, p);\n",
        "\ttrace_sched_process_fork(current, p);\n\tWRITE_ONCE(args->flags, 0);\n",
        "WRITE_ONCE() is new here",
    ),
    "one unlock too few": (
        FORK, "copy_fs", "\t\tfs->users++;\n\t\tspin_unlock(&fs->lock);\n", "\t\tfs->users++;\n",
        "spin_unlock() is not here any more",
    ),
    "a new field": (
        TASK, "copy_process", "\tint exit_signal;\n", "\tint exit_signal;\n\tint new_one;\n",
        "field new_one of struct kernel_clone_args is new here",
    ),
    "a narrower field": (
        TASK, "copy_process", "\tu64 flags;\n", "\tu32 flags;\n",
        "type of flags in struct kernel_clone_args is written otherwise",
    ),
    "a function under an option": (
        FORK, "copy_fs", "static int copy_fs(", "#ifndef CONFIG_X\nstatic int copy_fs(",
        "#ifndef CONFIG_X is new here",
    ),
    "the body of a callee": (
        FORK, "copy_process", "static void rt_mutex_init_task(struct task_struct *p)\n{\n",
        "static void rt_mutex_init_task(struct task_struct *p)\n{\n\tp->flags = 0;\n",
        "body of rt_mutex_init_task() is written otherwise",
    ),
    "other arguments of a contract": (
        FORK, "copy_process", "p = dup_task_struct(current, node);",
        "p = dup_task_struct(current, 0);", "p = is written otherwise",
    ),
}  # fmt: skip


@EACH
@pytest.mark.parametrize("edit", EDITS)
def test_an_edit_is_told(line: str | None, edit: str) -> None:
    if line is None:
        pytest.skip("no kernel tree here: make source fetches Debian's")
    path, name, old, new, told = EDITS[edit]
    base, like = TREES[line]
    found = _told(base, like, name, path, (old, new))
    assert told in [one.told for one in found]
    assert all(one.line > 0 for one in found)


def _told(
    base: Tree, like: str, name: str, path: str, edit: tuple[str, str]
) -> list[watched.Unvouched]:
    old, new = edit
    text = base.text(path)
    assert text is not None and old in text
    changed = text.replace(old, new, 1)
    if "#ifndef" in new:
        changed = changed.replace("static int copy_files(", "#endif\nstatic int copy_files(", 1)
    program = Program(Changed(base, {path: changed}))
    function = program.function(name)
    assert function is not None
    return watched.unvouched(program, function, like)


@EACH
@pytest.mark.parametrize(
    ("old", "new"),
    [
        (
            "if ((clone_flags & (CLONE_NEWUSER|CLONE_FS)) == (CLONE_NEWUSER|CLONE_FS))",
            "if ((CLONE_FS & clone_flags) && clone_flags & CLONE_NEWUSER)",
        ),
        ("\t\treturn ERR_PTR(-EINVAL);\n", "\t{\n\t\treturn ERR_PTR(-EPERM); /* why */\n\t}\n"),
    ],
    ids=["another condition", "another errno"],
)
def test_what_a_plain_check_refuses_is_left_to_the_proof(
    line: str | None, old: str, new: str
) -> None:
    if line is None:
        pytest.skip("no kernel tree here: make source fetches Debian's")
    base, like = TREES[line]
    assert _told(base, like, "copy_process", FORK, (old, new)) == []


@EACH
def test_a_kernel_without_a_list_of_its_own_is_held_against_every_list(line: str | None) -> None:
    if line is None:
        pytest.skip("no kernel tree here: make source fetches Debian's")
    base, _ = TREES[line]
    function = Program(base).function("copy_fs")
    assert function is not None
    assert unvouched(Program(base), function, "v6.9") == []


@pytest.mark.parametrize("text", ["", "{}", '{"items": [], "functions": {"copy_fs": [{}]}}'])
def test_damaged_lists_vouch_for_nothing(
    text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    damaged = tmp_path / "watched.json"
    damaged.write_text(text)
    monkeypatch.setattr(watched, "KEPT", damaged)
    watched.kept.cache_clear()
    try:
        with pytest.raises(Problem, match="nothing can be vouched for"):
            watched.kept()
    finally:
        watched.kept.cache_clear()
