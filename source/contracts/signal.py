"""Contracts of signals: their handlers, those that wait, and who shares them."""

from __future__ import annotations

from model import words
from model.algebra import both, either
from source import values
from source.contracts.making import contract, contracts, gives, is_that
from source.interpreter import Interpreter
from source.syntax import SyntaxNode
from source.values import Target, Value, number, truth, unknown, word_of


@contract("sigmask")
def _sigmask(_machine: Interpreter, _node: SyntaxNode, arguments: list[Value]) -> Value:
    word = arguments[0].word
    return Value(1 << (word - 1), False) if isinstance(word, int) else unknown("sigmask")


@contract("task_sigpending")
def _sigpending(machine: Interpreter, _node: SyntaxNode, _arguments: list[Value]) -> Value:
    return truth(machine.call.chance.signal_pending)


@contract("signal_pending")
def _signal_pending(machine: Interpreter, _node: SyntaxNode, _arguments: list[Value]) -> Value:
    chance = machine.call.chance
    return truth(either(chance.signal_pending, chance.notify_signal))


@contract("siginitsetinv")
def _siginitsetinv(machine: Interpreter, _node: SyntaxNode, arguments: list[Value]) -> Value:
    """Set every signal but those of the mask (sigmask() bits)."""
    place, mask = arguments
    assert isinstance(place.target, str)
    machine.state[place.target] = Value(values.bits(word_of(mask)) ^ values.MASK, False)
    return number(0)


def _actions(machine: Interpreter, task: Value) -> Target:
    """Return the signal actions of a task."""
    sighand = machine.field(task.target, "sighand")
    return machine.field(sighand.target, "action").target


@contract("flush_signal_handlers")
def _flush(machine: Interpreter, _node: SyntaxNode, arguments: list[Value]) -> Value:
    machine.store(_actions(machine, arguments[0]), "caught", number(0))
    return number(0)


@contract("ignore_signals")
def _ignore(machine: Interpreter, _node: SyntaxNode, arguments: list[Value]) -> Value:
    actions = _actions(machine, arguments[0])
    machine.store(actions, "caught", number(0))
    machine.store(actions, "ignored", Value(words.ALL_SIGNALS, False))
    return number(0)


@contract("do_send_sig_info")
def _send_signal(machine: Interpreter, node: SyntaxNode, _arguments: list[Value]) -> Value:
    signal, _, task, _ = node["arguments"].kids
    if (signal.text, task.text) != ("SIGKILL", "child"):
        return unknown(node.plain)
    machine.state["SIGKILL for p"] = truth(True)
    return number(0)


@contract("sas_ss_reset")
def _sas_ss_reset(machine: Interpreter, _node: SyntaxNode, arguments: list[Value]) -> Value:
    machine.store(arguments[0].target, "sas_ss_sp", number(0))
    return number(0)


contracts(
    {
        "fatal_signal_pending": is_that(lambda call: call.chance.fatal_signal),
        "thread_group_empty": is_that(lambda call: call.current.signal.nr_threads == 1),
        "current_is_single_threaded": is_that(
            lambda call: both(call.current.signal.nr_threads == 1, call.current.mm_users == 1)
        ),
        "__cleanup_sighand": gives("sighand"),
        "free_signal_struct": gives("signal"),
    }
)
