"""Contracts of user namespaces and of what is counted in them: kernel/ucount.c, too."""

from __future__ import annotations

from model import words
from model.algebra import Truth, both, no
from model.call import Call
from model.rules.creds import full
from model.state import Fallible
from source.contracts.making import (
    contract,
    contracts,
    gives,
    is_that,
    or_error,
    yields_pointer,
    yields_zero,
)
from source.interpreter import Interpreter
from source.syntax import SyntaxNode
from source.values import Value, merged, number


def one_allocation_fails(call: Call, which: int) -> Truth:
    """Return whether one of the three allocations of a user namespace is what fails.

    ``which`` is 0 for its memory, 1 for its inode number, 2 for its sysctls; ``chance.errno``, of
    no other use where ALLOC_USER_NS fails, chooses.
    """
    inum = call.chance.errno == int(words.Errno.EAGAIN)
    sysctls = call.chance.errno == int(words.Errno.EINVAL)
    chosen = (both(no(inum), no(sysctls)), inum, sysctls)[which]
    return both(call.fails(Fallible.ALLOC_USER_NS), chosen)


@contract("ns_alloc_inum", "ns_common_init")
def _ns_alloc_inum(machine: Interpreter, _node: SyntaxNode, _arguments: list[Value]) -> Value:
    fails = one_allocation_fails(machine.call, 1)
    machine.take("user_ns inum", no(fails))
    return Value(or_error(machine, fails, "ENOMEM", 0))


@contract("inc_user_namespaces")
def _inc_user_namespaces(machine: Interpreter, _node: SyntaxNode, _arguments: list[Value]) -> Value:
    fails = full(machine.call.system.user_namespaces)
    machine.take("user namespace count", no(fails))
    cred, handle = machine.call.cred, machine.program.handle
    own = Value(handle("its ucounts"), False, "its ucounts")
    of_euid = Value(handle("creator's ucounts"), False, "creator's ucounts")
    return merged(fails, number(0), merged(cred.uid == cred.euid, own, of_euid))


_FRESH_UCOUNTS = yields_pointer(Fallible.SET_CRED_UCOUNTS, "fresh ucounts")


@contract("alloc_ucounts")
def _alloc_ucounts(machine: Interpreter, node: SyntaxNode, arguments: list[Value]) -> Value:
    """kernel/ucount.c: what is charged to a uid in a namespace; a new one of both is empty."""
    ns, uid = arguments
    machine.state["fresh ucounts->ns"], machine.state["fresh ucounts->uid"] = ns, uid
    return _FRESH_UCOUNTS(machine, node, arguments)


@contract("task_ucounts")
def _task_ucounts(machine: Interpreter, _node: SyntaxNode, arguments: list[Value]) -> Value:
    cred = machine.field(arguments[0].target, "real_cred")
    return machine.field(cred.target, "ucounts")


contracts(
    {
        "setup_userns_sysctls": is_that(lambda call: no(one_allocation_fails(call, 2))),
        "ns_free_inum": gives("user_ns inum"),
        "ns_common_free": gives("user_ns inum"),
        "security_create_user_ns": yields_zero(Fallible.SECURITY_CREATE_USER_NS),
        "current_chrooted": is_that(lambda call: call.current.chrooted),
        "put_ucounts": lambda _machine, _node, _arguments: number(0),
        "dec_user_namespaces": gives("user namespace count"),
    }
)
