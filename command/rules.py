"""``cloneproof rules``: every rule with a call that it alone decides, or how many it refuses."""

from __future__ import annotations

import json
from typing import Any

import click

from checker.ground import problems
from checker.ground.problems import Problem
from command.options import OUTPUT, formats, kernel
from command.output import Progress, emit


@click.command()
@click.option("--count", is_flag=True,
              help="Instead: how many flag words each rule refuses, by trying every combination.")
@kernel("With --count: the kernel. Default: the one that runs here.")
@click.option("--call", "line", metavar="JSON", default="{}",
              help="With --count: entry point (default: clone3) and caller, as for `predict`.")
@formats()
@OUTPUT
def rules(*, count: bool, kernel: str | None, line: str, style: str, output: str | None) -> int:
    """List every rule with a small call that it alone decides, or the proof that none exists.

    \b
    Examples:
      cloneproof rules --format json
      cloneproof rules --count -k v6.1 --call '{"request": {"entry": "clone3", "exit_signal": 17}}'
    """
    if count:
        emit(_counted(kernel, line, style), output)
        return problems.AS_EXPECTED
    if kernel is not None or line != "{}":
        raise Problem("-k and --call go with --count")
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


def _counted(kernel: str | None, line: str, style: str) -> str:
    """Return how many flag words are accepted, and refused by which rule."""
    from checker.calls.answer import DEFAULT_KERNEL
    from checker.calls.documents import from_document
    from checker.calls.kernel_names import kernel_named
    from checker.ground.json_text import decoded
    from checker.independent.counting import counted
    from model import complete

    complete.check()
    facts: dict[str, Any] = {"request.entry": 3, **from_document(decoded(line, "--call"))}
    try:
        found = counted(kernel_named(kernel or DEFAULT_KERNEL), facts)
    except ValueError as error:
        raise Problem(str(error)) from None
    if style == "json":
        return json.dumps(vars(found), indent=2)
    return "\n".join(_lines(vars(found)))


def _lines(found: dict[str, Any]) -> list[str]:
    from tabulate import tabulate

    rows = [
        [name, f"{number:,}", f"{found['alone'][name]:,}"]
        for name, number in found["first"].items()
        if number or found["alone"][name]
    ]
    table = tabulate(rows, headers=["rule", "refuses first", "alone"],
                     colalign=("left", "right", "right"))
    tried = f"{found['tried']:,} flag words tried, {found['accepted']:,} accepted"
    impossible = f", {found['impossible']:,} of calls that cannot be made"
    return [table, "", tried + (impossible if found["impossible"] else "")]
