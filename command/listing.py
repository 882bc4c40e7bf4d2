"""``cloneproof list`` and ``show``: the catalogue, and one property of it."""

from __future__ import annotations

import json

import click

from checker import problems
from command.names import property_named
from command.options import PROPERTY, formats


@click.command("list")
@click.option("--kind", type=click.Choice(["catalogue", "headline", "patch", "documentation"]))
@formats()
def list_properties(kind: str | None, style: str) -> int:
    """List the properties: id, where each should hold, and its sentence.

    \b
    Example:
      cloneproof list --kind headline
    """
    from command.told import history_lines, listed
    from properties.catalogue import all_properties

    chosen = [prop for prop in all_properties() if kind in (None, prop.kind.value)]
    if style == "json":
        click.echo(json.dumps([listed(prop) for prop in chosen], indent=2))
        return problems.AS_EXPECTED
    for prop in chosen:
        row = listed(prop)
        click.echo(f"{row['id']:<6} {row['kind'][:4]}  {row['sentence']}"[:100])
        click.echo(f"             {row['expected']}"[:100])
    if kind is None:
        for line in history_lines():
            click.echo(line[:100])
    return problems.AS_EXPECTED


@click.command()
@PROPERTY
@formats()
def show(name: str, style: str) -> int:
    """Show what a property claims, where it comes from, and where it should hold.

    \b
    Example:
      cloneproof show V01
    """
    from command.told import listed, shown

    prop = property_named(name)
    if style == "json":
        click.echo(json.dumps(listed(prop), indent=2))
    else:
        click.echo("\n".join(shown(prop)))
    return problems.AS_EXPECTED
