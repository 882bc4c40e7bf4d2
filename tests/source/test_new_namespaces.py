"""What makes a namespace is read: each fault in its limits, errors and ladder is told.

The trees are Debian's, unpacked by ``make source``; none is kept here.
"""

from __future__ import annotations

from dataclasses import dataclass
from errno import ENOSPC

import pytest

pytest.importorskip("tree_sitter_c")

from source.check import revision_named
from source.compare import Comparer
from source.program import Program
from source.questions import DIFFERENT, PARTLY, SAME, Comparison
from source.readings.every import BY_NAME
from source.readings.new_namespaces import NEW_NAMESPACES
from source.tree import Changed, Tree
from source.trees import READ, known_trees

PID, UTS = "kernel/pid_namespace.c", "kernel/utsname.c"
CGROUP, TIME = "kernel/cgroup/namespace.c", "kernel/time/namespace.c"
NET, IPC, MNT = "net/core/net_namespace.c", "ipc/namespace.c", "fs/namespace.c"
FUNCTIONS = {
    PID: "copy_pid_ns",
    UTS: "copy_utsname",
    CGROUP: "copy_cgroup_ns",
    TIME: "copy_time_ns",
    NET: "copy_net_ns",
    IPC: "copy_ipcs",
    MNT: "copy_mnt_ns",
}
_STRANGER = "\tif (!in_userns("
_DEEP = "\tif (level > MAX_PID_NS_LEVEL)\n\t\treturn ERR_PTR(-ENOSPC);\n"
_KEPT = "\tdec_pid_namespaces(ucounts);\nout:"
_OWNED = "ns->user_ns = get_user_ns(user_ns);"

_KILLED = "\tif (rv < 0)\n\t\tgoto put_userns;\n"
_GENERIC_FREED = "out_free:\n\tkfree(ng);"
_SET_UP = "\trv = setup_net("
_NO_CACHE = "\tif (!net)\n\t\tgoto out_free;"
_NO_QUEUES = "\terr = mq_init_ns(ns);\n\tif (err)\n\t\tgoto fail_put;\n"
_COUNTED = "fail_dec:\n\tdec_ipc_namespaces(ucounts);"

_FULL = "\tif (!ucounts)\n\t\treturn ERR_PTR(-"
_NO_MEMORY = "\tif (!new_ns) {\n\t\treturn "
_LAST, _ANONYMOUS = "return ERR_CAST(new);", "alloc_mnt_ns(user_ns, true)"
_DEC = "\tif (!new_ns) {\n\t\tdec_mnt_namespaces(ucounts);\n\t\treturn ERR_PTR(-"

LEAKS = {("6.1", "copy_ipcs"): "its mount of queues is kept"}
"""What trees keep where they fail: Debian's 6.1 does not unmount it where a later step fails."""

TREES = known_trees(READ)
EVERY = pytest.mark.parametrize("line", sorted(TREES) or [None])
EACH = pytest.mark.parametrize("line", sorted(known_trees()) or [None])


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
    "a network for all": Fault(NET, "if (!(flags & CLONE_NEWNET))", "if (0)", "new one"),
    "no network at all": Fault(NET, "return get_net(old_net);", "return 0;", "the old one stays"),
    "too many networks is no memory": Fault(NET, "(-ENOSPC)", "(-ENOMEM)"),
    "too many networks go on": Fault(NET, "if (!ucounts)", "if (!ucounts && 0)"),
    "no memory is no space": Fault(NET, "rv = -ENOMEM;", "rv = -ENOSPC;"),
    "who is killed goes on": Fault(NET, _KILLED, ""),
    "set up by whoever is killed": Fault(NET, "goto put_userns;\n", "rv = 0;\n"),
    "what failed is there": Fault(NET, "return ERR_PTR(rv);", "return net;"),
    "a failed network is counted": Fault(NET, "\t\tdec_net_namespaces(ucounts);", "", "count"),
    "its owner is kept": Fault(NET, "\t\tput_user_ns(user_ns);\n", "", "reference"),
    "its keys are kept": Fault(NET, "\t\tkey_remove_domain(net->key_domain);", "", "key domain"),
    "its lock is kept": Fault(NET, "\tup_read(&pernet_ops_rwsem);\n\n\tif", "\tif", "lock"),
    "what is generic is kept": Fault(NET, _GENERIC_FREED, "out_free:\n\t;", "net_generic"),
    "a network without memory": Fault(NET, _NO_CACHE, "\tif (!net)\n\t\tgoto out;", "generic"),
    "not set up": Fault(NET, _SET_UP, "\trv = 0 & setup_net("),
    "a network's count is no one's": Fault(NET, "net->ucounts = ucounts;", ";", "its ucounts"),
    "queues for all": Fault(IPC, "if (!(flags & CLONE_NEWIPC))", "if (0)", "new one"),
    "too many queues is no memory": Fault(IPC, "err = -ENOSPC;", "err = -ENOMEM;"),
    "no memory for queues is no space": Fault(IPC, "err = -ENOMEM;\n\tns", "\tns"),
    "no memory for their sysctls": Fault(IPC, "err = -ENOMEM;\n\tif", "err = -EPERM;\n\tif"),
    "no queues": Fault(IPC, _NO_QUEUES, "\tmq_init_ns(ns);\n"),
    "their sysctls may fail": Fault(IPC, "setup_ipc_sysctls(ns))", "1)"),
    "queues are counted before a try": Fault(IPC, _COUNTED, "fail_dec:", "count"),
    "queues without memory": Fault(IPC, "fail_free:\n\tkfree(ns);", "fail_free:", "memory"),
    "the owner of failed queues": Fault(IPC, "\tput_user_ns(ns->user_ns);\n", "", "reference"),
    "sysctls of queues are kept": Fault(IPC, "\tretire_mq_sysctls(ns);\n", "", "sysctls of q"),
    "other sysctls are kept": Fault(IPC, "\tretire_ipc_sysctls(ns);\n", "", "its sysctls"),
    "mounts for all": Fault(MNT, "if (likely(!(flags & CLONE_NEWNS)))", "if (0)", "new one"),
    "too many mounts is no memory": Fault(MNT, f"{_FULL}ENOSPC", f"{_FULL}ENOMEM"),
    "too many mounts go on": Fault(MNT, "if (!ucounts)", "if (!ucounts && 0)"),
    "no memory for mounts is no space": Fault(MNT, f"{_DEC}ENOMEM", f"{_DEC}ENOSPC"),
    "no memory is not given back": Fault(MNT, _DEC, f"{_NO_MEMORY}ERR_PTR(-", "count"),
    "mounts without a number": Fault(MNT, "\tif (ret) {\n", "\tif (0) {\n"),
    "no number keeps what is there": Fault(MNT, "kfree(new_ns);\n", ";\n", "memory"),
    "uncopied mounts are there": Fault(MNT, "return ERR_CAST(new);", "return new_ns;"),
    "mounts that are no one's": Fault(MNT, "new_ns->ucounts = ucounts;", ";", "its ucounts"),
    "mounts without a root": Fault(MNT, "new_ns->root = new;", ";", "its root"),
    "uncopied mounts have an owner": Fault(MNT, _LAST, f"get_user_ns(user_ns); {_LAST}", "owner"),
    "uncopied mounts are locked": Fault(MNT, _LAST, f"lock_mount_hash(); {_LAST}", "lock"),
    "mounts of nobody": Fault(MNT, "alloc_mnt_ns(user_ns, false)", _ANONYMOUS),
    "they fail too early": Fault(IPC, "goto fail_ipc;", "goto fail_put;", "its sysctls"),
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
    comparer = Comparer(Program(changed), revision_named(like).kernel)
    return comparer.compare(BY_NAME[FUNCTIONS[fault.path]], smallest=False)


@EVERY
def test_each_is_as_the_model_says(line: str | None) -> None:
    base, like = tree(line)
    comparer = Comparer(Program(base), revision_named(like).kernel)
    for reading in NEW_NAMESPACES:
        made = comparer.compare(reading, smallest=False)
        leak = LEAKS.get((str(line), reading.name), "")
        assert (made.verdict, made.in_balance) == (SAME, not leak), reading.name
        assert made.balance.startswith(leak) and "; " not in made.balance
        fields = {"errno", "a new one is made", "the old one stays", "its user_ns", "its ucounts"}
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
        assert not made.in_balance
        assert any(fault.told in one for one in made.balance.split("; "))


@EACH
def test_a_charge_of_another_kind_is_not_compared(line: str | None) -> None:
    base, like = tree(line)
    for path, counter in ((PID, "UCOUNT_PID_NAMESPACES"), (UTS, "UCOUNT_UTS_NAMESPACES")):
        made = compared(base, like, Fault(path, counter, "UCOUNT_USER_NAMESPACES"))
        assert made.verdict != SAME
    owner, uid = ("ces(user_ns);", "ces(parent_pid_ns->user_ns);"), ("current_euid", "current_uid")
    for old, new in (owner, uid):
        assert compared(base, like, Fault(PID, old, new)).verdict != SAME


@EVERY
def test_who_waits_for_namespaces_to_be_freed_tries_again(line: str | None) -> None:
    """Without it a call is refused that finds room; what is waited for is not looked at blindly."""
    base, like = tree(line)
    waiting = "\t\tif (flush_work(&free_ipc_work))\n\t\t\tgoto again;\n"
    if waiting not in (base.text(IPC) or ""):
        pytest.skip(f"{base.name} does not wait")
    made = compared(base, like, Fault(IPC, waiting, ""))
    assert made.disagreement is not None
    assert {(one.c, one.model) for one in made.disagreement.differences} == {(ENOSPC, 0)}
    for old, new in (("flush_work(&free_ipc_work)", "flush_work(&other)"), ("goto again", "break")):
        assert compared(base, like, Fault(IPC, old, new)).verdict == PARTLY
