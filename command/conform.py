"""``cloneproof conform``: the model held against running kernels."""

from __future__ import annotations

import json

import click

from checker import signals
from command.options import OUTPUT, formats
from command.output import emit, say


@click.command()
@click.argument("on", nargs=-1, metavar="[KERNEL]...")
@click.option("--histories", type=click.IntRange(0), metavar="N",
              help="Not calls but N random histories of each system; 0: every step there is.")
@click.option("--seed", default=1, show_default=True, help="Of random histories.")
@formats()
@OUTPUT
def conform(
    on: tuple[str, ...], histories: int | None, seed: int, style: str, output: str | None
) -> int:
    """Hold the model against running kernels, call by call (thousands of calls).

    Exit codes: 0 all agree, 1 a disagreement, 2 a kernel could not be run.

    \b
    Examples:
      cloneproof conform                 the running kernel (root, under a minute)
      cloneproof conform 6.1 6.12        fetched kernels, in virtual machines
      cloneproof conform --histories 50  random histories, compared after every step
    """
    if histories is not None:
        signals.end_by_exception("cloneproof")
        return _conform_histories(on, (histories, seed), style, output)
    from kernels.conformance import telling
    from kernels.conformance.conform import conform as held_against
    from kernels.conformance.conform import status
    from kernels.machines.place import RUNNING

    signals.end_by_exception("cloneproof")
    reports = held_against(list(on) or [RUNNING], say)
    if style == "json":
        text = json.dumps(telling.document(reports), indent=2)
    else:
        shown = [line for report in reports for line in telling.details(report)]
        text = "\n".join([*telling.table(reports), *shown])
    emit(text, output)
    return status(reports)


def _conform_histories(
    on: tuple[str, ...], wish: tuple[int, int], style: str, output: str | None
) -> int:
    from kernels.histories import telling
    from kernels.histories.walks import Wish, status, walks
    from kernels.machines.place import RUNNING

    reports = [walks(where, Wish(*wish)) for where in on or (RUNNING,)]
    if style == "json":
        text = json.dumps(telling.document(reports), indent=2)
    else:
        text = "\n".join(telling.told(reports))
    emit(text, output)
    return status(reports)
