"""Commands about workers: what user space does at once, and what the kernel does after it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, TypeAlias

from kernels.machines.fetch import stored
from kernels.machines.place import RUNNING
from model.kernel import Kernel
from model.over_time.step import Machine, Step, TransitionSystem

NEEDS = {
    "vhost": "vhost devices",
    "kvm": "virtual machines (KVM)",
    "io_uring": "io_uring",
    "suspend": "a machine of its own that can be frozen",
}
EVERYTHING = frozenset(NEEDS)
_MODULES = {"vhost": "vhost_net", "kvm": "kvm_amd"}
_BUILT_IN = {"vhost": b"\0vhost-net\0"}
"""The device's name as a kernel that needs no module for it holds it."""

Lines: TypeAlias = "Callable[[Kernel, Any], list[str]]"
Way: TypeAlias = "list[tuple[Step, Any]]"


class NotDriven(Exception):
    """User space cannot make this history happen; the message says why."""


@dataclass(frozen=True)
class Command:
    """What user space does at once: steps of the model, and lines for the player.

    The lines get the kernel and the state before.  ``needs`` is what a machine must offer,
    ``when`` tells states from which it can be done from outside.
    """

    steps: tuple[str, ...]
    lines: Lines
    needs: frozenset[str] = frozenset()
    when: Callable[[Any], bool] = lambda _state: True


def offered(where: str) -> frozenset[str]:
    """Return what a machine has of what commands may need."""
    if where == RUNNING:
        return frozenset({"io_uring", *(["kvm"] if Path("/dev/kvm").exists() else [])})
    kernel = stored(where)
    there = _loaded(kernel.modules) | _built_in(kernel.vmlinux) if kernel else set()
    return frozenset({"io_uring", "suspend", *there})


def _loaded(modules: Path) -> set[str]:
    order = modules / "order"
    names = order.read_text().replace("-", "_") if order.exists() else ""
    return {name for name, module in _MODULES.items() if module in names}


@cache
def _built_in(vmlinux: Path) -> frozenset[str]:
    image = vmlinux.read_bytes()
    return frozenset(name for name, text in _BUILT_IN.items() if text in image)


def says(*lines: str) -> Lines:
    """Return lines that are always the same."""
    return lambda _kernel, _state: list(lines)


def command(steps: str | tuple[str, ...], lines: Lines | str, *needs: str) -> Command:
    """Return a command of one step or several."""
    named = (steps,) if isinstance(steps, str) else steps
    return Command(named, says(lines) if isinstance(lines, str) else lines, frozenset(needs))


@dataclass(frozen=True)
class CommandPart:
    """A command within a history: its first step, its last own one, and what follows by itself."""

    first: int
    last: int
    what: Command


def quiet(system: TransitionSystem, machine: Machine, state: Any) -> Iterator[tuple[Step, Any]]:
    """Yield the kernel's own steps from a state until none changes anything."""
    own = [step for step in system.steps_on(machine) if step.own]
    moved = True
    while moved:
        moved = False
        for step in own:
            made = step.move(machine, state)
            if made.when is True and made.then != state:
                state, moved = made.then, True
                yield step, state
                break


def ends(
    system: TransitionSystem, machine: Machine, state: Any, given: list[Step]
) -> Iterator[Way]:
    """Yield a way to each state that some steps and then the kernel's own can end in."""
    way: Way = []
    for step in given:
        state = step.move(machine, state).then
        way.append((step, state))
    own = [step for step in system.steps_on(machine) if step.own]
    known, todo = {state}, [way]
    while todo:
        way = todo.pop()
        moves = [(step, step.move(machine, way[-1][1])) for step in own]
        after = [(step, one.then) for step, one in moves if one.when is True]
        if all(there == way[-1][1] for _, there in after):
            yield way
        for step, there in after:
            if there not in known:
                known.add(there)
                todo.append([*way, (step, there)])
