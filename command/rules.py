"""``cloneproof rules``: every rule with a call that it alone decides."""

from __future__ import annotations

import json

import click

from checker.ground import problems
from command.options import OUTPUT, formats
from command.output import Progress, emit


@click.command()
@formats()
@OUTPUT
def rules(style: str, output: str | None) -> int:
    """List every rule with a small call that it alone decides, or the proof that none exists.

    \b
    Example:
      cloneproof rules --format json
    """
    from checker.ground.pool import each
    from checker.questions.reach import TABLED, all_told
    from command.told import kernel_text

    found = {}
    with Progress(len(TABLED), "reaching") as advance:
        for place, told in each(all_told, TABLED):
            found[place] = told
            advance(1)
    rows = [row for place in sorted(found) for row in found[place]]
    emit(json.dumps(rows, indent=2) if style == "json" else kernel_text(rows), output)
    dead = [row for row in rows if row["status"] != "reachable"]
    return problems.UNANSWERED if dead else problems.AS_EXPECTED
