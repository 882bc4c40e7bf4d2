"""``cloneproof ask``: is there a call that is as a question says, and which is the smallest."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click

from checker.ground import problems
from checker.ground.problems import Problem
from command.options import OUTPUT, RECHECK, formats, kernels_named
from command.output import Progress, say, tell

if TYPE_CHECKING:
    from checker.asked.answer import Reply
    from checker.asked.meaning import Question


@click.command()
@click.argument("text", metavar="QUESTION")
@kernels_named("The kernel; of several a row each. Default: the one that runs here.")
@click.option("--all", "every", is_flag=True,
              help="Every distinct answer: a smallest call for each rule that can decide one.")
@click.option("--count", is_flag=True,
              help="Instead: of how many flag words it holds, by trying every combination.")
@click.option("--call", "line", metavar="JSON", default="{}",
              help="With --count: entry point (default: clone3) and caller, as for `predict`.")
@RECHECK
@formats()
@OUTPUT
def ask(text: str, kernels: tuple[str, ...], style: str, output: str | None, **how: Any) -> int:
    """Find the smallest call that is as QUESTION says, or prove that there is none.

    All facts of the caller are open. QUESTION is made of the model's own names (request.*,
    args.*, current.*, system.*, child.* …), abbreviated where that is clear, of the kernel's
    words, comparisons, + - * & | ^, and, or, not, implies, rule "some of its words". All of it
    is in docs/compare.md.

    \b
    Examples:
      cloneproof ask "user_worker and not flags.VM and ok"
      cloneproof ask "clone3 and errno == EAGAIN" --all
      cloneproof ask "child.mm == shared and not CLONE_VM" -k v5.4 -k v6.12
      cloneproof ask "ok" --count --call '{"request": {"entry": "unshare"}}'
    """
    from checker.asked.meaning import question
    from command.kernels_asked import kernels_of, which_kernels
    from command.remembered import Answer, remembered

    asked = question(text)
    chosen = kernels_of(kernels)
    if how["count"]:
        tell(_counted(asked, chosen, how["line"], style), output)
        return problems.AS_EXPECTED
    if how["line"] != "{}":
        raise Problem("--call goes with --count; what is known of the call belongs in the question")
    def work() -> Answer:
        found = _replies(asked, chosen, how["every"])
        return Answer(_written(text, found, style, how["every"]), _code(found))

    every = how["every"]  # one call is found as soon as the record is read
    told = remembered(("ask", text, style), chosen, work, how["recheck"]) if every else work()
    tell(told.text, output)
    for line in which_kernels(kernels):
        say(line)
    return told.code


def _replies(asked: Question, chosen: list[Any], every: bool) -> list[Reply]:
    from checker.asked.answer import replies
    from checker.asked.every import every_answer
    from checker.questions.decide import decider

    if not every:
        return replies(asked, chosen, decider())
    found = []
    with Progress(len(chosen), "asking") as advance:
        for kernel in chosen:
            found.append(every_answer(asked, kernel, decider()))
            advance(1)
    return found


def _written(text: str, found: list[Reply], style: str, every: bool) -> str:
    from checker.asked import told

    if style == "json":
        made = {"question": text, "answers": [told.document(reply) for reply in found]}
        return json.dumps(made, indent=2)
    if len(found) == 1 and not every:
        return "\n".join(told.lines(found[0]))
    from reports.text import grid

    table = grid(["kernel", "call", "outcome"], told.rows(found), [16, 44, 36])
    rest = [line for reply in found if every for line in ("", *told.end_of_all(reply))]
    return "\n".join([table, *rest])


def _code(found: list[Reply]) -> int:
    if any(reply.contradiction for reply in found):
        return problems.INTERNAL
    return problems.UNANSWERED if any(reply.unknown for reply in found) else problems.AS_EXPECTED


def _counted(asked: Question, chosen: list[Any], line: str, style: str) -> str:
    """Return of how many flag words the question holds on each kernel."""
    from checker.asked.count import counted
    from checker.calls.documents import from_document
    from checker.ground.json_text import decoded
    from checker.independent.flags import BITS, FIXED
    from model import complete
    from model.request import Entry
    from model.words import flag_names

    complete.check()
    facts: dict[str, Any] = {"request.entry": 3, **from_document(decoded(line, "--call"))}
    entry = Entry(facts["request.entry"]).name.lower()
    found = {one.name: vars(counted(asked, one.kernel, facts)) for one in chosen}
    what = (f"flag words of {entry}(): every combination of {len(BITS)} flags, "
            f"without {flag_names(int(FIXED))}; the caller is as --call says, else ordinary")
    if style == "json":
        return json.dumps({"question": asked.text, "counted": what, "kernels": found}, indent=2)
    from reports.text import paragraph

    told = [
        f"{name}: {one['holds']:,} of {one['tried']:,}" + (
            f" ({one['impossible']:,} are of calls that cannot be made)" if one["impossible"]
            else "")
        for name, one in found.items()
    ]
    return "\n".join([*told, paragraph(what)])
