"""What trying every combination of flags came to, in words, on all processors."""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import partial

from checker.ground.problems import Problem
from checker.ground.scheduler import HERE, Scheduler
from checker.independent.flags import BITS, Enumeration, about_flags_alone, enumerated
from checker.independent.own_facts import verdict_on
from model.revisions import REVISIONS
from model.words import Flag
from properties.catalogue import by_id
from properties.claim import Property

_KINDS = ("decided", "open", "broken")
_DECIDED = "decided: it holds; whether its premise ever occurs is not asked"


@dataclass(frozen=True)
class FlagsTold:
    """Lines for people, and the statements that are broken, left open, or not decided at all.

    Open are those that some combination may break on a kernel, and that neither way decides there;
    left out those of which nothing is said on any of the kernels.
    """

    lines: list[str]
    broken: list[str]
    open: list[str]
    left_out: list[str]


def lines(ids: list[str], kernels: list[str], on: Scheduler = HERE) -> FlagsTold:
    """Return what is decided of which statements on which kernels, and how."""
    groups = about_flags_alone([by_id(name) for name in ids])
    own = _by_own_facts(ids, kernels, on)
    if not groups and not any(own.found.values()):
        raise Problem("none of these statements is about flags alone, or about few facts")
    work = [
        ([prop.id for prop in props], part) for props in groups.values() for part in _parts(kernels)
    ]
    found = [answer for _place, answer in on.each(_enumerated, work)]
    by_kernel: dict[str, list[Enumeration]] = {name: [] for name in kernels}
    for answer in found:
        for name, enumeration in answer.items():
            by_kernel[name].append(enumeration)
    flags = _told([one for props in groups.values() for one in props], by_kernel)
    return _joined(ids, flags, own)


def _joined(ids: list[str], flags: _Told, own: _Told) -> FlagsTold:
    """Return what both ways told, and of which statements neither did."""
    found = {kind: flags.found[kind] | own.found[kind] for kind in _KINDS}
    told = {name for kind in _KINDS for name, _kernel in found[kind]}
    broken = {name for name, _kernel in found["broken"]}
    unsure = {name for name, _kernel in found["open"] - found["decided"]}
    left_out = [name for name in ids if name not in told]
    lines = [line for one in (flags, own) if any(one.found.values()) for line in one.lines]
    if left_out:
        lines.append("left out, neither about flags alone nor about few facts:"
                     f" {' '.join(left_out)}")
    broken_ids, open_ids = ([name for name in ids if name in some] for some in (broken, unsure))
    return FlagsTold(lines, broken_ids, open_ids, left_out)


class _Told:
    """What one way of trying told: lines, and of which statements on which kernels, by kind."""

    def __init__(self, head: str) -> None:
        self.lines = [f"{head}; {_DECIDED}"]
        self.found: dict[str, set[tuple[str, str]]] = {kind: set() for kind in _KINDS}

    def add(self, prop: Property, kind: str, kernels: list[str]) -> None:
        """Tell what a statement is on kernels, if on any."""
        if kernels:
            self.lines.append(f"{prop.id} {kind} on {', '.join(kernels)}: {prop.sentence}")
            self.found[kind] |= {(prop.id, kernel) for kernel in kernels}


def _by_own_facts(ids: list[str], kernels: list[str], on: Scheduler) -> _Told:
    """Return what is decided by trying every combination of a statement's own facts."""
    found = on.all(partial(_verdicts, kernels), ids)
    made = _Told("every combination of a statement's own facts and flags, where they are few, all"
                 " else unknown")
    for identity, verdicts in zip(ids, found, strict=True):
        for kind in _KINDS:
            where = [name for name, verdict in verdicts.items() if verdict == kind]
            made.add(by_id(identity), kind, where)
    return made


def _verdicts(kernels: list[str], identity: str) -> dict[str, str]:
    return {name: verdict_on(by_id(identity), REVISIONS[name].kernel) for name in kernels}


def _parts(kernels: list[str]) -> list[list[str]]:
    """Return runs of neighbours, one for each processor here: neighbours are often alike."""
    count = min(os.cpu_count() or 1, len(kernels))
    return [
        kernels[place * len(kernels) // count : (place + 1) * len(kernels) // count]
        for place in range(count)
    ]


def _enumerated(work: tuple[list[str], list[str]]) -> dict[str, Enumeration]:
    ids, kernels = work
    return enumerated([by_id(name) for name in ids], [REVISIONS[name] for name in kernels])


def _told(props: list[Property], found: dict[str, list[Enumeration]]) -> _Told:
    made = _Told(f"every combination of {len(BITS)} flags, {_names()}, through every entry point,"
                 " nothing else known")
    for prop in props:
        for kind in _KINDS:
            where = [name for name, some in found.items() if _said(some, kind, prop.id)]
            made.add(prop, kind, where)
    words = sum(one.words for some in found.values() for one in some)
    made.lines.append(f"{words:,} calls of which only flags and entry point are known")
    return made


def _said(found: list[Enumeration], kind: str, identity: str) -> bool:
    return any(identity in getattr(one, kind) for one in found)


def _names() -> str:
    return " ".join(str(Flag(bit).name) for bit in BITS)
