"""``cloneproof conform``: the model held against running kernels, call by call."""

from __future__ import annotations

import json

import click

from checker.ground import signals
from command.names import model_named
from command.options import OUTPUT, PLACES, SKIPS, formats, kernel
from command.output import emit, say

AGAINST = kernel("Hold this kernel of the model against it, to see it fail. Default: its own.")


@click.command(epilog=SKIPS)
@PLACES
@AGAINST
@formats()
@OUTPUT
def conform(on: list[str], kernel: str | None, style: str, output: str | None) -> int:
    """Hold the model against running kernels, call by call (thousands of calls).

    \b
    Examples:
      cloneproof conform                 the running kernel (root, under a minute)
      cloneproof conform --on 6.1,6.12   fetched kernels, in virtual machines
    """
    from kernels.conformance import telling
    from kernels.conformance.conform import conform as held_against
    from kernels.conformance.conform import status

    signals.end_by_exception("cloneproof")
    reports = held_against(on, say, model=model_named(kernel))
    if style == "json":
        text = json.dumps(telling.document(reports), indent=2)
    else:
        shown = [line for report in reports for line in telling.details(report)]
        text = "\n".join([*telling.table(reports), *shown])
    emit(text, output)
    return status(reports)
