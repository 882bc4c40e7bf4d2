"""``cloneproof predict``: what a concrete call does, line by line."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import click

from checker import problems
from checker.problems import Problem
from command.options import FILE


@click.command()
@click.argument("file", required=False, metavar="[FILE]", type=FILE)
@click.option("--schema", is_flag=True, help="Print the JSON Schema of an input line.")
def predict(file: Path | None, schema: bool) -> int:
    """Predict concrete calls: JSON Lines in (a file, or standard input), JSON Lines out.

    Every fact that a line leaves out has its default, that of an ordinary process.

    \b
    Examples:
      echo '{"kernel": "v6.1", "request": {"entry": "fork"}}' | cloneproof predict
      cloneproof predict --schema
    """
    from checker.lines import predicted

    if schema:
        from checker.documents import schema as printed

        click.echo(json.dumps(printed(), indent=2))
        return problems.AS_EXPECTED
    if file is None and sys.stdin is None:
        raise Problem("standard input is closed: give FILE, or JSON Lines on standard input")
    if file is None:
        return _predict(predicted, sys.stdin, "standard input")
    try:
        with file.open() as stream:
            return _predict(predicted, stream, str(file))
    except OSError as error:
        raise Problem(f"cannot read {file}: {error.strerror}") from None


def _predict(predicted: Any, stream: Any, name: str) -> int:
    for line in predicted(stream, name):
        sys.stdout.write(line)
    sys.stdout.flush()
    return problems.AS_EXPECTED
