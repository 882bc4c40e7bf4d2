"""The subcommands that check the checker: a second opinion, and certificates."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from checker import problems

FORMATS = ["table", "json", "junit", "markdown", "verdicts"]
FOLDER = Path("out/certificate")
JOBS = click.option("--jobs", "-j", type=click.IntRange(1),
                    help="Processes. Default: all processors.")


@click.command("second-opinion")
@click.argument("names", nargs=-1, metavar="[PROPERTY]...")
@click.option("--kernel", "-k", "kernels", multiple=True, metavar="NAME",
              help="Only this kernel; may be repeated. Default: all.")
@click.option("--format", "style", type=click.Choice(FORMATS), default="table", show_default=True)
@click.option("--output", "-o", metavar="FILE", help="Write there, not to the screen.")
@click.option("--export", metavar="DIR", type=click.Path(path_type=Path),
              help="Keep each question there as SMT-LIB text, named by property and answer.")
@click.option("--record", metavar="FILE", help="Also write the JSON report there.")
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
    from checker import cli
    from checker.independent.histories import inductions
    from reports.write import make_folder

    if options["export"] is not None:
        make_folder(options["export"])
    proved = {prop.id: prop for prop in inductions()}
    histories = [proved[name] for name in names if name in proved] or list(proved.values())
    known = {*cli._property_ids()}
    calls = tuple(name for name in names if name in known or name not in proved)
    if options["by_flags"]:
        return _by_flags(_ids(calls), cli._kernels(kernels), options["jobs"])
    codes = []
    if calls or not names:
        codes.append(_calls(calls, kernels, options))
    if (not names and not kernels) or proved.keys() & {*names}:
        codes.append(_histories(histories, options["export"]))
    return _worst(codes)


def _worst(codes: list[int]) -> int:
    return problems.BROKEN if problems.BROKEN in codes else max(codes)


def _ids(names: tuple[str, ...]) -> list[str]:
    from checker import cli

    return [cli._property(name).id for name in names] or cli._property_ids()


def _calls(names: tuple[str, ...], kernels: tuple[str, ...], options: dict[str, Any]) -> int:
    """Decide single calls again; the verdicts must be the declared and the kept ones."""
    from checker import cli, cli_kept, kept
    from checker.cli_output import prepare
    from checker.independent.results import opinions

    ids, chosen = _ids(names), cli._kernels(kernels)
    asked = cli_kept.calls_asked(ids, chosen, names, kernels)
    book = kept.Book.opened(kept.CALLS[:1], asked, False)
    prepare({**options, "save": options["export"]})
    with cli._progress(len(ids), "asking again") as advance:
        came = opinions(
            ids, chosen, export=options["export"], jobs=options["jobs"], progress=advance
        )
    results = kept.once(came)
    cli._keep(results, {"save": None, "record": options["record"]})
    cli._report(results, options["style"], options["output"])
    wrong = book.wrong(came)
    for line in wrong or [f"asked again: {kept.totals(asked)}, as kept in reports/verdicts.md"]:
        click.echo(line, err=True)
    return problems.BROKEN if wrong else cli._code(results)


def _histories(props: list[Any], export: Path | None) -> int:
    """Ask again what the proofs of histories exclude."""
    from checker.independent.again import asked_again, code, told

    found = list(asked_again(props, export))
    click.echo("\n".join(told(props, found)), err=True)
    return code(found)


def _by_flags(ids: list[str], kernels: list[str], jobs: int | None) -> int:
    from checker.independent.flags_told import lines

    told = lines(ids, kernels, jobs)
    for line in told.lines:
        click.echo(line)
    return problems.BROKEN if told.broken else problems.AS_EXPECTED


@click.command()
@click.option("--output", "-o", "folder", metavar="DIR", type=click.Path(path_type=Path),
              default=FOLDER, show_default=True, help="Where the certificate goes.")
@JOBS
def certify(folder: Path, jobs: int | None) -> int:
    """Write proofs of everything PROVED or VACUOUS that can be checked without a solver.

    Each part of the certificate holds the obligations as SMT-LIB text, their clauses (DIMACS),
    and the derived clauses with what each follows from (LRAT); claims.json names them.

    \b
    Example:
      cloneproof certify -o out/certificate && cloneproof check-certificate out/certificate
    """
    from checker.certificates.certify import certify as made

    for line in made(folder, jobs):
        click.echo(line)
    click.echo(f"written to {folder}; `cloneproof check-certificate {folder}` checks it")
    return problems.AS_EXPECTED


@click.command("check-certificate")
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.option("--second", is_flag=True, help="Also through dratify, a checker of other people.")
@click.option("--statements", is_flag=True,
              help="Also: the claims are those that this tree declares, and none is missing.")
def check_certificate(folder: Path, second: bool, statements: bool) -> int:
    """Check a certificate alone: no solver, no model and no property is used.

    The text of the obligations is encoded again, which must give the formula; each step of
    the proof must follow from earlier clauses; each claim must be refuted at its step. A
    certificate that fails ends with 1.

    \b
    Examples:
      cloneproof check-certificate out/certificate
      cloneproof check-certificate out/certificate --second --statements
    """
    from checker.certificates import check

    found = check.opened(folder)
    for name in found.parts:
        part = check.checked(found, name)
        click.echo(check.told(part))
        if second:
            from checker.certificates.second import check_again

            check_again(part)
            click.echo(f"{name}: dratify agrees, on each of {len(part.steps)} steps")
    for why, names in found.not_covered.items():
        click.echo(_left(why, names))
    if statements:
        from checker.certificates.certify import compare

        click.echo(compare(found))
    return problems.AS_EXPECTED


def _left(why: str, names: list[str]) -> str:
    from reports.text import paragraph

    return paragraph(f"not covered, {len(names)} properties ({why}): {' '.join(names)}")


def register(group: click.Group) -> None:
    """Add the subcommands."""
    for command in (second_opinion, certify, check_certificate):
        group.add_command(command)
