"""The subcommands about histories: ``cloneproof system`` and ``cloneproof trace``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from checker import problems
from checker.problems import Problem, nearest

FORMATS = ["table", "json", "junit", "markdown", "verdicts"]


def _property(name: str) -> Any:
    from properties.system.catalogue import all_timed, timed_by_id

    try:
        return timed_by_id(name)
    except KeyError:
        known = [one for prop in all_timed() for one in (prop.id, prop.name)]
        raise Problem(f"unknown property of histories {name!r}{nearest(name, known)}") from None


def _kernels(names: tuple[str, ...]) -> list[str]:
    from checker.counterexample import kernel_named
    from model.revisions import REVISIONS

    wanted = [part for name in names for part in name.split(",")]
    for name in wanted:
        kernel_named(name)
    return [name for name in REVISIONS if not wanted or name in wanted]


def _code(results: list[Any], by_one: bool) -> int:
    from checker.over_time.answers import contradicts
    from properties.claim import ANSWERS, Verdict

    if any(result.verdict is Verdict.ERROR for result in results):
        return problems.INTERNAL
    wrong = [result for result in results if not result.as_expected]
    if any(contradicts(one) if by_one else one.verdict in ANSWERS for one in wrong):
        return problems.BROKEN
    return problems.UNANSWERED if wrong else problems.AS_EXPECTED


@click.command()
@click.argument("names", nargs=-1, metavar="[PROPERTY]...")
@click.option("--kernel", "-k", "kernels", multiple=True, metavar="NAME",
              help="Only this kernel; may be repeated. Default: all.")
@click.option("--format", "style", type=click.Choice(FORMATS), default="table", show_default=True)
@click.option("--output", "-o", metavar="FILE", help="Write there, not to the screen.")
@click.option("--record", metavar="FILE", help="Also write the JSON report there.")
@click.option("--save", metavar="DIR", type=click.Path(path_type=Path),
              help="Save each distinct trace there, as JSON and as a picture (SVG).")
@click.option("--engine", type=click.Choice(["explore", "bmc", "k-induction", "pdr"]),
              help="Ask this one alone. Default: each property's own.")
@click.option("--depth", type=click.IntRange(1), metavar="N",
              help="With --engine: steps of a history, or k of an induction. Default: 16.")
@click.option("--steps", "of_steps", is_flag=True,
              help="Instead: the shortest history that takes each step, or why none does. "
              "Arguments name systems.")
@click.option("--jobs", "-j", type=click.IntRange(1), help="Processes. Default: all processors.")
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
      cloneproof system P05 --engine pdr      asked of one engine alone
      cloneproof system --steps life -k v6.4  how each step of a system is reached
      cloneproof system P52 -k series-11      one property on one kernel, with its trace
      cloneproof system --save out/traces
    """
    if options["of_steps"]:
        return _show_steps(names, kernels, options["style"], options["output"])
    from checker.cli_kept import history_landmarks, settled
    from checker.cli_output import keep, prepare
    from checker.kept import once

    prepare(options)
    book, came = _verified(names, kernels, options)
    results = once(came)
    from reports.render import render
    from reports.write import write_atomically

    text = _alone(results) if _by_one(options) else render(results, options["style"])
    if options["output"] is not None:
        write_atomically(options["output"], text)
    else:
        click.echo(text, nl=False)
        if names and options["style"] == "table":
            for result in distinct(results):
                _detail(result)
    keep(options, lambda: traces(results), lambda: render(results, "json"))
    code = _code(results, options["engine"] is not None)
    if book is None:
        return code
    return settled(book, came, history_landmarks(names, came), code)


def _verified(
    names: tuple[str, ...], kernels: tuple[str, ...], options: dict[str, Any]
) -> tuple[Any, list[Any]]:
    """Return the book of the run (none for one engine alone), and what came back."""
    from checker.cli_kept import histories_asked
    from checker.kept import HISTORIES, Book
    from checker.over_time.results import verify_histories
    from properties.system.catalogue import all_timed

    if options["depth"] and not options["engine"]:
        raise Problem("--depth goes with --engine: say which is to look so far")
    if options["renew"] and options["engine"]:
        raise Problem("--renew keeps what each property's own engine says: leave out --engine")
    ids = [_property(name).id for name in names] or [prop.id for prop in all_timed()]
    chosen = _kernels(kernels)
    asked = histories_asked(ids, chosen, names, kernels)
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
    from checker.over_time.answers import answers

    return answers(results)


def _show_steps(
    names: tuple[str, ...], kernels: tuple[str, ...], style: str, output: str | None
) -> int:
    """Show how each step is reached; a step that no kernel takes is an error of the model."""
    from checker.over_time.answers import steps_json, steps_table
    from checker.over_time.stepping import errors, taken_steps, without_fixes
    from model.revisions import REVISIONS
    from model.system.catalogue import SYSTEMS
    from reports.write import write_atomically

    for name in names:
        if name not in SYSTEMS:
            raise Problem(f"no system {name!r}{nearest(name, list(SYSTEMS))}")
    if style not in ("table", "json"):
        raise Problem(f"--steps is shown as table or json, not as {style}")
    chosen = [REVISIONS[name].kernel for name in _kernels(kernels)]
    found = taken_steps(names or tuple(SYSTEMS), chosen)
    every = len(chosen) == len(REVISIONS)
    if every:
        found += without_fixes(found)
    text = steps_json(found) if style == "json" else steps_table(found)
    if output is None:
        click.echo(text, nl=False)
    else:
        write_atomically(output, text)
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
        click.echo("\n".join(f"  {line}" for line in told(traced(shown, _property))))


def traces(results: list[Any]) -> dict[str, str]:
    """Return each distinct trace, as ``PROPERTY@KERNEL.json`` and ``.svg``."""
    from checker.over_time.picture import picture
    from checker.over_time.trace import traced

    files: dict[str, str] = {}
    for result in distinct(results):
        if result.counterexample:
            name = f"{result.property}@{result.kernel}"
            files[f"{name}.json"] = json.dumps(result.counterexample, indent=2) + "\n"
            files[f"{name}.svg"] = picture(traced(result.counterexample, _property))
    return files


@click.command()
@click.argument("file", metavar="TRACE", type=click.Path(path_type=Path))
@click.option("--svg", metavar="FILE", help="Also draw it as a sequence diagram.")
@click.option("--format", "style", type=click.Choice(["table", "json"]), default="table")
def trace(file: Path, svg: str | None, style: str) -> int:
    """Show a saved trace: its steps, only what changes, and whether it breaks the property.

    Every step is run again on the concrete reading.

    \b
    Example:
      cloneproof trace out/traces/P60@v6.4.json --svg p60.svg
    """
    from checker.over_time.picture import picture
    from checker.over_time.trace import broken_by, load, told
    from reports.write import write_atomically

    found = load(file, _property)
    broken = broken_by(found.property, found.kernel, found.states)
    if svg is not None:
        write_atomically(svg, picture(found))
    if style == "json":
        changes = [
            {"step": step.name, "at": step.at, "changes": [vars(one) for one in changed]}
            for step, changed in zip(found.steps, found.changes, strict=True)
        ]
        click.echo(json.dumps({**found.document(), "breaks": broken, "walk": changes}, indent=2))
        return problems.AS_EXPECTED
    click.echo(f"{found.property.id}: {found.property.sentence}")
    click.echo("\n".join(told(found)))
    click.echo(f"  so the property {'is broken' if broken else 'is kept'} by this history")
    return problems.AS_EXPECTED


def register(cli: click.Group) -> None:
    """Add both subcommands to the command."""
    cli.add_command(system)
    cli.add_command(trace)
