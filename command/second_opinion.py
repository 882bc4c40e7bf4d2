"""``cloneproof second-opinion``: calls and inductions decided again, by other solvers."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import click

from checker.ground import problems
from checker.ground.problems import Problem
from command import names as known
from command.options import (
    FILE,
    JOBS,
    KERNELS,
    OUTPUT,
    RECORD,
    REPORTED,
    SCHEDULER,
    STATEMENTS,
    scheduler_of,
)
from command.output import Options, Progress, emit, emit_lines, prepare
from command.verify import report, store


@click.command("second-opinion")
@STATEMENTS
@KERNELS
@REPORTED
@OUTPUT
@click.option("--export", metavar="DIR", type=FILE,
              help="Keep each question there as SMT-LIB text, named by property and answer.")
@RECORD
@click.option("--flags", "by_flags", is_flag=True,
              help="Instead: the statements about flags or few facts, by trying every combination.")
@JOBS
@SCHEDULER
def second_opinion(names: tuple[str, ...], kernels: tuple[str, ...], **options: Any) -> int:
    """Decide properties of calls by another solver, Bitwuzla, from SMT-LIB text alone.

    Nothing of `verify` is used but the statements: each obligation is written down as declared,
    what the solver answers with a call is evaluated on plain values, and the verdicts must be
    the declared ones and those of reports/verdicts.md.  What inductions and the ledger exclude
    is asked again too; what exploration decides is not.

    \b
    Examples:
      cloneproof second-opinion                     calls and inductions, in minutes
      cloneproof second-opinion P02 --export out/obligations
      cloneproof second-opinion --flags             no solver, 2**26 combinations of flags
    """
    if options["scheduler"] is not None and options["export"] is not None:
        raise Problem("--export is written where questions are asked: leave out --scheduler")
    prepare({**options, "save": options["export"]})
    ids, timed = known.statements_named(names, None)
    chosen = known.listed_only(known.kernels_named(kernels))
    if options["by_flags"]:
        _refuse_flags(timed if names else [], options)
        return _by_flags(ids, chosen, options)
    again = _inductions(timed, named=bool(names))
    if names and again:
        _refuse_with_histories(ids, kernels, options)
    codes = [_calls(ids, chosen, names, kernels, options)] if ids else []
    if again and not kernels:
        codes.append(_histories(again, options["export"], named=bool(names)))
    return problems.worst(codes)


def _refuse_flags(timed: list[str], options: Options) -> None:
    """Raise :class:`Problem` for what ``--flags`` cannot answer."""
    if timed:
        raise Problem(f"{timed[0]} is about histories: --flags is about flags of single calls")
    if options["record"] is not None or options["export"] is not None:
        raise Problem("--flags makes no record and asks no solver: leave out --record and --export")


def _refuse_with_histories(ids: list[str], kernels: tuple[str, ...], options: Options) -> None:
    """Raise :class:`Problem` for options that say nothing of histories that are named."""
    if kernels:
        raise Problem("proofs of histories are asked again for all their kernels: leave out -k")
    written = options["record"] is not None or options["output"] is not None
    if not ids and (written or options["style"] != "table"):
        raise Problem("reports are of single calls: name some, or leave the format and files out")


def _inductions(timed: list[str], *, named: bool) -> list[Any]:
    """Return the histories that are asked again; raise :class:`Problem` for one that cannot be."""
    from checker.independent.histories import inductions

    proved = {prop.id: prop for prop in inductions()}
    other = [name for name in timed if named and name not in proved]
    if other:
        raise Problem(f"{other[0]} is decided by exploration, which asks no solver anything")
    return [proved[name] for name in timed if name in proved]


def _calls(
    ids: list[str],
    chosen: list[str],
    names: tuple[str, ...],
    kernels: tuple[str, ...],
    options: Options,
) -> int:
    """Decide single calls again; the verdicts must be the declared and the kept ones."""
    from checker.independent.results import opinions
    from command import kept, settle
    from command.views import Views

    asked = settle.calls_asked(ids, chosen, names, kernels)
    book = kept.Book.opened(kept.CALLS[:1], asked, False)
    on = scheduler_of(options["scheduler"], options["jobs"])
    with Progress(len(ids), "asking again") as advance:
        came = opinions(ids, chosen, export=options["export"], on=on, progress=advance)
    results = kept.once(came)
    views = Views(lambda: results)
    store(views, {"save": None, "record": options["record"]})
    report(views, options["style"], options["output"])
    wrong = book.wrong(came)
    for line in wrong or [f"asked again: {kept.totals(asked)}, as kept in reports/verdicts.md"]:
        click.echo(line, err=True)
    return problems.BROKEN if wrong else settle.code(results)


def _histories(props: list[Any], export: Path | None, *, named: bool) -> int:
    """Ask again what the proofs of histories exclude."""
    from checker.independent.again import asked_again, code
    from reports.text import paragraph

    found = list(asked_again(props, export))
    told = [*_told(props, found), *([] if named else [_not_asked()])]
    click.echo("\n".join(paragraph(line) for line in told), err=True)
    return code(found)


def _told(props: list[Any], found: list[Any]) -> list[str]:
    """Return what was asked and answered, in lines for people."""
    from checker.independent.solvers import UNSAT
    from reports.text import count

    by = Counter(one.by for one in found)
    shares = ", ".join(f"{number} by {name}" for name, number in sorted(by.items()))
    names = " ".join(prop.id for prop in props)
    lines = [
        f"histories, proved by induction or by the ledger ({names}):"
        f" {count(len(found), 'question')} asked again, {shares}"
    ]
    lines += [
        f"{one.by} says {one.status}: {one.claim.property} on {' '.join(one.claim.kernels)},"
        f" {one.claim.says}"
        for one in found
        if one.status != UNSAT
    ]
    return lines


def _not_asked() -> str:
    """Return of how many statements nothing is asked again."""
    from checker.independent.histories import by_exploration

    return (
        f"not asked again: {len(list(by_exploration()))} statements of histories, which exploration"
        " alone decides, without a solver"
    )


def _by_flags(ids: list[str], kernels: list[str], options: Options) -> int:
    """Decide what is about flags alone by trying every combination."""
    from checker.independent.flags_told import lines
    from reports.text import paragraph

    told = lines(ids, kernels, scheduler_of(options["scheduler"], options["jobs"]))
    if options["style"] == "json":
        emit(json.dumps(vars(told), indent=2), options["output"])
    else:
        emit_lines((paragraph(line) for line in told.lines), options["output"])
    return problems.BROKEN if told.broken else problems.AS_EXPECTED
