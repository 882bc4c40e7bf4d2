"""Contracts of the namespaces in struct nsproxy: their copies, and their references."""

from __future__ import annotations

from model.algebra import both, no
from model.rows import Rejection
from model.rules import namespaces
from model.state import Fallible
from source import values
from source.contracts.making import (
    contract,
    contracts,
    gives,
    same,
    stands_for,
    takes,
    yields_pointer,
)
from source.interpreter import Contract, Interpreter
from source.syntax import SyntaxNode
from source.values import Value, merged, number, word_of

NAMESPACES = {
    "mnt_ns": "mount namespace",
    "uts_ns": "UTS namespace",
    "ipc_ns": "IPC namespace",
    "pid_ns": "pid namespace",
    "cgroup_ns": "cgroup namespace",
    "net_ns": "network namespace",
    "time_ns": "time namespace",
}
"""By the field of struct nsproxy: what the reference on such a namespace is called."""


def _copied_namespace(field: str, flag: str, *rows: Rejection, old_is: int = 2) -> Contract:
    """copy_X_ns(): a new namespace where its flag is set, else the old one; one reference."""

    def run(machine: Interpreter, node: SyntaxNode, arguments: list[Value]) -> Value:
        resource, old = NAMESPACES[field], arguments[old_is]
        bit = machine.program.constants[flag]
        assert bit is not None
        wanted = (values.bits(word_of(arguments[0])) & bit) != 0
        made = stands_for(*rows)(machine, node, [])
        failed = both(wanted, word_of(made) != 0)
        machine.take(resource, no(failed))
        new = Value(machine.program.handle(f"new {field}"), False, f"new {field}")
        return merged(failed, made, merged(wanted, new, old))

    return run


@contract("timens_on_fork")
def _timens_on_fork(machine: Interpreter, _node: SyntaxNode, arguments: list[Value]) -> Value:
    """kernel/time/namespace.c: the child enters the time namespace set aside for children."""
    target = arguments[0].target
    machine.store(target, "time_ns", machine.field(target, "time_ns_for_children"))
    return number(0)


_ns = namespaces


contracts(
    {
        "get_time_ns": same,
        "create_nsproxy": yields_pointer(
            Fallible.CREATE_NSPROXY, "new nsproxy", takes="new nsproxy"
        ),
        "get_nsproxy": takes("nsproxy"),
        "exit_task_namespaces": gives("nsproxy"),
        "exit_nsproxy_namespaces": gives("nsproxy"),
        "put_nsproxy": gives("nsproxy"),
        "nsproxy_free": gives("nsproxy"),
        "copy_mnt_ns": _copied_namespace(
            "mnt_ns",
            "CLONE_NEWNS",
            _ns.too_many_mount_namespaces,
            _ns.mount_namespace_cannot_be_copied,
            old_is=1,
        ),
        "copy_utsname": _copied_namespace(
            "uts_ns",
            "CLONE_NEWUTS",
            _ns.too_many_uts_namespaces,
            _ns.uts_namespace_cannot_be_allocated,
        ),
        "copy_ipcs": _copied_namespace(
            "ipc_ns", "CLONE_NEWIPC", _ns.too_many_ipc_namespaces, _ns.ipc_namespace_cannot_be_made
        ),
        "copy_pid_ns": _copied_namespace(
            "pid_ns",
            "CLONE_NEWPID",
            _ns.second_pid_namespace_before_the_first_has_a_child,
            _ns.pid_namespace_of_a_stranger_would_be_nested,
            _ns.pid_namespaces_nest_too_deep,
            _ns.too_many_pid_namespaces,
            _ns.pid_namespace_cannot_be_allocated,
        ),
        "copy_cgroup_ns": _copied_namespace(
            "cgroup_ns",
            "CLONE_NEWCGROUP",
            _ns.too_many_cgroup_namespaces,
            _ns.cgroup_namespace_cannot_be_allocated,
        ),
        "copy_net_ns": _copied_namespace(
            "net_ns",
            "CLONE_NEWNET",
            _ns.too_many_network_namespaces,
            _ns.network_namespace_cannot_be_set_up,
        ),
        "copy_time_ns": _copied_namespace(
            "time_ns",
            "CLONE_NEWTIME",
            _ns.too_many_time_namespaces,
            _ns.time_namespace_cannot_be_allocated,
        ),
        "put_mnt_ns": gives("mount namespace"),
        "put_uts_ns": gives("UTS namespace"),
        "put_ipc_ns": gives("IPC namespace"),
        "put_pid_ns": gives("pid namespace"),
        "put_cgroup_ns": gives("cgroup namespace"),
        "put_net": gives("network namespace"),
        "put_time_ns": gives("time namespace"),
    }
)
