"""``cloneproof replay``: counterexamples and traces tried on real kernels."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from checker.ground import signals
from checker.ground.problems import Problem
from command.evidence import call_in, is_trace, trace_in
from command.names import CALLS, HISTORIES
from command.options import FILE, OUTPUT, PLACES, formats
from command.output import emit, say

CONFIRMED, REFUTED, NOT_REPLAYABLE = 0, 1, 2
"""Exit codes of ``replay``; of several answers a refuted one decides, then one not replayable."""


@click.command(
    epilog="Exit codes: 0 all confirmed (with --all: none refuted), 1 one refuted, 2 one not "
    "replayable (with --all: a kernel could not be run), 3 bad input."
)
@click.argument("files", nargs=-1, metavar="[FILE]...", type=FILE)
@PLACES
@click.option("--all", "every", is_flag=True,
              help="No files: every property that is refuted on the kernel, as a table.")
@click.option("--only", type=click.Choice([CALLS, HISTORIES]), help="With --all: only these.")
@click.option("--record", type=FILE, metavar="FILE",
              help="With --all: the JSON report to take calls from. Default: decide them.")
@formats()
@OUTPUT
def replay(files: tuple[Path, ...], on: list[str], every: bool, **options: Any) -> int:
    """Make the very call of a counterexample, or the history of a trace, on a real kernel.

    CONFIRMED: the kernel did what the model says, and that breaks the property.  REFUTED: it
    did something else.  NOT-REPLAYABLE: with the reason.  Several files of a kind take one boot.

    \b
    Examples:
      cloneproof replay out/counterexamples/P10@v3.10.json
      cloneproof replay --on 6.1 out/counterexamples/V01*.json
      cloneproof replay out/counterexamples/P40H@v5.14.json
      cloneproof replay --all --on running,6.1 --only histories
    """
    signals.end_by_exception("cloneproof")
    if bool(files) == every:
        raise Problem("name files to replay, or give --all for every refuted property")
    if not every and (options["only"] or options["record"]):
        raise Problem("--only and --record go with --all")
    return _replay_all(on, options) if every else _replay_files(files, on, options)


def _replay_files(files: tuple[Path, ...], on: list[str], options: Any) -> int:
    from kernels.replay.telling import document, told

    traces = {file: trace_in(file) for file in files if is_trace(file)}
    calls = {file: call_in(file) for file in files if file not in traces}
    found = [one for where in on for one in _answers(files, calls, traces, where)]
    if options["style"] == "json":
        text = json.dumps([document(one) for one in found], indent=2)
    else:
        text = "\n".join(line for one in found for line in told(one))
    emit(text, options["output"])
    return _code({one.answer.value for one in found})


def _answers(files: Any, calls: dict[Path, Any], traces: dict[Path, Any], where: str) -> list[Any]:
    """Return what replaying each file on one kernel came to, in the order of the files."""
    from kernels.histories.replay import replay_traces
    from kernels.replay.calls import replay as run

    found = dict(zip(calls, run(list(calls.values()), where) if calls else [], strict=True))
    found |= dict(zip(traces, replay_traces(traces.values(), where), strict=True))
    return [found[file] for file in files]


def _code(answers: set[str]) -> int:
    if "REFUTED" in answers:
        return REFUTED
    return CONFIRMED if answers == {"CONFIRMED"} else NOT_REPLAYABLE


def _replay_all(on: list[str], options: Any) -> int:
    from kernels.replay.telling import campaign_document, details, status, table

    campaigns = [one for where in on for one in _campaigns(where, options)]
    if options["style"] == "json":
        text = json.dumps([campaign_document(one) for one in campaigns], indent=2)
    else:
        shown = [line for one in campaigns for line in details(one)]
        text = "\n".join([*table(campaigns), *shown])
    emit(text, options["output"])
    return status(campaigns)


def _campaigns(where: str, options: Any) -> Iterator[Any]:
    from kernels.histories.campaign import campaign as of_histories
    from kernels.replay.campaign import campaign

    if options["only"] != HISTORIES:
        yield campaign(where, say, options["record"])
    if options["only"] != CALLS:
        yield of_histories(where, say)
