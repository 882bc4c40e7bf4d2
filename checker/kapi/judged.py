"""A specification held against a kernel: each line that a machine can read is proved or refuted."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from checker.calls.brief import brief
from checker.calls.kernel_words import CAPABILITIES
from checker.ground.problems import Problem
from checker.kapi.calls import CALLS
from checker.kapi.facts import Error, Facts
from checker.kapi.kerneldoc import mask_told
from checker.kapi.reading import Specified
from checker.kapi.specified import valid_mask
from checker.strace.facts import errno_named
from model.words import errno_name

PROVED, REFUTED, MISSING, UNKNOWN = "proved", "refuted", "missing", "unknown"
_SELDOM = "ERESTARTNOINTR"
"""What the kernel returns and no program sees: a specification need not name it."""


@dataclass(frozen=True, slots=True)
class Judged:
    """What a line says, whether that is so, why, and where it stands."""

    verdict: str
    says: str
    why: str
    at: str


def judged(one: Specified, facts: Facts) -> Iterator[Judged]:
    """Yield a verdict on each line, and what the specification leaves out.

    Raises :class:`~checker.why.opened.Undecided` where the solver does not know.
    """
    yield from _errors(one, facts)
    for name, mask, at in one.masks:
        yield from _mask(name, mask, at, facts)
    yield from _capabilities(one, facts)


def _errors(one: Specified, facts: Facts) -> Iterator[Judged]:
    known = {error.errno: error for error in facts.errors}
    said: set[int] = set()
    for name, at in one.errors:
        errno = _errno(name)
        if errno is None:
            yield Judged(UNKNOWN, f"error {name}", "no errno is called so", at)
        elif errno in known:
            said.add(errno)
            yield Judged(PROVED, f"error {name}", _shown(known[errno], facts), at)
        else:
            why = "no call returns it, whoever makes it"
            yield Judged(REFUTED, f"error {name}", why, at)
    for errno, error in known.items():
        name = errno_name(errno)
        if errno not in said and name != _SELDOM and error.rules:
            yield Judged(MISSING, f"error {name}", _shown(error, facts), one.at)


def _errno(name: str) -> int | None:
    try:
        return errno_named(name)[0]
    except Problem:
        return None


def _shown(error: Error, facts: Facts) -> str:
    call, rule = facts.call_with(error)
    rules = error.rules or error.handed
    handed = "" if error.rules else "only handed on, as in "
    more = f", and {len(rules) - 1} more rules" if len(rules) > 1 else ""
    return f"{handed}{brief(call)}: {rule.name}{more}"


def _mask(name: str, mask: int, at: str, facts: Facts) -> Iterator[Judged]:
    if not any(one.name == name and one.flags for one in CALLS[facts.entry].parameters):
        yield Judged(UNKNOWN, f"valid mask of {name}", "it is no flag word that is modelled", at)
        return
    right = valid_mask(facts)
    never, left_out = mask & ~right, right & ~mask
    if never:
        told = mask_told(never, facts.entry)
        yield Judged(REFUTED, f"valid mask of {name}", f"no call with {told} succeeds", at)
    if left_out:
        told = mask_told(left_out, facts.entry)
        yield Judged(REFUTED, f"valid mask of {name}", f"calls with {told} can succeed", at)
    if mask == right:
        yield Judged(PROVED, f"valid mask of {name}", "with no other bit a call succeeds", at)


def _capabilities(one: Specified, facts: Facts) -> Iterator[Judged]:
    needed = {cap.name: cap for cap in facts.capabilities}
    for name, at in one.capabilities:
        if name in needed:
            rules = "; ".join(f"{errno_name(errno)}: {row.name}"
                              for row, errno in needed[name].rules)
            yield Judged(PROVED, f"capability {name}", f"without it {rules}", at)
        elif name.removeprefix("CAP_") in CAPABILITIES:
            why = "it turns no refusal into a success, whoever calls"
            yield Judged(REFUTED, f"capability {name}", why, at)
        else:
            yield Judged(UNKNOWN, f"capability {name}", "no capability is called so", at)
    said = {name for name, _ in one.capabilities}
    for name, cap in needed.items():
        if name not in said:
            why = f"without it {cap.rules[0][0].name}"
            yield Judged(MISSING, f"capability {name}", why, one.at)
