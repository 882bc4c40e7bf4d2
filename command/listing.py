"""``cloneproof list`` and ``show``: the catalogue, and one statement of it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click

from checker.ground import problems
from checker.ground.problems import Problem
from command.names import known, statement_named, subjects
from command.options import OUTPUT, OWN, STATEMENT, formats
from command.output import emit, emit_lines
from command.own import Own

if TYPE_CHECKING:
    from command.rows import Row

KINDS = ["catalogue", "headline", "patch", "documentation", "history", "invariant", "ends",
         "inductive", "conserved", "each-step", "some-step"]
"""Where a statement of calls comes from; that it is of histories, and which of their kinds."""


@click.command("list")
@click.argument("names", nargs=-1, metavar="")
@OWN
@click.option("--kind", type=click.Choice(KINDS), help="Only these; all histories: history.")
@click.option("--subject", metavar="NOUN", shell_complete=known(subjects),
              help="Only what is about this: KVM, io_uring, RLIMIT_NPROC, user namespaces …")
@click.option("--about", "wanted", metavar="WORDS",
              help="Only what these words are near to, the nearest first: sentences, their texts, "
              "sources, commits, steps.")
@click.option("--subjects", "index", is_flag=True,
              help="Instead: every subject, with the ids of what is about it.")
@formats()
@OUTPUT
def list_statements(
    names: tuple[str, ...], own: Own, kind: str | None, subject: str | None, **options: Any
) -> int:
    """List the properties: id, kind, sentence, and where each should hold.

    \b
    Examples:
      cloneproof list --kind headline
      cloneproof list --subject KVM
      cloneproof list --about "signal KVM_RUN ENOMEM"
      cloneproof list --subjects
    """
    from command import rows

    if names:
        raise Problem(f"list takes no names: `show {names[0]}` tells of one, --about WORDS finds")
    every, nouns = _rows(own)
    wanted = options["wanted"]
    if wanted is not None:
        every = rows.by_words(every, wanted, _words(own))
    chosen = rows.about(rows.of_kind(every, kind), subject, nouns)
    index, output = options["index"], options["output"]
    if options["style"] == "json":
        document: Any = [row["told"] for row in chosen]
        text = json.dumps(rows.by_subject(chosen, nouns) if index else document, indent=2)
        emit(text, output)
        return problems.AS_EXPECTED
    emit_lines(rows.index(chosen, nouns) if index else rows.catalogue(chosen), output)
    return problems.AS_EXPECTED


def _rows(own: Own) -> tuple[list[Row], list[str]]:
    """Return the rows of the catalogue, or of what a file of one's own declares."""
    if not own.ids:
        from command.index import names, rows

        return rows(), names()["subjects"]
    from command.described import row
    from properties.claim import STATED
    from properties.nouns import NOUNS

    return [row(STATED[one]) for one in own.ids], list(NOUNS)


def _words(own: Own) -> dict[str, dict[str, int]]:
    """Return where the words of the catalogue stand, or those of a file of one's own."""
    if not own.ids:
        from command.index import words

        return words()
    from checker.ground.meaning import postings
    from command.described import texts
    from properties.claim import STATED

    return postings({one: texts(STATED[one]) for one in own.ids})


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
    from command.rows import shown

    one = _row(name, own)
    text = json.dumps(one["told"], indent=2) if style == "json" else "\n".join(shown(one))
    emit(text, output)
    return problems.AS_EXPECTED


def _row(name: str, own: Own) -> Row:
    """Return the row of the statement with an id or a name; raise :class:`Problem` for none."""
    if not own.ids:
        from command.index import row

        return row(name, statement_named)
    from command.described import row as described

    return described(statement_named(name))
