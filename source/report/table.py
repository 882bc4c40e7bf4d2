"""What comparing a tree came to, as text."""

from __future__ import annotations

import json
import textwrap

from checker.calls.documents import to_document
from model.child import Child
from model.setns import Joined
from model.unshare import Unshared
from source.interpreter import ELSEWHERE, READ, UNREAD
from source.nearest import Match
from source.questions import AGREE, BALANCED, UNSEEN, Comparison, DivergingCall
from source.readings.every import READINGS
from source.report.report import WIDTH, TreeReport, coverage, told
from source.sheet import SHEET


def table(report: TreeReport) -> str:
    """Return the report as text of at most 100 columns."""
    match = report.match
    lines = [f"{report.tree}: nearest known kernel {match.revision.name}"]
    lines += [*_wrapped(match.told), ""] if match.told else [""]
    lines += [_row(one) for one in match.comparisons]
    lines += ["", *_summary(report)]
    for one in match.comparisons:
        lines += _details(one, match)
        if one.order:
            early = "gives back, not in reverse order (the later one next, or never)"
            lines.append(f"{one.reading} {early}:")
        lines += [f"  {pair}" for pair in one.order]
    lines += [
        f"constant {name} is {there:#x} in the tree, {known:#x} in the model"
        for name, there, known in report.numbers
    ]
    lines += _properties(report)
    return "\n".join(lines)


def _row(one: Comparison) -> str:
    place = f"{one.path}:{one.line}"
    balance, *more = _ladder(one)
    row = f"  {one.reading:<20} {place:<32} {one.verdict:<20} {balance}".rstrip()
    return "\n".join([row, *(f"    {line}" for line in more)])


def _ladder(one: Comparison) -> list[str]:
    """Return what the row says of a ladder, and a line of its own for what the model keeps too."""
    if not one.in_balance:
        return ["ladder undecided" if one.balance_is_open else "LADDER BROKEN"]
    if one.balance in ("", BALANCED, UNSEEN):
        return [one.balance and f"ladder {one.balance}"]
    return ["", *textwrap.wrap(f"ladder {one.balance}", WIDTH - 4)]


def _summary(report: TreeReport) -> list[str]:
    comparisons = report.match.comparisons
    same = sum(one.verdict in AGREE for one in comparisons)
    kinds = coverage(report)
    lines = [
        f"{same} of {len(comparisons)} functions agree with {report.match.revision.name}; "
        f"{kinds[READ]} statements translated,",
        f"{kinds[ELSEWHERE]} touch nothing that the model knows, {kinds[UNREAD]} not translated",
    ]
    if report.borrowed:
        names = ", ".join(sorted(report.borrowed)[:6])
        more = ", …" if len(report.borrowed) > 6 else ""
        lines += [
            f"{len(report.borrowed)} constants are not in the tree's headers; the model's hold:",
            f"  {names}{more}",
        ]
    lines += [f"assumed: {one}" for one in report.assumed]
    return lines if report.only else [*lines, *_of_fields(report)]


_NAMES = {Child: "the child", Unshared: "unshare()'s caller", Joined: "setns()'s caller"}


def _of_fields(report: TreeReport) -> list[str]:
    """Say how many fields of each record were found equal, and why the others were not."""
    lines: list[str] = []
    for one in report.fields:
        every = len(SHEET[one.record])
        equal = f"{len(one.compared)} of {every} facts of {_NAMES[one.record]} found equal"
        lines.append(f"{equal}, {len(one.implied)} more follow" if one.implied else equal)
        for why in dict.fromkeys(one.left_out.values()):
            names = [name for name, reason in one.left_out.items() if reason == why]
            told_ = "none" if len(names) == every else f"not {', '.join(names)}"
            lines += textwrap.wrap(
                f"{told_}: {why}", WIDTH, initial_indent="  ", subsequent_indent="    "
            )
    return lines


def _details(one: Comparison, match: Match) -> list[str]:
    lines: list[str] = []
    if one.verdict in AGREE and one.in_balance:
        return lines
    lines += ["", f"{one.reading}: {one.verdict}"]
    if one.reason:
        lines.append(f"  {one.reason}")
    if one.passed:
        every = len(one.exits) + len(one.passed)
        behind = ", ".join(one.passed)
        told_ = f"{len(one.exits)} of {every} exits were compared; not {behind}"
        lines += _wrapped(told_)
    if one.disagreement is not None:
        size = "smallest call" if one.disagreement.minimal else "call"
        lines += _call(one.disagreement, size)
        for patch in match.explained.get(one.reading, []):
            lines.append(f"  this call would agree on {match.revision.name} {patch}")
    for other in one.others:
        lines += ["", *_call(other, "it differs on this call, too")]
    if one.more:
        lines.append("  it may differ in more ways")
    if one.hidden is not None:
        lines.append("  if all that is not translated yields 0 and touches nothing, they differ on")
        lines += _call(one.hidden, "call")
    if not one.in_balance:
        lines += textwrap.wrap(f"  ladder: {one.balance}", WIDTH, subsequent_indent="    ")
    for statement in one.unread:
        lines.append(
            f"  not translated: {statement.path}:{statement.line}: {statement.text}"[:WIDTH]
        )
        lines.append(f"    because of {statement.why}"[:WIDTH])
    lines += [
        f"  not vouched for: {other.path}:{other.line}: {other.told}"[:WIDTH]
        for other in one.unvouched
    ]
    if one.reaching is not None:
        lines += _wrapped(f"on this call, say: {json.dumps(to_document(one.reaching))}")
    return lines


def _wrapped(text: str) -> list[str]:
    return textwrap.wrap(text, WIDTH, initial_indent="  ", subsequent_indent="    ")


def _call(found: DivergingCall, name: str) -> list[str]:
    """Return a call on which C and model differ, with both answers."""
    lines = _wrapped(f"{name}: {json.dumps(to_document(found.values))}")
    lines += [f"  {told(difference)}" for difference in found.differences]
    if found.turn is not None:
        lines.append(f"  C: {found.turn.path}:{found.turn.line}: {found.turn.text}"[:WIDTH])
    rule = f"{found.rule} ({found.at})" if found.rule else "no rule refuses it"
    lines.append(f"  model: {rule}")
    return lines


_CARRIED = (
    "every function that is read is proved equal: what is stated about creating calls, unshare()",
    "and setns() keeps its verdict, if calls that are not read do what their contracts say",
)


def _carried(report: TreeReport) -> list[str]:
    """Say which verdicts carry over: all but those on fields of which nothing was found."""
    spared = [name for one in report.fields for name in one.left_out]
    but = f"but not what is said of {', '.join(spared)}"
    return [*_CARRIED, *(textwrap.wrap(but, WIDTH) if spared else [])]


def _left_open(report: TreeReport) -> list[str]:
    """Say that some functions were not asked for: a file alone has few."""
    done = len(report.match.comparisons)
    return [f"{done} of {len(READINGS)} functions were compared: no verdict is said to carry over"]


def _properties(report: TreeReport) -> list[str]:
    if not report.decided:
        whole = len(report.match.comparisons) == len(READINGS)
        said = _carried if whole else _left_open
        return ["", *said(report)] if report.agrees else []
    decided = [one for one in report.decided if not one.is_open]
    changed = [one for one in decided if not one.as_expected]
    undecided = len(report.decided) - len(decided)
    lines = [
        "",
        f"{len(decided)} properties decided on what the tree says: "
        f"{len(decided) - len(changed)} as on {report.match.revision.name}",
        *([f"{undecided} more rest on what is not read: not decided"] if undecided else []),
    ]
    for one in changed:
        lines.append(
            f"  {one.prop.id} {one.verdict.name} (not {one.expected.name}): {one.prop.sentence}"[
                :WIDTH
            ]
        )
        lines += textwrap.wrap(
            json.dumps(to_document(one.values)),
            WIDTH,
            initial_indent="    call: ",
            subsequent_indent="      ",
        )
        if one.rule:
            where = report.places.get(one.rule, one.at)
            lines.append(f"    missing: {one.rule}"[:WIDTH])
            lines.append(f"      {where}"[:WIDTH])
    return lines
