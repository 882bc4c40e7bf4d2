"""``cloneproof probe``: whether the probe itself sees what it should, on real kernels."""

from __future__ import annotations

import json

import click

from checker.ground import problems, signals
from command.options import OUTPUT, PLACES, formats
from command.output import emit


@click.command(epilog="Exit codes: 0 no surprise, 1 a surprise, 3 the probe cannot be run.")
@PLACES
@click.option("--workers", is_flag=True,
              help="Instead: what is seen of workers of vhost and io_uring, side by side.")
@formats()
@OUTPUT
def probe(on: list[str], workers: bool, style: str, output: str | None) -> int:
    """Try the probe that makes calls on real kernels on cases whose answer is known.

    \b
    Examples:
      cloneproof probe --on running,6.1
      cloneproof probe --workers --on 6.12
    """
    signals.end_by_exception("cloneproof")
    if workers:
        from kernels.observe.workers import side_by_side, table

        seen = side_by_side(on)
        emit(json.dumps(seen, indent=2) if style == "json" else "\n".join(table(seen)), output)
        return problems.AS_EXPECTED
    from kernels.conformance.smoke import lines, tried

    found = [tried(where) for where in on]
    shown = [line for one in found for line in lines(one)]
    document = json.dumps([vars(one) for one in found], indent=2)
    emit(document if style == "json" else "\n".join(shown), output)
    return problems.BROKEN if any(one.wrong for one in found) else problems.AS_EXPECTED
