"""``cloneproof verify``: decide properties, and hold the verdicts against what is kept."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from typing import Any

import click

from command import names as known
from command import settle
from command.options import JOBS, KERNELS, OUTPUT, PROPERTIES, RECORD, REPORTED
from command.output import Progress, emit, keep, prepare


@click.command()
@PROPERTIES
@KERNELS
@REPORTED
@OUTPUT
@click.option(
    "--save",
    metavar="DIR",
    help="Save each distinct counterexample there, a small file each; those of earlier runs go.",
)
@RECORD
@click.option("--baseline", metavar="FILE", help="A JSON report to compare verdicts with.")
@JOBS
@click.option(
    "--core/--no-core",
    default=None,
    help="Compute what each proof rests on. Default: only for properties named.",
)
@click.option("--renew", is_flag=True, help="Rewrite the kept tables, and say what changed.")
def verify(names: tuple[str, ...], kernels: tuple[str, ...], **options: Any) -> int:
    """Decide properties; pass only if every verdict is the declared one, and as kept.

    Every verdict asked for must come back, once, and be the one of reports/verdicts.md; with
    the whole catalogue, the landmarks written by hand must stand too.

    \b
    Examples:
      cloneproof verify                          everything
      cloneproof verify P02 P03 -k v6.1 -k v6.12
      cloneproof verify --format markdown -o summary.md
      cloneproof verify --baseline main.json     say which verdicts changed, old and new
    """
    from checker.run import verify as run
    from command import kept

    ids = [known.property_named(name).id for name in names] or known.property_ids()
    chosen = known.kernels_named(kernels)
    asked = settle.calls_asked(ids, chosen, names, kernels)
    book = kept.Book.opened(kept.CALLS, asked, options["renew"])
    old = _baseline(options["baseline"])
    prepare(options)
    blame = bool(names) if options["core"] is None else options["core"]
    with Progress(len(ids), "deciding") as advance:
        came = run(ids, chosen, jobs=options["jobs"], blame=blame, progress=advance)
    results = kept.once(came)
    store(results, options)
    report(results, options["style"], options["output"])
    if names and options["style"] == "table" and options["output"] is None:
        for result in _distinct(results):
            _detail(result)
    if old is not None:
        _compare(old, results)
    landmarks = settle.call_landmarks(chosen, names, came)
    return settle.settled(book, came, landmarks, settle.code(results))


def store(results: list[Any], options: dict[str, Any]) -> None:
    """Save counterexamples and the JSON record where asked, together."""
    from reports.render import render

    keep(options, lambda: _counterexamples(results), lambda: render(results, "json"))


def report(results: list[Any], style: str, output: str | None) -> None:
    """Show results in a format, to the screen or to a file."""
    from reports.render import render
    from reports.table import wants_colour

    emit(render(results, style, colour=output is None and wants_colour(sys.stdout)), output)


def _baseline(path: str | None) -> Any:
    if path is None:
        return None
    from reports.json_report import read_report

    return read_report(path)


def _compare(old: Any, results: list[Any]) -> None:
    from reports.changes import changes_text
    from reports.json_report import json_report, read_json

    asked = {(result.property, result.kernel) for result in results}
    kept = [one for one in old.results if (one.property, one.kernel) in asked]
    text = changes_text(replace(old, results=kept), read_json(json_report(results)))
    click.echo(text, err=True)


def _distinct(results: list[Any]) -> list[Any]:
    """Return one result per property and evidence: the first kernel's."""
    seen: dict[str, Any] = {}
    for result in results:
        shown = {k: v for k, v in result.counterexample.items() if k != "kernel"}
        evidence = shown or result.witness
        key = json.dumps([result.property, result.verdict.name, evidence], sort_keys=True)
        seen.setdefault(key, result)
    return list(seen.values())


def _detail(result: Any) -> None:
    click.echo(f"\n{result.property} on {result.kernel}: {result.verdict.name}, {result.sentence}")
    if result.reason:
        click.echo(f"  reason: {result.reason}")
    if result.rests_on:
        click.echo("  the proof rests on")
        for entry in result.rests_on:
            click.echo(f"    {entry}")
    if result.verdict.name == "PROVED":
        click.echo(f"  a call on which it matters: {json.dumps(result.witness) or 'fork()'}")
    if result.counterexample:
        from checker.counterexample import parse
        from checker.story import story

        found = parse(result.counterexample)
        smallest = "the smallest call that breaks it" if found.minimal else "a call that breaks it"
        click.echo(f"  {smallest}:")
        for line in story(found.kernel, found.values):
            click.echo(f"  {line}")


def _counterexamples(results: list[Any]) -> dict[str, str]:
    return {
        f"{one.property}@{one.kernel.replace(' ', '-')}.json": (
            json.dumps(one.counterexample, indent=2) + "\n"
        )
        for one in _distinct(results)
        if one.counterexample
    }
