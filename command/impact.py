"""``cloneproof impact``: what a commit or a rule is there for: calls, fields, verdicts."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING, Any, TypeAlias

import click

from checker.ground import problems
from checker.ground.problems import Problem
from command.options import OUTPUT, RECHECK, formats, kernel
from command.output import Progress, say, tell

if TYPE_CHECKING:
    from checker.compared.promises import Turned
    from command.remembered import Answer
    from model.patch import Patch
    from model.revisions import Revision

Told: TypeAlias = "tuple[list[str], dict[str, Any], list[str]]"
"""Lines, the same as a document, and what is not known."""


@click.command()
@click.argument("what", metavar="COMMIT|RULE")
@kernel("Default: the first of the list that has the commit; for a rule the running one.")
@RECHECK
@formats()
@OUTPUT
def impact(
    what: str, kernel: str | None, recheck: bool, style: str, output: str | None
) -> int:
    """Say which calls, fields and verdicts of calls depend on a commit, or on a rule.

    A commit is taken away with what rests on it, and the two kernels are compared. A rule (some
    of its words) is cut out of the kernel's table: what would it let in, and which statements
    need it?

    \b
    Examples:
      cloneproof impact KILL_SEQ
      cloneproof impact 240a1853b4d2 -k v6.12
      cloneproof impact "root directory is shared across user namespaces"
    """
    from checker.calls.patch_sets import patch_named, patches_like
    from command.kernels_asked import kernel_of, which_kernels
    from command.remembered import remembered

    named = kernel is not None or not patches_like(what)
    if patches_like(what):
        where = _where(patch_named(what), kernel)
        work: Callable[[], Told] = partial(_of_commit, patch_named(what), where)
    else:
        where = kernel_of(kernel)
        work = partial(_of_rule, _rule(what), where)
    told = remembered(("impact", what, style), (where,), lambda: _told(work(), style), recheck)
    tell(told.text, output)
    if named:
        for line in which_kernels((kernel,) if kernel is not None else ()):
            say(line)
    return told.code


def _rule(what: str) -> str:
    from checker.asked.names import rule_named

    try:
        return rule_named(what)
    except Problem as error:
        raise Problem(f"{what!r} is no commit, and as a rule: {error}") from None


def _told(found: Told, style: str) -> Answer:
    from command.remembered import Answer

    text, document, unknown = found
    shown = json.dumps(document, indent=2) if style == "json" else "\n".join(text)
    return Answer(shown, problems.UNANSWERED if unknown else problems.AS_EXPECTED)


def _where(patch: Patch, name: str | None) -> Revision:
    """Return the kernel that was named, or the first of the list that has the commit."""
    from command.kernels_asked import kernel_of
    from model.revisions import REVISIONS

    first = next((one for one in REVISIONS.values() if patch in one.patches), None)
    found = kernel_of(name) if name is not None else first
    if found is None:
        raise Problem(f"no kernel of the list has {patch.name}: name one that has it")
    if patch not in found.patches:
        raise Problem(f"{found.name} has no {patch.name}: name a kernel that has it")
    return found


def _of_commit(patch: Patch, after: Revision) -> Told:
    from checker.compared import told
    from checker.compared.comparer import comparer
    from checker.compared.difference import difference
    from checker.compared.mending import turned, with_needs
    from checker.compared.promises import calls, of_calls
    from checker.questions.decide import decider

    before = turned(after.kernel, with_needs(after.kernel, patch))
    found = difference(before.kernel, after.kernel, comparer())
    with Progress(len(of_calls()), "verdicts") as advance:
        verdicts = calls(before, after, comparer(), decider(), advance)
    text = [*told.lines(found, comparer()), "", *_verdicts(verdicts.turned)]
    document = {**told.document(found, comparer()), "verdicts": _documents(verdicts.turned)}
    return text, document, [*found.unknown, *verdicts.unknown]


def _of_rule(rule: str, where: Revision) -> Told:
    from checker.calls.brief import brief
    from checker.calls.documents import to_document
    from checker.compared.comparer import comparer
    from checker.compared.promises import of_calls
    from checker.compared.told import outcome
    from checker.compared.without import RuleImpact
    from checker.questions.decide import decider
    from reports.text import paragraph

    seen, unknown = RuleImpact(where, rule, comparer()), list[str]()
    instead = list(seen.instead(unknown))
    with Progress(len(of_calls()), "verdicts") as advance:
        turned = list(seen.turned(decider(), unknown, advance))
    text = [f"{where.name} without the rule: {rule}"]
    for one in instead:
        text.append(paragraph(f"{brief(one.values)}: {outcome(one.view)}", "  "))
    text += [] if instead else ["  no call is refused by it: proved"]
    text += ["", *_verdicts(turned), *(f"not known: {line}" for line in unknown)]
    document = {
        "kernel": where.name,
        "rule": rule,
        "calls": [
            {"call": to_document(one.values), "smallest": one.least, "without": outcome(one.view)}
            for one in instead
        ],
        "verdicts": _documents(turned),
        "unknown": unknown,
    }
    return text, document, unknown


def _verdicts(turned: list[Turned]) -> Iterator[str]:
    from checker.calls.brief import brief
    from reports.text import paragraph

    yield "verdicts of calls that turn:" if turned else "no verdict of calls turns"
    for one in turned:
        turn = f"{one.before.name} → {one.after.name}"
        yield paragraph(f"{one.id:<6} {one.sentence}: {turn}", "  ")
        if one.call and one.is_lost:
            yield paragraph(f"by {brief(one.call)}", "         ")


def _documents(turned: list[Turned]) -> list[dict[str, Any]]:
    from checker.calls.documents import to_document

    return [
        {
            "property": one.id,
            "sentence": one.sentence,
            "before": one.before.name,
            "after": one.after.name,
            "call": to_document(one.call),
        }
        for one in turned
    ]
