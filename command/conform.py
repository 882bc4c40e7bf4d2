"""``cloneproof conform``: the model held against running kernels, call by call."""

from __future__ import annotations

import json
from functools import partial
from typing import TYPE_CHECKING

import click

from checker.ground import problems, signals
from command.kernels_asked import model_named
from command.options import OUTPUT, PLACES, SCHEDULER, SKIPS, formats, kernel, machines_of
from command.output import emit, say

if TYPE_CHECKING:
    from kernels.conformance.conform import KernelReport

AGAINST = kernel("Hold this kernel of the model against it, to see it fail. Default: its own.")


@click.command(epilog=SKIPS)
@PLACES
@AGAINST
@formats("kcidb")
@OUTPUT
@SCHEDULER
@click.option("--cases", "most", type=click.IntRange(1), metavar="COUNT",
              help="So many cases: all that show a rule or an effect, the others at random.")
@click.option("--each", "of_each", type=click.IntRange(1), metavar="COUNT",
              help="More cases: each fact of a call or caller is not ordinary in so many.")
@click.option("--why", "count", type=click.IntRange(1), metavar="COUNT",
              help="Instead: hold `why` against so many random calls that the kernel refuses.")
def conform(
    *, on: list[str], kernel: str | None, style: str, output: str | None, scheduler: str | None,
    count: int | None, most: int | None, of_each: int | None,
) -> int:
    """Hold the model against running kernels, call by call (thousands of calls).

    \b
    Examples:
      cloneproof conform                 the running kernel (root, under a minute)
      cloneproof conform --on 6.1,6.12   fetched kernels, in virtual machines
      cloneproof conform --each 1000     each fact of a call or caller in 1000 cases
      cloneproof conform --why 1000      is the rule among those that `why` lists
    """
    from kernels.conformance import as_kcidb, telling
    from kernels.conformance.conform import status

    signals.end_by_exception("cloneproof")
    if count is not None and style == "kcidb":
        raise problems.Problem("--format kcidb tells of cases: it does not go with --why")
    if sum(one is not None for one in (count, most, of_each)) > 1:
        raise problems.Problem("--cases, --each and --why each say which cases: give one of them")
    if count is not None:
        return _refusals(count, on, style, output)
    model_named(kernel)
    reports = machines_of(scheduler, on).all(partial(_held_against, kernel, most, of_each), on)
    if style == "json":
        text = json.dumps(telling.document(reports), indent=2)
    elif style == "kcidb":
        text = as_kcidb.record(reports).rstrip("\n")
    else:
        shown = [line for report in reports for line in telling.details(report)]
        text = "\n".join([*telling.table(reports), *shown])
    emit(text, output)
    return status(reports)


def _held_against(
    kernel: str | None, most: int | None, of_each: int | None, where: str
) -> KernelReport:
    from kernels.conformance.conform import Wanted
    from kernels.conformance.conform import conform as held_against

    wanted = Wanted(most, of_each or 0)
    return held_against(where, say, model=model_named(kernel), wanted=wanted)


def _refusals(count: int, on: list[str], style: str, output: str | None) -> int:
    """Hold ``why`` against calls that kernels refuse; the worst exit code of them."""
    from dataclasses import asdict

    from kernels.conformance.refusals import Report, lines, refusals
    from kernels.machines.place import CannotRun, place

    reports: list[Report] = []
    codes: list[int] = []
    for where in on:
        try:
            reports.append(refusals(count, place(where), say))
            codes.append(problems.AS_EXPECTED if reports[-1].holds else problems.BROKEN)
        except CannotRun as reason:
            say(f"{where} skipped: {reason}")
            codes.append(problems.UNANSWERED)
    told = "\n".join(line for report in reports for line in lines(report))
    emit(json.dumps([asdict(one) for one in reports], indent=2) if style == "json" else told,
         output)
    return problems.worst(codes)
