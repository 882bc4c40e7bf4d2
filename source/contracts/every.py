"""Every contract, whichever file declares it, and what the calls that are read hand over."""

from __future__ import annotations

from model import words
from model.algebra import no
from model.complete import demand, unloaded
from source import values
from source.contracts import (  # noqa: F401 - a file that nobody imports declares nothing
    cgroup,
    counters,
    cred,
    files,
    locks,
    macros,
    memory,
    nsproxy,
    pid,
    signal,
    task,
    uaccess,
    user_namespace,
)
from source.contracts.making import DECLARED
from source.interpreter import Contract, Interpreter
from source.values import Value, is_error, number, truth, word_of

demand([*unloaded("source.contracts")])

CONTRACTS: dict[str, Contract] = DECLARED
"""By the name that is called: what a call that is not read in turn does."""


def after_call(machine: Interpreter, name: str, value: Value) -> None:
    """Note what a function that was read hands over when it succeeds."""
    if name == "create_new_namespaces":
        fine = no(is_error(word_of(value)))
        for resource in ("new nsproxy", *nsproxy.NAMESPACES.values()):
            machine.drop(resource, fine)
        machine.take("nsproxy", fine)
    elif name == "create_user_ns":
        fine = word_of(value) == 0
        for resource in ("user namespace count", "user_ns memory", "user_ns inum"):
            machine.drop(resource, fine)
        machine.take("user namespace", fine)
    elif name == "inc_rlimit_ucounts":
        machine.take("nproc charge")
    elif name == "dec_rlimit_ucounts":
        machine.give("nproc charge")
    elif name == "cgroup_can_fork":
        machine.take("cgroup charge", word_of(value) == 0)
        cgroup.kill_the_cgroup(machine)


FALLBACKS: dict[str, Contract] = {
    "valid_signal": lambda _machine, _node, arguments: truth(
        no(values.less(number(words.SIGNAL_MAX), Value(word_of(arguments[0]), False)))
    ),
    "get_userns_rlimit_max": lambda machine, _node, arguments: machine.field(
        arguments[0].target, f"rlimit_max[{arguments[1].word}]"
    ),
    "get_rlimit_value": lambda machine, _node, arguments: machine.field(
        arguments[0].target, f"rlimit[{arguments[1].word}]"
    ),
}
"""What header functions mean where a tree has not got the header (a file given alone)."""
