"""``cloneproof system``: decide what holds of histories, and how each step is reached."""

from __future__ import annotations

import json
from typing import Any

import click

from checker import problems
from checker.problems import Problem, nearest
from command import names as known
from command import settle
from command.options import FILE, JOBS, KERNELS, OUTPUT, RECORD, REPORTED
from command.output import emit, keep, prepare


def _code(results: list[Any], by_one: bool) -> int:
    from command.answers import contradicts
    from properties.claim import ANSWERS, Verdict

    if any(result.verdict is Verdict.ERROR for result in results):
        return problems.INTERNAL
    wrong = [result for result in results if not result.as_expected]
    if any(contradicts(one) if by_one else one.verdict in ANSWERS for one in wrong):
        return problems.BROKEN
    return problems.UNANSWERED if wrong else problems.AS_EXPECTED


@click.command()
@click.argument("names", nargs=-1, metavar="[PROPERTY]...")
@KERNELS
@REPORTED
@OUTPUT
@RECORD
@click.option("--save", metavar="DIR", type=FILE,
              help="Save each distinct trace there, as JSON and as a picture (SVG).")
@click.option("--engine", type=click.Choice(["explore", "bmc", "k-induction", "pdr"]),
              help="Ask this one alone. Default: each property's own.")
@click.option("--depth", type=click.IntRange(1), metavar="N",
              help="With --engine: steps of a history, or k of an induction. Default: 16.")
@click.option("--steps", "of_steps", is_flag=True,
              help="Instead: the shortest history that takes each step, or why none does. "
              "Arguments name systems.")
@JOBS
@click.option("--renew", is_flag=True, help="Rewrite the kept table, and say what changed.")
def system(names: tuple[str, ...], kernels: tuple[str, ...], **options: Any) -> int:
    """Decide what holds of histories: many tasks, many steps, calls that overlap.

    PROVED speaks of histories of any length; BOUNDED only of those up to a depth, and is
    never a proof.

    With --engine the exit code is 1 where the engine contradicts what is declared, and 2 where
    it only cannot say as much: bmc proves nothing, and budgets run out.

    \b
    Examples:
      cloneproof system                       everything
      cloneproof system P05H --engine pdr     asked of one engine alone
      cloneproof system --steps life -k v6.4  how each step of a system is reached
      cloneproof system P52 -k series-11      one property on one kernel, with its trace
      cloneproof system --save out/traces
    """
    if options["of_steps"]:
        return _show_steps(names, kernels, options["style"], options["output"])
    from command.kept import once

    prepare(options)
    book, came = _verified(names, kernels, options)
    results = once(came)
    from reports.render import render

    text = _alone(results) if _by_one(options) else render(results, options["style"])
    emit(text, options["output"])
    if names and options["style"] == "table" and options["output"] is None:
        for result in distinct(results):
            _detail(result)
    keep(options, lambda: traces(results), lambda: render(results, "json"))
    code = _code(results, options["engine"] is not None)
    if book is None:
        return code
    return settle.settled(book, came, settle.history_landmarks(names, came), code)


def _verified(
    names: tuple[str, ...], kernels: tuple[str, ...], options: dict[str, Any]
) -> tuple[Any, list[Any]]:
    """Return the book of the run (none for one engine alone), and what came back."""
    from checker.over_time.results import verify_histories
    from command.kept import HISTORIES, Book
    from properties.catalogue import all_timed

    if options["depth"] and not options["engine"]:
        raise Problem("--depth goes with --engine: say which is to look so far")
    if options["renew"] and options["engine"]:
        raise Problem("--renew keeps what each property's own engine says: leave out --engine")
    ids = [known.history_named(name).id for name in names] or [prop.id for prop in all_timed()]
    chosen = known.kernels_named(kernels)
    asked = settle.histories_asked(ids, chosen, names, kernels)
    book = None if options["engine"] else Book.opened(HISTORIES, asked, options["renew"])
    results = verify_histories(
        ids,
        chosen,
        jobs=options["jobs"],
        engine=options["engine"] or "",
        depth=options["depth"] or 0,
    )
    return book, results


def _by_one(options: dict[str, Any]) -> bool:
    return options["engine"] is not None and options["style"] == "table"


def _alone(results: list[Any]) -> str:
    from command.answers import answers

    return answers(results)


def _show_steps(
    names: tuple[str, ...], kernels: tuple[str, ...], style: str, output: str | None
) -> int:
    """Show how each step is reached; a step that no kernel takes is an error of the model."""
    from checker.over_time.stepping import errors, taken_steps, without_fixes
    from command.answers import steps_json, steps_table
    from model.revisions import REVISIONS
    from model.system.catalogue import SYSTEMS

    for name in names:
        if name not in SYSTEMS:
            raise Problem(f"no system {name!r}{nearest(name, list(SYSTEMS))}")
    if style not in ("table", "json"):
        raise Problem(f"--steps is shown as table or json, not as {style}")
    chosen = [REVISIONS[name].kernel for name in known.kernels_named(kernels)]
    found = taken_steps(names or tuple(SYSTEMS), chosen)
    every = len(chosen) == len(REVISIONS)
    if every:
        found += without_fixes(found)
    text = steps_json(found) if style == "json" else steps_table(found)
    emit(text, output)
    return problems.BROKEN if every and errors(found) else problems.AS_EXPECTED


def distinct(results: list[Any]) -> list[Any]:
    """Return one result per property, verdict and history: the first kernel's."""
    seen: dict[str, Any] = {}
    for result in results:
        history = (result.counterexample or result.witness).get("call", {})
        key = json.dumps([result.property, result.verdict.name, result.rests_on, history])
        seen.setdefault(key, result)
    return list(seen.values())


def _detail(result: Any) -> None:
    from checker.over_time.trace import told, traced

    click.echo(f"\n{result.property} on {result.kernel}: {result.verdict.name}, {result.sentence}")
    if result.reason:
        click.echo(f"  reason: {result.reason}")
    for entry in result.rests_on:
        click.echo(f"  rests on {entry}")
    shown = result.counterexample or result.witness
    if result.counterexample and not shown["call"]["history"]:
        click.echo("  broken where histories begin, before any step")
    if shown and shown["call"]["history"]:
        click.echo("  broken by" if result.counterexample else "  a history on which it matters")
        click.echo("\n".join(f"  {line}" for line in told(traced(shown, known.history_named))))


def traces(results: list[Any]) -> dict[str, str]:
    """Return each distinct trace, as ``PROPERTY@KERNEL.json`` and ``.svg``."""
    from checker.over_time.picture import picture
    from checker.over_time.trace import traced

    files: dict[str, str] = {}
    for result in distinct(results):
        if result.counterexample:
            name = f"{result.property}@{result.kernel}"
            files[f"{name}.json"] = json.dumps(result.counterexample, indent=2) + "\n"
            files[f"{name}.svg"] = picture(traced(result.counterexample, known.history_named))
    return files
