"""``cloneproof explain`` and ``trace``: what was saved, told step by step and checked again."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from checker.ground import problems
from checker.ground.problems import Problem
from command.evidence import call_in, is_trace, trace_in
from command.kernels_asked import model_named, which_kernel
from command.names import property_named
from command.options import FILE, OUTPUT, OWN, formats, kernel
from command.output import say, tell
from command.own import Own

ELSEWHERE = kernel("Tell it on another kernel.")
SVG = click.option("--svg", metavar="FILE", help="Also draw a history as a sequence diagram.")


@click.command()
@click.argument("file", metavar="COUNTEREXAMPLE", type=FILE)
@OWN
@ELSEWHERE
@SVG
@formats()
@OUTPUT
def explain(
    file: Path, own: Own, kernel: str | None, svg: str | None, **options: Any
) -> int:
    """Tell a saved call as a walk through the kernel, or a history by its steps; check it again.

    \b
    Examples:
      cloneproof explain out/counterexamples/V01@v3.10.json
      cloneproof explain out/counterexamples/V01@v3.10.json --kernel v6.12
      cloneproof explain out/counterexamples/P60@v6.4.json --svg p60.svg
    """
    if is_trace(file):
        code = _history(file, kernel, svg, options)
    elif svg is not None:
        raise Problem("--svg draws histories: that is one call")
    else:
        code = _call(file, kernel, options)
    for line in which_kernel(kernel) if kernel else ():
        say(line)
    return code


@click.command()
@click.argument("file", metavar="TRACE", type=FILE)
@OWN
@ELSEWHERE
@SVG
@formats()
@OUTPUT
def trace(
    file: Path, own: Own, kernel: str | None, svg: str | None, **options: Any
) -> int:
    """Show a saved history, as `explain` does: its steps, and only what changes.

    Every step is run again on the concrete reading.

    \b
    Example:
      cloneproof trace out/counterexamples/P60@v6.4.json --svg p60.svg
    """
    return _history(file, kernel, svg, options)


def _call(file: Path, kernel: str | None, options: dict[str, Any]) -> int:
    from checker.calls.story import story
    from checker.readings.concrete import evaluate
    from command.index import load_no_more_than_is_named

    load_no_more_than_is_named()
    found = call_in(file)
    prop = property_named(found.property)
    where = model_named(kernel) or found.kernel
    seen = evaluate(prop, where, found.values)
    if not seen.possible:
        raise Problem(f"that call cannot be made on {where.name}")
    lines = story(where, found.values)
    answer = {"property": prop.id, "kernel": where.name, "breaks": seen.violation, "walk": lines}
    return _told(answer, prop, lines, "call", options)


def _history(file: Path, kernel: str | None, svg: str | None, options: dict[str, Any]) -> int:
    from checker.ground.files import write_atomically
    from checker.over_time.picture import picture
    from checker.over_time.trace import broken_by, told
    from command.index import load_no_more_than_is_named

    load_no_more_than_is_named()
    found = trace_in(file, kernel)
    broken = broken_by(found.property, found.kernel, found.states)
    if svg is not None:
        write_atomically(svg, picture(found))
    changes = [
        {"step": step.name, "at": step.at, "changes": [vars(one) for one in changed]}
        for step, changed in zip(found.steps, found.changes, strict=True)
    ]
    answer = {**found.document(), "breaks": broken, "walk": changes}
    return _told(answer, found.property, told(found), "history", options)


def _told(
    answer: dict[str, Any], prop: Any, lines: list[str], what: str, options: dict[str, Any]
) -> int:
    """Write what was found of a call or a history: as JSON, or as lines and what follows."""
    end = f"  so the property {'is broken' if answer['breaks'] else 'is kept'} by this {what}"
    text = "\n".join([f"{prop.id}: {prop.sentence}", *lines, end])
    json_text = json.dumps(answer, indent=2)
    tell(json_text if options["style"] == "json" else text, options["output"])
    return problems.AS_EXPECTED
