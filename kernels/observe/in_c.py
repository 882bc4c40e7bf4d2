"""How a reproducer looks at the facts that break a property."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from model.child import Child, Parent
from model.new_namespaces import Ns


@dataclass(frozen=True, slots=True)
class Check:
    """One comparison in C: a value, what it should be, and what the child must note for it."""

    name: str
    value: str
    expected: str
    told: str
    notes: tuple[str, ...] = ()
    pieces: tuple[str, ...] = ()
    before: tuple[str, ...] = ()


Maker = Callable[[Any], "Check | None"]

_PIECES = ("handlers",)


def namespace(kind: str) -> Maker:
    """Whether it is in another namespace of a kind."""

    def check(outcome: Any) -> Check:
        field = "new_user_ns" if kind == "user" else f"{kind}_ns"
        value = getattr(outcome.after, field)
        other = bool(value) if kind == "user" else value != Ns.SAME
        told = f"it is in {'another' if other else 'the same'} {kind} namespace"
        return _link(outcome, kind, f"another {kind} namespace", other, told)

    return check


def _link(outcome: Any, link: str, name: str, other: bool, told: str) -> Check:
    """Whether a link in /proc is another: the child's than the caller's, else than before."""
    expected = str(int(other))
    if outcome.record is Child:
        value = f'differs(seen->result, "{link}", "{link}")'
        return Check(name, value, expected, told, pieces=("namespace",))
    before = (f'remember("{link}");',)
    return Check(name, f'changed("{link}")', expected, told, (), ("before",), before)


def same_group(outcome: Any) -> Check:
    """Whether the child is a thread of the caller."""
    same = bool(outcome.child.same_thread_group)
    told = "the child is a thread of the caller" if same else "the child is a process"
    return Check("same thread group", "seen->pid == getpid()", str(int(same)), told)


def exit_signal(outcome: Any) -> Check:
    """The child's exit signal."""
    value = int(outcome.child.exit_signal)
    return Check(
        "exit signal",
        "exit_signal_of(seen->result)",
        str(value),
        f"its exit signal is {value}",
        pieces=("stat",),
    )


def parent(outcome: Any) -> Check:
    """The child's parent."""
    callers = Parent(outcome.child.real_parent) is Parent.CALLERS_PARENT
    wanted = "getppid()" if callers else "getpid()"
    who = "the caller's parent" if callers else "the caller"
    return Check("parent", "seen->ppid", wanted, f"its parent is {who}")


def handlers(field: str, action: int) -> Maker:
    """The signals of one disposition."""

    def check(outcome: Any) -> Check:
        value = int(getattr(outcome.child, field))
        return Check(
            f"{field} signals",
            f"(long)seen->{field}",
            f"{value:#x}",
            f"it has {field} signals {value:#x}",
            (f"seen->{field} = handlers({action});",),
            _PIECES,
        )

    return check


def blocked(outcome: Any) -> Check:
    """The blocked signals."""
    value = int(outcome.child.blocked)
    return Check(
        "blocked signals",
        "(long)seen->blocked",
        f"{value:#x}",
        f"it blocks signals {value:#x}",
        ("SYS(SYS_rt_sigprocmask, 0, 0, &seen->blocked, 8);",),
    )


def parent_tid(outcome: Any) -> Check:
    """Whether the child's pid was stored."""
    stored = bool(outcome.child.parent_tid_stored)
    told = "its pid was stored at parent_tid" if stored else "nothing was stored at parent_tid"
    return Check("parent_tid is stored", "seen->parent_tid != 0", str(int(stored)), told)


def pid_ns(outcome: Any) -> Check:
    """Whether the child knows itself by the number returned."""
    same = outcome.child.pid_ns == Ns.SAME
    told = "the same" if same else "another"
    return Check(
        "the child knows itself by the number returned",
        "seen->tid == seen->result",
        str(int(same)),
        f"it is in {told} pid namespace",
    )


def reaper(outcome: Any) -> Check:
    """Whether the child is pid 1."""
    first = bool(outcome.child.is_child_reaper)
    told = "it is pid 1" if first else "it is not pid 1"
    return Check("pid 1", "seen->pid == 1", str(int(first)), told)


def time_for_children(outcome: Any) -> Check:
    """Whether a new time namespace waits for children."""
    new = outcome.after.time_ns_for_children == Ns.NEW
    told = "its children get a new time namespace" if new else "its children get no new one"
    name = "another time namespace for children"
    return _link(outcome, "time_for_children", name, new, told)


def pid_for_children(outcome: Any) -> Check:
    """Whether a pid namespace waits for children."""
    active = bool(outcome.after.pid_for_children_is_active)
    return Check(
        "another pid namespace for children",
        'differs(getpid(), "pid_for_children", "pid")',
        str(int(not active)),
        "none waits for children any more" if active else "one waits for children",
        pieces=("namespace",),
    )


def altstack(outcome: Any) -> Check:
    """Whether the child keeps the alternate signal stack."""
    return Check(
        "alternate stack",
        "seen->altstack",
        str(int(bool(outcome.child.altstack))),
        "the alternate signal stack",
        (
            "stack_t now = { 0 };",
            "SYS(SYS_sigaltstack, 0, &now);",
            "seen->altstack = !(now.ss_flags & SS_DISABLE);",
        ),
    )


def nothing(_outcome: Any) -> None:
    """A fact that an observed one implies: every child has a pid."""
