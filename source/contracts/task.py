"""Contracts of the task itself: its struct, its thread state, the scheduler, hooks and the rest."""

from __future__ import annotations

from model.algebra import both, no
from model.state import Fallible
from source import values
from source.contracts.making import (
    contract,
    contracts,
    gives,
    gives_if_set,
    or_error,
    same,
    takes,
    yields_pointer,
    yields_zero,
)
from source.facts.arguments import BY_FLAGS, has_fn
from source.interpreter import Interpreter
from source.syntax import SyntaxNode
from source.values import Value, number, truth, truth_of, unknown


@contract("kthread_frame_init")
def _starts_at(machine: Interpreter, _node: SyntaxNode, arguments: list[Value]) -> Value:
    known = has_fn(machine.program)
    machine.state["p starts at"] = arguments[1] if known else unknown(BY_FLAGS)
    return number(0)


_THREAD_STATE = yields_zero(Fallible.COPY_THREAD, takes="thread state")


@contract("copy_thread")
def _copy_thread(machine: Interpreter, node: SyntaxNode, arguments: list[Value]) -> Value:
    """What the C of arch/x86 sets up; whether it can be set up is chance."""
    function = machine.program.readable("copy_thread")
    if function is None:
        machine.state["p starts at"] = unknown("copy_thread() is not in the tree")
    else:
        machine.run(function, arguments)
    return _THREAD_STATE(machine, node, arguments)


@contract("sched_fork")
def _sched_fork(machine: Interpreter, _node: SyntaxNode, _arguments: list[Value]) -> Value:
    fails = machine.call.current.deadline
    if machine.program.mentions("include/linux/sched/task.h", "sched_cancel_fork"):
        machine.take("scheduler hook", no(fails))
    return Value(or_error(machine, fails, "EAGAIN", 0))


@contract("get_undo_list")
def _get_undo_list(machine: Interpreter, _node: SyntaxNode, arguments: list[Value]) -> Value:
    had = truth_of(machine.load("current->sysvsem->undo_list"))
    fails = both(no(had), machine.call.fails(Fallible.COPY_SEMUNDO))
    place = arguments[0].target
    assert isinstance(place, str)
    machine.state[place] = Value(machine.program.handle("the undo list"), False, "the undo list")
    machine.state["done:the caller has an undo list"] = truth(no(fails))
    return Value(or_error(machine, fails, "ENOMEM", 0))


@contract("ioc_task_link")
def _ioc_task_link(machine: Interpreter, _node: SyntaxNode, _arguments: list[Value]) -> Value:
    """Before v5.18: a reference on the io_context, and one more task that uses it."""
    machine.take("io_context")
    return number(0)


@contract("get_task_io_context")
def _get_task_io_context(
    machine: Interpreter, node: SyntaxNode, arguments: list[Value]
) -> Value:
    """Before v5.18: it is made for the task, which holds it; put_io_context() drops a second."""
    made = yields_pointer(Fallible.COPY_IO, "new io_context", takes="io_context")
    found = made(machine, node, arguments)
    machine.store(arguments[0].target, "io_context", found)
    return found


@contract("__ptrace_link")
def _ptrace_link(machine: Interpreter, _node: SyntaxNode, arguments: list[Value]) -> Value:
    machine.state[f"{arguments[0].target} has a tracer"] = truth(True)
    return number(0)


@contract("futex_hash_allocate_default")
def _futex_hash(machine: Interpreter, _node: SyntaxNode, _arguments: list[Value]) -> Value:
    """kernel/futex/core.c: a caller without memory gets none, and needs none."""
    fails = both(machine.call.current.mm, machine.call.fails(Fallible.FUTEX_HASH))
    return Value(or_error(machine, fails, "ENOMEM", 0))


@contract("rlimit")
def _rlimit(machine: Interpreter, node: SyntaxNode, arguments: list[Value]) -> Value:
    if arguments[0].word == machine.program.constants["RLIMIT_NPROC"]:
        return values.fact(machine.call.current.signal.rlim_nproc)
    return unknown(node.plain, "another limit")


contracts(
    {
        "get_task_struct": same,
        "dup_task_struct": yields_pointer(Fallible.DUP_TASK_STRUCT, "p", takes="task_struct"),
        "delayed_free_task": gives("task_struct"),
        "set_kthread_struct": lambda machine, _node, _arguments: truth(
            no(machine.call.fails(Fallible.KTHREAD_STRUCT))
        ),
        "exit_thread": gives("thread state"),
        "set_new_tls": lambda _machine, _node, _arguments: number(0),
        "sched_cgroup_fork": yields_zero(Fallible.SCHED_CGROUP_FORK),
        "sched_cancel_fork": gives("scheduler hook"),
        "security_task_alloc": yields_zero(Fallible.SECURITY_TASK_ALLOC, takes="security blob"),
        "security_task_free": gives("security blob"),
        "audit_alloc": yields_zero(Fallible.AUDIT_ALLOC, "ENOMEM", takes="audit context"),
        "audit_free": gives("audit context"),
        "perf_event_init_task": yields_zero(Fallible.PERF_EVENT_INIT_TASK, takes="perf events"),
        "perf_event_free_task": gives("perf events"),
        "delayacct_tsk_init": takes("delay accounting"),
        "delayacct_tsk_free": gives("delay accounting"),
        "exit_sem": gives_if_set("undo list", ("p", "sysvsem->undo_list")),
        "alloc_io_context": yields_pointer(Fallible.COPY_IO, "new io_context", takes="io_context"),
        "exit_io_context": gives("io_context"),
        "ioprio_valid": lambda _machine, _node, _arguments: truth(True),
        "task_exec_state_copy": yields_zero(Fallible.EXEC_STATE, "ENOMEM"),
        "io_uring_fork": yields_zero(Fallible.IO_URING_FORK, "ENOMEM"),
    }
)
