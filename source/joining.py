"""What setns() is asked to join, and what the calls on its way do: places and contracts.

The namespaces to join are objects of their own: that one may be the caller's is told by the model
where it matters (its user namespace, its active pid namespace).  Of levels only their order counts.
"""

from __future__ import annotations

import re
from functools import partial

from model.algebra import Truth, either, when, when_word
from model.request import NsFile
from model.rules.nsset import owner_reach
from model.state import Fallible
from model.words import (
    NEWCGROUP,
    NEWIPC,
    NEWNET,
    NEWNS,
    NEWPID,
    NEWTIME,
    NEWUSER,
    NEWUTS,
)
from source.contracts.every import CONTRACTS
from source.contracts.making import gives, is_that, same, yields_zero
from source.interpreter import Contract, Interpreter
from source.statements import Runner
from source.syntax import Function, SyntaxNode
from source.values import (
    Value,
    cases_of,
    equal,
    fact,
    merged,
    number,
    truth,
    truth_of,
)

INSTALLS = {
    "user": (NEWUSER, "userns_install"),
    "mnt": (NEWNS, "mntns_install"),
    "uts": (NEWUTS, "utsns_install"),
    "ipc": (NEWIPC, "ipcns_install"),
    "pid": (NEWPID, "pidns_install"),
    "cgroup": (NEWCGROUP, "cgroupns_install"),
    "net": (NEWNET, "netns_install"),
    "time": (NEWTIME, "timens_install"),
}
"""By kind: the CLONE_NEW* bit and the install operation."""

_TASK, _FILE = "the target task", "the file"
ACTIVE = "its active pid_ns"


def to_join(kind: str) -> str:
    """Return the name of the namespace of a kind that is to be joined."""
    return f"the {kind}_ns to join"


def _pointer(machine: Interpreter, name: str) -> Value:
    return Value(machine.program.handle(name), False, name)


def _is(machine: Interpreter, kind: NsFile) -> Truth:
    there: Truth = machine.call.request.target.file == int(kind)
    return there


def arguments(machine: Interpreter) -> list[Value]:
    """Lay out what is to be joined, and return the descriptor and the flags."""
    target = machine.call.request.target
    state = machine.state
    for kind, (flag, _) in INSTALLS.items():
        name = to_join(kind)
        state[f"{name}->ns->ops"] = _pointer(machine, f"{kind} operations")
        state[f"{kind} operations->type"] = number(flag, signed=False)
        state[f"{name}->ns->ns_type"] = number(flag, signed=False)
        state[f"{name}->user_ns"] = _pointer(machine, f"the owner of {name}")
        field = "pid_ns_for_children" if kind == "pid" else f"{kind}_ns"
        state[f"its nsproxy->{field}"] = _pointer(machine, name)
    state[f"{_TASK}->nsproxy"] = merged(target.exited, number(0), _pointer(machine, "its nsproxy"))
    state["its cred->user_ns"] = _pointer(machine, to_join("user"))
    state["fresh ucounts->rlimit[0]"] = fact(target.nproc, signed=True)
    state["the user_ns to join->ucounts"] = _pointer(machine, "outer ucounts")
    state["the user_ns to join->rlimit_max[0]"] = number(2**61)
    state["outer ucounts->ns"] = _pointer(machine, "an outer user_ns")
    over = when_word(64, target.outer_is_over, 2**62, 0)
    state["outer ucounts->rlimit[0]"] = Value(over, True)
    state["an outer user_ns->ucounts"] = number(0)
    state["an outer user_ns->rlimit_max[0]"] = number(2**63 - 1)
    below = either(target.descendant_pid_ns, target.active_pid_ns)
    handle = machine.program.handle
    parent = when_word(64, below, handle(ACTIVE), handle("another pid_ns"))
    state["the pid_ns to join->parent"] = Value(parent, False, ACTIVE)
    state[f"{ACTIVE}->level"], state["the pid_ns to join->level"] = number(1), number(2)
    state["current->fs->root"] = state["new fs->root"] = _pointer(machine, "its root")
    flags = machine.call.request.flags & 0xFFFFFFFF
    return [number(7), fact(flags)]


def _opened(machine: Interpreter, _node: SyntaxNode, _arguments: list[Value]) -> Value:
    return merged(_is(machine, NsFile.CLOSED), number(0), _pointer(machine, _FILE))


def _class(machine: Interpreter, _node: SyntaxNode, _arguments: list[Value]) -> Value:
    """``CLASS(fd, f)(fd)``: a local variable."""
    assert isinstance(machine, Runner)
    machine.state[machine.local(machine.frame, "f")] = _opened(machine, _node, [])
    return number(0)


_FD = "the descriptor's struct fd"


def _fdget(machine: Interpreter, _node: SyntaxNode, _arguments: list[Value]) -> Value:
    """``struct fd f = fdget(fd)``: its file is read as ``f.file``, in v6.12 by ``fd_file(f)``."""
    machine.state[f"{_FD}->file"] = _opened(machine, _node, [])
    return _pointer(machine, _FD)


def _fd_file(machine: Interpreter, _node: SyntaxNode, arguments: list[Value]) -> Value:
    """``fd_file(f)``: the file of a struct fd; of ``CLASS(fd, f)`` that is what f holds here."""
    by_fdget = arguments[0].target == _FD
    return machine.load(f"{_FD}->file") if by_fdget else arguments[0]


def _ns_of_file(machine: Interpreter, _node: SyntaxNode, _arguments: list[Value]) -> Value:
    value = number(0)
    for kind, (flag, _) in INSTALLS.items():
        there = machine.call.request.target.type == flag
        value = merged(there, _pointer(machine, f"{to_join(kind)}->ns"), value)
    return value


def _pid_of_file(machine: Interpreter, _node: SyntaxNode, _arguments: list[Value]) -> Value:
    error = machine.program.constants["EBADF"] or 0
    there = _is(machine, NsFile.PIDFD)
    return merged(there, _pointer(machine, "the target's pid"), number(-error))


def _of(kind: str) -> Contract:
    """Return a contract for to_X_ns(): the namespace around a ns_common."""
    return lambda machine, _node, _arguments: _pointer(machine, to_join(kind))


def _user_ns(machine: Interpreter, _node: SyntaxNode, _arguments: list[Value]) -> Value:
    own = machine.load("current cred->user_ns")
    own_is_meant = machine.call.request.target.own_user_ns
    return merged(own_is_meant, own, _pointer(machine, to_join("user")))


def _active(machine: Interpreter, _node: SyntaxNode, arguments: list[Value]) -> Value:
    return _pointer(machine, to_join("pid") if arguments[0].target == _TASK else ACTIVE)


def _may(machine: Interpreter, node: SyntaxNode, arguments: list[Value]) -> Value:
    """ns_capable() over what is to be joined and over its owners."""
    ns, cap = arguments
    allowed = truth_of(CONTRACTS["ns_capable"](machine, node, arguments))
    assert isinstance(cap.word, int)
    mask, call = 1 << cap.word, machine.call
    reach = {to_join("user"): call.request.target.user_ns_reach}
    for kind, (flag, _) in INSTALLS.items():
        reach[f"the owner of {to_join(kind)}"] = owner_reach(call, flag)
    for name, its in reach.items():
        there = equal(ns, _pointer(machine, name))
        allowed = when(there, call.capable_at(its, mask), allowed)
    return truth(allowed)


def _run(machine: Runner, function: Function, arguments: list[Value], found: list[Value]) -> None:
    found.append(machine.run(function, arguments).value)


def _install(machine: Interpreter, _node: SyntaxNode, arguments: list[Value]) -> Value:
    """``ns->ops->install(nsset, ns)``: the operation of the kind that is given."""
    assert isinstance(machine, Runner)
    value = number(0)
    for there, name in cases_of(arguments[1].target):
        kind = re.fullmatch(r"the (\w+)_ns to join->ns", name)
        function = machine.program.readable(INSTALLS[kind.group(1)][1]) if kind else None
        if function is None:
            return Value(unknown=f"how {name} is installed")
        found: list[Value] = []
        run = partial(_run, machine, function, [arguments[0], _pointer(machine, name)], found)
        machine.apart(there, run, lambda: None)
        value = merged(there, found[0], value) if found else value
    return value


def _looked_up(machine: Interpreter, node: SyntaxNode, arguments: list[Value]) -> Value:
    place = arguments[4].target
    assert isinstance(place, str)
    machine.state[place] = _pointer(machine, "the joined root")
    return yields_zero(Fallible.PATH_LOOKUP)(machine, node, arguments)


def _set_root(machine: Interpreter, _node: SyntaxNode, arguments: list[Value]) -> Value:
    fs, path = arguments
    value = number(0)
    for there, place in cases_of(path.target):
        value = merged(there, machine.load(place), value)
    machine.store(fs.target, "root", value)
    return number(0)


def _quiet(_machine: Interpreter, _node: SyntaxNode, _arguments: list[Value]) -> Value:
    return number(0)


_KINDS = ("mnt_ns", "uts_ns", "ipc_ns", "pid_ns", "cgroup_ns", "net", "time_ns", "user_ns")

STOPS: dict[str, Contract] = {
    "fget": _opened,
    "fdget": _fdget,
    "fdput": _quiet,
    "CLASS(fd, f)": _class,
    "fd_empty": lambda machine, _node, _arguments: truth(_is(machine, NsFile.CLOSED)),
    "fd_file": _fd_file,
    "file_inode": same,
    "proc_ns_file": lambda machine, _node, _arguments: truth(_is(machine, NsFile.NAMESPACE)),
    "get_proc_ns": _ns_of_file,
    "pidfd_pid": _pid_of_file,
    "from_mnt_ns": lambda machine, _node, _arguments: _pointer(machine, "the mnt_ns to join->ns"),
    "to_user_ns": _user_ns,
    "to_mnt_ns": _of("mnt"),
    "to_uts_ns": _of("uts"),
    "to_ipc_ns": _of("ipc"),
    "to_pid_ns": _of("pid"),
    "to_cg_ns": _of("cgroup"),
    "to_net_ns": _of("net"),
    "to_time_ns": _of("time"),
    "pid_task": lambda machine, _node, _arguments: merged(
        machine.call.request.target.alive, _pointer(machine, _TASK), number(0)
    ),
    "ptrace_may_access": is_that(lambda call: call.request.target.ptrace_allowed),
    "__task_cred": lambda machine, _node, _arguments: _pointer(machine, "its cred"),
    "task_active_pid_ns": _active,
    "ns_capable": _may,
    "ns->ops->install": _install,
    "is_anon_ns": is_that(lambda call: call.request.target.anonymous_mnt_ns),
    "vfs_path_lookup": _looked_up,
    "set_fs_root": _set_root,
    "set_fs_pwd": _quiet,
    "free_nsproxy": gives("nsproxy"),
    **{f"get_{kind}": same for kind in _KINDS},
    **{f"put_{kind}": _quiet for kind in _KINDS},
    "get_nsproxy": _quiet,
    "put_nsproxy": _quiet,
    "path_put": _quiet,
    "timens_commit": _quiet,
    "rcu_read_lock": _quiet,
    "rcu_read_unlock": _quiet,
}
"""Contracts of the calls on the way of setns()."""
