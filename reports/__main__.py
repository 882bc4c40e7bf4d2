"""Reports from the JSON report: ``python -m reports render`` and ``python -m reports changes``."""

from __future__ import annotations

import sys

import click

from checker import problems
from checker.failures import main_of
from checker.files import write_atomically
from reports.changes import changes, changes_markdown, changes_text
from reports.json_report import read_report
from reports.render import FORMATS, render
from reports.table import wants_colour

_output = click.option("--output", metavar="FILE", help="Write to FILE, in full or not at all.")


@click.group(name="reports")
def commands() -> None:
    """Make reports from the JSON report of a run."""


@commands.command(name="render")
@click.argument("file")
@click.option("--format", "name", type=click.Choice(FORMATS), default="table", show_default=True)
@_output
def render_command(file: str, name: str, output: str | None) -> int:
    """Show the JSON report FILE in another format."""
    colour = output is None and wants_colour(sys.stdout)
    _put(render(read_report(file).results, name, colour=colour), output)
    return problems.AS_EXPECTED


@commands.command(name="changes")
@click.argument("old")
@click.argument("new")
@click.option("--format", "name", type=click.Choice(("table", "markdown")), default="table")
@_output
def changes_command(old: str, new: str, name: str, output: str | None) -> int:
    """Say what changed from the JSON report OLD to NEW; exit code 1 if anything did."""
    before, after = read_report(old), read_report(new)
    _put((changes_markdown if name == "markdown" else changes_text)(before, after), output)
    return problems.BROKEN if changes(before, after) else problems.AS_EXPECTED


def _put(text: str, output: str | None) -> None:
    if output is None:
        click.echo(text, nl=False)
    else:
        write_atomically(output, text)


def main() -> object:
    """Run a command and return its exit code."""
    return commands.main(prog_name="python -m reports", standalone_mode=False)


if __name__ == "__main__":
    main_of("reports", main)
