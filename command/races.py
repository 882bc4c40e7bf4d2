"""``cloneproof races``: what only calls that overlap can show, tried on running kernels."""

from __future__ import annotations

import json

import click

from checker.ground import signals
from command.options import OUTPUT, PLACES, formats
from command.output import emit


@click.command(
    epilog="Exit codes: 0 nothing is against the model, 1 something is, 2 something could not be "
    "tried (skipped, with the reason; no pass), 3 bad input."
)
@PLACES
@click.option("--seconds", type=click.IntRange(1), default=5, show_default=True,
              help="How long to try each race.")
@formats()
@OUTPUT
def races(on: list[str], seconds: int, style: str, output: str | None) -> int:
    """Try each race of overlapping calls for some seconds on running kernels.

    SEEN is possible: it was.  NOT SEEN proves nothing, and is never counted as agreement.

    \b
    Examples:
      cloneproof races                     the running kernel (root, two processors)
      cloneproof races --on 6.1 --seconds 60
    """
    from kernels.races.tried import document, end_of, tried

    signals.end_by_exception("cloneproof")
    found = [tried(where, seconds) for where in on]
    lines = [line for one in found for line in one.lines]
    text = json.dumps(document(found), indent=2) if style == "json" else "\n".join(lines)
    emit(text, output)
    return end_of(found)
