"""Contracts of macros: errors in pointers, what is configured, reads and writes of one word."""

from __future__ import annotations

from model.algebra import either
from source import values
from source.configuration import DEFINED, UNDEFINED
from source.contracts.making import contract, contracts, same
from source.expressions import assign
from source.interpreter import Interpreter
from source.syntax import SyntaxNode
from source.values import Value, is_error, number, truth, unknown, word_of

contracts(
    dict.fromkeys(
        ("likely", "unlikely", "data_race", "READ_ONCE", "rcu_dereference", "array_index_nospec"),
        same,
    )
)


@contract("lower_32_bits")
def _lower(_machine: Interpreter, _node: SyntaxNode, arguments: list[Value]) -> Value:
    return Value(values.bits(word_of(arguments[0])) & 0xFFFFFFFF, False)


@contract("IS_ERR", "IS_ERR_OR_NULL", "IS_ERR_VALUE")
def _is_err(_machine: Interpreter, node: SyntaxNode, arguments: list[Value]) -> Value:
    value = arguments[0]
    if value.unknown:
        return unknown(value.unknown)
    error = is_error(word_of(value))
    null = word_of(value) == 0 if node["function"].text == "IS_ERR_OR_NULL" else False
    return truth(either(error, null))


@contract("PTR_ERR", "ERR_CAST", "ERR_PTR")
def _ptr_err(_machine: Interpreter, _node: SyntaxNode, arguments: list[Value]) -> Value:
    value = arguments[0]
    return value if value.unknown else Value(word_of(value), True)


@contract("IS_ENABLED")
def _is_enabled(_machine: Interpreter, node: SyntaxNode, _arguments: list[Value]) -> Value:
    name = node["arguments"].kids[0].text
    if name in DEFINED or name in UNDEFINED:
        return truth(name in DEFINED)
    return unknown(f"whether {name} is set")


@contract("RCU_INIT_POINTER", "rcu_assign_pointer", "WRITE_ONCE")
def _assigned(machine: Interpreter, node: SyntaxNode, arguments: list[Value]) -> Value:
    assign(machine, node["arguments"].kids[0], arguments[1])
    return number(0)


@contract("swap")
def _swap(machine: Interpreter, node: SyntaxNode, arguments: list[Value]) -> Value:
    one, other = node["arguments"].kids
    assign(machine, one, arguments[1])
    assign(machine, other, arguments[0])
    return number(0)
