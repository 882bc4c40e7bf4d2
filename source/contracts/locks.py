"""Contracts of locks and lists: what is locked has to be unlocked again."""

from __future__ import annotations

from source.contracts.making import contract, contracts
from source.interpreter import Interpreter
from source.syntax import SyntaxNode
from source.values import Value, number, unknown

ELSEWHERE_GIVEN = "lock &cgroup_mutex"
"""A lock that is not watched: cgroup_css_set_put_fork(), which is not read, gives it back."""


def _lock_of(node: SyntaxNode) -> str:
    return f"lock {node['arguments'].kids[0].plain}"


def _locks(machine: Interpreter, node: SyntaxNode, _arguments: list[Value]) -> Value:
    if _lock_of(node) != ELSEWHERE_GIVEN:
        machine.take(_lock_of(node))
    return number(0)


def _unlocks(machine: Interpreter, node: SyntaxNode, _arguments: list[Value]) -> Value:
    if _lock_of(node) != ELSEWHERE_GIVEN:
        machine.give(_lock_of(node))
    return number(0)


for _name in ("spin_lock", "spin_lock_irq", "write_lock_irq", "mutex_lock", "task_lock"):
    contracts({_name: _locks, _name.replace("_lock", "_unlock", 1): _unlocks})


contracts({"read_seqlock_excl": _locks, "read_sequnlock_excl": _unlocks})


@contract("hlist_add_head")
def _hlist_add(machine: Interpreter, node: SyntaxNode, _arguments: list[Value]) -> Value:
    if "multiprocess" not in node.text:
        return unknown(node.plain)
    machine.take("delayed signals")
    return number(0)


@contract("hlist_del_init")
def _hlist_del(machine: Interpreter, _node: SyntaxNode, _arguments: list[Value]) -> Value:
    """hlist_del_init() of what is on no list does nothing."""
    machine.drop("delayed signals")
    return number(0)
