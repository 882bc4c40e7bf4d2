"""``cloneproof certify`` and ``check-certificate``: proofs that need no solver to be checked."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from itertools import chain
from pathlib import Path
from typing import Any

import click

from checker.ground import problems
from command.options import FILE, JOBS, OUTPUT, formats
from command.output import emit, emit_lines

FOLDER = Path("out/certificate")


@click.command()
@click.option("--output", "-o", "folder", metavar="DIR", type=FILE,
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
    from checker.independent.certify import certify as made

    for line in made(folder, jobs):
        click.echo(line)
    click.echo(f"written to {folder}; `cloneproof check-certificate {folder}` checks it")
    return problems.AS_EXPECTED


@click.command("check-certificate")
@click.argument("folder", metavar="DIR", type=FILE)
@click.option("--second", is_flag=True, help="Also through dratify, a checker of other people.")
@click.option("--statements", is_flag=True,
              help="Also: the claims are those that this tree declares, and none is missing.")
@formats()
@OUTPUT
def check_certificate(
    folder: Path, second: bool, statements: bool, style: str, output: str | None
) -> int:
    """Check a certificate alone: no solver, no model and no property is used.

    The text of the obligations is encoded again, which must give the formula; each step of
    the proof must follow from earlier clauses; each claim must be refuted at its step. A
    certificate that fails ends with 1.

    \b
    Examples:
      cloneproof check-certificate out/certificate
      cloneproof check-certificate out/certificate --second --statements
    """
    from checker.certificates.check import opened

    found = opened(folder)
    lines = _checked(found, second, statements)
    if style == "json":
        done = {"checked": list(lines), "not_covered": found.not_covered}
        emit(json.dumps(done, indent=2), output)
    else:
        emit_lines(chain(lines, _left(found.not_covered)), output)
    return problems.AS_EXPECTED


def _checked(found: Any, second: bool, statements: bool) -> Iterator[str]:
    """Yield a line for each part as it is checked; raise :class:`Problem` for one that fails."""
    from checker.certificates import check

    for name in found.parts:
        part = check.checked(found, name)
        yield check.told(part)
        if second:
            from checker.certificates.second import check_again

            check_again(part)
            yield f"{name}: dratify agrees, on each of {len(part.steps)} steps"
    if statements:
        from checker.independent.certify import compare

        yield compare(found)


def _left(not_covered: Mapping[str, list[str]]) -> Iterator[str]:
    from reports.text import paragraph

    for why, names in not_covered.items():
        yield paragraph(f"not covered, {len(names)} properties ({why}): {' '.join(names)}")
