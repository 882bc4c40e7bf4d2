"""``cloneproof render`` and ``changes``: other views of the JSON report of a run."""

from __future__ import annotations

import sys

import click

from checker.ground import problems
from command.options import OUTPUT, REPORTED, formats
from command.output import emit


@click.command()
@click.argument("file", metavar="REPORT")
@REPORTED
@OUTPUT
def render(file: str, style: str, output: str | None) -> int:
    """Show the JSON report of a run in another format.

    \b
    Example:
      cloneproof render out/result.json --format junit -o out/junit.xml
    """
    from reports.colours import wants_colour
    from reports.json_report import read_report
    from reports.render import render as rendered

    colour = output is None and wants_colour(sys.stdout)
    emit(rendered(read_report(file).results, style, colour=colour), output)
    return problems.AS_EXPECTED


@click.command(
    epilog="Exit codes: 0 nothing changed, 1 something did, 3 a report cannot be read."
)
@click.argument("old")
@click.argument("new")
@formats("markdown")
@OUTPUT
def changes(old: str, new: str, style: str, output: str | None) -> int:
    """Say which verdicts changed from the JSON report OLD to NEW.

    \b
    Example:
      cloneproof changes accepted.json out/result.json --format markdown
    """
    from reports.changes import changes as changed
    from reports.changes import changes_json, changes_markdown, changes_text
    from reports.json_report import read_report

    before, after = read_report(old), read_report(new)
    styles = {"table": changes_text, "json": changes_json, "markdown": changes_markdown}
    emit(styles[style](before, after), output)
    return problems.BROKEN if changed(before, after) else problems.AS_EXPECTED
