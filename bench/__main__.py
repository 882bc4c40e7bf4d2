"""``python -m bench``: every measurement as medians, as ratios, beside the last release."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import click

from bench import (
    again,
    answers,
    crosshair,
    flood,
    mutants,
    predicting,
    reviewing,
    solvers,
    startup,
    whole,
)
from bench.figure import Figure, Figures, Limit, Plan
from bench.measure import say
from bench.peers import figures as peers
from bench.render import END, MADE, machine, render
from bench.trees import RELEASED, LeftOut, Tree, released
from checker.ground.files import write_atomically
from checker.ground.json_text import read_text
from checker.ground.problems import AS_EXPECTED, BROKEN, Problem
from command.failures import main_of

Measure = Callable[[Plan, Figures], Iterator[Figure]]
Judge = Callable[[Figures], Iterator[Limit]]


@dataclass(frozen=True)
class Part:
    """A part of the measurements, what must hold of it, and whether a quick run has it."""

    figures: Measure
    limits: Judge = lambda _found: iter(())
    quick: bool = True


PARTS = {
    "startup": Part(startup.figures, startup.limits),
    "verify": Part(whole.figures, whole.limits),
    "again": Part(again.figures, again.limits),
    "predict": Part(predicting.figures, predicting.limits),
    "peers": Part(peers.figures, peers.limits),
    "answers": Part(answers.figures, answers.limits),
    "flood": Part(flood.figures, flood.limits),
    "mutants": Part(mutants.figures, mutants.limits),
    "review": Part(reviewing.figures, reviewing.limits, quick=False),
    "growth": Part(whole.growth, quick=False),
    "solvers": Part(solvers.figures, quick=False),
    "crosshair": Part(crosshair.figures, quick=False),
}


@click.command()
@click.argument("parts", nargs=-1, type=click.Choice(list(PARTS)), metavar="[PART]...")
@click.option("--full", is_flag=True, help="Every part, all of it, several runs of each.")
@click.option("--runs", default=3, type=click.IntRange(1), show_default=True,
              help="Of what is short; with --full of everything.")
@click.option("--against", default=RELEASED, show_default=True, metavar="COMMIT",
              help="Measure that commit of this repository, too; 'none' for no other.")
@click.option("--format", "style", type=click.Choice(["table", "json"]), default="table")
@click.option("--renew", metavar="FILE", help="Put the tables into that document.")
def main(parts: tuple[str, ...], full: bool, runs: int, against: str, **told: str | None) -> int:
    """Measure the checker beside its last release, and give its questions to other tools.

    Parts: startup, verify, again, predict, peers, answers, flood, mutants, and with --full or by
    name review, growth, solvers, crosshair.  Nothing is asserted but that answers agree.
    """
    renew = told["renew"]
    place = None if renew is None else _place(Path(renew))
    chosen = [name for name in PARTS if name in parts or not parts and (full or PARTS[name].quick)]
    found = Figures()
    with _beside(against, found) as release:
        plan = Plan(runs, full, release)
        for name in chosen:
            try:
                found.add(PARTS[name].figures(plan, found))
            except LeftOut as why:
                found.wrong.append(f"{name} is not measured: {why}")
    say("")
    limits = [limit for name in chosen for limit in PARTS[name].limits(found)]
    text = render(plan, found, limits)
    if renew is not None and place is not None:
        write_atomically(renew, f"{place[0]}{MADE}\n{text}\n{END}{place[1]}")
    click.echo(_json(plan, found, limits) if told["style"] == "json" else text)
    return BROKEN if found.wrong else AS_EXPECTED


@contextlib.contextmanager
def _beside(commit: str, found: Figures) -> Iterator[Tree | None]:
    """Check the release out; where it cannot be had, say so and measure this tree alone."""
    with contextlib.ExitStack() as stack:
        tree = None
        if commit != "none":
            try:
                tree = stack.enter_context(released(commit))
            except LeftOut as why:
                found.left_out.append(f"the release {commit} is left out: {why}")
        yield tree


def _place(path: Path) -> tuple[str, str]:
    """Return what stands before and after the tables; raise :class:`Problem` for no place."""
    before, made, rest = read_text(path).partition(MADE)
    _old, end, after = rest.partition(END)
    if not made or not end:
        raise Problem(f"there is no place for the tables: {path} lacks {MADE} and {END}")
    return before, after


def _json(plan: Plan, found: Figures, limits: list[Limit]) -> str:
    said = {
        "machine": machine(),
        "runs": plan.runs,
        "against": plan.release and plan.release.name,
        "limits": [asdict(one) for one in sorted(limits, key=lambda one: one.number)],
        "figures": [asdict(one) for one in found.all],
        "left_out": found.left_out,
        "wrong": found.wrong,
    }
    return json.dumps(said, indent=1)


if __name__ == "__main__":
    main_of("bench", lambda: main.main(prog_name="python -m bench", standalone_mode=False))
