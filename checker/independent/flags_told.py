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


@dataclass(frozen=True)
class FlagsTold:
    """Lines for people, and the statements that a combination breaks."""

    lines: list[str]
    broken: list[str]


def lines(ids: list[str], kernels: list[str], on: Scheduler = HERE) -> FlagsTold:
    """Return what is decided of which statements on which kernels, and how."""
    groups = about_flags_alone([by_id(name) for name in ids])
    own = _by_own_facts(ids, kernels, on)
    if not groups and not own.lines:
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
    told = flags.lines if groups else []
    return FlagsTold([*told, *own.lines], [*flags.broken, *own.broken])


def _by_own_facts(ids: list[str], kernels: list[str], on: Scheduler) -> FlagsTold:
    """Return what is decided by trying every combination of a statement's own facts."""
    found = on.all(partial(_verdicts, kernels), ids)
    told, broken = [], []
    for identity, verdicts in zip(ids, found, strict=True):
        for kind in ("decided", "open", "broken"):
            where = [name for name, verdict in verdicts.items() if verdict == kind]
            if where:
                sentence = by_id(identity).sentence
                told.append(f"{identity} {kind} on {', '.join(where)}: {sentence}")
        broken += [identity] if "broken" in verdicts.values() else []
    head = ["every combination of a statement's own facts and flags, where they are few, all else"
            " left open"]
    return FlagsTold([*head, *told] if told else [], broken)


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


def _told(props: list[Property], found: dict[str, list[Enumeration]]) -> FlagsTold:
    made = [f"every combination of {len(BITS)} flags, {_names()}, through every entry point;"
            " nothing else is assumed known"]
    broken = []
    for prop in props:
        for kind in ("decided", "open", "broken"):
            where = [name for name, some in found.items() if _said(some, kind, prop.id)]
            if where:
                made.append(f"{prop.id} {kind} on {', '.join(where)}: {prop.sentence}")
                broken += [prop.id] if kind == "broken" else []
    words = sum(one.words for some in found.values() for one in some)
    made.append(f"{words:,} calls of which only flags and entry point are known")
    return FlagsTold(made, broken)


def _said(found: list[Enumeration], kind: str, identity: str) -> bool:
    return any(identity in getattr(one, kind) for one in found)


def _names() -> str:
    return " ".join(str(Flag(bit).name) for bit in BITS)
