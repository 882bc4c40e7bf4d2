"""``cloneproof predict``: what a concrete call does, line by line."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import IO

import click

from checker.ground import problems
from checker.ground.problems import Problem
from command.evidence import call_in, is_call
from command.names import model_named
from command.options import FILE, kernel


@click.command()
@click.argument("file", required=False, metavar="[FILE]", type=FILE)
@kernel("The kernel of lines that name none. Default: v6.12.")
@click.option("--schema", is_flag=True, help="Print the JSON Schema of an input line.")
def predict(file: Path | None, kernel: str | None, schema: bool) -> int:
    """Predict concrete calls: JSON Lines in (a file, or standard input), JSON Lines out.

    Every fact that a line leaves out has its default, that of an ordinary process.  FILE may also
    be a counterexample that `verify --save` wrote.

    \b
    Examples:
      echo '{"kernel": "v6.1", "request": {"entry": "fork"}}' | cloneproof predict
      cloneproof predict --schema
    """

    if schema:
        from checker.calls.documents import schema as printed

        click.echo(json.dumps(printed(), indent=2))
        return problems.AS_EXPECTED
    if file is None and sys.stdin is None:
        raise Problem("standard input is closed: give FILE, or JSON Lines on standard input")
    if file is None:
        return _predict(sys.stdin.buffer, "standard input", kernel)
    if is_call(file):
        return _saved(file, kernel)
    try:
        with file.open("rb") as stream:
            return _predict(stream, str(file), kernel)
    except OSError as error:
        raise Problem(f"cannot read {file}: {error.strerror}") from None


def _saved(file: Path, kernel: str | None) -> int:
    """Answer the call of a saved counterexample, on the kernel that it names or another."""
    from checker.calls.answer import answer_on

    found = call_in(file)
    where = model_named(kernel) or found.kernel
    click.echo(json.dumps({"kernel": where.name, **answer_on(where, found.values)}))
    return problems.AS_EXPECTED


def _predict(stream: IO[bytes], name: str, kernel: str | None) -> int:
    from checker.calls.answer import DEFAULT_KERNEL
    from checker.prediction.lines import predicted
    from checker.prediction.source import batches

    model_named(kernel)
    for answers in predicted(batches(stream), name, kernel or DEFAULT_KERNEL):
        sys.stdout.writelines(answers)
        sys.stdout.flush()
    return problems.AS_EXPECTED
