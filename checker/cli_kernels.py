"""The subcommands that need a real kernel: ``replay``, ``reproduce`` and ``conform``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from checker import signals
from checker.problems import Problem

CONFIRMED, REFUTED, NOT_REPLAYABLE = 0, 1, 2
"""Exit codes of ``replay``; of several answers a refuted one decides, then one not replayable."""

FILE = click.Path(path_type=Path)


def register(cli: click.Group) -> None:
    """Add the subcommands to the command line."""
    for command in (replay, reproduce, conform):
        cli.add_command(command)


def _say(text: str) -> None:
    click.echo(text, err=True)


def _emit(text: str, output: Path | None) -> None:
    if output is None:
        click.echo(text, nl=not text.endswith("\n"))
        return
    from reports.write import write_atomically

    write_atomically(output, text if text.endswith("\n") else text + "\n")


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
    from properties.system.catalogue import timed_by_id

    def find(name: str) -> Any:
        try:
            return timed_by_id(name)
        except KeyError:
            raise Problem(f"unknown property of histories {name!r}") from None

    return load(file, find)


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
@click.option("--format", "style", type=click.Choice(["table", "json"]), default="table")
def replay(files: tuple[Path, ...], where: str, style: str) -> int:
    """Make the very call of a counterexample, or the history of a trace, on a real kernel.

    CONFIRMED: the kernel did what the model says, and that breaks the property.  REFUTED: it
    did something else.  NOT-REPLAYABLE: with the reason.  Several files of a kind take one boot.

    \b
    Examples:
      cloneproof replay out/counterexamples/P10@v5.4.json
      cloneproof replay --on 6.1 out/counterexamples/V01*.json
      cloneproof replay out/traces/P40@v6.18.json
    """
    from kernels.histories.replay import replay_traces
    from kernels.replay import place_exists
    from kernels.replay import replay as run
    from kernels.replay_all import document, told

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
@click.option("--kernel", "-k", metavar="NAME", help="Tell what another kernel does.")
@click.option("--output", "-o", metavar="FILE", type=FILE, help="Write there, not to the screen.")
def reproduce(file: Path, kernel: str | None, output: Path | None) -> int:
    """Write a counterexample as a C program in the style of the kernel's selftests.

    It is self-contained, prints TAP, and is built with `gcc -static -Wall -Werror`.

    \b
    Example:
      cloneproof reproduce out/counterexamples/P10@v5.4.json -o p10.c
      gcc -static -Wall -Werror -o p10 p10.c && sudo ./p10
    """
    from checker.counterexample import kernel_named
    from kernels.reproduce import CannotWrite, program

    found = _load((file,))[0]
    try:
        text = program(found, kernel_named(kernel) if kernel else found.kernel)
    except CannotWrite as cannot:
        raise Problem(f"cannot write that as a program: {cannot}") from None
    _emit(text, output)
    return CONFIRMED


@click.command()
@click.argument("on", nargs=-1, metavar="[KERNEL]...")
@click.option("--histories", type=click.IntRange(0), metavar="N",
              help="Not calls but N random histories of each system; 0: every step there is.")
@click.option("--seed", default=1, show_default=True, help="Of random histories.")
@click.option("--format", "style", type=click.Choice(["table", "json"]), default="table")
@click.option("--output", "-o", metavar="FILE", type=FILE, help="Write there, not to the screen.")
def conform(
    on: tuple[str, ...], histories: int | None, seed: int, style: str, output: Path | None
) -> int:
    """Hold the model against running kernels, call by call (thousands of calls).

    Exit codes: 0 all agree, 1 a disagreement, 2 a kernel could not be run.

    \b
    Examples:
      cloneproof conform                 the running kernel (root, under a minute)
      cloneproof conform 6.1 6.12        fetched kernels, in virtual machines
      cloneproof conform --histories 50  random histories, compared after every step
    """
    if histories is not None:
        signals.end_by_exception("cloneproof")
        return _conform_histories(on, (histories, seed), style, output)
    from kernels import conform as comparing

    signals.end_by_exception("cloneproof")
    reports = comparing.conform(list(on) or [comparing.RUNNING], _say)
    if style == "json":
        text = json.dumps(comparing.document(reports), indent=2)
    else:
        shown = [line for report in reports for line in comparing.details(report)]
        text = "\n".join([*comparing.table(reports), *shown])
    _emit(text, output)
    return comparing.status(reports)


def _conform_histories(
    on: tuple[str, ...], wish: tuple[int, int], style: str, output: Path | None
) -> int:
    from kernels.conform import RUNNING
    from kernels.histories import telling
    from kernels.histories.walks import Wish, status, walks

    reports = [walks(where, Wish(*wish)) for where in on or (RUNNING,)]
    if style == "json":
        text = json.dumps(telling.document(reports), indent=2)
    else:
        text = "\n".join(telling.told(reports))
    _emit(text, output)
    return status(reports)
