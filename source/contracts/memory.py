"""Contracts of memory: slab caches, copies in the kernel, the mm and its memory policy."""

from __future__ import annotations

from model.algebra import both, no, when_word
from model.state import Fallible
from source.contracts.making import (
    contract,
    contracts,
    gives,
    gives_if_set,
    or_error,
    takes,
    yields_pointer,
)
from source.contracts.user_namespace import one_allocation_fails
from source.expressions import assign
from source.interpreter import Interpreter
from source.syntax import SyntaxNode
from source.values import Value, number, truth, truth_of, unknown


@contract("kmem_cache_alloc", "kmem_cache_zalloc")
def _kmem_cache(machine: Interpreter, node: SyntaxNode, _arguments: list[Value]) -> Value:
    cache = node["arguments"].kids[0].text
    known: dict[str, tuple[Fallible, str, str]] = {
        "sighand_cachep": (Fallible.COPY_SIGHAND, "new sighand", "sighand"),
        "signal_cachep": (Fallible.COPY_SIGNAL, "new signal", "signal"),
        "user_ns_cachep": (Fallible.ALLOC_USER_NS, "new user_ns", "user_ns memory"),
    }
    if cache not in known:
        return unknown(f"an object of {cache}")
    step, to, resource = known[cache]
    if step is Fallible.ALLOC_USER_NS:
        fails = one_allocation_fails(machine.call, 0)
        machine.take(resource, no(fails))
        return Value(when_word(64, fails, 0, machine.program.handle(to)), False, to)
    return yields_pointer(step, to, takes=resource)(machine, node, [])


@contract("kmem_cache_free")
def _kmem_cache_free(machine: Interpreter, node: SyntaxNode, _arguments: list[Value]) -> Value:
    cache = node["arguments"].kids[0].text
    resource = {"user_ns_cachep": "user_ns memory", "nsproxy_cachep": "new nsproxy"}.get(cache)
    if resource is None:
        return unknown(f"an object of {cache}")
    machine.give(resource)
    return number(0)


@contract("kzalloc", "kzalloc_obj")
def _kzalloc(machine: Interpreter, node: SyntaxNode, _arguments: list[Value]) -> Value:
    if machine.frame.function.name != "vhost_task_create":
        return unknown(node.plain)
    return yields_pointer(Fallible.VHOST_TASK_STRUCT, "vtsk")(machine, node, [])


@contract("memcpy")
def _memcpy(machine: Interpreter, node: SyntaxNode, arguments: list[Value]) -> Value:
    """Copy a whole structure, as its size says."""
    target, source = arguments[0].target, arguments[1].target
    whole = node["arguments"].kids[2].kind == "sizeof_expression"
    if not (whole and isinstance(target, str) and isinstance(source, str) and target and source):
        return unknown(node.plain)
    machine.copied(target, source)
    return number(0)


@contract("memset")
def _memset(machine: Interpreter, node: SyntaxNode, arguments: list[Value]) -> Value:
    """Fill a whole place: with zeros what is read has a value, with others none."""
    target = arguments[0].target
    if not isinstance(target, str) or not target:
        return unknown(node.plain)
    whole = node["arguments"].kids[2].kind == "sizeof_expression"
    zero = whole and arguments[1].word == 0 and not arguments[1].unknown
    machine.filled(target, number(0) if zero else unknown(node.plain))
    return number(0)


@contract("strscpy_pad")
def _named(machine: Interpreter, node: SyntaxNode, _arguments: list[Value]) -> Value:
    assign(machine, node["arguments"].kids[0], truth(True))
    return number(0)


@contract("mpol_dup")
def _mpol_dup(machine: Interpreter, _node: SyntaxNode, arguments: list[Value]) -> Value:
    there = truth_of(arguments[0])
    fails = both(there, machine.call.fails(Fallible.MPOL_DUP))
    machine.take("memory policy", both(there, no(fails)))
    made = when_word(64, there, machine.program.handle("new mempolicy"), 0)
    return Value(or_error(machine, fails, "ENOMEM", made), False, "new mempolicy")


contracts(
    {
        "dup_mm": yields_pointer(Fallible.DUP_MM, "new mm", takes="mm"),
        "mmget": takes("mm"),
        "mmput": gives("mm"),
        "mpol_put": gives_if_set("memory policy", ("p", "mempolicy")),
        "shstk_alloc_thread_stack": lambda _machine, _node, _arguments: number(0),
    }
)
