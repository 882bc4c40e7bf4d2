"""``cloneproof list`` and ``show``: the catalogue, and one statement of it."""

from __future__ import annotations

import json
from typing import Any

import click

from checker.ground import problems
from command.names import known, statement_named, subjects
from command.options import OUTPUT, OWN, STATEMENT, formats
from command.output import emit, emit_lines
from command.own import Own

KINDS = ["catalogue", "headline", "patch", "documentation", "history", "invariant", "ends",
         "inductive", "conserved", "each-step", "some-step"]
"""Where a statement of calls comes from; that it is of histories, and which of their kinds."""


@click.command("list")
@OWN
@click.option("--kind", type=click.Choice(KINDS), help="Only these; all histories: history.")
@click.option("--subject", metavar="NOUN", shell_complete=known(subjects),
              help="Only what is about this: KVM, io_uring, RLIMIT_NPROC, user namespaces …")
@click.option("--subjects", "index", is_flag=True,
              help="Instead: every subject, with the ids of what is about it.")
@formats()
@OUTPUT
def list_statements(own: Own, kind: str | None, subject: str | None, **options: Any) -> int:
    """List the properties: id, kind, sentence, and where each should hold.

    \b
    Examples:
      cloneproof list --kind headline
      cloneproof list --subject KVM
      cloneproof list --subjects
    """
    from command import told
    from properties.catalogue import all_statements

    every = [one for one in all_statements() if not own.ids or one.id in own.ids]
    chosen = [one for one in every if kind is None or kind in told.kinds(one)]
    chosen = told.about(chosen, subject)
    index, output = options["index"], options["output"]
    if options["style"] == "json":
        rows = told.by_subject(chosen) if index else [told.listed(one) for one in chosen]
        emit(json.dumps(rows, indent=2), output)
        return problems.AS_EXPECTED
    emit_lines(told.index(chosen) if index else told.catalogue(chosen), output)
    return problems.AS_EXPECTED


@click.command()
@STATEMENT
@OWN
@formats()
@OUTPUT
def show(name: str, own: Own, style: str, output: str | None) -> int:
    """Show what a property claims, where it comes from, and where it should hold.

    \b
    Examples:
      cloneproof show V01
      cloneproof show P60
    """
    from command.told import listed, shown

    one = statement_named(name)
    text = json.dumps(listed(one), indent=2) if style == "json" else "\n".join(shown(one))
    emit(text, output)
    return problems.AS_EXPECTED
