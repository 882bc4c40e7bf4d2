"""Which functions are read, on which calls, and what of the model each is compared with."""

from __future__ import annotations

from model.algebra import no, when_word
from model.call import Call
from model.entries import CREATORS, KERNEL_CLONE_CALLERS
from model.evaluate import Outcome, outcome_of
from model.request import Entry
from model.setns import Joined, setns_outcome
from model.state import Fallible
from model.unshare import Unshared, unshare_outcome
from source import joining
from source.contracts.every import CONTRACTS
from source.contracts.making import gives
from source.interpreter import Contract, Interpreter
from source.readings.aspects import FORK_ASPECTS, aspects
from source.readings.entry_points import AT_ENTRY
from source.readings.new_namespaces import NEW_NAMESPACES
from source.readings.new_pid import NEW_PID
from source.readings.reading import Arguments, FunctionReading
from source.readings.rows import by_rows, inside
from source.sheet import check
from source.syntax import SyntaxNode
from source.values import Value, fact, number, truth, truth_of


def _copy_process(call: Call) -> Outcome:
    return outcome_of(call, inside())


def _flags_and_task(machine: Interpreter) -> list[Value]:
    return [machine.load("args->flags"), _p(machine)]


def _p(machine: Interpreter) -> Value:
    return Value(machine.program.handle("p"), False, "p")


def _copy_fs(machine: Interpreter) -> list[Value]:
    """The flags and the child; since v7.3 also whose root it is, of a helper or of init."""
    umh, idle = (truth_of(machine.load(f"args->{name}")) for name in ("umh", "idle"))
    whose = when_word(64, umh, 1, 0) | when_word(64, idle, 2, 0)
    return [*_flags_and_task(machine), Value(whose, False)]


def _copy_thread(machine: Interpreter) -> list[Value]:
    """The child and the arguments; before v5.19 the flags, the stack and its size, and the TLS."""
    function = machine.program.function("copy_thread")
    assert function is not None
    known = {
        "p": _p(machine),
        "args": machine.load("args"),
        "clone_flags": machine.load("args->flags"),
        "sp": machine.load("args->stack"),
        "arg": machine.load("args->stack_size"),
        "tls": machine.load("args->tls"),
    }
    return [known[name] for _, name in function.parameters]


def _given(*values: str) -> Arguments:
    return lambda machine: [machine.load(name) for name in values]


def _kernel_clone_stop(machine: Interpreter, node: SyntaxNode, arguments: list[Value]) -> Value:
    machine.state["given->trace"] = arguments[1]
    return Value(machine.program.handle("p"), False, "p")


def _put_parent_tid(machine: Interpreter, _node: SyntaxNode, _arguments: list[Value]) -> Value:
    machine.state["parent tid stored"] = truth(no(machine.call.fails(Fallible.PUT_PARENT_TID)))
    return number(0)


def _waits(machine: Interpreter, _node: SyntaxNode, _arguments: list[Value]) -> Value:
    machine.state["waits for vfork"] = truth(True)
    return number(0)


def _event_enabled(machine: Interpreter, _node: SyntaxNode, _arguments: list[Value]) -> Value:
    return truth(machine.call.current.traced)


def _switch(machine: Interpreter, _node: SyntaxNode, arguments: list[Value]) -> Value:
    machine.state["current->nsproxy"] = arguments[1]
    machine.drop("nsproxy")
    return number(0)


def _leave_undo_list(machine: Interpreter, _node: SyntaxNode, _arguments: list[Value]) -> Value:
    machine.state["current->sysvsem->undo_list"] = number(0)
    return number(0)


_UNSHARE_STOPS: dict[str, Contract] = {
    "switch_task_namespaces": _switch,
    "exit_sem": _leave_undo_list,
}

READINGS: list[FunctionReading] = [
    FunctionReading(
        "copy_process",
        "copy_process",
        CREATORS,
        lambda machine: [
            machine.load("copy_process:pid"),
            machine.load("copy_process:trace"),
            number(-1),
            machine.load("args"),
        ],
        _copy_process,
        FORK_ASPECTS,
        {"dec_rlimit_ucounts": gives("nproc charge")},
        keeps=True,
    ),
    FunctionReading(
        "kernel_clone",
        "kernel_clone",
        KERNEL_CLONE_CALLERS,
        _given("args"),
        by_rows("kernel_clone"),
        aspects("kernel_clone"),
        {
            "copy_process": _kernel_clone_stop,
            "put_user": _put_parent_tid,
            "wait_for_vfork_done": _waits,
            "ptrace_event_enabled": _event_enabled,
        },
    ),
    *(one for one in AT_ENTRY.values() if isinstance(one, FunctionReading)),
    FunctionReading(
        "copy_creds",
        "copy_creds",
        CREATORS,
        lambda machine: [_p(machine), machine.load("args->flags")],
        by_rows(
            "copy_creds",
            "prepare_creds",
            "create_user_ns",
            "inc_user_namespaces",
            "set_cred_ucounts",
        ),
        aspects("copy_creds"),
    ),
    FunctionReading(
        "copy_semundo",
        "copy_semundo",
        CREATORS,
        _flags_and_task,
        by_rows("copy_semundo"),
        aspects("copy_semundo"),
        subject="create",
    ),
    FunctionReading(
        "copy_files",
        "copy_files",
        CREATORS,
        lambda machine: [*_flags_and_task(machine), machine.load("args->no_files")],
        by_rows("copy_files"),
        aspects("copy_files"),
    ),
    FunctionReading(
        "copy_fs", "copy_fs", CREATORS, _copy_fs, by_rows("copy_fs"), aspects("copy_fs")
    ),
    FunctionReading(
        "copy_sighand",
        "copy_sighand",
        CREATORS,
        _flags_and_task,
        by_rows("copy_sighand"),
        aspects("copy_sighand"),
    ),
    FunctionReading(
        "copy_signal",
        "copy_signal",
        CREATORS,
        _flags_and_task,
        by_rows("copy_signal"),
        aspects("copy_signal"),
    ),
    FunctionReading(
        "copy_mm", "copy_mm", CREATORS, _flags_and_task, by_rows("copy_mm"), aspects("copy_mm")
    ),
    FunctionReading(
        "copy_thread",
        "copy_thread",
        CREATORS,
        _copy_thread,
        by_rows(),
        aspects("copy_thread"),
    ),
    FunctionReading(
        "copy_io",
        "copy_io",
        CREATORS,
        _flags_and_task,
        by_rows("__copy_io"),
        aspects("copy_io"),
    ),
    FunctionReading(
        "ksys_unshare",
        "ksys_unshare",
        (Entry.UNSHARE,),
        lambda machine: [fact(machine.call.request.flags)],
        unshare_outcome,
        aspects("ksys_unshare", Unshared),
        _UNSHARE_STOPS,
        subject="unshare",
        keeps=True,
    ),
    FunctionReading(
        "setns",
        "sys_setns",
        (Entry.SETNS,),
        joining.arguments,
        setns_outcome,
        aspects("setns", Joined),
        {**_UNSHARE_STOPS, **joining.STOPS},
        subject="setns",
        keeps=True,
    ),
    *NEW_NAMESPACES,
]
"""Every function that is compared, callees that are read in turn included."""

LONG: list[FunctionReading] = [NEW_PID]
"""Those that take long: compared where they are asked for by name alone."""

BY_NAME = {reading.name: reading for reading in (*READINGS, *LONG)}

check(BY_NAME, CONTRACTS)
