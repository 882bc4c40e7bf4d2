"""Contracts of cgroups: kernel/cgroup/cgroup.c."""

from __future__ import annotations

from model.algebra import both, no, when_word
from model.rules import cgroup
from model.state import Fallible
from source import values
from source.contracts.making import (
    contract,
    contracts,
    gives,
    is_that,
    leads,
    same,
    stands_for,
    yields_pointer,
)
from source.interpreter import Interpreter
from source.syntax import SyntaxNode
from source.values import Value, merged, number, truth, truth_of, unknown, word_of


@contract("fget_raw")
def _fget_raw(machine: Interpreter, _node: SyntaxNode, _arguments: list[Value]) -> Value:
    """The model does not tell a closed descriptor from one that is no cgroup's."""
    closed = cgroup.cgroup_fd_is_no_cgroup.condition(machine.call)
    handle = machine.program.handle("a cgroup's file")
    return Value(when_word(64, closed, 0, handle), False, "a cgroup's file")


@contract("CLASS(fd_raw, f)")
def _class_fd_raw(machine: Interpreter, node: SyntaxNode, arguments: list[Value]) -> Value:
    """``CLASS(fd_raw, f)(fd)``: a local variable (v6.13)."""
    machine.state[machine.local(machine.frame, "f")] = _fget_raw(machine, node, arguments)
    return number(0)


@contract("fd_empty")
def _fd_empty(_machine: Interpreter, _node: SyntaxNode, arguments: list[Value]) -> Value:
    return truth(no(truth_of(arguments[0])))


@contract("css_set_move_task")
def _css_set_move_task(machine: Interpreter, _node: SyntaxNode, arguments: list[Value]) -> Value:
    machine.store(arguments[0].target, "cgroups", arguments[2])
    return number(0)


@contract("cgroup_task_freeze")
def _cgroup_task_freeze(
    machine: Interpreter, node: SyntaxNode, arguments: list[Value]
) -> Value:
    """include/linux/cgroup.h, until v5.13: the CGRP_FREEZE bit of a task that is no kthread."""
    task = arguments[0].target
    flags = machine.field(task, "flags")
    group = machine.field(machine.field(task, "cgroups").target, "dfl_cgrp")
    bits = machine.field(group.target, "flags")
    kthread = machine.program.constants["PF_KTHREAD"]
    bit = machine.program.constants["CGRP_FREEZE"]
    if flags.unknown or bits.unknown or kthread is None or bit is None:
        return unknown(node.plain)
    thread = (values.bits(word_of(flags)) & kthread) != 0
    return truth(both(no(thread), (values.bits(word_of(bits)) & (1 << bit)) != 0))


def kill_the_cgroup(machine: Interpreter) -> None:
    """Let cgroup.kill be written where chance says so: the number moves, a flag while it walks."""
    call = machine.call
    for name, there in (
        ("the target cgroup", cgroup.into_cgroup(call)),
        ("its cgroup", no(cgroup.into_cgroup(call))),
    ):
        killed = both(there, call.chance.cgroup_killed != 0)
        walking = both(there, call.chance.cgroup_killed == 1)
        number_, flags = machine.field(name, "kill_seq"), machine.field(name, "flags")
        moved = Value((word_of(number_) + 1) & 0xFFFFFFFF, False)
        machine.store(name, "kill_seq", merged(killed, moved, number_))
        bit = machine.program.constants["CGRP_KILL"]
        if bit is not None:
            set_ = Value(values.bits(word_of(flags)) | (1 << bit), False)
            machine.store(name, "flags", merged(walking, set_, flags))


contracts(
    {
        "fd_file": same,
        "task_css_set": leads("current->cgroups"),
        "cgroup_get_from_file": stands_for(cgroup.cgroup_was_removed, to="the target cgroup"),
        "cgroup_is_dead": is_that(cgroup.cgroup_is_removed_meanwhile.condition),
        "cgroup_may_write": stands_for(cgroup.cgroup_is_not_writable),
        "cgroup_attach_permissions": stands_for(
            cgroup.common_ancestor_is_not_writable,
            cgroup.cgroup_lies_outside_the_delegation,
            cgroup.cgroup_is_no_valid_domain,
            cgroup.cgroup_controls_its_children,
            cgroup.thread_would_leave_its_threaded_domain,
        ),
        "find_css_set": yields_pointer(Fallible.FIND_CSS_SET, "the target's css_set"),
        "ss->can_fork": stands_for(cgroup.cgroup_has_all_the_tasks_it_may),
        "cgroup_cancel_fork": gives("cgroup charge"),
    }
)
