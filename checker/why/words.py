"""Facts, calls and changes in words: what is told of them, and where to look."""

from __future__ import annotations

import re
from enum import IntEnum
from typing import Any

from checker.calls.documents import leaves_by_path
from checker.calls.naming import spoken
from checker.readings.read_once import parts
from checker.smallest.cost import Values
from checker.why.asked import Asked
from checker.why.causes import Cause
from checker.why.places import place_of
from checker.why.steps import place_of_step
from model import words
from model.algebra import Truth
from model.node import BOOL, INPUT
from model.records import Leaf
from model.request import Entry, NsFile
from model.state import Fallible, Reach
from model.terms import TruthTerm

LOOKED_AT = 4
"""How many places are told of a rule that no single fact decides."""


_NAMED: dict[str, type[IntEnum]] = {"request.target.file": NsFile}
"""Facts whose numbers have names, as the reach of a user namespace has."""


_STEPS = {
    Fallible.PIDS_EXHAUSTED: "no pid below pid_max is free",
    Fallible.CGROUP_DIES: "the target cgroup is removed just then",
}
"""Steps whose failure has words of its own."""

_NO_LIMIT = {
    f"{place}.{name}"
    for place, names in (
        ("current.cgroup", ("pids_max",)),
        ("request.cgroup_target.group", ("pids_max",)),
        ("current.real_cred.user_ns", ("nproc_max", "nproc_max_parent")),
    )
    for name in names
}
"""Numbers whose default stands for none."""


def fact_in_words(path: str, value: Any, *, example: bool = False) -> str:
    """Return what a fact says with a value: its meaning, and the value where it has one.

    A number that is one of many that will do is an ``example``.
    """
    leaf = leaves_by_path()[path]
    if path == "chance.fails":
        step = Fallible(int(value))
        return _STEPS.get(step, f"the step {step.name.lower().replace('_', ' ')} fails")
    doc = _doc(leaf)
    if path == "system.unprivileged_userns_clone":
        return f"kernel.unprivileged_userns_clone: {int(value)}"
    if leaf.width == BOOL:
        return doc if value else f"not so: {doc}"
    if path in _NAMED or path.endswith("_reach"):
        return f"{doc}: {_NAMED.get(path, Reach)(int(value)).name.lower()}"
    if path in _NO_LIMIT and value == leaf.default:
        return f"{doc}: no limit"
    said = spoken(leaf, value)
    more = ", say" if example and isinstance(said, int) else ""
    return f"{doc}: {said}{more}"


def _doc(leaf: Leaf) -> str:
    """Return what a fact means, said so that it stands alone."""
    limit = re.fullmatch(r"system\.(\w+)_namespaces\.(max|count)", leaf.path)
    if limit is not None:
        kind, which = limit.groups()
        return f"user.max_{kind}_namespaces" if which == "max" else f"{kind} namespaces charged"
    if leaf.path.startswith("request.cgroup_target.group."):
        return f"in the target cgroup: {leaf.doc}"
    if "user_ns.level" in leaf.path:
        return "nesting level of its user namespace, 0 for init_user_ns"
    return leaf.doc


def way_in_words(way: Values) -> str:
    """Return a set of facts as one sentence."""
    told = [fact_in_words(path, value, example=True)
            for path, value in way.items() if path != "chance.errno"]
    return "; and ".join(told)


def call_in_words(asked: Asked) -> str:
    """Return a call as one would write it: its name, and what it was given."""
    name = asked.entry.name.lower()
    given = asked.given
    if asked.entry in (Entry.CLONE, Entry.UNSHARE, Entry.SETNS, Entry.CLONE3):
        flags = flags_in_words(asked.entry, given.get("request.flags"))
        return f"{name}({flags}{_more(asked)})"
    return f"{name}({_more(asked).removeprefix(', ')})"


def flags_in_words(entry: Entry, flags: int | None) -> str:
    """Return flags by name; of old clone() with the signal that stands in them."""
    if flags is None:
        return "flags unknown"
    signal = flags & words.CSIGNAL if entry is Entry.CLONE else 0
    named = words.flag_names(flags & ~signal)
    if not signal:
        return named
    said = f"SIG{words.SIGNAL_NAMES[signal]}" if signal in words.SIGNAL_NAMES else str(signal)
    return said if named == "0" else f"{named}|{said}"


_SHOWN = ("exit_signal", "stack", "stack_size", "set_tid_size", "tid0", "tid1", "tid2", "cgroup",
          "usize", "fork_owner", "has_owner")


def _more(asked: Asked) -> str:
    """Return the other arguments that are not what they are in an ordinary call."""
    leaves = leaves_by_path()
    told = []
    for name in _SHOWN:
        path = f"request.{name}"
        value = asked.given.get(path, leaves[path].default)
        if value == leaves[path].default or path not in asked.given:
            continue
        if name == "exit_signal" and int(value) in words.SIGNAL_NAMES:
            value = f"SIG{words.SIGNAL_NAMES[int(value)]}"
        elif name == "stack":
            value = hex(int(value))
        told.append(f", {name}={value}")
    return "".join(told)


def looks(cause: Cause) -> list[str]:
    """Return where to look for the facts of a cause, each place once."""
    if cause.handed is not None:
        return [cause.handed.look]
    paths = [path for way in cause.ways for path in way]
    if not any(place_of(path) for path in paths):
        paths = _read_by(cause.case.refuses)[:LOOKED_AT]
    steps = [int(way["chance.fails"]) for way in cause.ways if "chance.fails" in way]
    told = [place_of(path) for path in paths if path not in ("chance.fails", "chance.errno")]
    places = [*(place_of_step(step) for step in steps), *told]
    return list(dict.fromkeys(part for place in places for part in _parts(place)))


def _parts(place: str) -> list[str]:
    """Return the parts of what is told of a place: the same one is told of several facts."""
    return [part for part in place.split("; ") if part]


def _read_by(refuses: Truth) -> list[str]:
    """Return the open facts of the caller that a rule's condition reads, as declared."""
    if not isinstance(refuses, TruthTerm):
        return []
    read = {node.name for node in parts(refuses, {}) if node.kind == INPUT}
    read.discard("current.overridden")
    return [path for path in leaves_by_path()
            if path in read and not path.startswith("current.cred.")]


def change_of_flags(entry: Entry, flags: int, changed: int) -> str:
    """Return which flags are added and left out."""
    added, left = changed & ~flags, changed & flags
    told = [f"with {words.flag_names(added)}"] if added else []
    told += [f"without {words.flag_names(left)}"] if left else []
    return ", ".join(told)

