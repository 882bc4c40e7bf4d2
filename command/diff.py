"""``cloneproof diff``: every difference between two kernels, with the commits that make it."""

from __future__ import annotations

import json

import click

from checker.ground import problems
from command.names import all_kernels, known
from command.options import OUTPUT, formats
from command.output import Progress, emit


@click.command()
@click.argument("before", metavar="KERNEL", shell_complete=known(all_kernels))
@click.argument("after", metavar="KERNEL", shell_complete=known(all_kernels))
@formats()
@OUTPUT
def diff(before: str, after: str, style: str, output: str | None) -> int:
    """Show every difference between the calls of two kernels, or prove that there is none.

    Few calls cover all of them: each kind of difference with the smallest call that shows it,
    both outcomes, and the commit that makes it.

    \b
    Examples:
      cloneproof diff v6.3-rc1 series-11
      cloneproof diff v6.12 debian-6.12.117
      cloneproof diff v6.1 v6.1+KILL_SEQ
    """
    from checker.compared.difference import comparer, difference
    from checker.compared.told import document, lines
    from command.kernels_asked import kernel_of
    from properties.claim import Subject

    one, other = kernel_of(before).kernel, kernel_of(after).kernel
    with Progress(len(Subject), "comparing") as advance:
        found = difference(one, other, comparer(), advance)
    told = (
        json.dumps(document(found, comparer()), indent=2)
        if style == "json"
        else "\n".join(lines(found, comparer()))
    )
    emit(told, output)
    return problems.UNANSWERED if found.unknown else problems.AS_EXPECTED
