"""``cloneproof verify`` where counterexamples are explored: every way, the next one, what if."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click

from checker.ground import problems
from checker.ground.problems import Problem
from command.names import kernels_named, statement_named
from command.output import Options, Progress, keep, prepare, tell

if TYPE_CHECKING:
    from checker.exploring.ways import Explored

Verb = TypeVar("Verb", bound=Callable[..., Any])
_OPTIONS = ("every", "following", "exclude", "setting", "assume")
_PLAIN = ("baseline", "renew", "record")


def explores(verb: Verb) -> Verb:
    """Give a verb the options with which counterexamples are explored."""
    for option in (
        click.option("--all", "every", is_flag=True,
                     help="Every distinct counterexample: by the rule that decides, or success, "
                     "and by which promise it breaks; with the proof that these are all."),
        click.option("--next", "following", count=True,
                     help="The next distinct one; again for the one after it."),
        click.option("--exclude", multiple=True, metavar="FACT",
                     help="Only counterexamples without this: a fact as an ordinary process has "
                     "it, a flag not set; may be repeated."),
        click.option("--set", "setting", multiple=True, metavar="FACT=VALUE",
                     help="Only calls with this fact; may be repeated."),
        click.option("--assume", multiple=True, metavar="TRUTH",
                     help="Only calls of which this holds, in the language of `ask`; only "
                     "histories of which each state has this: FACT=VALUE. May be repeated."),
    ):
        verb = option(verb)
    return verb


def wanted(options: Options) -> bool:
    """Return whether counterexamples are to be explored."""
    return any(options[name] for name in _OPTIONS)


def explored(names: tuple[str, ...], kernels: tuple[str, ...], options: Options) -> int:
    """Show the ways to break one statement on each kernel, under what is assumed.

    What is found is not held against the declared verdict, and not kept.
    """
    from checker.calls.kernel_names import revision_named
    from properties.claim import Property

    prop = _statement(names, options)
    chosen = [revision_named(name) for name in kernels_named(kernels)]
    if isinstance(prop, Property):
        return _calls(prop, chosen, options)
    return _histories(prop, chosen, options)


def _statement(names: tuple[str, ...], options: Options) -> Any:
    if len(names) != 1:
        raise Problem("name one property: counterexamples are explored of one at a time")
    for name in _PLAIN:
        if options.get(name):
            raise Problem(f"--{name} is about verdicts: leave it out where counterexamples are "
                          "explored")
    if options["style"] not in ("table", "json"):
        raise Problem(f"counterexamples are told as table or json, not as {options['style']}")
    return statement_named(names[0])


def _calls(prop: Any, chosen: list[Any], options: Options) -> int:
    """Explore the calls that break a statement."""
    from checker.exploring import told, ways
    from checker.exploring.assumed import assumed
    from checker.questions.decide import decider

    if prop.of_patch is not None:
        raise Problem(f"{prop.id} is about a patch under every set of others: explore a statement "
                      "of calls on a kernel")
    given = assumed(prop, options["exclude"], options["setting"], options["assume"])
    prepare(options)
    skipped = 0 if options["every"] else options["following"]
    most = ways.MOST if options["every"] else skipped + 1
    found: list[Explored] = []
    with Progress(most * len(chosen), "ways found") as advance:
        for one in chosen:
            found.append(ways.explored(prop, one, given, decider(), most=most, seen=advance))
    keep(options, lambda: told.saved(prop, found), lambda: "")
    tell(_text(prop, found, skipped, options["style"]), options["output"])
    return _code(found)


def _histories(prop: Any, chosen: list[Any], options: Options) -> int:
    """Explore the histories that break a statement, system by system."""
    from checker.exploring import told_histories as told
    from checker.exploring.histories import explored

    if options["setting"] and options["save"]:
        raise Problem("--save keeps histories from where they begin: leave out --set")
    prepare(options)
    found = []
    with Progress(len(chosen), "exploring") as advance:
        for one in chosen:
            for part in prop.by_system:
                found.append(
                    explored(part, one.kernel, options["exclude"], options["setting"],
                             options["assume"])
                )
            advance(1)
    skipped = 0 if options["every"] else options["following"]
    keep(options, lambda: told.saved(found), lambda: "")
    if options["style"] == "json":
        document = [told.document(one, skipped) for one in found]
        tell(json.dumps(document, indent=2, ensure_ascii=False), options["output"])
    else:
        shown = [line for one in found for line in told.lines(one, skipped)]
        tell("\n".join(shown), options["output"])
    return problems.AS_EXPECTED


def _text(prop: Any, found: list[Explored], skipped: int, style: str) -> str:
    from checker.exploring import told

    if style == "json":
        return json.dumps([told.document(prop, one, skipped) for one in found], indent=2)
    if len(found) == 1:
        return "\n".join(told.lines(prop, found[0], skipped))
    from reports.text import grid

    table = grid(["kernel", "verdict", "call", "outcome"], told.rows(prop, found), [16, 9, 42, 28])
    return f"{table}\n{told.NOT_HELD}; one kernel (-k) tells its ways in full"


def _code(found: list[Explored]) -> int:
    from properties.claim import ANSWERS, Verdict

    if any(one.verdict is Verdict.ERROR for one in found):
        return problems.INTERNAL
    unknown = any(one.verdict not in ANSWERS or (one.ways and one.reason) for one in found)
    return problems.UNANSWERED if unknown else problems.AS_EXPECTED

