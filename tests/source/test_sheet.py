"""The sheet of the C reader: every field has a row, and every row that says "read" is true.

Each fault changes one field in the C of a tree; the reader has to tell it by the field's name.
The trees are Debian's, unpacked by ``make source``; none is kept here.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

import pytest

pytest.importorskip("tree_sitter_c")

from checker.readings.space import all_leaves, space
from model import words
from model.child import Child
from model.complete import unloaded
from model.mistake import Mistake
from model.node import INPUT, Term
from model.predict import call_of
from model.records import BOOL, fact
from model.request import Entry
from model.revisions import REVISIONS
from model.setns import Joined
from model.unshare import Unshared
from source import sheet
from source.compare import Comparer
from source.contracts.every import CONTRACTS
from source.contracts.making import contracts
from source.program import Program
from source.questions import Divergence
from source.readings.aspects import aspects
from source.readings.every import BY_NAME
from source.sheet import CALLER, SHEET, ImpliedField, NotRead, Read
from source.tree import Changed, Tree
from source.trees import known_trees

FORK, CRED, NSPROXY = "kernel/fork.c", "kernel/cred.c", "kernel/nsproxy.c"
USERNS, CGROUP = "kernel/user_namespace.c", "kernel/cgroup/cgroup.c"
_NS_DONE = "new_nsp->time_ns = get_time_ns(tsk->nsproxy->time_ns);"
_PREPARED = "new = prepare_creds();\n\tif (!new)\n\t\treturn -ENOMEM;\n"
_SWITCH = "switch_task_namespaces(current, new_nsproxy);"
_MOVED = "css_set_move_task(child, NULL, cset, false);\n\t} else"


def _kept(kind: str) -> tuple[str, str, str]:
    """Return a fault that leaves a namespace the caller's."""
    return NSPROXY, _NS_DONE, f"{_NS_DONE} new_nsp->{kind} = tsk->nsproxy->{kind};"


def _without(path: str, text: str) -> tuple[str, str, str]:
    return path, text, ";"


OF_CHILD: dict[str, tuple[str, str, str]] = {
    "flags": _without(FORK, "p->flags |= PF_FORKNOEXEC;"),
    "named_by_args": _without(FORK, "strscpy_pad(p->comm, args->name, sizeof(p->comm));"),
    "set_child_tid": (FORK, "p->set_child_tid = (", "p->set_child_tid = 1 || ("),
    "clear_child_tid": (FORK, "p->clear_child_tid = (", "p->clear_child_tid = 1 || ("),
    "shares_cred": (CRED, "!p->cred->thread_keyring &&", "1 &&"),
    "uid": (CRED, _PREPARED, _PREPARED + "new->uid = new->euid;"),
    "euid": (CRED, _PREPARED, _PREPARED + "new->euid = new->uid;"),
    "cap_effective": (USERNS, "cap_effective = CAP_FULL_SET", "cap_effective = CAP_EMPTY_SET"),
    "new_user_ns": _without(USERNS, "cred->user_ns = user_ns;\n}"[:-2]),
    "user_ns_level": (USERNS, "ns->level = parent_ns->level + 1", "ns->level = parent_ns->level"),
    "user_ns_nproc_max": (USERNS, "NPROC, enforced_nproc_rlimit()", "NPROC, 1"),
    "charged_uid": (
        CRED,
        "alloc_ucounts(new->user_ns, new->uid)",
        "alloc_ucounts(new->user_ns, new->euid)",
    ),
    "thread_keyring": _without(CRED, "install_thread_keyring_to_cred(new);\n\t}"[:-3]),
    "process_keyring": _without(
        CRED, "key_put(new->process_keyring);\n\t\tnew->process_keyring = NULL;"
    ),
    "files": (FORK, "tsk->files = newf;", "tsk->files = oldf;"),
    "fs": (FORK, "fs->users++;\n\t\tspin_unlock(&fs->lock);", "tsk->fs = copy_fs_struct(fs);"),
    "fs_of_init": (FORK, "tsk->fs = copy_fs_struct(fs)", "tsk->fs = copy_fs_struct(&init_fs)"),
    "sighand": _without(FORK, "RCU_INIT_POINTER(tsk->sighand, sig);"),
    "mm": (FORK, "tsk->mm = mm;", "tsk->mm = oldmm;"),
    "sysvsem": (
        "ipc/sem.c",
        "tsk->sysvsem.undo_list = undo_list;",
        "tsk->sysvsem.undo_list = NULL;",
    ),
    "io_context": _without("block/blk-ioc.c", "tsk->io_context = ioc;"),
    "same_thread_group": (FORK, "p->group_leader = p;", "p->group_leader = current->group_leader;"),
    "rlim_nproc": _without(FORK, "memcpy(sig->rlim, current->signal->rlim, sizeof sig->rlim);"),
    "rlimits_shared": (
        FORK,
        "sig = kmem_cache_zalloc(signal_cachep, GFP_KERNEL);\n\ttsk->signal = sig;",
        "sig = kmem_cache_zalloc(signal_cachep, GFP_KERNEL);\n\ttsk->signal = current->signal;",
    ),
    "ignored": (FORK, "sizeof(sig->action));", "sizeof(sig->action)); ignore_signals(tsk);"),
    "caught": _without(FORK, "flush_signal_handlers(tsk, 0);"),
    "blocked": (FORK, "sigmask(SIGKILL)|sigmask(SIGSTOP)", "sigmask(SIGKILL)"),
    "altstack": _without(FORK, "sas_ss_reset(p);"),
    "exit_signal": (FORK, "p->exit_signal = args->exit_signal;", "p->exit_signal = SIGCHLD;"),
    "real_parent": (FORK, "p->real_parent = current;", "p->real_parent = current->real_parent;"),
    "parent_exec_id": (
        FORK,
        "p->parent_exec_id = current->self_exec_id;",
        "p->parent_exec_id = current->parent_exec_id;",
    ),
    "nsproxy_shared": (NSPROXY, "tsk->nsproxy = new_ns;\n\treturn 0;", "return 0;"),
    **{kind: _kept(kind) for kind in ("mnt_ns", "uts_ns", "ipc_ns", "cgroup_ns", "net_ns")},
    "pid_ns": (FORK, "alloc_pid(p->nsproxy->", "alloc_pid(current->nsproxy->"),
    "time_ns": _without(NSPROXY, "timens_on_fork(new_ns, tsk);"),
    "time_ns_for_children": _kept("time_ns_for_children"),
    "pid_level": (FORK, "alloc_pid(p->nsproxy->", "alloc_pid(current->nsproxy->"),
    "is_child_reaper": _without(FORK, "ns_of_pid(pid)->child_reaper = p;"),
    "has_pid": _without(FORK, "attach_pid(p, PIDTYPE_PID);"),
    "pidfd_in_child": _without(FORK, "fd_install(pidfd, pidfile);"),
    "no_new_privs": (FORK, "if (task_no_new_privs(current))", "if (1)"),
    "seccomp_mode": (FORK, "p->seccomp = current->seccomp;", "p->seccomp.mode = 0;"),
    "in_target_cgroup": (CGROUP, _MOVED, _MOVED.replace("cset,", "task_css_set(current),")),
    "starts_frozen": _without(CGROUP, "child->jobctl |= JOBCTL_TRAP_FREEZE;"),
    "born_killed": (CGROUP, "kill = kargs->kill_seq != cgrp_kill_seq;", "kill = false;"),
    "starts_in_kernel": _without(
        "arch/x86/kernel/process.c",
        "childregs->ip = 0;\n\t\tkthread_frame_init(frame, args->fn, args->fn_arg);",
    ),
    "autoreap": (FORK, "sig->nr_threads = 1;", "sig->nr_threads = 1; sig->autoreap = 1;"),
    "reports_to_tracer": (FORK, "if (!(clone_flags & CLONE_UNTRACED)) {", "if (1) {"),
    "traced": ("include/linux/ptrace.h", "(unlikely(ptrace) && current->ptrace)", "(0)"),
    "not_throttled": (FORK, "p->flags &= ~PF_KTHREAD;", "p->flags |= PF_KTHREAD;"),
    "oom_score_adj": _without(FORK, "\tsig->oom_score_adj = current->signal->oom_score_adj;"),
    "parent_tid_stored": (
        FORK,
        "if (clone_flags & CLONE_PARENT_SETTID)\n\t\tput_user",
        "if (0)\n\t\tput_user",
    ),
    "vfork_wait": (
        FORK,
        "if (clone_flags & CLONE_VFORK) {\n\t\tif (!wait",
        "if (0) {\n\t\tif (!wait",
    ),
}
OF_UNSHARED: dict[str, tuple[str, str, str]] = {
    "fs_copied": _without(FORK, "current->fs = new_fs;"),
    "fs_is_own": (FORK, "if (!(unshare_flags & CLONE_FS) || !fs)", "if (1)"),
    **dict.fromkeys(
        ("files_copied", "files_are_own"), _without(FORK, "swap(current->files, new_fd);")
    ),
    "undo_list": _without(FORK, "exit_sem(current);"),
    **dict.fromkeys(
        ("new_user_ns", "user_ns_level", "user_ns_nproc_max", "cap_effective"),
        _without(FORK, "commit_creds(new_cred);"),
    ),
    **dict.fromkeys(
        (
            "new_nsproxy",
            "mnt_ns",
            "uts_ns",
            "ipc_ns",
            "cgroup_ns",
            "net_ns",
            "pid_ns_for_children",
            "time_ns_for_children",
        ),
        _without(FORK, _SWITCH),
    ),
    "nproc_moved": _without(CRED, "inc_rlimit_ucounts(new->ucounts, UCOUNT_RLIMIT_NPROC, 1);"),
    "over_limit": _without(CRED, "dec_rlimit_ucounts(old->ucounts, UCOUNT_RLIMIT_NPROC, 1);"),
    "pid_ns": (FORK, _SWITCH, _SWITCH + " current->thread_pid = NULL;"),
    "time_ns": (NSPROXY, _NS_DONE, "new_nsp->time_ns = new_nsp->time_ns_for_children;"),
}
_COMMIT = "switch_task_namespaces(me, nsset->nsproxy);"
_ROOT = "set_fs_root(me->fs, &nsset->fs->root);"
_TIME = "kernel/time/namespace.c"
OF_JOINED: dict[str, tuple[str, str, str]] = {
    **dict.fromkeys(
        ("user_ns", "cap_effective", "nproc_moved"),
        _without(NSPROXY, "commit_creds(nsset_cred(nsset));"),
    ),
    "over_limit": _without(CRED, "inc_rlimit_ucounts(new->ucounts, UCOUNT_RLIMIT_NPROC, 1);"),
    "mnt_ns": _without("fs/namespace.c", "nsproxy->mnt_ns = mnt_ns;"),
    "uts_ns": _without("kernel/utsname.c", "nsproxy->uts_ns = ns;"),
    "ipc_ns": _without("ipc/namespace.c", "nsproxy->ipc_ns = get_ipc_ns(ns);"),
    "cgroup_ns": _without("kernel/cgroup/namespace.c", "nsproxy->cgroup_ns = cgroup_ns;"),
    "net_ns": _without("net/core/net_namespace.c", "nsproxy->net_ns = get_net(net);"),
    "time_ns": _without(_TIME, "nsproxy->time_ns = ns;\n\n\tget_time_ns(ns);"),
    "time_for_children_is_active": _without(_TIME, "nsproxy->time_ns_for_children = ns;"),
    "pid_ns": (NSPROXY, _COMMIT, _COMMIT + " current->thread_pid = NULL;"),
    **dict.fromkeys(
        ("pid_ns_for_children", "pid_for_children_is_active"),
        _without("kernel/pid_namespace.c", "nsproxy->pid_ns_for_children = get_pid_ns(new);"),
    ),
    "undo_list": _without(NSPROXY, "exit_sem(me);"),
    **dict.fromkeys(("root_moved", "sharers_root_moved", "chrooted"), _without(NSPROXY, _ROOT)),
}
FAULTS = {Child: OF_CHILD, Unshared: OF_UNSHARED, Joined: OF_JOINED}
ONLY_IN = {"named_by_args": "6.12", "sharers_root_moved": "6.1"}
"""Fields that only one tree can show: 6.1 gives no names, 6.12 refuses where others share fs."""

_ENTRIES = (
    Entry.COPY_PROCESS,
    Entry.CLONE3,
    Entry.CREATE_IO_THREAD,
    Entry.USER_MODE_THREAD,
    Entry.UNSHARE,
    Entry.SETNS,
)
_RICH: dict[str, Any] = {
    "request.exit_signal": 5,
    "request.child_tid": 0x1000,
    "request.parent_tid": 0x2000,
    "request.cgroup_target.group.kill_seq": 1,
    "current.real_cred.uid": 3,
    "current.real_cred.euid": 4,
    "current.real_cred.cap_effective": words.CAP_FULL_SET & ~1,
    "current.real_cred.thread_keyring": True,
    "current.real_cred.process_keyring": True,
    "current.signal.rlim_nproc": 77,
    "current.signal.oom_score_adj": 5,
    "current.sighand.caught": 2,
    "current.undo_list": True,
    "current.io_context": True,
    "current.altstack": True,
    "current.traced": True,
    "current.seccomp_mode": 2,
    "current.cgroup.frozen": True,
    "current.files_count": 2,
    "current.fs_users": 2,
}
_OTHERS: tuple[dict[str, Any], ...] = (
    {},
    {"request.name": True},
    {"request.io_thread": 1},
    {"request.user_worker": 1},
    {"current.nsproxy.time_for_children_is_active": False},
    {"chance.cgroup_killed": 1},
    {"current.real_cred.euid": 3, "current.real_cred.ucounts.nproc": 77},
    *(
        {"request.target.file": 2, "request.target.nproc": 77, **fs}
        for fs in ({"current.fs_users": 1, "current.chrooted": True}, {})
    ),
    {
        "request.target.file": 2,
        "current.nsproxy.pid_for_children_is_active": False,
        "request.target.active_pid_ns": True,
        "current.pid_ns.level": 1,
    },
)
_WORDS = (
    0,
    words.NEW_NAMESPACES,
    words.NEWUSER | words.NEWIPC,
    words.NEWNS | words.NEWUTS,
    words.VM | words.SIGHAND | words.THREAD,
    words.FILES | words.PIDFD,
    words.CLEAR_SIGHAND,
    words.INTO_CGROUP,
    *(int(flag) for flag in words.Flag),
)


def _calls(entry: Entry) -> Iterator[dict[str, Any]]:
    """Yield a few hundred calls in which every fact of the caller shows somewhere."""
    for rich in (_RICH, {}):
        for flags in _WORDS:
            for other in _OTHERS:
                yield {**rich, **other, "request.entry": int(entry), "request.flags": flags}


@cache
def trees() -> dict[str, tuple[Tree, str]]:
    return known_trees()


def told(line: str, record: type[Any], name: str) -> str:
    """Return how the fault of a field is told on a tree: nothing, if it is not."""
    base, like = trees()[line]
    path, old, new = FAULTS[record][name]
    text = base.text(path) or ""
    assert text.count(old) == 1, f"{path} of {line}: {old!r} stands there {text.count(old)} times"
    row = SHEET[record][name]
    assert isinstance(row, Read)
    comparer = Comparer.__new__(Comparer)
    comparer.program = Program(Changed(base, {path: text.replace(old, new)}))
    comparer.kernel = REVISIONS[like].kernel
    differ = (
        (values, comparer.differences(reading, values))
        for reading in (BY_NAME[name] for name in reversed(row.by))
        for entry in _ENTRIES
        for values in (_calls(entry) if entry in reading.entries else ())
    )
    return next((str(values) for values, found in differ if name in _names(found)), "")


def _names(found: list[Divergence]) -> list[str]:
    return [one.aspect for one in found]


@pytest.mark.parametrize("line", sorted(trees()) or [None])
@pytest.mark.parametrize("record", FAULTS)
def test_a_fault_in_each_field_is_told_by_its_name(line: str | None, record: type[Any]) -> None:
    if line is None:
        pytest.skip("no kernel tree here: make source fetches Debian's")
    names = [name for name in FAULTS[record] if ONLY_IN.get(name, line) == line]
    assert [name for name in names if not told(line, record, name)] == []


def test_each_field_that_is_read_has_a_fault_here() -> None:
    read = {
        record: {name for name, row in rows.items() if isinstance(row, Read)}
        for record, rows in SHEET.items()
    }
    assert {record: set(faults) for record, faults in FAULTS.items()} == {
        record: names for record, names in read.items() if names
    }


def test_every_row_that_says_read_is_an_aspect_of_its_readings() -> None:
    for record, rows in SHEET.items():
        for name, row in rows.items():
            for reading in row.by if isinstance(row, Read) else ():
                assert name in [one.name for one in BY_NAME[reading].aspects]
                assert name in [one.name for one in aspects(reading, record)]


def _looked_at(line: str) -> set[str]:
    """Return the names of the facts on which what a tree's C does depends, as it is read."""
    base, like = trees()[line]
    program, call = Program(base), call_of(REVISIONS[like].kernel, space().start)
    left: list[Any] = []
    seen: dict[int, Any] = {}
    names: set[str] = set()
    for reading in BY_NAME.values():
        if program.function(reading.function) is not None:
            machine, done = reading.run(program, call)
            left += [done.value.word, machine.trusted]
            left += [aspect.c(machine, done) for aspect in reading.aspects]
    while left:
        term = left.pop()
        if isinstance(term, Term) and term.serial not in seen:
            seen[term.serial] = term
            left += term.operands
            names |= {term.name} if term.kind == INPUT else set()
    return names


def test_every_fact_of_the_caller_is_looked_at_or_said_not_to_be() -> None:
    if len(trees()) < 2:
        pytest.skip("both kernel trees are needed: make source fetches Debian's")
    seen = {name for line in trees() for name in _looked_at(line)}
    assert {leaf.path for leaf in all_leaves()} - seen == set(CALLER)


def _checked(monkeypatch: pytest.MonkeyPatch, name: str, row: Any) -> str:
    monkeypatch.setitem(sheet.CHILD, name, row)
    with pytest.raises(Mistake) as wrong:
        sheet.check(BY_NAME, CONTRACTS)
    monkeypatch.undo()
    return str(wrong.value)


@dataclass(frozen=True, slots=True)
class Newer(Child):
    """A record that has one field more than the sheet."""

    is_new: Any = fact(BOOL, False, "is new")


def test_a_field_without_a_row_is_an_error_with_its_place(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(SHEET, Newer, sheet.CHILD)
    with pytest.raises(Mistake, match=r"sheet\.py:\d+: Newer\.is_new has no row in source/sheet"):
        sheet.check(BY_NAME, CONTRACTS)
    monkeypatch.undo()
    monkeypatch.delitem(sheet.CHILD, "traced")
    with pytest.raises(Mistake, match=r"^model/child\.py:\d+: Child\.traced has no row"):
        sheet.check(BY_NAME, CONTRACTS)


def test_a_row_that_nothing_reads_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    read = sheet.CHILD["traced"]
    assert isinstance(read, Read)
    by_nobody = Read(read.at, read.how, ("copy_nothing",))
    assert "read by 'copy_nothing'" in _checked(monkeypatch, "traced", by_nobody)
    resting = Read(read.at, read.how, read.by, "no_such_call")
    assert "no contract" in _checked(monkeypatch, "traced", resting)
    implied = ImpliedField(("autokill",), "so it is")
    assert "implied by 'autokill', which is not read" in _checked(monkeypatch, "traced", implied)
    assert "is no field" in _checked(monkeypatch, "born_twice", NotRead("there is none"))


def test_a_contract_that_is_stated_twice_or_loaded_by_nothing_is_an_error(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with pytest.raises(Mistake, match=r"put_cred\(\) has two contracts"):
        contracts({"put_cred": CONTRACTS["get_cred"]})
    monkeypatch.delitem(sys.modules, "source.contracts.pid")
    (told,) = unloaded("source.contracts")
    assert re.match(r"source/contracts/pid\.py:\d+: what this file declares is imported", told)
