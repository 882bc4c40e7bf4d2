"""How each entry point is read up to the function it ends in, on what it hands on."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from model import words
from model.algebra import Truth, when_word
from model.call import Call
from model.entries import ENTRIES
from model.evaluate import Outcome, outcome_of
from model.patches import VHOST_ERR_PTR
from model.request import Args, Entry
from model.rows import Rejection
from model.total import total
from source import effects
from source.contracts.making import errno
from source.effects import Reader
from source.facts.arguments import BY_FLAGS, has_fn
from source.interpreter import Contract, Interpreter
from source.readings.reading import Arguments, Aspect, FunctionReading, Model
from source.readings.rows import at
from source.syntax import SyntaxNode
from source.values import Target, Value, fact, number, unknown, word_of

_ARGS = (
    "flags",
    "exit_signal",
    "pidfd",
    "parent_tid",
    "child_tid",
    "set_tid_size",
    "cgroup",
    "name",
    "fn",
    "kthread",
    "io_thread",
    "user_worker",
    "no_files",
    "ignore_signals",
    "umh",
)

_TRUTHS = (
    *("name", "fn", "kthread", "io_thread", "user_worker", "no_files", "ignore_signals", "umh"),
)


def _stop(state: str, returns: str) -> Contract:
    """Return a contract that records the kernel_clone_args it is given, and succeeds."""

    def run(machine: Interpreter, node: SyntaxNode, arguments: list[Value]) -> Value:
        index = 0 if state == "kernel_clone" else 3
        target = arguments[index].target
        for name in _ARGS:
            machine.state[f"given->{name}"] = _given(machine, target, name)
        if state == "copy_process":
            machine.state["given->pid"] = arguments[0]
            machine.state["given->trace"] = arguments[1]
        else:
            machine.state["given->flags"] = _completed(machine, machine.load("given->flags"))
        return Value(machine.program.handle(returns), False, returns)

    return run


def _given(machine: Interpreter, target: Target, name: str) -> Value:
    idle = machine.frames[0].function.name == "fork_idle"
    if name == "fn" and idle and not has_fn(machine.program):
        return unknown(BY_FLAGS)
    return machine.field(target, _field_of(machine, name))


def _field_of(machine: Interpreter, name: str) -> str:
    """Return the field that holds an argument: before v5.19 a kernel's function was the stack."""
    of_the_kernel = not machine.frames[0].function.name.startswith("sys_")
    declared = machine.program.declared("kernel_clone_args")
    return "stack" if name == "fn" and of_the_kernel and name not in declared else name


def _completed(machine: Interpreter, flags: Value) -> Value:
    """Return the flags with what kernel_clone() of this tree adds before it does anything."""
    function = machine.program.readable("kernel_clone")
    added = "CLONE_EMPTY_MNTNS" in (function.body.text if function is not None else "")
    if not added or flags.unknown:
        return flags
    word = word_of(flags)
    empty = (word & words.EMPTY_MNTNS) != 0
    return Value(when_word(64, empty, word | words.NEWNS, word))


@dataclass(frozen=True)
class Filled:
    """What an entry point comes to by the model: its own errno, and what it hands on."""

    errno: Any
    args: Args
    outcome: Outcome

    @property
    def rejected_by(self) -> Rejection | None:
        """Return the row that rejects a concrete call."""
        return self.outcome.rejected_by

    @property
    def ok(self) -> Truth:
        """Return whether it goes on."""
        fine: Truth = self.errno == 0
        return fine


def _fills(*functions: str) -> Model:
    table = at(*functions)

    def model(call: Call) -> Filled:
        outcome = outcome_of(call, table, ladders={})
        return Filled(outcome.errno, call.args, outcome)

    return model


def _args_aspect(name: str) -> Aspect:
    path = f"given->{name}"
    reader: Reader = effects.set_at(path) if name in _TRUTHS else effects.word_at(path)

    def told(outcome: Filled) -> Any:
        value = getattr(outcome.args, name)
        return value if name in _TRUTHS else effects.as_64(value)

    return Aspect(f"args.{name}", reader, told)


ENTRY_ASPECTS = tuple(_args_aspect(name) for name in _ARGS)

_IDLE = Aspect(
    "args.idle",
    effects.is_object("given->pid", "init_struct_pid"),
    lambda outcome: outcome.args.idle,
)

_KERNEL_CLONE = {"kernel_clone": _stop("kernel_clone", "pid number")}

_COPY_PROCESS = {"copy_process": _stop("copy_process", "p")}


def _named(name: str) -> Arguments:
    """Arguments of kernel_thread(): the name came with the series, before the flags."""

    def arguments(machine: Interpreter) -> list[Value]:
        function = machine.program.function(name)
        assert function is not None
        request = machine.call.request
        handle = machine.program.handle("a name")
        known = {
            "fn": Value(machine.program.handle("a function"), False, "a function"),
            "arg": Value(machine.program.handle("an argument"), False, "an argument"),
            "name": Value(when_word(64, request.name, handle, 0), False, "a name"),
            "flags": fact(request.flags),
            "node": number(-1),
            "handle_sigkill": Value(machine.program.handle("a handler"), False, "a handler"),
        }
        if name == "vhost_task_create":
            known["name"] = Value(handle, False, "a name")
        return [known.get(parameter, number(0)) for _, parameter in function.parameters]

    return arguments


def _null_is_enomem(machine: Interpreter, value: Value) -> Value:
    """Before it returned error pointers, vhost_worker_create() made -ENOMEM of each NULL."""
    if machine.call.kernel[VHOST_ERR_PTR] is True or value.unknown:
        return value
    word = word_of(value)
    return Value(when_word(64, word == 0, errno(machine, "ENOMEM"), word), False, value.target)


def _clone(machine: Interpreter) -> list[Value]:
    request = machine.call.request
    values = {
        "clone_flags": fact(request.flags),
        "newsp": fact(request.stack),
        "parent_tidptr": fact(request.parent_tid),
        "child_tidptr": fact(request.child_tid),
    }
    function = machine.program.function("sys_clone")
    assert function is not None
    return [values.get(name, number(0)) for _, name in function.parameters]


def _clone3(machine: Interpreter) -> list[Value]:
    return [number(1), fact(machine.call.request.usize)]


def _entry(
    entry: Entry,
    arguments: Arguments,
    stops: dict[str, Contract],
    *rows: str,
) -> FunctionReading:
    aspects = (*ENTRY_ASPECTS, _IDLE) if stops is _COPY_PROCESS else ENTRY_ASPECTS
    return FunctionReading(
        name=ENTRIES[entry].function,
        function=ENTRIES[entry].function,
        entries=(entry,),
        arguments=arguments,
        model=_fills(*rows),
        aspects=aspects,
        stops=stops,
        needs=ENTRIES[entry].since,
    )


def _nothing(_machine: Interpreter) -> list[Value]:
    return []


def _processor(_machine: Interpreter) -> list[Value]:
    return [number(0)]


AT_ENTRY: dict[Entry, FunctionReading | str] = total(
    Entry,
    {
        Entry.FORK: _entry(Entry.FORK, _nothing, _KERNEL_CLONE),
        Entry.VFORK: _entry(Entry.VFORK, _nothing, _KERNEL_CLONE),
        Entry.CLONE: _entry(Entry.CLONE, _clone, _KERNEL_CLONE, "legacy_clone_args_valid"),
        Entry.CLONE3: _entry(
            Entry.CLONE3,
            _clone3,
            _KERNEL_CLONE,
            "copy_clone_args_from_user",
            "copy_struct_from_user",
            "clone3_args_valid",
            "clone3_stack_valid",
        ),
        Entry.KERNEL_THREAD: _entry(Entry.KERNEL_THREAD, _named("kernel_thread"), _KERNEL_CLONE),
        Entry.USER_MODE_THREAD: _entry(
            Entry.USER_MODE_THREAD, _named("user_mode_thread"), _KERNEL_CLONE
        ),
        Entry.CREATE_IO_THREAD: _entry(
            Entry.CREATE_IO_THREAD,
            _named("create_io_thread"),
            _COPY_PROCESS,
            "create_io_thread",
        ),
        Entry.VHOST_TASK_CREATE: replace(
            _entry(
                Entry.VHOST_TASK_CREATE,
                _named("vhost_task_create"),
                _COPY_PROCESS,
                "vhost_task_create",
            ),
            returned=_null_is_enomem,
        ),
        Entry.FORK_IDLE: _entry(Entry.FORK_IDLE, _processor, _COPY_PROCESS),
        Entry.COPY_PROCESS: "copy_process() itself is read, on whatever its caller fills",
        Entry.UNSHARE: "ksys_unshare() is read whole",
        Entry.SETNS: "setns() is read whole",
        Entry.VHOST_SET_OWNER: "vhost_dev_set_owner() is not read; what it creates is",
        Entry.KTHREAD_CREATE: "kthreadd is not read; what it creates is",
    },
)
"""How the C of each entry point is read up to the function it ends in, or why it is not."""
