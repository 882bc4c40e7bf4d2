"""``cloneproof rules``: rules, all or chosen, each with a call that it alone decides."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click

from checker.ground import problems
from checker.ground.problems import Problem
from command.options import OUTPUT, formats, kernel
from command.output import Progress, emit, say

if TYPE_CHECKING:
    from checker.why.chosen import Chosen


@click.command()
@click.option("--errno", metavar="NAME", help="Only those that give this errno: EINVAL, …")
@click.option("--entry", metavar="NAME", help="Only those that can refuse it: clone3, unshare, …")
@kernel("Only those of this kernel. With --count, --errno or --entry: the one that runs here.")
@click.option("--commit", metavar="ID", help="Only those that a patch brought or took away, by "
              "commit or by name.")
@click.option("--count", is_flag=True,
              help="Instead: how many flag words each rule refuses, by trying every combination.")
@click.option("--call", "line", metavar="JSON", default="{}",
              help="With --count: entry point (default: clone3) and caller, as for `predict`.")
@click.option("--renew", is_flag=True,
              help="Instead: rewrite what is kept of them, the least call of each on each kernel.")
@formats()
@OUTPUT
def rules(
    *, count: bool, kernel: str | None, line: str, renew: bool, style: str, output: str | None,
    **chosen: Any,
) -> int:
    """List every rule with a small call that it alone decides, or the proof that none exists.

    Of chosen ones those are left out that can decide no such call, as the solver says.

    \b
    Examples:
      cloneproof rules --errno ENOSPC --entry unshare -k v6.6
      cloneproof rules --commit 2b5f9dad32ed
      cloneproof rules --format json
      cloneproof rules --count -k v6.1 --call '{"request": {"entry": "clone3", "exit_signal": 17}}'
    """
    if renew:
        return _renewed()
    if count:
        if any(chosen.values()):
            raise Problem("--errno, --entry and --commit choose among rules: leave out --count")
        emit(_counted(kernel, line, style), output)
        return problems.AS_EXPECTED
    if line != "{}":
        raise Problem("--call goes with --count")
    if kernel is not None or any(chosen.values()):
        return _chosen(kernel, style, output, **chosen)
    from checker.questions.reach import all_told
    from command.told import kernel_text

    rows = all_told()
    emit(json.dumps(rows, indent=2) if style == "json" else kernel_text(rows), output)
    dead = [row for row in rows if row["status"] != "reachable"]
    return problems.UNANSWERED if dead else problems.AS_EXPECTED


def _renewed() -> int:
    """Rewrite the kept table of the least call that each rule decides; 2 where not all is known."""
    from checker.asked.every import decided_on
    from checker.ground.files import write_together
    from checker.questions.deciding import TABLE
    from checker.questions.reach import on_sets
    from checker.record.kept_words import table_path
    from model.revisions import REVISIONS
    from reports.rules import rules_table

    found, unknown = [], []
    with Progress(len(REVISIONS), "deciding") as advance:
        for revision in REVISIONS.values():
            some, reason = decided_on(revision)
            found += some
            unknown += [f"{revision.name}: {reason}"] if reason else []
            advance(1)
    for line in unknown:
        say(f"not all are known: {line}")
    if unknown:
        return problems.UNANSWERED
    made = rules_table([*found, *on_sets(found)], tuple(REVISIONS))
    write_together({table_path(TABLE): made})
    return problems.AS_EXPECTED


def _chosen(
    kernel: str | None, style: str, output: str | None, *,
    errno: str | None, entry: str | None, commit: str | None,
) -> int:
    """List the rules that are as wanted, with a call each; 2 where the solver does not know."""
    from checker.calls.patch_sets import patch_named
    from checker.why.chosen import Choice, chosen
    from checker.why.opened import Undecided
    from command.kernels_asked import kernel_of, which_kernel
    from model import complete

    complete.check()
    on = kernel_of(kernel).kernel if kernel is not None or commit is None else None
    patch = None if commit is None else patch_named(commit)
    try:
        found = list(chosen(Choice(_errno(errno), _entry(entry), on, patch)))
    except Undecided as reason:
        say(f"not all are known: {reason}")
        return problems.UNANSWERED
    emit(_json(found) if style == "json" else _text(found), output)
    for told in which_kernel(kernel) if on is not None else ():
        say(told)
    return problems.AS_EXPECTED


def _json(found: list[Chosen]) -> str:
    from checker.calls.documents import to_document
    from model.words import errno_name

    rows = [
        {"rule": one.rule.name, "errno": errno_name(one.errno), "at": one.rule.at,
         "on": one.kernel.name, "call": to_document(one.call)}
        for one in found
    ]
    return json.dumps(rows, indent=2)


def _text(found: list[Chosen]) -> str:
    """Return each rule with a call below it; the kernel where it is another than before."""
    from checker.calls.brief import brief
    from model.words import errno_name
    from reports.text import paragraph

    lines: list[str] = []
    where = ""
    for one in found:
        if one.kernel.name != where:
            where = one.kernel.name
            lines.append(f"on {where}:")
        lines.append(f"  {errno_name(one.errno):<7} {one.rule.name}    [{one.rule.at}]")
        lines.append(paragraph(brief(one.call), " " * 12))
    return "\n".join(lines or ["no rule is as wanted"])


def _errno(name: str | None) -> int | None:
    from checker.calls.documents import leaves_by_path
    from checker.calls.naming import number

    return None if name is None else int(number(leaves_by_path()["chance.errno"], name.upper()))


def _entry(name: str | None) -> Any:
    from checker.calls.documents import leaves_by_path
    from checker.calls.naming import number
    from model.request import Entry

    return None if name is None else Entry(int(number(leaves_by_path()["request.entry"], name)))


def _counted(kernel: str | None, line: str, style: str) -> str:
    """Return how many flag words are accepted, and refused by which rule."""
    from checker.calls.documents import from_document
    from checker.ground.json_text import decoded
    from checker.independent.counting import counted
    from command.kernels_asked import kernel_of, which_kernel
    from model import complete

    complete.check()
    facts: dict[str, Any] = {"request.entry": 3, **from_document(decoded(line, "--call"))}
    try:
        found = counted(kernel_of(kernel).kernel, facts)
    except ValueError as error:
        raise Problem(str(error)) from None
    for told in which_kernel(kernel):
        say(told)
    if style == "json":
        return json.dumps(vars(found), indent=2)
    return "\n".join(_lines(vars(found)))


def _lines(found: dict[str, Any]) -> list[str]:
    from tabulate import tabulate

    rows = [
        [name, f"{number:,}", f"{found['alone'][name]:,}"]
        for name, number in found["first"].items()
        if number or found["alone"][name]
    ]
    table = tabulate(rows, headers=["rule", "refuses first", "alone"],
                     colalign=("left", "right", "right"))
    tried = f"{found['tried']:,} flag words tried, {found['accepted']:,} accepted"
    impossible = f", {found['impossible']:,} of calls that cannot be made"
    return [table, "", tried + (impossible if found["impossible"] else "")]
