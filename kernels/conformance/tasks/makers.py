"""Random tasks that make a child, and what it has of them: held against a kernel."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, fields
from random import Random
from typing import Any

from kernels.conformance.tasks.looked import carried
from model.carried import Carried, Making, child_of
from model.words import FILES, FS, IO, PARENT, SIGHAND, SYSVSEM, THREAD, VFORK, VM

SIGCHLD = 17
_THREAD = VM | FS | FILES | SIGHAND | THREAD
CHILDREN = (
    SIGCHLD, SIGCHLD | FS, SIGCHLD | FILES, SIGCHLD | IO, 0,
    VM | SIGCHLD, VM | SIGHAND | SIGCHLD, VM | VFORK | SIGCHLD, VFORK | SIGCHLD,
    PARENT, PARENT | VM, _THREAD, _THREAD | SYSVSEM, _THREAD | IO,
)
"""Flags of the clone() calls that make children."""
_UNBLOCKED = 1 << 8 | 1 << 18 | 1 << 16
"""SIGKILL, SIGSTOP; and SIGCHLD, which would wait where an earlier child ended."""
EACH = 4
"""So many children has a maker."""


@dataclass
class Children:
    """How many children were compared, which differ, and how many values each field had."""

    compared: int = 0
    refused: int = 0
    different: list[str] = field(default_factory=list)
    values: dict[str, set[Any]] = field(default_factory=dict)

    @property
    def agree(self) -> int:
        """Return how many children have what the model says."""
        return self.compared - len(self.different)


def lines(count: int, chance: Random, full: int) -> list[tuple[str, list[int]]]:
    """Return lines of the probe, each with the flags of its children, ``count`` in all."""
    made = []
    for _ in range(-(-count // EACH)):
        flags = [chance.choice(CHILDREN) for _ in range(EACH)]
        calls = [f"child {one} {'shared' if one & VM else 'own'}" for one in flags]
        made.append((";".join([*_becomes(chance, full), "closely", *calls]), flags))
    return made


def _becomes(chance: Random, full: int) -> Iterator[str]:
    """Yield steps that give a task some state, as far as it may: first what root alone may."""
    steps = [*_memory(chance), *_scheduling(chance), *_marks(chance)]
    chance.shuffle(steps)
    yield from (one for one in steps if chance.random() < 0.5)
    yield f"ioprio_set 1 0 {chance.choice((2, 3)) << 13 | chance.randrange(8)}"
    if chance.random() < 0.3:
        yield "thread"
        yield from (one for one in _scheduling(chance) if chance.random() < 0.5)
    yield from _credentials(chance, full)


def _scheduling(chance: Random) -> list[str]:
    policy = chance.choice((0, 3, 5, 1, 2))
    priority = chance.randint(1, 50) if policy in (1, 2) else 0
    reset = chance.choice((0, 0x40000000))
    return [
        f"affinity {chance.randint(1, 3)}",
        f"setpriority 0 0 {chance.randint(-20, 19)}",
        f"prctl 29 {chance.choice((1, 1000, 10**7))}",
        f"policy {policy | reset} {priority}",
        f"mempolicy {chance.randrange(4)}",
    ]


def _memory(chance: Random) -> list[str]:
    return [
        f"prctl 4 {chance.randrange(2)}",
        f"coredump {chance.randrange(512):#x}",
        "prctl 41 1", "prctl 67 1",
        f"prctl 65 {chance.choice((1, 3))}",
        f"personality {chance.choice((0x40000, 0x20000, 0x200000, 8, 0x400000))}",
        f"umask {chance.randrange(512)}",
    ]


def _marks(chance: Random) -> list[str]:
    return [
        f"prctl 1 {chance.choice((9, 15, 64))}", "prctl 38 1", "prctl 36 1",
        f"prctl 26 {chance.choice((1, 2))}", f"prctl 33 1 {chance.randrange(3)}", "prctl 57 1",
        "prctl 53 0 4", f"oom {chance.randint(-1000, 1000)}", f"name {chance.choice('abcd')}",
        f"block {chance.getrandbits(64) & ~_UNBLOCKED | 2560}",
        "block 2560;raise 10", "block 2560;kill 12", "altstack", "timer",
        f"prlimit 0 {chance.choice((4, 8, 10, 11, 12, 13, 14))} {chance.randrange(9)} "
        f"{chance.randrange(9, 99)}",
    ]


def _credentials(chance: Random, full: int) -> Iterator[str]:
    if chance.random() < 0.2:
        yield "ns 0 4 0 4 1"
    some = [
        f"prctl 28 {chance.choice((4, 0x10, 0x2f, 0x40))}",
        f"setgroups {chance.randint(1, 3)} 1 2 3",
        f"setresgid {chance.randrange(4)} {chance.randrange(4)} {chance.randrange(4)}",
        f"prctl 24 {chance.randrange(41)}",
        f"capset {full} {full} {full};prctl 47 2 {chance.choice((0, 6, 7, 21))}",
        f"setresuid {chance.randrange(4)} {chance.randrange(4)} {chance.randrange(4)}",
        f"capset {full & chance.getrandbits(41) & chance.getrandbits(41)} {full} 0",
        f"prctl 4 {chance.randrange(2)}", f"prctl 1 {chance.choice((9, 15))}",
    ]
    yield from (one for one in some if chance.random() < 0.3)


def compared(made: list[tuple[str, list[int]]], rows: list[dict[str, Any]]) -> Children:
    """Return what came of the children of some lines."""
    found = Children()
    for (line, flags), row in zip(made, rows, strict=True):
        said = row["said"][1:]
        start = next((at for at, one in enumerate(said) if isinstance(one, list)), None)
        if start is None or len(said) < start + 1 + 2 * len(flags):
            found.different.append(f"{line}: {said[-1] if said else 'nothing said'}")
            found.compared += 1
            continue
        maker = carried(said[start], 0)
        for number, one in enumerate(flags):
            _compare(found, line, one, maker, said[start + 1 + 2 * number:][:2])
    return found


def _compare(found: Children, line: str, flags: int, maker: Carried, said: list[Any]) -> None:
    if not isinstance(said[0], list):
        found.refused += 1
        return
    child = carried(*said)
    making = Making(maker, bool(flags & VM), bool(flags & THREAD), bool(flags & VFORK))
    wrong = differences(child_of(making), child)
    found.compared += 1
    for one in fields(Carried):
        found.values.setdefault(one.name, set()).add(getattr(child, one.name))
    if wrong:
        found.different.append(f"{line}: child {flags:#x}: {', '.join(wrong)}")


def differences(expected: Carried, seen: Carried) -> list[str]:
    """Return each field in which a child is not as the model says."""
    pairs = ((one.name, getattr(expected, one.name), getattr(seen, one.name))
             for one in fields(Carried))
    return [f"{name}: model {model}, kernel {kernel}"
            for name, model, kernel in pairs if model != kernel]
