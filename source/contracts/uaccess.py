"""Contracts of copies from and to user space."""

from __future__ import annotations

from model import words
from model.algebra import below, both, either, no, plus_unsigned
from model.state import Fallible
from source import values
from source.contracts.making import contract, contracts, or_error, same
from source.facts.arguments import CLONE_ARGS, clone_arg
from source.interpreter import Interpreter
from source.syntax import SyntaxNode
from source.values import Value, truth, unknown, word_of

BY_SIGN = "(long)"
"""What valid_user_address() says where an address is the user's if its highest bit is clear."""


@contract("access_ok")
def _access_ok(machine: Interpreter, _node: SyntaxNode, arguments: list[Value]) -> Value:
    """Up to the end of user memory, or of the lower half where the tree goes by the sign."""
    start, size = (values.bits(word_of(value)) for value in arguments)
    end = plus_unsigned(start, size)
    return truth(no(either(below(end, start), below(_last_end(machine), end))))


def _last_end(machine: Interpreter) -> int:
    file = machine.program.file("arch/x86/include/asm/uaccess_64.h")
    said = file.macros_of({"valid_user_address"}) if file is not None else []
    by_sign = any(name == "valid_user_address" and BY_SIGN in text for name, _, text in said)
    return int((1 << 63) - 1 if by_sign else words.TASK_SIZE_MAX)


@contract("copy_struct_from_user")
def _copy_struct(machine: Interpreter, _node: SyntaxNode, arguments: list[Value]) -> Value:
    """Fields beyond the caller's size are zero; bytes beyond the kernel's must be."""
    target = arguments[0].target
    assert isinstance(target, str)
    known = _size_of_clone_args(machine)
    call = machine.call
    for name, (offset, _) in CLONE_ARGS.items():
        if offset < known:
            machine.state[f"{target}->{name}"] = clone_arg(call, name)
    machine.state[f"{target}->*"] = unknown("a field of struct clone_args")
    beyond = [
        clone_arg(call, name).word != 0
        for name, (offset, _) in CLONE_ARGS.items()
        if offset >= known
    ]
    tail = both(call.request.tail, below(words.CLONE_ARGS_SIZE_VER2, call.request.usize))
    fault = call.fails(Fallible.COPY_CLONE_ARGS)
    word = or_error(machine, fault, "EFAULT", 0)
    return Value(or_error(machine, either(tail, *beyond), "E2BIG", word))


def _size_of_clone_args(machine: Interpreter) -> int:
    """Return the size of struct clone_args in this tree: its fields, else its newest size."""
    declared = machine.program.declared("clone_args")
    if declared and all(text.split()[0] == "__aligned_u64" for text in declared.values()):
        return 8 * len(declared)
    sizes = [machine.program.constants[f"CLONE_ARGS_SIZE_VER{number_}"] for number_ in range(3)]
    return max(size for size in sizes if size is not None)


contracts(
    {
        "u64_to_user_ptr": same,
        "put_user": lambda machine, _node, _arguments: Value(
            or_error(machine, machine.call.fails(Fallible.PUT_PIDFD), "EFAULT", 0)
        ),
        "copy_from_user": lambda machine, _node, _arguments: truth(
            machine.call.fails(Fallible.COPY_SET_TID)
        ),
    }
)
