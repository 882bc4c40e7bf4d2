"""``cloneproof verify``: decide statements, and hold the verdicts against what is kept."""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import click

from command.names import CALLS, HISTORIES
from command.options import JOBS, KERNELS, OUTPUT, OWN, RECORD, REPORTED, STATEMENTS
from command.output import Options, Progress, emit, keep, prepare, say

if TYPE_CHECKING:
    from command.own import Own
    from command.settle import CatalogueHalf

SAVE = click.option(
    "--save",
    metavar="DIR",
    help="Save each distinct counterexample and trace there, those with a picture (SVG); "
    "what earlier runs saved goes.",
)
RENEW = click.option(
    "--renew", is_flag=True, help="Rewrite the kept tables, and say what changed."
)


@click.command()
@STATEMENTS
@OWN
@KERNELS
@click.option(
    "--only",
    type=click.Choice([CALLS, HISTORIES]),
    help="Only statements of single calls, or only those of histories.",
)
@REPORTED
@OUTPUT
@SAVE
@RECORD
@click.option("--baseline", metavar="FILE", help="A JSON report to compare verdicts with.")
@JOBS
@click.option(
    "--core/--no-core",
    default=None,
    help="Compute what each proof of calls rests on. Default: only for properties named.",
)
@RENEW
def verify(
    names: tuple[str, ...], kernels: tuple[str, ...], only: str | None, own: Own, **options: Any
) -> int:
    """Decide properties; pass only if every verdict is the declared one, and as kept.

    Every verdict asked for must come back, once, and be the one of reports/verdicts.md (of
    single calls) or reports/histories.md; with the whole catalogue, the landmarks written by
    hand must stand too.

    \b
    Examples:
      cloneproof verify                          everything
      cloneproof verify P02 P60 -k v6.1 -k v6.12
      cloneproof verify --only histories
      cloneproof verify --properties mine.py -k v6.12
      cloneproof verify --format markdown -o summary.md
      cloneproof verify --baseline main.json     say which verdicts changed, old and new
    """
    from command import settle

    old = _baseline(options["baseline"])
    halves = settle.halves(names, kernels, only, options["renew"], own)
    return answered(halves, options, named=bool(names or own.ids), old=old)


def answered(halves: list[CatalogueHalf], options: Options, *, named: bool, old: Any = None) -> int:
    """Decide what was asked for, show and store it, and return the exit code of the run.

    What was ``named`` is shown with what its verdicts rest on and with the calls and histories
    that break it; what changed since ``old``, a JSON report, is said.
    """
    from command import settle
    from command.kept import once

    prepare(options)
    with Progress(sum(len(half.ids) for half in halves), "deciding") as advance:
        came = [(half, half.decide(options, advance)) for half in halves]
    results = once([one for _, found in came for one in found])
    store(results, options)
    report(results, options["style"], options["output"])
    if named:
        details(results, options)
    if old is not None:
        _compare(old, results)
    return settle.settled(came, settle.code(results))


def store(results: list[Any], options: Options) -> None:
    """Save counterexamples and the JSON record where asked, together."""
    from command.detail import saved
    from reports.render import render

    keep(options, lambda: saved(results), lambda: render(results, "json"))


def report(results: list[Any], style: str, output: str | None) -> None:
    """Show results in a format, to the screen or to a file."""
    from reports.render import render
    from reports.table import wants_colour

    emit(render(results, style, colour=output is None and wants_colour(sys.stdout)), output)


def details(results: list[Any], options: Options) -> None:
    """Tell each distinct result below the table, where that is shown on the screen."""
    from command.detail import detail, distinct

    if options["style"] == "table" and options["output"] is None:
        for result in distinct(results):
            detail(result)


def _baseline(path: str | None) -> Any:
    if path is None:
        return None
    from reports.json_report import read_report

    return read_report(path)


def _compare(old: Any, results: list[Any]) -> None:
    from reports.changes import changes_text
    from reports.json_report import json_report, read_json

    asked = {(result.property, result.kernel) for result in results}
    kept = [one for one in old.results if (one.property, one.kernel) in asked]
    say(changes_text(replace(old, results=kept), read_json(json_report(results))))
