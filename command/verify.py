"""``cloneproof verify``: decide statements, and hold the verdicts against what is kept."""

from __future__ import annotations

import gc
import sys
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import click

from command.exploring import explored, explores, wanted
from command.names import CALLS, HISTORIES, kernels_as_asked
from command.options import JOBS, KERNELS, OUTPUT, OWN, RECORD, REPORTED, STATEMENTS
from command.output import Options, Progress, emit, keep, prepare, say

if TYPE_CHECKING:
    from command.own import Own
    from command.recorded import Memory, Run
    from command.views import Views

SAVE = click.option(
    "--save",
    metavar="DIR",
    help="Save each distinct counterexample and trace there, those with a picture (SVG); "
    "what earlier runs saved goes.",
)
RENEW = click.option(
    "--renew", is_flag=True, help="Rewrite the kept tables, and say what changed."
)

FULL = click.option(
    "--full", is_flag=True,
    help="The whole table, where a run of everything would end in one screen on a terminal.",
)
RECHECK = click.option(
    "--recheck", is_flag=True, help="Decide anew, whatever the record of earlier runs says."
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
@FULL
@OUTPUT
@SAVE
@RECORD
@click.option("--baseline", metavar="FILE", help="A JSON report to compare verdicts with.")
@JOBS
@RECHECK
@click.option(
    "--core/--no-core",
    default=None,
    help="Tell what each proof of calls rests on.  Default: what is kept, where that suffices; "
    "--core tries again that none of it can be left out (minutes for all).",
)
@RENEW
@explores
def verify(
    names: tuple[str, ...], kernels: tuple[str, ...], only: str | None, own: Own, **options: Any
) -> int:
    """Decide properties; pass only if every verdict is the declared one, and as kept.

    Every verdict asked for must come back, once, and be the one of reports/verdicts.md (of
    single calls) or reports/histories.md; with the whole catalogue, the landmarks written by
    hand must stand too.

    \b
    Examples:
      cloneproof verify                          everything, on a terminal in one screen
      cloneproof verify --full                   with a line of every statement
      cloneproof verify P02 P60 -k v6.1 -k v6.12
      cloneproof verify --only histories
      cloneproof verify --properties mine.py -k v6.12
      cloneproof verify --format markdown -o summary.md
      cloneproof verify --baseline main.json     say which verdicts changed, old and new
      cloneproof verify V01 -k v6.12 --all       every distinct counterexample
      cloneproof verify V01 -k v6.12 --exclude current.real_cred.uid
      cloneproof verify V01 --assume "current.signal.rlim_nproc > 0"
    """
    if wanted(options):
        return explored(names or tuple(own.ids), kernels, options)
    old = _baseline(options["baseline"])
    return answered(names, kernels, only, own, options, old=old)


def answered(
    names: tuple[str, ...],
    kernels: tuple[str, ...],
    only: str | None,
    own: Own,
    options: Options,
    *,
    old: Any = None,
) -> int:
    """Show and store what was asked for, and return the exit code of the run.

    It is decided, or it stands in the record of a run that nothing was changed since.  What was
    named is shown with what its verdicts rest on and with the calls and histories that break it;
    what changed since ``old``, a JSON report, is said.
    """
    from command import index, recorded

    alone = options["renew"] or own.file is not None
    how = kernels_as_asked(kernels), only, options.get("core")
    known = None if alone else recorded.memory(names, *how, recheck=options["recheck"])
    run = known.again() if known is not None else None
    if run is None:
        run = _decided(names, kernels, only, own, options, known=known)
    else:
        prepare(options)
    store(run.views, options)
    whole = not names and not own.ids
    report(run.views, _style(options, whole), options["output"])
    if not whole:
        details(run.views, options)
    if old is not None:
        _compare(old, run.views.results())
    lines, code = run.end()
    for line in (*lines, *run.note()):
        say(line)
    if known is not None:
        known.keep(run, lines, code)
        if not run.decided:
            index.note_names()
    return code


def whole(options: Options) -> list[Any]:
    """Return the results of the whole catalogue on every kernel, decided now or before."""
    from command import recorded
    from command.own import Own

    known = recorded.memory((), kernels_as_asked(()), None, options.get("core"), recheck=False)
    run = known.again() if known is not None else None
    if run is None:
        run = _decided((), (), None, Own(), options, known=known)
        lines, code = run.end()
        if known is not None:
            known.keep(run, lines, code)
    return list(run.views.results())


def _decided(
    names: tuple[str, ...],
    kernels: tuple[str, ...],
    only: str | None,
    own: Own,
    options: Options,
    *,
    known: Memory | None,
) -> Run:
    """Return a run that decides what was asked for, but for what stands in the record."""
    from command import index, settle
    from command.as_before import came_as_before
    from command.kept import once
    from command.recorded import Run
    from command.shelf import Shelf, whole
    from command.views import Views
    from properties import complete

    gc.disable()  # next to nothing of results goes round in circles, and the process ends soon
    if names and known is not None:
        index.load_no_more_than_is_named(names)
    halves = settle.halves(names, kernels, only, options["renew"], own)
    prepare(options)
    shelf = known.shelf(halves, options) if known is not None and not names else Shelf()
    todo = [(half, shelf.open(half.ids)) for half in halves]
    complete.check()
    with Progress(sum(len(some) for _, some in todo), "deciding") as advance:
        decided = settle.decided(todo, options, advance)
    if known is not None:
        run = came_as_before(known, shelf, halves, decided)
        if run is not None:
            return run
    came = [
        (half, shelf.joined(half.ids, found)) for half, found in zip(halves, decided, strict=True)
    ]
    results = once([one for _, found in came for one in found])
    if names and settle.code(results):
        index.demand_all()

    return Run(
        Views(lambda: results),
        lambda: settle.settled(came, settle.code(results), shelf.stands),
        lambda: shelf.told(results),
        lambda: shelf.text(results),
        shelf.landmarks,
        whole=whole(came),
    )


def store(views: Views, options: Options) -> None:
    """Save counterexamples and the JSON record where asked, together."""
    keep(options, views.saved, lambda: views.report("json", False))


def report(views: Views, style: str, output: str | None) -> None:
    """Show results in a format, to the screen or to a file."""
    from reports.colours import wants_colour

    emit(views.report(style, output is None and wants_colour(sys.stdout)), output)


def _style(options: Options, whole: bool) -> str:
    """Return how a run is shown: one of everything as a screen, where a person looks at it."""
    from command.views import SCREEN

    style: str = options["style"]
    looked_at = style == "table" and options["output"] is None and sys.stdout.isatty()
    return SCREEN if whole and looked_at and not options["full"] else style


def details(views: Views, options: Options) -> None:
    """Tell each distinct result below the table, where that is shown on the screen."""
    if options["style"] == "table" and options["output"] is None:
        emit(views.details(), None)


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
