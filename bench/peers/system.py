"""The peers' accounting system in our own steps, for both readings; fork asks the rules.

A slot is 0 where free, 1 to 3 for a living task of user 0 to 2, 4 to 6 for its zombie.  With a
bug planted at ``wrong`` the set*uid() of that number moves no charge.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import make_dataclass
from functools import lru_cache
from typing import Any

from model.algebra import Truth, Word, both, either, no, signed_below, when_word, widened
from model.kernel import Kernel
from model.over_time import calls
from model.over_time.step import Machine, Move, Step, TransitionSystem, but, itself
from model.patch import ALWAYS
from model.records import fact
from model.state import Cred, Ucounts
from model.words import CAP_FULL_SET

LIMIT = 2
USERS = (0, 1, 2)


@lru_cache(maxsize=16)
def record(tasks: int) -> type[Any]:
    """Return the record with this many slots."""
    slots = [(f"s{k}", int, fact(8, int(k == 0), "a task slot")) for k in range(tasks)]
    counts = [(f"n{u}", int, fact(8, int(u == 0), "a user's count", signed=True)) for u in USERS]
    called = ("calls", int, fact(8, 0, "set*uid() calls, as far as they matter"))
    return make_dataclass("Tasks", [*slots, *counts, called], frozen=True, slots=True)


def slots(state: Any, tasks: int) -> list[Word]:
    """Return the slots."""
    return [getattr(state, f"s{k}") for k in range(tasks)]


def forks(kernel: Kernel, user: Word, number: Word) -> Truth:
    """Ask the rules of the single call whether a user with so many tasks may fork."""
    root = user == 0
    counts = Ucounts(nproc=number, nproc_of_euid=number, user_processes=number)
    capable = when_word(64, root, CAP_FULL_SET, 0)
    cred = Cred(uid=user, euid=user, cap_effective=capable, ucounts=counts)
    errno: Word = calls.fork(kernel, cred, LIMIT, False).errno
    return errno == 0


def _wide(value: Word, width: int) -> Word:
    return widened(value, width)


def _lives(slot: Word) -> Truth:
    return either(slot == 1, slot == 2, slot == 3)


def _dead(slot: Word) -> Truth:
    return either(slot == 4, slot == 5, slot == 6)


def _counts(state: Any, slot: Word, by: int) -> dict[str, Word]:
    """Return the counts after the charge of a slot's user came or went."""
    return {
        f"n{u}": getattr(state, f"n{u}") + when_word(8, either(slot == u + 1, slot == u + 4), by, 0)
        for u in USERS
    }


def _fork(machine: Machine, state: Any, k: int, tasks: int) -> Move:
    here = slots(state, tasks)
    mine, changed = here[k], {}
    taken: Truth = False
    for j, slot in enumerate(here):
        first = both(slot == 0, no(taken))
        changed[f"s{j}"] = when_word(8, first, mine, slot)
        taken = either(taken, slot == 0)
    user = when_word(8, mine == 1, 0, when_word(8, mine == 2, 1, 2))
    number = when_word(8, mine == 1, state.n0, when_word(8, mine == 2, state.n1, state.n2))
    allowed = machine.ask(forks, _wide(user, 32), _wide(number, 64))
    return Move(
        both(_lives(mine), taken, allowed), but(state, **changed, **_counts(state, mine, 1))
    )


def _exit(_machine: Machine, state: Any, k: int, tasks: int) -> Move:
    slot = slots(state, tasks)[k]
    return Move(_lives(slot), but(state, **{f"s{k}": slot + 3}))


def _reap(_machine: Machine, state: Any, k: int, tasks: int) -> Move:
    slot = slots(state, tasks)[k]
    return Move(_dead(slot), but(state, **{f"s{k}": 0}, **_counts(state, slot, -1)))


def _setuid(user: int, wrong: int) -> Callable[..., Move]:
    def moves(_machine: Machine, state: Any, k: int, tasks: int) -> Move:
        slot = slots(state, tasks)[k]
        forgets = state.calls == wrong - 1
        moved = {"n0": state.n0 - 1, f"n{user}": getattr(state, f"n{user}") + 1}
        counts = {
            name: when_word(8, forgets, getattr(state, name), new) for name, new in moved.items()
        }
        more = signed_below(state.calls, wrong)
        after = state.calls + when_word(8, more, 1, 0)
        return Move(slot == 1, but(state, **{f"s{k}": user + 1}, **counts, calls=after))

    return moves


def system(tasks: int, symmetry: bool = False, wrong: int = 0) -> TransitionSystem:
    """Return the system with this many slots, and perhaps a bug."""

    def key(state: Any) -> Any:
        rest = (state.n0, state.n1, state.n2, state.calls)
        return (*sorted(map(int, slots(state, tasks))), rest)

    made = TransitionSystem(
        name=f"peers-{tasks}-{symmetry}-{wrong}",
        about="tasks of three users under RLIMIT_NPROC",
        record=record(tasks),
        tasks=f"up to {tasks} tasks",
        start=lambda _machine: record(tasks)(),
        most=10_000_000,
        same=key if symmetry else itself,
    )
    moves = {
        "forks": _fork, "exits": _exit, "is reaped": _reap,
        "sets its uid to 1": _setuid(1, wrong), "sets its uid to 2": _setuid(2, wrong),
    }
    for k in range(tasks):
        for name, move in moves.items():
            made.steps.append(
                Step(f"task {k} {name}", "", "", "task", False, _at(move, k, tasks), ALWAYS)
            )
    return made


def _at(move: Callable[..., Move], k: int, tasks: int) -> Callable[[Machine, Any], Move]:
    return lambda machine, state: move(machine, state, k, tasks)


def conserved_in(state: Any, tasks: int) -> Truth:
    """Return whether each count is the number of unreaped tasks of its user."""
    here = slots(state, tasks)
    return both(*(getattr(state, f"n{u}") == _charged(here, u) for u in USERS))


def _charged(here: list[Word], user: int) -> Word:
    number: Word = 0
    for slot in here:
        number = number + when_word(8, either(slot == user + 1, slot == user + 4), 1, 0)
    return number
