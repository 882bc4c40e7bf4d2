"""``cloneproof flood``: random calls without end, against every statement and reading."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from checker.ground import problems
from command.options import FILE, JOBS, OUTPUT, RECORD, SCHEDULER, formats, scheduler_of
from command.output import Progress, emit, emit_lines, prepare


@click.command()
@click.option("--calls", type=click.IntRange(1), default=10_000_000, show_default=True,
              help="How many calls that can be made are judged, at least.")
@click.option("--seed", type=click.IntRange(0), default=1, show_default=True,
              help="What they are drawn by.")
@click.option("--keep", metavar="FILE", type=FILE,
              help="Keep there how far it has come; a flood that is kept there goes on.")
@formats()
@OUTPUT
@RECORD
@JOBS
@SCHEDULER
def flood(calls: int, seed: int, keep: Path | None, **options: Any) -> int:
    """Judge random calls of every entry point on every kernel in columns, without a solver.

    No statement that is proved may be broken, no premise that is vacuous be met, no reading say
    what another does not.  What a call contradicts is told with the call; exit code 1.

    \b
    Examples:
      cloneproof flood                                        ten million calls, a minute
      cloneproof flood --calls 1000000000 --keep out/flood.json
      cloneproof flood --seed 7 --format json
    """
    from checker.flood.run import Flood, begun, flooded
    from checker.flood.view import document, lines
    from checker.ground.files import check_writable, make_folder
    from checker.record.sources import tree
    from model import complete

    complete.check()
    prepare({**options, "save": None})
    running = Flood(seed, tree().digest)
    if keep is not None:
        running = begun(keep, running)
        make_folder(keep.parent)
        check_writable(keep)
    on = scheduler_of(options["scheduler"], options["jobs"])
    with Progress(calls, "flooding") as advance:
        advance(running.told.possible)
        running = flooded(running, calls, on, keep, advance)
    if options["record"] is not None:
        emit(json.dumps(document(running), indent=1), options["record"])
    if options["style"] == "json":
        emit(json.dumps(document(running), indent=1), options["output"])
    else:
        emit_lines(lines(running), options["output"])
    return problems.BROKEN if running.told.wrong else problems.AS_EXPECTED
