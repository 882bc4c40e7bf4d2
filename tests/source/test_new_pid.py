"""What alloc_pid() does is read, level by level: each fault in it is told.

The trees are Debian's, unpacked by ``make source``; none is kept here.
"""

from __future__ import annotations

import pytest

pytest.importorskip("tree_sitter_c")

from source.check import revision_named
from source.compare import Comparer
from source.program import Program
from source.questions import DIFFERENT, SAME, Comparison
from source.readings.new_pid import LEVELS, NEW_PID
from source.readings.reading import FunctionReading
from source.tree import Changed, Tree
from source.trees import READ, known_trees

PID = "kernel/pid.c"
TREES = known_trees(READ)
OLD = [line for line in sorted(TREES) if line in ("6.1", "6.12")]
EACH = pytest.mark.parametrize("line", OLD or [None])

_FAULTS = {
    "more pids than levels": ("set_tid_size > ns->level + 1)", "set_tid_size > ns->level + 2)"),
    "another error for those": ("ERR_PTR(-EINVAL);\n\n\tpid", "ERR_PTR(-EPERM);\n\n\tpid"),
    "pid 0": ("if (tid < 1 ||", "if (tid < 0 ||"),
    "pid_max": ("tid >= pid_max)", "tid > pid_max)"),
    "before an init": ("if (tid != 1 && !tmp->child_reaper)", "if (0)"),
    "another error for strangers": ("retval = -EPERM;", "retval = -EACCES;"),
    "strangers": ("if (!checkpoint_restore_ns_capable(tmp->user_ns))", "if (0)"),
    "asked of the wrong one": ("ns_capable(tmp->user_ns)", "ns_capable(ns->user_ns)"),
    "another error for one in use": ("nr = -EEXIST;", "nr = -EAGAIN;"),
    "another error for none free": ("(nr == -ENOSPC) ? -EAGAIN : nr", "nr"),
    "another error for a dead one": ("-ENOMEM;\n\n\tget_pid", "-EAGAIN;\n\n\tget_pid"),
    "a dead one goes on": ("if (!(ns->pid_allocated & PIDNS_ADDING))", "if (0)"),
    "the namespace is kept": ("\tput_pid_ns(ns);\n\nout_free:", "\nout_free:"),
    "a number is kept": ("while (++i <= ns->level)", "while (++i < ns->level)"),
    "memory is kept": ("\tkmem_cache_free(ns->pid_cachep, pid);\n\treturn", "\treturn"),
    "locked": ("\tspin_unlock_irq(&pidmap_lock);\n\n\tkmem", "\n\tkmem"),
    "no number further out": ("tmp = tmp->parent;", ";"),
    "not found": ("upid >= pid->numbers; --upid)", "upid > pid->numbers; --upid)"),
}


def comparer(line: str | None, old: str = "", new: str = "") -> Comparer:
    """Return what compares a tree with its kernel, with other text in place of some."""
    if line is None:
        pytest.skip("no kernel tree here: make source fetches Debian's")
    base, like = TREES[line]
    text = base.text(PID) or ""
    assert old in text
    changed: Tree = Changed(base, {PID: text.replace(old, new, 1)}) if old else base
    revision = revision_named(like)
    assert revision is not None
    return Comparer(Program(changed), revision.kernel)


def at(made: Comparer, level: int) -> Comparison:
    """Return how it compares at one level of the child's namespace."""
    parts: tuple[FunctionReading, ...] = NEW_PID.parts
    return made.compare(parts[level], smallest=False)


@EACH
@pytest.mark.parametrize("level", [0, 1, 2, 4, LEVELS - 1])
def test_it_is_as_the_model_says(line: str | None, level: int) -> None:
    found = at(comparer(line), level)
    assert (found.verdict, found.in_balance) == (SAME, True)
    assert set(found.compared) == {
        "errno",
        "it has the pids asked for",
        "it is found at each level",
    }


@EACH
@pytest.mark.parametrize("name", _FAULTS)
def test_a_fault_is_told(line: str | None, name: str) -> None:
    made = comparer(line, *_FAULTS[name])
    told = [at(made, level) for level in (0, 1)]
    assert any(one.verdict == DIFFERENT or not one.in_balance for one in told)


@pytest.mark.parametrize("line", [line for line in sorted(TREES) if line not in OLD] or [None])
def test_what_is_not_read_is_not_the_same(line: str | None) -> None:
    """In 7.2.13 a round may begin anew: which number an array is indexed by is not known then."""
    found = comparer(line).compare(NEW_PID, smallest=False)
    assert found.verdict != SAME and found.unread
