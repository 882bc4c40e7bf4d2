"""Contracts of credentials and capabilities: kernel/cred.c, kernel/capability.c."""

from __future__ import annotations

from model.algebra import both, either, no
from model.state import Fallible
from source.contracts.making import contract, contracts, is_that, leads, yields_pointer
from source.interpreter import Interpreter
from source.syntax import SyntaxNode
from source.values import Value, equal, number, truth, truth_of, unknown

CRED, SECOND_CRED = "cred", "second reference on the cred"
"""A task's two references: one on its objective credentials, one on its subjective ones."""


@contract("capable", "ns_capable_setid")
def _capable(machine: Interpreter, _node: SyntaxNode, arguments: list[Value]) -> Value:
    cap = arguments[0].word
    return truth(machine.call.capable(1 << cap)) if isinstance(cap, int) else unknown("capable")


@contract("ns_capable")
def _ns_capable(machine: Interpreter, _node: SyntaxNode, arguments: list[Value]) -> Value:
    """Over a namespace made by this call its maker, the owner, has every capability."""
    ns, cap = arguments
    if ns.unknown or not isinstance(cap.word, int):
        return unknown(f"ns_capable({ns.unknown})")
    mask = 1 << cap.word
    call = machine.call
    made = equal(ns, Value(machine.program.handle("new user_ns"), False))
    initial = equal(ns, Value(machine.program.handle("init_user_ns"), False))
    own = both(no(initial), call.capable_in_own_ns(mask))
    owned = both(made, (call.chance.lsm_denies & mask) == 0)
    return truth(either(owned, both(no(made), either(own, both(initial, call.capable(mask))))))


@contract("uid_eq")
def _uid_eq(_machine: Interpreter, _node: SyntaxNode, arguments: list[Value]) -> Value:
    for value in arguments:
        if value.unknown:
            return unknown(value.unknown)
    return truth(equal(*arguments))


@contract("get_cred")
def _get_cred(machine: Interpreter, _node: SyntaxNode, arguments: list[Value]) -> Value:
    """One reference: the first on the cred that the run is about, else the second."""
    first = truth_of(machine.load(f"held:{CRED}"))
    machine.take(SECOND_CRED, first)
    machine.take(CRED, no(first))
    return arguments[0]


@contract("get_cred_many")
def _get_cred_many(machine: Interpreter, node: SyntaxNode, arguments: list[Value]) -> Value:
    """kernel/cred.c:copy_creds takes both of a thread's at once (v6.7)."""
    if arguments[1].word != 2:
        return unknown(node.plain)
    machine.take(CRED)
    machine.take(SECOND_CRED)
    return arguments[0]


def _gives_cred(machine: Interpreter) -> None:
    machine.drop("user namespace")
    machine.give(CRED)


@contract("put_cred", "put_cred_many")
def _put_cred(machine: Interpreter, _node: SyntaxNode, _arguments: list[Value]) -> Value:
    """The last reference on a cred drops the one on its user namespace."""
    _gives_cred(machine)
    return number(0)


@contract("exit_creds")
def _exit_creds(machine: Interpreter, _node: SyntaxNode, _arguments: list[Value]) -> Value:
    """kernel/cred.c:exit_creds puts both references of a task."""
    machine.give(SECOND_CRED)
    _gives_cred(machine)
    return number(0)


@contract("task_cred_xxx")
def _task_cred(machine: Interpreter, node: SyntaxNode, arguments: list[Value]) -> Value:
    cred = machine.field(arguments[0].target, "real_cred")
    return machine.field(cred.target, node["arguments"].kids[1].text)


@contract("install_thread_keyring_to_cred")
def _fresh_keyring(machine: Interpreter, _node: SyntaxNode, arguments: list[Value]) -> Value:
    handle = machine.program.handle("fresh thread keyring")
    machine.store(arguments[0].target, "thread_keyring", Value(handle, False))
    return number(0)


@contract("task_no_new_privs")
def _has_no_new_privs(machine: Interpreter, _node: SyntaxNode, arguments: list[Value]) -> Value:
    return machine.field(arguments[0].target, "no_new_privs")


@contract("task_set_no_new_privs")
def _sets_no_new_privs(machine: Interpreter, _node: SyntaxNode, arguments: list[Value]) -> Value:
    machine.store(arguments[0].target, "no_new_privs", truth(True))
    return number(0)


contracts(
    {
        "current_uid": leads("current cred->uid"),
        "current_user_ns": leads("current cred->user_ns"),
        "current_cred": leads("current->cred"),
        "kuid_has_mapping": is_that(lambda call: call.cred.euid_mapped),
        "kgid_has_mapping": is_that(lambda call: call.cred.egid_mapped),
        "prepare_creds": yields_pointer(Fallible.PREPARE_CREDS, "new cred", takes="cred"),
    }
)
