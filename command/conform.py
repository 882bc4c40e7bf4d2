"""``cloneproof conform``: the model held against running kernels, call by call."""

from __future__ import annotations

import json
from functools import partial
from typing import TYPE_CHECKING

import click

from checker.ground import signals
from command.names import model_named
from command.options import OUTPUT, PLACES, SCHEDULER, SKIPS, formats, kernel, machines_of
from command.output import emit, say

if TYPE_CHECKING:
    from kernels.conformance.conform import KernelReport

AGAINST = kernel("Hold this kernel of the model against it, to see it fail. Default: its own.")


@click.command(epilog=SKIPS)
@PLACES
@AGAINST
@formats()
@OUTPUT
@SCHEDULER
def conform(
    on: list[str], kernel: str | None, style: str, output: str | None, scheduler: str | None
) -> int:
    """Hold the model against running kernels, call by call (thousands of calls).

    \b
    Examples:
      cloneproof conform                 the running kernel (root, under a minute)
      cloneproof conform --on 6.1,6.12   fetched kernels, in virtual machines
    """
    from kernels.conformance import telling
    from kernels.conformance.conform import status

    signals.end_by_exception("cloneproof")
    model_named(kernel)
    reports = machines_of(scheduler, on).all(partial(_held_against, kernel), on)
    if style == "json":
        text = json.dumps(telling.document(reports), indent=2)
    else:
        shown = [line for report in reports for line in telling.details(report)]
        text = "\n".join([*telling.table(reports), *shown])
    emit(text, output)
    return status(reports)


def _held_against(kernel: str | None, where: str) -> KernelReport:
    from kernels.conformance.conform import conform as held_against

    return held_against(where, say, model=model_named(kernel))
