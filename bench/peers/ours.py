"""The peers' accounting system in our own steps: fork asks the rules of the single call."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass
from typing import Any

from checker.over_time.bounded import unroll
from checker.over_time.counter import conserved
from checker.over_time.explore import explore
from model.algebra import both, no
from model.kernel import Kernel
from model.state import Cred, Ucounts
from model.system import calls
from model.system.step import Machine, Move, Step, System
from model.words import CAP_FULL_SET
from properties.claim import Claim
from properties.system.catalogue import timed_by_id

LIMIT = 2
State = tuple[tuple[int, ...], tuple[int, int, int]]


@dataclass(frozen=True, slots=True)
class Run:
    """One run: what answered, how many states, how long, and what it said."""

    engine: str
    tasks: str
    states: int | None
    seconds: float
    said: str


def _set(values: tuple[int, ...], index: int, value: int) -> tuple[int, ...]:
    return (*values[:index], value, *values[index + 1 :])


def _moved(counts: Any, old: int | None, new: int | None) -> Any:
    for user, by in ((old, -1), (new, 1)):
        if user is not None:
            counts = _set(counts, user, counts[user] + by)
    return counts


def _fork(machine: Machine, state: State, k: int) -> Move:
    slots, counts = state
    if not 1 <= slots[k] <= 3 or 0 not in slots:
        return Move(False, state)
    user = slots[k] - 1
    number = counts[user]
    cred = Cred(
        uid=user,
        euid=user,
        cap_effective=CAP_FULL_SET if user == 0 else 0,
        ucounts=Ucounts(nproc=number, nproc_of_euid=number, user_processes=number),
    )
    if machine.ask(calls.fork, cred, LIMIT, False).errno != 0:
        return Move(False, state)
    return Move(True, (_set(slots, slots.index(0), slots[k]), _moved(counts, None, user)))


def _exit(_machine: Machine, state: State, k: int) -> Move:
    slots, counts = state
    return Move(1 <= slots[k] <= 3, (_set(slots, k, slots[k] + 3), counts))


def _reap(_machine: Machine, state: State, k: int) -> Move:
    slots, counts = state
    if slots[k] < 4:
        return Move(False, state)
    return Move(True, (_set(slots, k, 0), _moved(counts, slots[k] - 4, None)))


def _setuid(_machine: Machine, state: State, k: int, user: int) -> Move:
    slots, counts = state
    if slots[k] != 1:
        return Move(False, state)
    return Move(True, (_set(slots, k, user + 1), _moved(counts, 0, user)))


def system(tasks: int, symmetry: bool) -> System:
    """Return the system with this many task slots."""
    made = System(
        name=f"peers-{tasks}-{symmetry}",
        about="tasks of three users under RLIMIT_NPROC",
        record=tuple,
        tasks=f"up to {tasks} tasks",
        start=lambda _machine: ((1, *[0] * (tasks - 1)), (1, 0, 0)),
        same=(lambda state: (tuple(sorted(state[0])), state[1])) if symmetry else (lambda s: s),
    )
    moves: list[tuple[str, Any]] = [("forks", _fork), ("exits", _exit), ("is reaped", _reap)]
    moves += [(f"sets its uid to {u}", lambda m, s, k, u=u: _setuid(m, s, k, u)) for u in (1, 2)]
    for k in range(tasks):
        for name, move in moves:
            made.steps.append(
                Step(f"task {k} {name}", "", "", "task", False, _at(move, k), (), ())
            )
    return made


def _at(move: Any, k: int) -> Any:
    return lambda machine, state: move(machine, state, k)


def conserved_in(state: State) -> bool:
    """Return whether each count is the number of unreaped tasks of its user."""
    slots, counts = state
    seen = Counter((slot - 1) % 3 for slot in slots if slot)
    return counts == (seen[0], seen[1], seen[2])


def exploration(kernel: Kernel, tasks: int, symmetry: bool) -> Run:
    """Explore every state."""
    begun = time.perf_counter()
    found = explore(system(tasks, symmetry), kernel, most=2_000_000)
    kept = all(conserved_in(state) for state in found.states)
    name = "ours, exploration" + (" with task symmetry" if symmetry else "")
    said = "conserved" if kept and found.closed else "not closed" if kept else "broken"
    return Run(name, str(tasks), len(found.states), time.perf_counter() - begun, said)


def unrolled(kernel: Kernel, depth: int) -> Run:
    """Look for a broken worker's life among histories of up to ``depth`` steps."""
    prop = timed_by_id("P64")
    begun = time.perf_counter()
    found = unroll(
        prop.system,
        kernel,
        lambda state: both(*_both_sides(prop.statement(kernel, state))),
        depth,
    )
    spent = time.perf_counter() - begun
    said = "broken" if found.history else f"none to depth {found.depth}"
    return Run("ours, bounded (worker's life)", "1 owner", None, spent, said)


def _both_sides(claim: Claim) -> tuple[Any, Any]:
    return claim.premise, no(claim.conclusion)


def proof(kernel: Kernel) -> Run:
    """Prove the same by the ledger: any number of tasks, users and nested namespaces."""
    begun = time.perf_counter()
    kept = all(step.status == "kept" for step in conserved(kernel))
    spent = time.perf_counter() - begun
    return Run("ours, ledger", "any", None, spent, "conserved" if kept else "no proof")
