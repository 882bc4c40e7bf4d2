"""``cloneproof revisions``: the kernels, their patches, and what differs between two."""

from __future__ import annotations

import json

import click

from checker.ground import problems
from checker.ground.problems import Problem
from command.names import all_kernels, known
from command.options import OUTPUT, formats
from command.output import say, tell


@click.command()
@click.argument("names", nargs=-1, metavar="[KERNEL]...", shell_complete=known(all_kernels))
@formats()
@OUTPUT
def revisions(names: tuple[str, ...], style: str, output: str | None) -> int:
    """List the kernels; with one name its patches, with two what differs between them.

    Any kernel has a name, be it in the list or not: docs/kernels.md tells which.

    \b
    Examples:
      cloneproof revisions
      cloneproof revisions v6.12
      cloneproof revisions v6.1 debian-6.1.192
      cloneproof revisions running             what is taken for the kernel that runs here
      cloneproof revisions 6.8.0-58-generic v6.9
    """
    from checker.calls.kernel_names import resolve
    from command.told import kernel_rows, kernel_text, patch_rows, told_of

    if len(names) > 2:
        raise Problem("what differs is shown of two kernels: give at most two")
    found = [resolve(name) for name in names]
    rows = patch_rows([one.revision for one in found]) if names else kernel_rows()
    tell(json.dumps(rows, indent=2) if style == "json" else kernel_text(rows), output)
    for line in told_of(found):
        say(line)
    return problems.AS_EXPECTED
