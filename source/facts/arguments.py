"""Places of what the call is given: struct kernel_clone_args, struct clone_args, registers."""

from __future__ import annotations

from collections.abc import Callable

from model.algebra import Word, low_32, when_word
from model.call import Call
from model.effects.kernel_clone import reports_to_tracer
from model.entries import visible
from source.facts.making import Fact, number_of, pointer_if, pointer_to, whether
from source.program import Program
from source.values import Value, fact, number


def _pid_argument(program: Program, call: Call) -> Value:
    handle = program.handle("init_struct_pid")
    return Value(when_word(64, call.args.idle, handle, 0), False, "init_struct_pid")


BY_FLAGS = "before v5.19 a task starts in the kernel by its flags, not by args->fn"


def has_fn(program: Program) -> bool:
    """Return whether a tree's kernel_clone_args tells what a kernel's child runs."""
    declared = program.declared("kernel_clone_args")
    return not declared or "fn" in declared


ARGUMENTS: dict[str, Fact] = {
    "copy_process:pid": _pid_argument,
    "copy_process:trace": whether(reports_to_tracer.value),
    "args": pointer_to("args"),
    "args->flags": number_of(lambda call: call.args.flags),
    "args->exit_signal": lambda _program, call: fact(low_32(call.args.exit_signal), signed=True),
    "args->pidfd": number_of(lambda call: call.args.pidfd),
    "args->parent_tid": number_of(lambda call: call.args.parent_tid),
    "args->child_tid": number_of(lambda call: call.args.child_tid),
    "args->set_tid_size": number_of(lambda call: call.args.set_tid_size),
    "args->cgroup": number_of(lambda call: call.args.cgroup),
    "args->name": pointer_if(lambda call: call.args.name, "a name"),
    "args->fn": pointer_if(lambda call: call.args.fn, "a function"),
    "args->kthread": whether(lambda call: call.args.kthread),
    "args->io_thread": whether(lambda call: call.args.io_thread),
    "args->user_worker": whether(lambda call: call.args.user_worker),
    "args->no_files": whether(lambda call: call.args.no_files),
    "args->ignore_signals": whether(lambda call: call.args.ignore_signals),
    "args->umh": whether(lambda call: call.args.umh),
    "args->idle": whether(lambda call: call.args.idle),
    "args->cset": lambda _program, _call: number(0),
    "args->cgrp": lambda _program, _call: number(0),
    "args->kill_seq": lambda _program, _call: number(0),
    "request->flags": number_of(lambda call: call.request.flags),
    "request->stack": number_of(lambda call: call.request.stack),
    "request->usize": number_of(lambda call: call.request.usize),
    "request->parent_tid": number_of(lambda call: call.request.parent_tid),
    "request->child_tid": number_of(lambda call: call.request.child_tid),
}
"""Arguments of copy_process(), kernel_clone() and the system calls."""


CLONE_ARGS: dict[str, tuple[int, Callable[[Call], Word]]] = {
    "flags": (0, lambda call: call.request.flags),
    "pidfd": (8, lambda call: call.request.pidfd),
    "child_tid": (16, lambda call: call.request.child_tid),
    "parent_tid": (24, lambda call: call.request.parent_tid),
    "exit_signal": (32, lambda call: call.request.exit_signal),
    "stack": (40, lambda call: call.request.stack),
    "stack_size": (48, lambda call: call.request.stack_size),
    "set_tid": (64, lambda call: call.request.set_tid),
    "set_tid_size": (72, lambda call: call.request.set_tid_size),
    "cgroup": (80, lambda call: call.request.cgroup),
}
"""Fields of struct clone_args: their offset, and the request's."""


def clone_arg(call: Call, name: str) -> Value:
    """Return a field of struct clone_args as far as the size argument covers it."""
    offset, read = CLONE_ARGS[name]
    word = read(call)
    return Value(visible(word, call.request.usize, offset) if offset >= 64 else word, False)
