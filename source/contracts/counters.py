"""Contracts of counters and bits: refcount_t, atomic_t, atomic_long_t, test_bit()."""

from __future__ import annotations

from model.algebra import Truth, both
from source import values
from source.contracts.making import contract
from source.interpreter import Interpreter
from source.syntax import SyntaxNode
from source.values import Choice, Target, Value, merged, number, truth, unknown, word_of


@contract("refcount_inc", "atomic_inc")
def _counts(machine: Interpreter, node: SyntaxNode, arguments: list[Value]) -> Value:
    """A reference taken by hand: which one, its place tells."""
    resource = {
        "current->sighand->count": "sighand",
        "current->files->count": "files",
        "current->io_context->active_ref": "io_context",
        "the undo list->refcnt": "undo list",
        "its user->processes": "nproc charge",
    }
    for there, place in values.cases_of(arguments[0].target):
        if place in resource:
            machine.take(resource[place], there)
    return number(0)


@contract("atomic_dec")
def _uncounts(machine: Interpreter, node: SyntaxNode, arguments: list[Value]) -> Value:
    """The charge of a process, before v5.14: what else is counted down by hand is not read."""
    users = {f"{its} user->processes" for its in ("its", "its objective")}
    if not users.issuperset(place for _, place in values.cases_of(arguments[0].target)):
        return unknown(node.plain)
    machine.give("nproc charge")
    return number(0)


@contract("refcount_read", "atomic_read")
def _counted(machine: Interpreter, _node: SyntaxNode, arguments: list[Value]) -> Value:
    """The count behind a pointer to it."""
    cases = values.cases_of(arguments[0].target)
    if not cases:
        return unknown("a count")
    value = machine.load(cases[-1][1])
    for there, place in reversed(cases[:-1]):
        value = merged(there, machine.load(place), value)
    return value


@contract("atomic_long_add_return", "atomic_long_read")
def _atomic_long(machine: Interpreter, _node: SyntaxNode, arguments: list[Value]) -> Value:
    place = arguments[-1].target
    return _each(machine, place, arguments[0] if len(arguments) == 2 else None, True)


@contract("atomic_long_sub_return")
def _atomic_long_sub(machine: Interpreter, _node: SyntaxNode, arguments: list[Value]) -> Value:
    taken, place = arguments
    return _each(machine, place.target, Value(values.negated(word_of(taken)), True), True)


def _each(machine: Interpreter, place: Target, added: Value | None, here: Truth) -> Value:
    """Add to (or read) the counter that a pointer leads to, wherever it may lead."""
    if isinstance(place, Choice):
        found = [
            (there, _each(machine, one, added, both(here, there))) for there, one in place.cases
        ]
        value = found[-1][1]
        for there, one in reversed(found[:-1]):
            value = merged(there, one, value)
        return value
    if not place:
        return number(0)
    old = machine.load(place)
    if old.unknown or added is None:
        return old
    word = word_of(old) + word_of(added)
    new = Value(values.as_signed(word) if isinstance(word, int) else word, True)
    machine.state[place] = merged(here, new, old)
    return new


@contract("test_bit")
def _test_bit(machine: Interpreter, node: SyntaxNode, arguments: list[Value]) -> Value:
    bit, place = arguments
    word = machine.load(place.target) if isinstance(place.target, str) else unknown(node.plain)
    if word.unknown or not isinstance(bit.word, int):
        return unknown(node.plain)
    return truth((values.bits(word_of(word)) & (1 << bit.word)) != 0)
