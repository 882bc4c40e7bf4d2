"""``cloneproof predict``: what a concrete call does, line by line."""

from __future__ import annotations

import gc
import io
import json
import os
import sys
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import click

from checker.ground import problems
from checker.ground.problems import Problem
from command.before import filter_before
from command.evidence import call_in, is_call
from command.kernels_asked import model_named
from command.options import kernel

if TYPE_CHECKING:
    from checker.seccomp.before import Filter

TOGETHER = 512
"""Answers that are written at once: more would only take memory."""


@click.command()
@click.argument("file", required=False, metavar="[FILE|LINE]")
@kernel("The kernel of lines that name none. Default: the one that runs here.")
@click.option("--entry", metavar="NAME", help="Instead of a line: clone3, unshare, …")
@click.option("--flags", metavar="FLAGS", help="With --entry: CLONE_NEWUSER|SIGCHLD, …")
@click.option("--set", "facts", multiple=True, metavar="FACT=VALUE",
              help="With --entry: a fact of the call or its caller; may be repeated.")
@click.option("--seccomp", metavar="FILTER",
              help="A filter before all calls: docker, podman, …, or a FILE; as for `why`.")
@click.option("--cap-add", "caps", multiple=True, metavar="CAP",
              help="With --seccomp: a capability that the container has beside the usual ones.")
@click.option("--schema", type=click.Choice(["line", "answer"]), is_flag=False, flag_value="line",
              help="Print the JSON Schema of an input line, or of an answer.")
def predict(
    file: str | None, kernel: str | None, seccomp: str | None, caps: tuple[str, ...],
    schema: str | None, **spelled: Any,
) -> int:
    """Predict concrete calls: JSON Lines in (a file, one line, or standard input), JSON Lines out.

    Every fact that a line leaves out has its default, that of an ordinary process; a line without
    a kernel is answered for the one that runs here.  A line that is no call is answered by what is
    wrong with it, and the others go on; then the exit code is 3.  FILE may also be a
    counterexample that `verify --save` wrote.

    \b
    Examples:
      echo '{"kernel": "v6.1", "request": {"entry": "fork"}}' | cloneproof predict
      cloneproof predict '{"request": {"entry": "fork"}}' -k v5.16
      cloneproof predict --entry unshare --flags CLONE_NEWUSER --set current.chrooted=true
      cloneproof predict -k 6.8.0-58-generic calls.jsonl
      cloneproof predict --schema              what may stand in a line, fact by fact
      cloneproof predict --schema answer
    """
    if schema is not None:
        from checker.calls import schemas

        made = schemas.line_schema() if schema == "line" else schemas.answer_schema()
        click.echo(json.dumps(made, indent=2))
        return problems.AS_EXPECTED
    file = _spelled(file, **spelled)
    if file is None and sys.stdin is None:
        raise Problem("standard input is closed: give FILE, or JSON Lines on standard input")
    before = filter_before(seccomp, caps)
    if file is None:
        return _predict(sys.stdin.buffer, "standard input", kernel, before)
    if file.startswith("{") or ("(" in file and not Path(file).exists()):
        return _predict(io.BytesIO(os.fsencode(file)), "the call", kernel, before)
    if is_call(Path(file)):
        if before is not None:
            raise Problem("--seccomp does not go with a saved counterexample: `why` takes both")
        return _saved(Path(file), kernel)
    try:
        with open(file, "rb") as stream:
            return _predict(stream, file, kernel, before)
    except OSError as error:
        more = "" if Path(file).suffix or "/" in file else "; a call is a line of JSON, or --entry"
        raise Problem(f"cannot read {file}: {error.strerror}{more}") from None


def _spelled(
    file: str | None, entry: str | None, flags: str | None, facts: tuple[str, ...]
) -> str | None:
    """Return the line that options spell, or what was given if they spell none."""
    if entry is None:
        if flags is not None or facts:
            raise Problem("--flags and --set go with --entry")
        return file
    if file is not None:
        raise Problem("a line and --entry are two calls: give one")
    from checker.calls.spelled import line

    return json.dumps(line(entry, flags, facts))


def _more(count: int) -> str:
    if not count:
        return ""
    return f"; {count} more lines are no calls" if count > 1 else "; one more line is no call"


def _saved(file: Path, kernel: str | None) -> int:
    """Answer the call of a saved counterexample, on the kernel that it names or another."""
    from checker.calls.answer import answer_on
    from checker.calls.remarks import of_kernel

    found = call_in(file)
    where = model_named(kernel) or found.kernel
    notes = of_kernel(where.name, where.name) if kernel else ()
    click.echo(json.dumps(answer_on(where, found.values, notes)))
    return problems.AS_EXPECTED


def _predict(stream: IO[bytes], name: str, kernel: str | None, before: Filter | None) -> int:
    from checker.calls.kernel_names import RUNNING
    from checker.prediction.lines import Bad, predicted
    from checker.prediction.source import batches

    model_named(kernel)
    gc.disable()  # calls and answers do not go round in circles
    bad = Bad()
    for answers in predicted(batches(stream), name, kernel or RUNNING, bad, before):
        for first in range(0, len(answers), TOGETHER):
            sys.stdout.write("".join(answers[first : first + TOGETHER]))
        sys.stdout.flush()
    if bad.count:
        raise Problem(f"{bad.first}{_more(bad.count - 1)}")
    return problems.AS_EXPECTED
