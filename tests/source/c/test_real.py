"""Real trees: what the C says is read, without troubles; skipped where no whole tree is here."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

pytest.importorskip("clang.cindex")

from source.c.unit import Unit, unit
from source.tree import Changed, Tree
from source.trees import known_trees

FORK = "kernel/fork.c"
WHOLE = "include/linux/sched.h"
TREES = {line: tree for line, (tree, _) in known_trees().items() if tree.text(WHOLE)}
EACH = pytest.mark.parametrize("line", sorted(TREES) or [None])


def tree(line: str | None) -> Tree:
    """Return a tree, or skip where none with its headers is unpacked."""
    if line is None:
        pytest.skip("no kernel tree with all of its headers here")
    return TREES[line]


@pytest.fixture(scope="module", params=sorted(TREES) or [None])
def fork(request: pytest.FixtureRequest) -> Iterator[Unit]:
    """Return fork.c of each tree, read."""
    read = unit(tree(request.param), FORK)
    yield read
    read.close()


def test_every_function_of_fork_is_read(fork: Unit) -> None:
    assert len(fork.functions) > 90
    odd = [name for name, body in fork.functions.items() if body.troubles]
    odd += [name for name, body in fork.functions.items() if "Unread(" in repr(body)]
    odd += [name for name, body in fork.functions.items() if "Strange(" in repr(body)]
    assert odd == []


def test_copy_process_has_its_exits(fork: Unit) -> None:
    body = repr(fork.functions["copy_process"])
    assert body.count("Goto(") >= 25 and body.count("Return(") >= 5
    assert "name='CLONE_NEWUSER'" not in body and "bad_fork_free_pid" in body


def test_system_calls_and_inlines_and_records(fork: Unit) -> None:
    assert [each.name for each in fork.functions["sys_clone3"].parameters] == ["uargs", "size"]
    assert fork.function("task_tgid") is not None
    record = fork.record("struct kernel_clone_args")
    assert record is not None and record.fields[0].name == "flags"


@EACH
def test_a_change_of_one_line_is_a_change_of_one_function(line: str | None) -> None:
    base = tree(line)
    text = base.text(FORK) or ""
    old = "if ((clone_flags & CLONE_THREAD) && !(clone_flags & CLONE_SIGHAND))"
    assert old in text
    head = Changed(base, {FORK: text.replace(old, f"\n\n\t{old.replace('!', '')}")})
    before, after = unit(base, FORK), unit(head, FORK)
    changed = [name for name in before.functions if before.digest(name) != after.digest(name)]
    assert changed == ["copy_process"]
