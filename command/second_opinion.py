"""``cloneproof second-opinion``: everything decided again, by another solver."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import click

from checker.ground import problems
from command import names as known
from command.options import FILE, JOBS, KERNELS, OUTPUT, RECORD, REPORTED, STATEMENTS
from command.output import Progress, emit, emit_lines, prepare
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
              help="Instead: the statements about flags alone, by trying every combination.")
@JOBS
def second_opinion(names: tuple[str, ...], kernels: tuple[str, ...], **options: Any) -> int:
    """Decide properties by another solver, Bitwuzla, from SMT-LIB text alone.

    Nothing of `verify` is used but the statements: each obligation is written down as declared,
    what the solver answers with a call is evaluated on plain values, and the verdicts must be
    the declared ones and those of reports/verdicts.md.

    \b
    Examples:
      cloneproof second-opinion                     everything, in minutes
      cloneproof second-opinion P02 --export out/obligations
      cloneproof second-opinion --flags             no solver, 2**26 combinations of flags
    """
    from checker.ground.files import make_folder
    from checker.independent.histories import inductions

    if options["export"] is not None:
        make_folder(options["export"])
    proved = {prop.id: prop for prop in inductions()}
    histories = [proved[name] for name in names if name in proved] or list(proved.values())
    ours = {*known.property_ids()}
    calls = tuple(name for name in names if name in ours or name not in proved)
    if options["by_flags"]:
        return _by_flags(_ids(calls), known.kernels_named(kernels), options)
    codes = []
    if calls or not names:
        codes.append(_calls(calls, kernels, options))
    if (not names and not kernels) or proved.keys() & {*names}:
        codes.append(_histories(histories, options["export"]))
    return _worst(codes)


def _worst(codes: list[int]) -> int:
    return problems.BROKEN if problems.BROKEN in codes else max(codes)


def _ids(names: tuple[str, ...]) -> list[str]:
    return [known.property_named(name).id for name in names] or known.property_ids()


def _calls(names: tuple[str, ...], kernels: tuple[str, ...], options: dict[str, Any]) -> int:
    """Decide single calls again; the verdicts must be the declared and the kept ones."""
    from checker.independent.results import opinions
    from command import kept, settle

    ids, chosen = _ids(names), known.kernels_named(kernels)
    asked = settle.calls_asked(ids, chosen, names, kernels)
    book = kept.Book.opened(kept.CALLS[:1], asked, False)
    prepare({**options, "save": options["export"]})
    with Progress(len(ids), "asking again") as advance:
        came = opinions(
            ids, chosen, export=options["export"], jobs=options["jobs"], progress=advance
        )
    results = kept.once(came)
    store(results, {"save": None, "record": options["record"]})
    report(results, options["style"], options["output"])
    wrong = book.wrong(came)
    for line in wrong or [f"asked again: {kept.totals(asked)}, as kept in reports/verdicts.md"]:
        click.echo(line, err=True)
    return problems.BROKEN if wrong else settle.code(results)


def _histories(props: list[Any], export: Path | None) -> int:
    """Ask again what the proofs of histories exclude."""
    from checker.independent.again import asked_again, code

    found = list(asked_again(props, export))
    click.echo("\n".join(_told(props, found)), err=True)
    return code(found)


def _told(props: list[Any], found: list[Any]) -> list[str]:
    """Return what was asked and answered, in lines for people."""
    from checker.independent.histories import explored
    from checker.independent.solvers import UNSAT
    from reports.text import count, paragraph

    by = Counter(one.by for one in found)
    shares = ", ".join(f"{number} by {name}" for name, number in sorted(by.items()))
    lines = [
        f"histories, proved by induction or by the ledger ({_names(props)}):"
        f" {count(len(found), 'question')} asked again, {shares}"
    ]
    lines += [
        f"{one.by} says {one.status}: {one.claim.property} on {' '.join(one.claim.kernels)},"
        f" {one.claim.says}"
        for one in found
        if one.status != UNSAT
    ]
    lines.append(f"histories of which every state is visited instead: {_names(explored())}")
    return [paragraph(line) for line in lines]


def _names(props: Iterable[Any]) -> str:
    return " ".join(prop.id for prop in props)


def _by_flags(ids: list[str], kernels: list[str], options: dict[str, Any]) -> int:
    """Decide what is about flags alone by trying every combination."""
    from checker.independent.flags_told import lines
    from reports.text import paragraph

    told = lines(ids, kernels, options["jobs"])
    if options["style"] == "json":
        emit(json.dumps(vars(told), indent=2), options["output"])
    else:
        emit_lines((paragraph(line) for line in told.lines), options["output"])
    return problems.BROKEN if told.broken else problems.AS_EXPECTED
