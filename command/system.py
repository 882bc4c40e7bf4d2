"""``cloneproof system``: decide what holds of histories, and how each step is reached."""

from __future__ import annotations

from typing import Any

import click

from checker.ground import problems
from checker.ground.problems import Problem, nearest
from command import names as known
from command.options import JOBS, KERNELS, OUTPUT, RECORD, REPORTED, STATEMENTS
from command.output import Options, emit, prepare
from command.verify import FULL, RECHECK, RENEW, SAVE, answered, details, report, store


@click.command()
@STATEMENTS
@KERNELS
@REPORTED
@FULL
@OUTPUT
@SAVE
@RECORD
@click.option("--engine", type=click.Choice(["explore", "bmc", "k-induction", "pdr"]),
              help="Ask this one alone. Default: each property's own.")
@click.option("--depth", type=click.IntRange(1), metavar="N",
              help="With --engine: steps of a history, or k of an induction. Default: 16.")
@click.option("--steps", "of_steps", is_flag=True,
              help="Instead: the shortest history that takes each step, or why none does. "
              "Arguments name systems.")
@JOBS
@RECHECK
@RENEW
def system(names: tuple[str, ...], kernels: tuple[str, ...], **options: Any) -> int:
    """Decide what holds of histories, as `verify --only histories`, or by one engine alone.

    PROVED speaks of histories of any length; BOUNDED only of those up to a depth, and is
    never a proof.

    With --engine the exit code is 1 where the engine contradicts what is declared, and 2 where
    it only cannot say as much: bmc proves nothing, and budgets run out.

    \b
    Examples:
      cloneproof system                       everything
      cloneproof system P05H --engine pdr     asked of one engine alone
      cloneproof system --steps suspend -k v6.4  how each step of a system is reached
      cloneproof system P52 -k series-11      one property on one kernel, with its trace
    """
    if options["of_steps"]:
        return _show_steps(names, kernels, options["style"], options["output"])
    if options["depth"] and not options["engine"]:
        raise Problem("--depth goes with --engine: say which is to look so far")
    if options["engine"]:
        return _by_one_engine(names, kernels, options)
    from command.own import Own

    return answered(names, kernels, known.HISTORIES, Own(), options)


def _by_one_engine(names: tuple[str, ...], kernels: tuple[str, ...], options: Options) -> int:
    """Decide by one engine alone; what is kept is what each property's own says."""
    from checker.over_time.results import verify_histories
    from command.answers import answers
    from command.views import Views

    if options["renew"]:
        raise Problem("--renew keeps what each property's own engine says: leave out --engine")
    prepare(options)
    results = verify_histories(
        known.statements_named(names, known.HISTORIES)[1],
        known.kernels_named(kernels),
        jobs=options["jobs"],
        engine=options["engine"],
        depth=options["depth"] or 0,
    )
    views = Views(lambda: results)
    store(views, options)
    if options["style"] == "table":
        emit(answers(results), options["output"])
    else:
        report(views, options["style"], options["output"])
    if names:
        details(views, options)
    return _code(results)


def _code(results: list[Any]) -> int:
    """Return the exit code: an engine that only says less than is declared breaks nothing."""
    from command import settle
    from command.answers import contradicts

    against = [one for one in results if contradicts(one)]
    if against:
        return settle.code(against)
    less = any(not one.as_expected for one in results)
    return problems.UNANSWERED if less else problems.AS_EXPECTED


def _show_steps(
    names: tuple[str, ...], kernels: tuple[str, ...], style: str, output: str | None
) -> int:
    """Show how each step is reached; a step that no kernel takes is an error of the model."""
    from checker.calls.kernel_names import kernel_named
    from checker.over_time.stepping import errors, taken_steps, without_fixes
    from command.answers import steps_json, steps_table
    from model.over_time.catalogue import SYSTEMS
    from model.revisions import REVISIONS

    for name in names:
        if name not in SYSTEMS:
            raise Problem(f"no system {name!r}{nearest(name, list(SYSTEMS))}")
    if style not in ("table", "json"):
        raise Problem(f"--steps is shown as table or json, not as {style}")
    chosen = [kernel_named(name) for name in known.kernels_named(kernels)]
    found = taken_steps(names or tuple(SYSTEMS), chosen)
    every = {kernel.name for kernel in chosen} >= set(REVISIONS)
    if every:
        found += without_fixes(found)
    text = steps_json(found) if style == "json" else steps_table(found)
    emit(text, output)
    return problems.BROKEN if every and errors(found) else problems.AS_EXPECTED
