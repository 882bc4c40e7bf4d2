"""What makes a namespace is read: each fault in its limits, errors and ladder is told.

The trees are Debian's, unpacked by ``make source``; none is kept here.
"""

from __future__ import annotations

from dataclasses import dataclass

import pytest

pytest.importorskip("tree_sitter_c")

from model.revisions import REVISIONS
from source.compare import Comparer
from source.program import Program
from source.questions import DIFFERENT, SAME, Comparison
from source.readings.every import BY_NAME
from source.readings.new_namespaces import NEW_NAMESPACES
from source.tree import Changed, Tree
from source.trees import known_trees

PID, UTS = "kernel/pid_namespace.c", "kernel/utsname.c"
CGROUP, TIME = "kernel/cgroup/namespace.c", "kernel/time/namespace.c"
FUNCTIONS = {
    PID: "copy_pid_ns",
    UTS: "copy_utsname",
    CGROUP: "copy_cgroup_ns",
    TIME: "copy_time_ns",
}
_STRANGER = "\tif (!in_userns("
_DEEP = "\tif (level > MAX_PID_NS_LEVEL)\n\t\treturn ERR_PTR(-ENOSPC);\n"
_KEPT = "\tdec_pid_namespaces(ucounts);\nout:"
_OWNED = "ns->user_ns = get_user_ns(user_ns);"

TREES = known_trees()
EACH = pytest.mark.parametrize("line", sorted(TREES) or [None])


@dataclass(frozen=True)
class Fault:
    """A change of a file, and what is told of it: an aspect that differs, or what is kept."""

    path: str
    old: str
    new: str
    told: str = "errno"


_FAULTS = {
    "another error for a stranger's": Fault(PID, "err = -EINVAL;", "err = -EPERM;"),
    "another error for too deep": Fault(PID, "err = -ENOSPC;\n\tif", "err = -EINVAL;\n\tif"),
    "one level less": Fault(PID, "level > MAX_PID_NS_LEVEL", "level >= MAX_PID_NS_LEVEL"),
    "one level more": Fault(PID, "_ns->level + 1;\n\tstruct u", "_ns->level;\n\tstruct u"),
    "strangers may": Fault(PID, "if (!in_userns(", "if (0 && !in_userns("),
    "a second before a child": Fault(PID, "ns(current) != old_ns)", "ns(current) != old_ns && 0)"),
    "depth before strangers": Fault(PID, _STRANGER, _DEEP + _STRANGER),
    "no parent": Fault(PID, "ns->parent = get_pid_ns(parent_pid_ns);", ";", "its parent"),
    "another owner": Fault(PID, _OWNED, "ns->user_ns = parent_pid_ns->user_ns;", "its user_ns"),
    "the count is kept": Fault(PID, _KEPT, "\t;\nout:", "count"),
    "its memory is kept": Fault(
        PID, "kmem_cache_free(pid_ns_cachep, ns);\nout_dec", "out_dec", "memory"
    ),
    "too many names is no memory": Fault(UTS, "err = -ENOSPC;", "err = -ENOMEM;"),
    "no memory is too many names": Fault(UTS, "err = -ENOMEM;", "err = -ENOSPC;"),
    "names made for all": Fault(UTS, "if (!(flags & CLONE_NEWUTS))", "if (0)", "new one"),
    "its count is kept": Fault(UTS, "goto fail_dec;", "goto fail;", "count"),
    "the old names are kept": Fault(UTS, "\tput_uts_ns(old_ns);\n", "", "the old one"),
    "no cgroups is no space": Fault(CGROUP, "ERR_PTR(-ENOMEM)", "ERR_PTR(-ENOSPC)"),
    "too many cgroups go on": Fault(CGROUP, "if (!ucounts)", "if (!ucounts && 0)"),
    "no root": Fault(CGROUP, "new_ns->root_cset = cset;", ";", "its root_cset"),
    "a failed one is counted": Fault(
        CGROUP, "css_set(cset);\n\t\tdec_cgroup_namespaces(ucounts);", "css_set(cset);", "count"
    ),
    "time for all": Fault(TIME, "if (!(flags & CLONE_NEWTIME))", "if (0)", "new one"),
    "too much time": Fault(TIME, "err = -ENOSPC;", "err = -EUSERS;"),
    "not what is charged": Fault(TIME, "ns->ucounts = ucounts;", "ns->ucounts = 0;", "its ucounts"),
    "its page is kept": Fault(TIME, "goto fail_free_page;", "goto fail_free;", "page"),
}


def tree(line: str | None) -> tuple[Tree, str]:
    """Return a tree and its kernel; skip where none is here."""
    if line is None:
        pytest.skip("no kernel tree here: make source fetches Debian's")
    return TREES[line]


def compared(base: Tree, like: str, fault: Fault) -> Comparison:
    """Return what is said of the function that a fault is in."""
    text = base.text(fault.path) or ""
    assert fault.old in text, fault.old
    changed = Changed(base, {fault.path: text.replace(fault.old, fault.new, 1)})
    comparer = Comparer(Program(changed), REVISIONS[like].kernel)
    return comparer.compare(BY_NAME[FUNCTIONS[fault.path]], smallest=False)


@EACH
def test_each_is_as_the_model_says(line: str | None) -> None:
    base, like = tree(line)
    comparer = Comparer(Program(base), REVISIONS[like].kernel)
    for reading in NEW_NAMESPACES:
        made = comparer.compare(reading, smallest=False)
        assert (made.verdict, made.in_balance) == (SAME, True), reading.name
        fields = {"errno", "a new one is made", "its user_ns", "its ucounts"}
        assert fields <= set(made.compared)


@EACH
@pytest.mark.parametrize("name", _FAULTS)
def test_a_fault_is_told(line: str | None, name: str) -> None:
    fault = _FAULTS[name]
    made = compared(*tree(line), fault)
    if made.verdict == DIFFERENT:
        assert made.disagreement is not None
        told = [one.aspect for one in made.disagreement.differences]
        assert any(fault.told in one for one in told), told
    else:
        assert not made.in_balance and fault.told in made.balance


@EACH
def test_a_charge_of_another_kind_is_not_compared(line: str | None) -> None:
    base, like = tree(line)
    for path, counter in ((PID, "UCOUNT_PID_NAMESPACES"), (UTS, "UCOUNT_UTS_NAMESPACES")):
        made = compared(base, like, Fault(path, counter, "UCOUNT_USER_NAMESPACES"))
        assert made.verdict != SAME
    owner, uid = ("ces(user_ns);", "ces(parent_pid_ns->user_ns);"), ("current_euid", "current_uid")
    for old, new in (owner, uid):
        assert compared(base, like, Fault(PID, old, new)).verdict != SAME
