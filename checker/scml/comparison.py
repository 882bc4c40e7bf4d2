"""Files of SCML held against a kernel, call by call."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from checker.calls.documents import leaves_by_path, to_document
from checker.calls.naming import spoken
from checker.ground.json_text import read_text
from checker.ground.problems import Problem
from checker.scml.grammar import rules_of
from checker.scml.held import MOST, SYSTEM_CALLS, Held, TooMuch
from checker.scml.patterns import Rule
from checker.scml.told import call_told
from checker.smallest.cost import Values
from model.entries import SYS_NI, unknown_call
from model.kernel import Kernel
from model.request import Entry
from model.words import errno_name

MOST_PATTERNS = 1_000
"""Patterns that are held against a kernel at once."""


@dataclass(frozen=True, slots=True)
class Compared:
    """What the patterns of a system call accept too little and too much."""

    entry: Entry
    patterns: int
    too_little: list[Values]
    too_much: list[TooMuch]
    unknown: bool = False
    """The kernel has no such call: all of it fails with ENOSYS."""

    @property
    def name(self) -> str:
        """Return the system call."""
        return self.entry.name.lower()

    @property
    def exact(self) -> bool:
        """Return whether exactly what can succeed is accepted."""
        return not (self.unknown or self.too_little or self.too_much)


def read(files: tuple[Path, ...]) -> list[Rule]:
    """Return the rules for these calls in some files, each of which has names of its own.

    Raises :class:`Problem` where there is none, or too many.
    """
    rules = [rule for file in files for rule in rules_of(read_text(file), str(file))]
    names = [entry.name.lower() for entry in SYSTEM_CALLS]
    found = [rule for rule in rules if rule.call in names]
    said = ", ".join(map(str, files))
    if not found:
        raise Problem(f"{said}: no pattern for any of {', '.join(names)}")
    if len(found) > MOST_PATTERNS:
        raise Problem(f"{said}: {len(found):,} patterns for these calls; up to {MOST_PATTERNS:,}")
    return found


def compared(kernel: Kernel, rules: list[Rule]) -> Iterator[Compared]:
    """Yield what differs of each system call for which there are patterns.

    Raises :class:`Problem` for a pattern that cannot be decided, and
    :class:`~checker.why.opened.Undecided` where the solver does not know.
    """
    for entry in SYSTEM_CALLS:
        mine = [rule for rule in rules if rule.call == entry.name.lower()]
        if mine and unknown_call(kernel, entry):
            yield Compared(entry, len(mine), [], [], unknown=True)
        elif mine:
            held = Held(kernel, entry, mine)
            yield Compared(entry, len(mine), list(held.too_little()), list(held.too_much()))


def lines(kernel: Kernel, one: Compared) -> Iterator[str]:
    """Yield what is told of a system call."""
    counted = f"{one.name} on {kernel.name}, {one.patterns} pattern{'s' * (one.patterns != 1)}"
    if one.unknown:
        yield f"{counted}: there is no such call, whoever calls is told ENOSYS [{SYS_NI}]"
        return
    if one.exact:
        yield f"{counted}: accepts what can succeed, and nothing else (proved)"
        return
    yield f"{counted}:"
    little = [f"{call_told(call, one.entry)}{_if(call)}" for call in one.too_little]
    much = [refused(found, one.entry) for found in one.too_much]
    yield from _block("accepts too little: can succeed, and no pattern accepts it", little,
                      "leaves out nothing that can succeed (proved)")
    yield from _block("accepts too much: fails whoever calls", much,
                      "accepts nothing that always fails (proved)")


def _block(title: str, found: list[str], none: str) -> Iterator[str]:
    if not found:
        yield f"  {none}"
        return
    yield f"  {title}{', the first of more' if len(found) == MOST else ''}"
    yield from (f"    {one}" for one in found)


def refused(one: TooMuch, entry: Entry) -> str:
    """Return a call that always fails, with the rule that refuses a caller that may do all."""
    why = f": {one.rule.name} [{one.rule.at}]" if one.rule is not None else ""
    return f"{call_told(one.call, entry)} = {errno_name(one.errno)}{why}"


def _if(call: Values) -> str:
    """Return by whom a call can succeed, if that is no ordinary caller."""
    facts = [f"{path} = {spoken(leaves_by_path()[path], value)}" for path, value in call.items()
             if not path.startswith("request.") or path.startswith("request.target.")]
    return f"    if {', '.join(facts)}" if facts else ""


def document(kernel: Kernel, found: list[Compared]) -> dict[str, Any]:
    """Return what differs as JSON has it; calls are as `cloneproof predict` takes them."""
    return {"kernel": kernel.name, "calls": [_document(one) for one in found]}


def _document(one: Compared) -> dict[str, Any]:
    little = [{"told": call_told(call, one.entry), "call": to_document(call)}
              for call in one.too_little]
    much = [{"told": call_told(found.call, one.entry), "call": to_document(found.call),
             "errno": errno_name(found.errno),
             "rule": found.rule.name if found.rule is not None else None}
            for found in one.too_much]
    return {"call": one.name, "patterns": one.patterns, "there_is_such_a_call": not one.unknown,
            "too_little": little, "too_much": much}
