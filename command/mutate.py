"""``cloneproof mutate``: who checks the checker."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from checker.ground import problems
from checker.ground.problems import Problem
from checker.mutation import ROOMS
from command.options import JOBS, OUTPUT, RECORD, SCHEDULER, formats, scheduler_of
from command.output import Progress, emit, prepare


@click.command()
@click.option("--room", "rooms", multiple=True, type=click.Choice(ROOMS), help="Only this room.")
@click.option("--one-in", type=click.IntRange(1), default=1, show_default=True, metavar="N",
              help="Only every Nth mutant on average, drawn by the seed.")
@click.option("--seed", type=int, default=1, show_default=True, help="What mutants are drawn by.")
@click.option("--least", type=click.FloatRange(0, 100), default=98.0, show_default=True,
              help="The share, in percent, that has to be noticed.")
@formats("markdown")
@OUTPUT
@RECORD
@click.option("--renew", metavar="FILE", help="Put the table by room into that document.")
@JOBS
@SCHEDULER
def mutate(rooms: tuple[str, ...], **options: Any) -> int:
    """Change the model, one small thing at a time, and tell which changes no verdict notices.

    \b
    Examples:
      cloneproof mutate                          every mutant (minutes)
      cloneproof mutate --one-in 20 --seed 7     some of them
      cloneproof mutate --room effects --format json -o mutants.json
      cloneproof mutate --scheduler tcp://host:8786
    """
    from checker.ground.clock import now, since
    from checker.ground.files import check_writable
    from checker.mutation.jobs import Selection
    from checker.mutation.report import document, scores
    from checker.mutation.run import mutate as run

    asked = Selection(rooms, options["one_in"], options["seed"])
    if options["renew"] is not None and asked != Selection(seed=asked.seed):
        raise Problem("--renew needs a run over everything: leave out --room and --one-in")
    prepare({**options, "save": None})
    if options["renew"] is not None:
        _renewed(Path(options["renew"]), "")
        check_writable(options["renew"])
    on, begun = scheduler_of(options["scheduler"], options["jobs"]), now()
    with Progress(1000, "deciding") as advance:
        told = run(asked, on=on, jobs=options["jobs"], progress=advance)
    report = document(told, since(begun))
    if options["record"] is not None:
        emit(json.dumps(report, indent=2), options["record"])
    if options["renew"] is not None:
        _renew(Path(options["renew"]), told, report)
    emit(_written(told, report, options["style"]), options["output"])
    return _code(scores(told)[-1], options["least"])


def _renew(path: Path, told: list[Any], report: dict[str, Any]) -> None:
    from checker.ground.files import write_atomically

    table = _written(told, report, "markdown") + f"\n\n{report['seconds']:.0f} seconds.\n"
    write_atomically(path, _renewed(path, table))


def _renewed(path: Path, table: str) -> str:
    """Return a document with a new table; raise :class:`Problem` if it cannot have one."""
    from checker.ground.json_text import read_text
    from checker.mutation.report import renewed

    return renewed(read_text(path), table)


def _written(told: list[Any], report: dict[str, Any], style: str) -> str:
    from tabulate import tabulate

    from checker.mutation.report import survivors

    if style == "json":
        return json.dumps(report, indent=2)
    look = "github" if style == "markdown" else "simple"
    table: str = tabulate(report["rooms"], headers="keys", tablefmt=look)
    if style == "markdown":
        return table
    return "\n".join([*survivors(told), "", table, f"{report['seconds']} seconds"])


def _code(total: Any, least: float) -> int:
    """Return the exit code: what is undecided could still turn out to be equivalent."""
    from checker.mutation.told import Fate

    if total.counted and 100 * total.share(total.by_all) >= least:
        return problems.AS_EXPECTED
    decided = total.counted - total.fates[Fate.UNDECIDED]
    best = (decided - total.fates[Fate.SURVIVES]) / decided if decided else 1.0
    return problems.UNANSWERED if 100 * best >= least else problems.BROKEN
