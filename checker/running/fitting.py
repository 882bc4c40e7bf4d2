"""Which system a typed history is about: one that has all of its steps, the nearest first."""

from __future__ import annotations

from dataclasses import dataclass

from checker.ground.json_text import short
from checker.ground.problems import Problem, nearest
from checker.running.history import NotTaken, Running
from checker.running.phrases import Meant, meant, suggestions
from model.kernel import Kernel
from model.over_time.catalogue import SYSTEMS
from model.over_time.step import TransitionSystem


@dataclass(frozen=True, slots=True)
class Fit:
    """A system that has all steps, and what each typed one means there."""

    system: TransitionSystem
    meant: tuple[Meant, ...]

    @property
    def far(self) -> int:
        """Return how far what was typed is from the names of its steps."""
        return sum(one.far for one in self.meant)


def system_named(name: str) -> TransitionSystem:
    """Return a system by its name; raise :class:`Problem` for none."""
    if name not in SYSTEMS:
        hint = nearest(name, list(SYSTEMS)) or f": one of {', '.join(SYSTEMS)}"
        raise Problem(f"no system {short(name)}{hint}")
    return SYSTEMS[name]


def fits(steps: tuple[str, ...], kernel: Kernel) -> list[Fit]:
    """Return the systems that have all steps, the likeliest first; raise :class:`Problem` for none.

    Those in which all of them can be taken in this order come first, then those whose names are
    nearest to what was typed.
    """
    found = [fit for one in SYSTEMS.values() if (fit := _fit(one, steps)) is not None]
    if not found:
        raise Problem(_no_system(steps))
    return sorted(found, key=lambda fit: (not runs(fit, steps, kernel), fit.far))


def fit_in(system: TransitionSystem, steps: tuple[str, ...]) -> Fit:
    """Return what steps mean in one system; raise :class:`Problem` for one that it has not."""
    known = [(typed, meant(system, typed)) for typed in steps]
    unknown = next((typed for typed, one in known if one is None), None)
    if unknown is not None:
        raise Problem(f"{system.name} has no step {short(unknown)}{_like([system], unknown)}")
    return Fit(system, tuple(one for _, one in known if one is not None))


def runs(fit: Fit, steps: tuple[str, ...], kernel: Kernel) -> bool:
    """Return whether all steps can be taken in this order."""
    running = Running(fit.system, kernel)
    pairs = zip(steps, fit.meant, strict=True)
    return not any(isinstance(running.take(typed, one), NotTaken) for typed, one in pairs)


def _fit(system: TransitionSystem, steps: tuple[str, ...]) -> Fit | None:
    known = [meant(system, typed) for typed in steps]
    found = tuple(one for one in known if one is not None)
    return Fit(system, found) if len(found) == len(known) else None


def _no_system(steps: tuple[str, ...]) -> str:
    """Return why no system has all steps: one is unknown, or no two systems share them."""
    every = list(SYSTEMS.values())
    having = {typed: [one.name for one in every if meant(one, typed)] for typed in steps}
    unknown = next((typed for typed, names in having.items() if not names), None)
    if unknown is not None:
        from checker.running.calls import CALLS

        hint = _like(every, unknown) or nearest(unknown, list(CALLS))
        return f"unknown step {short(unknown)}{hint}"
    apart = min(having, key=lambda typed: len(having[typed]))
    return (
        f"no system has all of these steps: {short(apart)} is in {', '.join(having[apart][:4])} "
        "only; `cloneproof run --system NAME --next` lists a system's steps"
    )


def _like(systems: list[TransitionSystem], typed: str) -> str:
    near = suggestions(systems, typed)
    return f"; near it: {'; '.join(near)}" if near else ""
