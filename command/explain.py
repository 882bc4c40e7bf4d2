"""``cloneproof explain`` and ``trace``: what was saved, told step by step and checked again."""

from __future__ import annotations

import json
from pathlib import Path

import click

from checker import problems
from checker.problems import Problem
from command.names import history_named, property_named
from command.options import FILE, formats, kernel


@click.command()
@click.argument("file", metavar="COUNTEREXAMPLE", type=FILE)
@kernel("Tell the call on another kernel.")
@formats()
def explain(file: Path, kernel: str | None, style: str) -> int:
    """Tell a saved counterexample as a walk through the kernel, and check it again.

    \b
    Examples:
      cloneproof explain out/counterexamples/V01@v6.1.json
      cloneproof explain out/counterexamples/V01@v6.1.json --kernel v6.12
    """
    from checker.concrete import evaluate
    from checker.counterexample import kernel_named, load
    from checker.story import story

    found = load(file)
    prop = property_named(found.property)
    where = kernel_named(kernel) if kernel else found.kernel
    seen = evaluate(prop, where, found.values)
    if not seen.possible:
        raise Problem(f"that call cannot be made on {where.name}")
    lines = story(where, found.values)
    if style == "json":
        answer = {
            "property": prop.id,
            "kernel": where.name,
            "breaks": seen.violation,
            "walk": lines,
        }
        click.echo(json.dumps(answer, indent=2))
    else:
        click.echo(f"{prop.id}: {prop.sentence}")
        click.echo("\n".join(lines))
        click.echo(f"  so the property {'is broken' if seen.violation else 'is kept'} by this call")
    return problems.AS_EXPECTED


@click.command()
@click.argument("file", metavar="TRACE", type=FILE)
@click.option("--svg", metavar="FILE", help="Also draw it as a sequence diagram.")
@formats()
def trace(file: Path, svg: str | None, style: str) -> int:
    """Show a saved trace: its steps, only what changes, and whether it breaks the property.

    Every step is run again on the concrete reading.

    \b
    Example:
      cloneproof trace out/counterexamples/P60@v6.4.json --svg p60.svg
    """
    from checker.files import write_atomically
    from checker.over_time.picture import picture
    from checker.over_time.trace import broken_by, load, told

    found = load(file, history_named)
    broken = broken_by(found.property, found.kernel, found.states)
    if svg is not None:
        write_atomically(svg, picture(found))
    if style == "json":
        changes = [
            {"step": step.name, "at": step.at, "changes": [vars(one) for one in changed]}
            for step, changed in zip(found.steps, found.changes, strict=True)
        ]
        click.echo(json.dumps({**found.document(), "breaks": broken, "walk": changes}, indent=2))
        return problems.AS_EXPECTED
    click.echo(f"{found.property.id}: {found.property.sentence}")
    click.echo("\n".join(told(found)))
    click.echo(f"  so the property {'is broken' if broken else 'is kept'} by this history")
    return problems.AS_EXPECTED
