"""Calls as SCML and strace write them: flags and signals by name, what is zero left out."""

from __future__ import annotations

from collections.abc import Iterator

from checker.scml.shown import NULL, SEEN_IF_ZERO, SIGNALS, flags_of, signals_in_flags
from checker.smallest.cost import Values
from model import words
from model.request import Entry

_ASKING: dict[Entry, dict[str, int]] = {
    Entry.CLONE: {"parent_tid": words.PIDFD | words.PARENT_SETTID},
    Entry.CLONE3: {"pidfd": words.PIDFD, "parent_tid": words.PARENT_SETTID},
    Entry.UNSHARE: {},
}
"""Addresses that flags ask for."""
_NAMED = {number: name for name, number in reversed(SIGNALS.items())}


def call_told(call: Values, entry: Entry) -> str:
    """Return the arguments of a call that SCML sees: ``clone3({flags=CLONE_VM, …}, 88)``."""
    flags = flags_told(int(call.get("request.flags", 0)), entry)
    if entry is Entry.CLONE3:
        fields = ", ".join([f"flags={flags}", *_fields(call, entry)])
        return f"clone3({{{fields}}}, {call.get('request.usize', 88)})"
    if entry is Entry.SETNS:
        return f"setns(fd, nstype={flags})"
    rest = [f"flags={flags}", *_fields(call, entry)] if entry in _ASKING else []
    return f"{entry.name.lower()}({', '.join(rest)})"


def flags_told(word: int, entry: Entry) -> str:
    """Return a flag word by names, a signal last; what has no name is a number."""
    signals = signals_in_flags(entry)
    names = bits_told(word & ~signals, entry)
    names += [signal_told(word & signals)] if word & signals else []
    return "|".join(names) or "0"


def bits_told(word: int, entry: Entry) -> list[str]:
    """Return the names of a word's bits; what is left without one is a number, which comes last."""
    names, left = [], word
    for name, bit in flags_of(entry).items():
        if left & bit:
            names.append(name)
            left &= ~bit
    return [*names, *([hex(left)] if left else [])]


def signal_told(number: int) -> str:
    """Return a signal by name, or its number where it has none."""
    return _NAMED.get(number, str(number))


def _fields(call: Values, entry: Entry) -> Iterator[str]:
    """Yield what is not zero, and addresses that the flags ask for."""
    if call.get("request.exit_signal"):
        yield f"exit_signal={signal_told(int(call['request.exit_signal']))}"
    flags = int(call.get("request.flags", 0))
    asking = _ASKING[entry]
    for path in SEEN_IF_ZERO:
        name, value = path.removeprefix("request."), call.get(path, 0)
        if path != "request.usize" and (value or flags & asking.get(name, 0)):
            yield f"{name}={value:#x}" if value else f"{name}={NULL}"
