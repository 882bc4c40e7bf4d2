"""The command ``cloneproof``: one function per subcommand, and one place for failures."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import click

from checker import problems
from checker.failures import main_of
from checker.problems import Problem, nearest

FORMATS = ["table", "json", "junit", "markdown", "verdicts"]


def _known(names: Callable[[], list[str]]) -> Callable[..., list[str]]:
    def complete(_context: Any, _parameter: Any, typed: str) -> list[str]:
        return [name for name in names() if name.lower().startswith(typed.lower())]

    return complete


def _property_ids() -> list[str]:
    from properties.catalogue import all_properties

    return [prop.id for prop in all_properties()]


def _kernel_names() -> list[str]:
    from model.revisions import REVISIONS

    return list(REVISIONS)


def _property(name: str) -> Any:
    from properties.catalogue import all_properties, by_id

    try:
        return by_id(name)
    except KeyError:
        known = [one for prop in all_properties() for one in (prop.id, prop.name)]
        hint = nearest(name, known) or "; `cloneproof list` lists them"
        raise Problem(f"unknown property {name!r}{hint}") from None


def _kernels(names: tuple[str, ...]) -> list[str]:
    from checker.counterexample import kernel_named

    wanted = [part for name in names for part in name.split(",")]
    for name in wanted:
        kernel_named(name)
    return [name for name in _kernel_names() if not wanted or name in wanted]


def _emit(text: str, output: str | None) -> None:
    if output is None:
        click.echo(text, nl=not text.endswith("\n"))
        return
    from reports.write import write_atomically

    write_atomically(output, text if text.endswith("\n") else text + "\n")


@click.group(
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog=problems.EXIT_CODES,
)
@click.version_option(package_name="cloneproof")
def cli() -> None:
    """Prove or refute what Linux task creation promises, on many kernels at once.

    \b
    Examples:
      cloneproof verify                        decide the whole catalogue on every kernel
      cloneproof verify V01t --kernel v6.12    decide one property on one kernel
      cloneproof show P02                      what a property claims, and where it should hold
      cloneproof explain out/counterexamples/V01@v6.1.json
      echo '{"request": {"entry": "clone", "flags": "CLONE_NEWUSER|CLONE_FS"}}' \\
        | cloneproof predict
    """


PROPERTY = click.argument(
    "names", nargs=-1, metavar="[PROPERTY]...", shell_complete=_known(_property_ids)
)
KERNEL = click.option(
    "--kernel",
    "-k",
    "kernels",
    multiple=True,
    metavar="NAME",
    shell_complete=_known(_kernel_names),
    help="Only this kernel; may be repeated. Default: all.",
)
OUTPUT = click.option("--output", "-o", metavar="FILE", help="Write there, not to the screen.")


@cli.command()
@PROPERTY
@KERNEL
@click.option("--format", "style", type=click.Choice(FORMATS), default="table", show_default=True)
@OUTPUT
@click.option(
    "--save",
    metavar="DIR",
    help="Save each distinct counterexample there, a small file each; those of earlier runs go.",
)
@click.option("--record", metavar="FILE", help="Also write the JSON report there.")
@click.option("--baseline", metavar="FILE", help="A JSON report to compare verdicts with.")
@click.option("--jobs", "-j", type=click.IntRange(1), help="Processes. Default: all processors.")
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
    from checker import cli_kept, kept
    from checker.cli_output import prepare
    from checker.run import verify as run

    ids = [_property(name).id for name in names] or _property_ids()
    chosen = _kernels(kernels)
    asked = cli_kept.calls_asked(ids, chosen, names, kernels)
    book = kept.Book.opened(kept.CALLS, asked, options["renew"])
    old = _baseline(options["baseline"])
    prepare(options)
    blame = bool(names) if options["core"] is None else options["core"]
    with _progress(len(ids), "deciding") as advance:
        came = run(ids, chosen, jobs=options["jobs"], blame=blame, progress=advance)
    results = kept.once(came)
    _keep(results, options)
    _report(results, options["style"], options["output"])
    if names and options["style"] == "table" and options["output"] is None:
        for result in _distinct(results):
            _detail(result)
    if old is not None:
        _compare(old, results)
    landmarks = cli_kept.call_landmarks(chosen, names, came)
    return cli_kept.settled(book, came, landmarks, _code(results))


def _keep(results: list[Any], options: dict[str, Any]) -> None:
    """Save counterexamples and the JSON record where asked, together."""
    from checker.cli_output import keep
    from reports.render import render

    keep(options, lambda: _counterexamples(results), lambda: render(results, "json"))


def _report(results: list[Any], style: str, output: str | None) -> None:
    from reports.render import render
    from reports.table import wants_colour

    _emit(render(results, style, colour=output is None and wants_colour(sys.stdout)), output)


def _code(results: list[Any]) -> int:
    from properties.claim import ANSWERS, Verdict

    if any(result.verdict is Verdict.ERROR for result in results):
        return problems.INTERNAL
    wrong = [result for result in results if not result.as_expected]
    if any(result.verdict in ANSWERS for result in wrong):
        return problems.BROKEN
    return problems.UNANSWERED if wrong else problems.AS_EXPECTED


def _baseline(path: str | None) -> Any:
    if path is None:
        return None
    from reports.json_report import read_report

    return read_report(path)


def _compare(old: Any, results: list[Any]) -> None:
    from dataclasses import replace

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



class _progress:
    """A progress bar on a terminal, silence elsewhere."""

    def __init__(self, total: int, label: str) -> None:
        self._bar: Any = None
        if sys.stderr.isatty() and total > 2:
            self._bar = click.progressbar(length=total, label=label, file=sys.stderr)

    def __enter__(self) -> Callable[[int], None]:
        if self._bar is None:
            return lambda _count: None
        self._bar.__enter__()
        update: Callable[[int], None] = self._bar.update
        return update

    def __exit__(self, *error: object) -> None:
        if self._bar is not None:
            self._bar.__exit__(*error)


@cli.command("list")
@click.option("--kind", type=click.Choice(["catalogue", "headline", "patch", "documentation"]))
@click.option("--format", "style", type=click.Choice(["table", "json"]), default="table")
def list_properties(kind: str | None, style: str) -> int:
    """List the properties: id, where each should hold, and its sentence.

    \b
    Example:
      cloneproof list --kind headline
    """
    from checker.listing import history_lines, listed
    from properties.catalogue import all_properties

    chosen = [prop for prop in all_properties() if kind in (None, prop.kind.value)]
    if style == "json":
        click.echo(json.dumps([listed(prop) for prop in chosen], indent=2))
        return problems.AS_EXPECTED
    for prop in chosen:
        row = listed(prop)
        click.echo(f"{row['id']:<6} {row['kind'][:4]}  {row['sentence']}"[:100])
        click.echo(f"             {row['expected']}"[:100])
    if kind is None:
        for line in history_lines():
            click.echo(line[:100])
    return problems.AS_EXPECTED


@cli.command()
@click.argument("name", metavar="PROPERTY", shell_complete=_known(_property_ids))
@click.option("--format", "style", type=click.Choice(["table", "json"]), default="table")
def show(name: str, style: str) -> int:
    """Show what a property claims, where it comes from, and where it should hold.

    \b
    Example:
      cloneproof show V01
    """
    from checker.listing import listed, shown

    prop = _property(name)
    if style == "json":
        click.echo(json.dumps(listed(prop), indent=2))
    else:
        click.echo("\n".join(shown(prop)))
    return problems.AS_EXPECTED


@cli.command()
@click.argument("file", metavar="COUNTEREXAMPLE", type=click.Path(path_type=Path))
@click.option(
    "--kernel",
    "-k",
    metavar="NAME",
    shell_complete=_known(_kernel_names),
    help="Tell the call on another kernel.",
)
@click.option("--format", "style", type=click.Choice(["table", "json"]), default="table")
def explain(file: Path, kernel: str | None, style: str) -> int:
    """Tell a saved counterexample as a walk through the kernel, and check it again.

    \b
    Examples:
      cloneproof explain out/counterexamples/V01@v6.1.json
      cloneproof explain out/counterexamples/V01@v6.1.json --kernel v6.12
    """
    from checker.concrete import evaluate
    from checker.counterexample import kernel_named, load
    from checker.story import story

    found = load(file)
    prop = _property(found.property)
    where = kernel_named(kernel) if kernel else found.kernel
    seen = evaluate(prop, where, found.values)
    if not seen.possible:
        raise Problem(f"that call cannot be made on {where.name}")
    lines = story(where, found.values)
    if style == "json":
        answer = {
            "property": prop.id,
            "kernel": where.name,
            "breaks": seen.violation,
            "walk": lines,
        }
        click.echo(json.dumps(answer, indent=2))
    else:
        click.echo(f"{prop.id}: {prop.sentence}")
        click.echo("\n".join(lines))
        click.echo(f"  so the property {'is broken' if seen.violation else 'is kept'} by this call")
    return problems.AS_EXPECTED


@cli.command()
@click.argument("file", required=False, metavar="[FILE]", type=click.Path(path_type=Path))
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


@cli.command()
@click.argument("names", nargs=-1, metavar="[KERNEL]...", shell_complete=_known(_kernel_names))
@click.option("--format", "style", type=click.Choice(["table", "json"]), default="table")
def revisions(names: tuple[str, ...], style: str) -> int:
    """List the kernels; with one name its patches, with two what differs between them.

    \b
    Examples:
      cloneproof revisions
      cloneproof revisions v6.12
      cloneproof revisions v6.1 debian-6.1.192
    """
    from checker.counterexample import kernel_named
    from checker.listing import kernel_rows, kernel_text, patch_rows

    for name in names:
        kernel_named(name)
    if len(names) > 2:
        raise Problem("what differs is shown of two kernels: give at most two")
    rows = kernel_rows() if not names else patch_rows(list(names))
    click.echo(json.dumps(rows, indent=2) if style == "json" else kernel_text(rows))
    return problems.AS_EXPECTED


@cli.command()
@click.option("--format", "style", type=click.Choice(["table", "json"]), default="table")
def rules(style: str) -> int:
    """List every rule with a small call that it alone decides, or the proof that none exists.

    \b
    Example:
      cloneproof rules --format json
    """
    from checker.listing import kernel_text
    from checker.pool import each
    from checker.reach import TABLED, all_told

    found = {}
    with _progress(len(TABLED), "reaching") as advance:
        for place, told in each(all_told, TABLED):
            found[place] = told
            advance(1)
    rows = [row for place in sorted(found) for row in found[place]]
    click.echo(json.dumps(rows, indent=2) if style == "json" else kernel_text(rows))
    dead = [row for row in rows if row["status"] != "reachable"]
    return problems.UNANSWERED if dead else problems.AS_EXPECTED


@cli.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def completion(shell: str) -> int:
    """Print the completion script of a shell.

    \b
    Example:
      eval "$(cloneproof completion bash)"
    """
    from click.shell_completion import get_completion_class

    found = get_completion_class(shell)
    assert found is not None
    click.echo(found(cli, {}, "cloneproof", "_CLONEPROOF_COMPLETE").source())
    return problems.AS_EXPECTED


def main() -> None:
    """Run the command; every failure ends as one line and a documented exit code."""
    command = partial(cli.main, prog_name="cloneproof", standalone_mode=False)
    main_of("cloneproof", command, unwind=False)


from checker import cli_independent, cli_kernels, cli_mutate, cli_source, cli_system  # noqa: E402

for _part in (cli_independent, cli_kernels, cli_mutate, cli_source, cli_system):
    _part.register(cli)
