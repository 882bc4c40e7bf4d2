"""Places of struct nsproxy, and of pid namespaces."""

from __future__ import annotations

from model.algebra import Word, both, no, when_word
from model.call import Call
from source import values
from source.facts.making import Fact, number_of, one_or_other, pointer_to
from source.program import Program
from source.values import Value, number


def _adding(program: Program, call: Call) -> Value:
    """The child's pid namespace just before publication; alloc_pid() tested it before."""
    bit = program.constants["PIDNS_ADDING"] or 0
    gone = both(no(call.args.idle), call.chance.pid_ns_dies)
    return Value(when_word(64, gone, 0, bit), False)


_for_children = one_or_other(
    lambda call: call.current.nsproxy.pid_for_children_is_active,
    "its active pid_ns",
    "a pending pid_ns",
)


def _deeper(call: Call) -> Word:
    """The level of a pid namespace made now: kernel/pid_namespace.c:create_pid_namespace."""
    level: Word = values.extended(call.current.pid_ns.level) + 1
    return level


NAMESPACES: dict[str, Fact] = {
    "current->nsproxy": pointer_to("current->nsproxy"),
    "current->nsproxy->mnt_ns": one_or_other(
        lambda call: call.current.nsproxy.mnt_ns_is_initial, "init_mnt_ns", "its mnt_ns"
    ),
    "current->nsproxy->uts_ns": pointer_to("its uts_ns"),
    "current->nsproxy->ipc_ns": pointer_to("its ipc_ns"),
    "current->nsproxy->cgroup_ns": pointer_to("its cgroup_ns"),
    "current->nsproxy->net_ns": pointer_to("its net_ns"),
    "current->nsproxy->time_ns": pointer_to("its time_ns"),
    "current->nsproxy->pid_ns_for_children": _for_children,
    "current->nsproxy->time_ns_for_children": one_or_other(
        lambda call: call.current.nsproxy.time_for_children_is_active,
        "its time_ns",
        "a pending time_ns",
    ),
    # the model knows the level of pid_ns_for_children: it is asked for no other
    "its active pid_ns->level": number_of(lambda call: call.current.pid_ns.level),
    "a pending pid_ns->level": number_of(lambda call: call.current.pid_ns.level),
    "new pid_ns->level": number_of(_deeper),
    "pid->level": number_of(lambda call: call.current.pid_ns.level),
    "pid->ns": _for_children,
    "ns_of_pid(pid)->pid_allocated": _adding,
    "ns_of_pid(pid)->child_reaper": lambda _program, _call: number(0),
}
"""The caller's namespaces but for its user namespace, and those of pids."""
