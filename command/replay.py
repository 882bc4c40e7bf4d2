"""``cloneproof replay`` and ``reproduce``: a counterexample tried on a real kernel."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from checker import signals
from checker.problems import Problem
from command.names import history_named
from command.options import FILE, OUTPUT, formats, kernel
from command.output import emit

CONFIRMED, REFUTED, NOT_REPLAYABLE = 0, 1, 2
"""Exit codes of ``replay``; of several answers a refuted one decides, then one not replayable."""

def _load(files: tuple[Path, ...]) -> list[Any]:
    from checker.counterexample import load
    from properties.catalogue import by_id

    found = [load(file) for file in files]
    for file, one in zip(files, found, strict=True):
        try:
            by_id(one.property)
        except KeyError:
            raise Problem(f"{file}: unknown property {one.property!r}") from None
    return found


def _is_trace(file: Path) -> bool:
    """Return whether a file is a history; what cannot be read is left to the loader."""
    from checker.json_text import load

    try:
        document = load(file)
    except Problem:
        return False
    call = document.get("call") if isinstance(document, dict) else None
    return isinstance(call, dict) and "history" in call


def _load_trace(file: Path) -> Any:
    from checker.over_time.trace import load

    return load(file, history_named)


@click.command(
    epilog="Exit codes: 0 all confirmed, 1 one refuted, 2 one not replayable, 3 bad input."
)
@click.argument("files", nargs=-1, required=True, metavar="FILE...", type=FILE)
@click.option(
    "--on",
    "where",
    default="running",
    show_default=True,
    metavar="KERNEL",
    help="running, 6.1 or 6.12 (fetched, in a virtual machine), or a kernel image.",
)
@formats()
def replay(files: tuple[Path, ...], where: str, style: str) -> int:
    """Make the very call of a counterexample, or the history of a trace, on a real kernel.

    CONFIRMED: the kernel did what the model says, and that breaks the property.  REFUTED: it
    did something else.  NOT-REPLAYABLE: with the reason.  Several files of a kind take one boot.

    \b
    Examples:
      cloneproof replay out/counterexamples/P10@v5.4.json
      cloneproof replay --on 6.1 out/counterexamples/V01*.json
      cloneproof replay out/counterexamples/P40H@v6.18.json
    """
    from kernels.histories.replay import replay_traces
    from kernels.machines.place import place_exists
    from kernels.replay.calls import replay as run
    from kernels.replay.telling import document, told

    signals.end_by_exception("cloneproof")
    if not place_exists(where):
        raise Problem(f"unknown kernel {where!r}: running, 6.1, 6.12, or an image file")
    traces = {file: _load_trace(file) for file in files if _is_trace(file)}
    calls = tuple(file for file in files if file not in traces)
    found = dict(zip(calls, run(_load(calls), where) if calls else [], strict=True))
    found |= dict(zip(traces, replay_traces(traces.values(), where), strict=True))
    answers = [found[file] for file in files]
    if style == "json":
        click.echo(json.dumps([document(one) for one in answers], indent=2))
    else:
        click.echo("\n".join(line for one in answers for line in told(one)))
    return _code({one.answer.value for one in answers})


def _code(answers: set[str]) -> int:
    if "REFUTED" in answers:
        return REFUTED
    return CONFIRMED if answers == {"CONFIRMED"} else NOT_REPLAYABLE


@click.command()
@click.argument("file", metavar="COUNTEREXAMPLE", type=FILE)
@kernel("Tell what another kernel does.")
@OUTPUT
def reproduce(file: Path, kernel: str | None, output: str | None) -> int:
    """Write a counterexample as a C program in the style of the kernel's selftests.

    It is self-contained, prints TAP, and is built with `gcc -static -Wall -Werror`.

    \b
    Example:
      cloneproof reproduce out/counterexamples/P10@v5.4.json -o p10.c
      gcc -static -Wall -Werror -o p10 p10.c && sudo ./p10
    """
    from checker.counterexample import kernel_named
    from kernels.replay.reproduce.collected import CannotWrite
    from kernels.replay.reproduce.program import program

    found = _load((file,))[0]
    try:
        text = program(found, kernel_named(kernel) if kernel else found.kernel)
    except CannotWrite as cannot:
        raise Problem(f"cannot write that as a program: {cannot}") from None
    emit(text, output)
    return CONFIRMED
