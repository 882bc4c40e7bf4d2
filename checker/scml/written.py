"""What can succeed on a kernel, as a file of SCML."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from checker.scml.comparison import refused
from checker.scml.grammar import rules_of
from checker.scml.held import SYSTEM_CALLS, Held
from checker.scml.patterns import INTEGER
from checker.scml.shown import NULL, SIGNALS
from checker.scml.tight import Tight, tightest
from checker.scml.told import call_told
from model.entries import unknown_call
from model.kernel import Kernel
from model.request import Entry

_HEAD = """\
// What can succeed on Linux {kernel}: for each call accepted here that is not told below as
// failing whoever makes it there is a caller for whom it succeeds. Written by cloneproof.
//
// Patterns speak of arguments alone, one by one, and a pattern of flags accepts every part of
// what it names. The largest sets of flags are therefore told, each as a pattern, and what
// needs another flag beside it is accepted without that, too. Nothing that can succeed is left
// out, and no pattern could name fewer flags. Of addresses, sizes and descriptors nothing is
// said but whether clone3() gets a stack: a pattern of flags that names NULL alone accepts 0.
"""
_WIDTH = 96


class NotTight(Exception):
    """What was written does not accept what can succeed: a fault of ours."""


def written(kernel: Kernel) -> str:
    """Return a file of SCML for a kernel.

    It is read again, and what it accepts too much is told in it.  Raises
    :class:`~checker.why.opened.Undecided` where the solver does not know, and :class:`NotTight`
    if a call that can succeed is not accepted.
    """
    known = [entry for entry in SYSTEM_CALLS if not unknown_call(kernel, entry)]
    found = {entry: tightest(kernel, entry) for entry in known}
    signals = {one.signals for some in found.values() for one in some if one.signals}
    parts = [_HEAD.format(kernel=kernel.name)]
    parts += [_joined("signals", SIGNALS)] if tuple(SIGNALS) in signals else []
    for entry in SYSTEM_CALLS:
        if entry not in found:
            parts.append(f"// There is no {entry.name.lower()}().")
            continue
        parts.append("\n".join(_rules(entry, found[entry])))
    text = "\n\n".join(parts)
    unsaid = [line for entry in known for line in _unsaid(kernel, entry, text)]
    return "\n".join([text, "", *unsaid])


def _unsaid(kernel: Kernel, entry: Entry, text: str) -> Iterator[str]:
    rules = [rule for rule in rules_of(text, "written") if rule.call == entry.name.lower()]
    held = Held(kernel, entry, rules)
    left_out = next(held.too_little(), None)
    if left_out is not None:
        raise NotTight(f"{call_told(left_out, entry)} can succeed on {kernel.name}")
    found = list(held.too_much())
    if found:
        yield ""
        yield f"// Accepted above, and refused on {kernel.name} whoever calls:"
        yield from (f"//   {refused(one, entry)}" for one in found)


def _rules(entry: Entry, found: list[Tight]) -> Iterator[str]:
    name = entry.name.lower()
    common = [flag for flag in found[0].flags if all(flag in one.flags for one in found)]
    alone = len(found) == 1
    if common:
        yield _joined(f"{name}_flags", common)
    if not alone:
        yield ""
    for one in found:
        own = [flag for flag in one.flags if flag not in common]
        yield _call(entry, [*([f"<{name}_flags>"] if common else []), *own], one)


def _call(entry: Entry, flags: list[str], one: Tight) -> str:
    numbers = [f"<{INTEGER}>"] if one.numbers else []
    signals = ["<signals>"] if len(one.signals) == len(SIGNALS) else list(one.signals)
    if entry is Entry.CLONE3:
        return _clone3([*flags, *numbers], signals, one)
    if entry is Entry.CLONE:
        said = " | ".join([*flags, *signals, *numbers])
        return f"clone(fn, stack, flags = {said}, arg, ..);"
    said = " | ".join([*flags, *numbers])
    return {
        Entry.UNSHARE: f"unshare(flags = {said});",
        Entry.SETNS: f"setns(fd, nstype = {said});",
    }.get(entry, f"{entry.name.lower()}();")


def _clone3(flags: list[str], signals: list[str], one: Tight) -> str:
    fields = [
        f"flags = {' | '.join(flags)}",
        f"exit_signal = {' | '.join(signals) or NULL}",
        f"stack = {f'<{INTEGER}>' if one.stack else NULL}",
        f"stack_size = {f'<{INTEGER}>' if one.sized else NULL}",
        "..",
    ]
    return f"clone3(clone_args = {{ {', '.join(fields)} }}, size);"


def _joined(name: str, parts: Iterable[str]) -> str:
    """Return names joined under one, in lines that are not too long."""
    lines = [f"{name} ="]
    for part in parts:
        if len(lines[-1]) + len(part) + 3 > _WIDTH or len(lines) == 1:
            lines.append(f"    {part} |")
        else:
            lines[-1] += f" {part} |"
    return "\n".join(lines).removesuffix(" |") + ";"
