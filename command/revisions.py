"""``cloneproof revisions``: the kernels, their patches, and what differs between two."""

from __future__ import annotations

import json

import click

from checker.ground import problems
from checker.ground.problems import Problem
from command.names import all_kernels, known
from command.options import OUTPUT, formats
from command.output import emit


@click.command()
@click.argument("names", nargs=-1, metavar="[KERNEL]...", shell_complete=known(all_kernels))
@formats()
@OUTPUT
def revisions(names: tuple[str, ...], style: str, output: str | None) -> int:
    """List the kernels; with one name its patches, with two what differs between them.

    \b
    Examples:
      cloneproof revisions
      cloneproof revisions v6.12
      cloneproof revisions v6.1 debian-6.1.192
    """
    from checker.calls.counterexample import kernel_named
    from command.told import kernel_rows, kernel_text, patch_rows

    for name in names:
        kernel_named(name)
    if len(names) > 2:
        raise Problem("what differs is shown of two kernels: give at most two")
    rows = kernel_rows() if not names else patch_rows(list(names))
    emit(json.dumps(rows, indent=2) if style == "json" else kernel_text(rows), output)
    return problems.AS_EXPECTED
