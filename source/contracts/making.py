"""How contracts are made: what a call that is not read in turn does, in the model's terms.

Allocations, security hooks and the like fail where chance says so; what they yield has to be
given back by the ladder; predicates read the model's state.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from model.algebra import Truth, Word, either, no, when_word
from model.call import Call
from model.complete import demand
from model.evaluate import _error, walk
from model.rows import Rejection, Row
from model.state import Fallible
from model.unshare import with_implied_flags
from source import values
from source.facts.places import COPIES
from source.interpreter import Contract, Interpreter, UnreadableC
from source.syntax import SyntaxNode
from source.values import Value, number, truth, truth_of

DECLARED: dict[str, Contract] = {}
"""What the files of this folder that were loaded declared: all of it in ``every.CONTRACTS``."""

ANY = "any"
"""An error that chance chooses."""


def contracts(made: Mapping[str, Contract]) -> None:
    """Declare what a call of each name does; raise ``Mistake`` for a name that has a contract."""
    demand([f"source/contracts: {name}() has two contracts" for name in made if name in DECLARED])
    DECLARED.update(made)


def contract(*names: str) -> Callable[[Contract], Contract]:
    """Declare what a call of one of these names does."""

    def declare(made: Contract) -> Contract:
        contracts(dict.fromkeys(names, made))
        return made

    return declare


def errno(machine: Interpreter, error: str) -> Word:
    """Return a negative errno."""
    if error == ANY:
        word = values.extended(machine.call.chance.errno)
        return values.negated(word)
    found = machine.program.constants[error]
    assert found is not None
    return -found


def or_error(machine: Interpreter, fails: Truth, error: str, good: Word) -> Word:
    """Return what a call that may fail returns: a negative errno (or :data:`ANY`), or ``good``."""
    return when_word(64, fails, errno(machine, error), good)


def yields_zero(
    step: Fallible | None, error: str = ANY, *, takes: str = "", when: str = ""
) -> Contract:
    """Return a contract for ``int f(…)``: 0, or a negative errno where a step fails."""

    def run(machine: Interpreter, _node: SyntaxNode, _arguments: list[Value]) -> Value:
        fails = machine.call.fails(step) if step is not None else False
        if takes:
            machine.take(takes, no(fails))
        return Value(or_error(machine, fails, error, 0))

    return run


def yields_pointer(
    step: Fallible, to: str, *, error: str = "", takes: str = "", loaded: str = ""
) -> Contract:
    """Return a contract for a pointer: NULL (or an error pointer) where a step fails."""

    def run(machine: Interpreter, _node: SyntaxNode, _arguments: list[Value]) -> Value:
        fails = machine.call.fails(step)
        good = machine.program.handle(to)
        bad = errno(machine, error) if error else 0
        if takes:
            machine.take(takes, no(fails))
        for copy, original in COPIES:
            if copy == to:
                machine.made_from(copy, original)
        return Value(when_word(64, fails, bad, good), False, to)

    return run


def gives(resource: str) -> Contract:
    """Return a contract that gives a resource back."""

    def run(machine: Interpreter, _node: SyntaxNode, _arguments: list[Value]) -> Value:
        machine.give(resource)
        return number(0)

    return run


def gives_if_set(resource: str, place: tuple[str, str]) -> Contract:
    """Return a contract that gives a resource back unless its pointer is NULL."""

    def run(machine: Interpreter, _node: SyntaxNode, _arguments: list[Value]) -> Value:
        held = machine.field(*place)
        if held.unknown:
            raise UnreadableC(held.unknown)
        machine.give(resource, truth_of(held))
        return number(0)

    return run


def takes(resource: str) -> Contract:
    """Return a contract that takes a resource and cannot fail."""

    def run(machine: Interpreter, _node: SyntaxNode, _arguments: list[Value]) -> Value:
        machine.take(resource)
        return number(0)

    return run


def is_that(read: Callable[[Call], Truth]) -> Contract:
    """Return a contract for a predicate on the caller."""
    return lambda machine, _node, _arguments: truth(read(machine.call))


def leads(to: str) -> Contract:
    """Return a contract for a pointer that is always the same."""
    return lambda machine, _node, _arguments: machine.load(to)


def same(_machine: Interpreter, _node: SyntaxNode, arguments: list[Value]) -> Value:
    """Return the first argument: annotations and conversions that change nothing."""
    return arguments[0]


def _unshares(machine: Interpreter) -> bool:
    """Return whether the run is of unshare(): its rows ask about the flags that it implies."""
    return machine.frames[0].function.name == "ksys_unshare"


def stands_for(*rows: Rejection, takes: str = "", to: str = "") -> Contract:
    """Return a contract that the model's own rows spell out (functions not read in turn)."""

    table: list[Row] = list(rows)

    def run(machine: Interpreter, _node: SyntaxNode, _arguments: list[Value]) -> Value:
        word: Word = machine.program.handle(to) if to else 0
        call = with_implied_flags(machine.call) if _unshares(machine) else machine.call
        found = walk(table, call)
        for row, first in reversed(found.hits):
            error = values.extended(_error(row, call))
            word = when_word(64, first, values.negated(error), word)
        failed = either(*(first for _, first in found.hits))
        if takes:
            machine.take(takes, no(failed))
        return Value(word, not to, to)

    return run
