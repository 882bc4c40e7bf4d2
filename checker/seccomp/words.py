"""What a filter says, in words: an errno, a signal, which entry, and under what conditions."""

from __future__ import annotations

from checker.seccomp.answers import Verdict, is_any
from checker.seccomp.profile import Action, Compare, Condition, Entry, Said
from checker.strace.facts import errno_named
from model import words


def said_in_words(said: Said) -> str:
    """Return what a caller sees of an action: an errno, a signal, the kernel's own answer."""
    if said.action is Action.ERRNO:
        return errno_named(str(said.errno))[1] if said.errno else "0, and nothing is done"
    return _SEEN[said.action]


_SEEN = {
    Action.KILL: "SIGSYS, which ends the thread",
    Action.KILL_THREAD: "SIGSYS, which ends the thread",
    Action.KILL_PROCESS: "SIGSYS, which ends the process",
    Action.TRAP: "SIGSYS, which a handler may catch",
    Action.NOTIFY: "what its supervisor says (ENOSYS if there is none)",
    Action.TRACE: "what a tracer says (ENOSYS if there is none)",
    Action.LOG: "the kernel's own answer (the call is logged)",
    Action.ALLOW: "the kernel's own answer",
}


def signal_or_errno(said: Said) -> str:
    """Return what came back as one word: ENOSYS, SIGSYS, 0."""
    if said.action is Action.ERRNO:
        return errno_named(str(said.errno))[1] if said.errno else "0"
    return "SIGSYS"


def by_in_words(verdict: Verdict) -> str:
    """Return which entry says it, and when."""
    if verdict.by_runc:
        return ("what runc puts before it since 1.0.0-rc93: ENOSYS to every call newer than the "
                "newest that is named; crun does not")
    if verdict.entry is None:
        return "what it says to calls that no entry is about"
    return _entry_in_words(verdict.entry)


def _entry_in_words(entry: Entry) -> str:
    others = len(entry.names) - 1
    where = f"entry {entry.number}" if entry.number else f"its entry for {', '.join(entry.names)}"
    of_many = f" of {others + 1} calls" if entry.number and others else ""
    parts = [f"{where}{of_many}"]
    joined = " or ".join if is_any(entry) else " and ".join
    if entry.conditions:
        parts.append(f"where {joined(condition_in_words(one) for one in entry.conditions)}")
    if entry.includes.caps:
        parts.append(f"with {', '.join(entry.includes.caps)}")
    if entry.excludes.caps:
        parts.append(f"without {', '.join(entry.excludes.caps)}")
    return ", ".join(parts)


_SIGNS = {Compare.NE: "!=", Compare.LT: "<", Compare.LE: "<=", Compare.EQ: "==",
          Compare.GE: ">=", Compare.GT: ">"}


def condition_in_words(condition: Condition) -> str:
    """Return a condition as C would write it, flags by name."""
    name = f"argument {condition.index}"
    if condition.op is not Compare.MASKED_EQ:
        return f"{name} {_SIGNS[condition.op]} {condition.value:#x}"
    mask, wanted = condition.value, condition.value_two & condition.value
    if wanted == 0:
        return f"{name} has none of {words.flag_names(mask)}"
    if wanted == mask:
        return f"{name} has {words.flag_names(mask)}"
    return f"{name} & {words.flag_names(mask)} == {words.flag_names(wanted)}"


UNSEEN = ("its flags are in memory, behind a pointer that no filter can follow: whatever they are, "
          "the answer is the same")
"""What is to be said of clone3()."""
