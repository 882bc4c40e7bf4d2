"""Contracts of pids, pid namespaces and pidfds: kernel/pid.c."""

from __future__ import annotations

from model import words
from model.algebra import Truth, both, either, no, when_word
from model.rules import pid
from model.state import Fallible
from source import values
from source.contracts.making import ANY, contract, contracts, gives, or_error, stands_for
from source.interpreter import Interpreter
from source.syntax import SyntaxNode
from source.values import Value, number, truth, unknown

_ALLOC_PID = stands_for(*pid.ALLOC_PID, takes="pid", to="pid")


@contract("alloc_pid")
def _alloc_pid(machine: Interpreter, node: SyntaxNode, arguments: list[Value]) -> Value:
    """The model's rows, provided that they are asked about the pids of the call."""
    wanted = machine.load("args->set_tid_size")
    if len(arguments) > 1 and (arguments[-1].unknown or arguments[-1].word is not wanted.word):
        return unknown(f"{node.plain}: other pids than the call's")
    machine.state["pid->ns"] = arguments[0]
    machine.state["pid->level"] = machine.field(arguments[0].target, "level")
    return _ALLOC_PID(machine, node, arguments)


@contract("attach_pid")
def _attach_pid(machine: Interpreter, node: SyntaxNode, _arguments: list[Value]) -> Value:
    machine.state[node.plain] = truth(True)
    return number(0)


@contract("pid_nr")
def _pid_nr(machine: Interpreter, _node: SyntaxNode, _arguments: list[Value]) -> Value:
    return Value(when_word(64, machine.call.args.idle, 0, 100))


@contract("thread_group_leader")
def _leader(machine: Interpreter, _node: SyntaxNode, arguments: list[Value]) -> Value:
    signal = machine.field(arguments[0].target, "exit_signal")
    return unknown(signal.unknown) if signal.unknown else truth(no(values.less(signal, number(0))))


@contract("is_child_reaper")
def _is_child_reaper(machine: Interpreter, _node: SyntaxNode, _arguments: list[Value]) -> Value:
    call = machine.call
    return truth(either(pid.new_pid_ns(call), no(call.current.pid_ns.child_reaper)))


@contract("task_active_pid_ns")
def _active_pid_ns(machine: Interpreter, _node: SyntaxNode, _arguments: list[Value]) -> Value:
    return Value(machine.program.handle("its active pid_ns"), False, "its active pid_ns")


@contract("__pidfd_prepare", "pidfd_prepare")
def _pidfd_prepare(machine: Interpreter, _node: SyntaxNode, arguments: list[Value]) -> Value:
    fails = machine.call.fails(Fallible.PIDFD_PREPARE)
    place = arguments[2].target
    assert isinstance(place, str)
    machine.state[place] = Value(machine.program.handle("pidfd file"), False, "pidfd file")
    machine.take("pidfd", no(fails))
    machine.take("pidfd file", no(fails))
    return Value(or_error(machine, fails, ANY, 100))


@contract("get_unused_fd_flags")
def _get_unused_fd(machine: Interpreter, _node: SyntaxNode, _arguments: list[Value]) -> Value:
    """Before pidfd_prepare(): the descriptor and its file, which fail one by one."""
    fails = _fails_for(machine, descriptor=True)
    machine.take("pidfd", no(fails))
    return Value(or_error(machine, fails, "EMFILE", 100))


@contract("anon_inode_getfile")
def _anon_inode_getfile(machine: Interpreter, _node: SyntaxNode, _arguments: list[Value]) -> Value:
    fails = _fails_for(machine, descriptor=False)
    machine.take("pidfd file", no(fails))
    word = or_error(machine, fails, ANY, machine.program.handle("pidfd file"))
    return Value(word, False, "pidfd file")


def _fails_for(machine: Interpreter, *, descriptor: bool) -> Truth:
    full = machine.call.chance.errno == words.Errno.EMFILE
    return both(machine.call.fails(Fallible.PIDFD_PREPARE), full if descriptor else no(full))


contracts({"pid_vnr": lambda _machine, _node, _arguments: number(100), "free_pid": gives("pid")})
