"""What comparing a tree came to, as a table, as JSON, and as SARIF for code review."""

from __future__ import annotations

import json
import textwrap
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from checker.calls.documents import to_document
from model.child import Child
from model.setns import Joined
from model.unshare import Unshared
from model.words import errno_name
from source.drift import Drift, shown
from source.interpreter import ELSEWHERE, READ, UNREAD, Statement
from source.nearest import Match
from source.questions import ABSENT, AGREE, BALANCED, Comparison, Difference
from source.semantics import Decided
from source.sheet import SHEET, Implied, NotRead, Read, Row

WIDTH = 100


@dataclass(frozen=True)
class Fields:
    """The fields of one record: those found equal, those that follow from them, the rest."""

    record: type[Any]
    compared: tuple[str, ...]
    implied: tuple[str, ...]
    left_out: dict[str, str]
    """Field: why nothing was said about it."""


def _fields(record: type[Any], equal_in: dict[str, tuple[str, ...]]) -> Fields:
    """Return what was said about the fields of a record.

    ``equal_in`` has, for each reading that was run, what it found equal; a field counts where
    none of its readings that were run lacks it.
    """
    rows = SHEET[record]
    missing = {name: _missing(row, name, equal_in) for name, row in rows.items()}
    compared = {name for name, without in missing.items() if without == ()}
    implied = {
        name
        for name, row in rows.items()
        if isinstance(row, Implied) and compared.issuperset(row.by)
    }
    return Fields(
        record,
        tuple(name for name in rows if name in compared),
        tuple(name for name in rows if name in implied),
        {
            name: _why(row, missing[name] or ())
            for name, row in rows.items()
            if name not in compared | implied
        },
    )


def _missing(row: Row, name: str, equal_in: dict[str, tuple[str, ...]]) -> tuple[str, ...] | None:
    """Return by which readings a field was not found equal; ``None`` if none of them was run."""
    run = [one for one in row.by if one in equal_in] if isinstance(row, Read) else []
    return tuple(one for one in run if name not in equal_in[one]) if run else None


def _why(row: Row, without: tuple[str, ...]) -> str:
    if isinstance(row, NotRead):
        return row.why
    if isinstance(row, Implied):
        return f"follows from {', '.join(row.by)}: not found equal here"
    return f"{' and '.join(without or row.by)} did not find it equal here"


@dataclass
class Report:
    """Everything that is said about one tree."""

    tree: str
    match: Match
    decided: list[Decided] = field(default_factory=list)
    numbers: list[tuple[str, int, int]] = field(default_factory=list)
    """Constants whose values differ: (name, in the tree, in the model)."""
    borrowed: list[str] = field(default_factory=list)
    """Constants that the tree's headers do not have: the model's were taken."""
    assumed: list[str] = field(default_factory=list)
    places: dict[str, str] = field(default_factory=dict)
    """Rule: after which line of this tree it should stand."""

    @property
    def statements(self) -> list[Statement]:
        """Return every statement that was read, each once."""
        found = {
            (one.path, one.line, one.text): one
            for comparison in self.match.comparisons
            for one in comparison.statements
        }
        return list(found.values())

    @property
    def fields(self) -> list[Fields]:
        """Return, for each record of what a call leaves, which fields were found equal."""
        run = [one for one in self.match.comparisons if one.verdict != ABSENT]
        equal_in = {one.reading: one.compared for one in run}
        return [_fields(record, equal_in) for record in SHEET]

    @property
    def agrees(self) -> bool:
        """Return whether nothing was found to differ or to be unreadable."""
        return (
            not self.match.differing
            and not self.numbers
            and all(one.as_expected for one in self.decided)
            and all(one.in_balance for one in self.match.comparisons)
        )


def coverage(report: Report) -> dict[str, int]:
    """Return how many statements were translated, touch nothing modelled, or were not read."""
    kinds = Counter(one.kind for one in report.statements)
    return {kind: kinds[kind] for kind in (READ, ELSEWHERE, UNREAD)}


def told(difference: Difference) -> str:
    """Return a difference as a sentence."""
    if difference.aspect == "errno":
        return f"C gives {errno_name(difference.c)}, the model {errno_name(difference.model)}"
    return f"{difference.aspect}: C gives {difference.c}, the model {difference.model}"


def table(report: Report) -> str:
    """Return the report as text of at most 100 columns."""
    match = report.match
    lines = [f"{report.tree}: nearest known kernel {match.revision.name}", ""]
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
        return ["LADDER BROKEN"]
    if one.balance in ("", BALANCED):
        return [one.balance and f"ladder {BALANCED}"]
    return ["", *textwrap.wrap(f"ladder {one.balance}", WIDTH - 4)]


def _summary(report: Report) -> list[str]:
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
    return [*lines, *_of_fields(report)]


_NAMES = {Child: "the child", Unshared: "unshare()'s caller", Joined: "setns()'s caller"}


def _of_fields(report: Report) -> list[str]:
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
    found = one.disagreement
    if found is not None:
        size = "smallest call" if found.minimal else "call"
        lines += textwrap.wrap(
            f"{size}: {json.dumps(to_document(found.values))}",
            WIDTH,
            initial_indent="  ",
            subsequent_indent="    ",
        )
        lines += [f"  {told(difference)}" for difference in found.differences]
        if found.turn is not None:
            lines.append(f"  C: {found.turn.path}:{found.turn.line}: {found.turn.text}"[:WIDTH])
        rule = f"{found.rule} ({found.at})" if found.rule else "no rule refuses it"
        lines.append(f"  model: {rule}")
        for patch in match.explained.get(one.reading, []):
            lines.append(f"  this call would agree on {match.revision.name} {patch}")
    if not one.in_balance:
        lines += textwrap.wrap(f"  ladder: {one.balance}", WIDTH, subsequent_indent="    ")
    for statement in one.unread:
        lines.append(
            f"  not translated: {statement.path}:{statement.line}: {statement.text}"[:WIDTH]
        )
        lines.append(f"    because of {statement.why}"[:WIDTH])
    return lines


_CARRIED = (
    "every function that is read is proved equal: what is stated about creating calls, unshare()",
    "and setns() keeps its verdict, if calls that are not read do what their contracts say",
)


def _carried(report: Report) -> list[str]:
    """Say which verdicts carry over: all but those on fields of which nothing was found."""
    spared = [name for one in report.fields for name in one.left_out]
    but = f"but not what is said of {', '.join(spared)}"
    return [*_CARRIED, *(textwrap.wrap(but, WIDTH) if spared else [])]


def _properties(report: Report) -> list[str]:
    if not report.decided:
        if report.agrees:
            return ["", *_carried(report)]
        return []
    changed = [one for one in report.decided if not one.as_expected]
    lines = [
        "",
        f"{len(report.decided)} properties decided on what the tree says: "
        f"{len(report.decided) - len(changed)} as on {report.match.revision.name}",
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


def as_json(report: Report) -> str:
    """Return the report as JSON."""
    return json.dumps(
        {
            "tree": report.tree,
            "nearest": report.match.revision.name,
            "agrees": report.agrees,
            "statements": coverage(report),
            "functions": [_document(one, report.match) for one in report.match.comparisons],
            "not_translated": [
                {"file": one.path, "line": one.line, "text": one.text, "why": one.why}
                for one in report.statements
                if one.kind == UNREAD
            ],
            "constants": [
                {"name": name, "tree": there, "model": known}
                for name, there, known in report.numbers
            ],
            "borrowed_constants": sorted(report.borrowed),
            "assumed": report.assumed,
            "facts": {
                one.record.__name__: {
                    "equal": list(one.compared),
                    "implied": list(one.implied),
                    "left_out": one.left_out,
                }
                for one in report.fields
            },
            "properties": [_decided(one, report) for one in report.decided],
        },
        indent=2,
    )


def _document(one: Comparison, match: Match) -> dict[str, Any]:
    found = one.disagreement
    made: dict[str, Any] = {
        "function": one.reading,
        "file": one.path,
        "line": one.line,
        "verdict": one.verdict,
        "reason": one.reason,
        "ladder": one.balance,
        "not_in_reverse_order": list(one.order),
        "not_translated": len(one.unread),
    }
    if found is not None:
        turn = found.turn
        made["disagreement"] = {
            "call": to_document(found.values),
            "smallest": found.minimal,
            "differences": [told(difference) for difference in found.differences],
            "c": None if turn is None else f"{turn.path}:{turn.line}: {turn.text}",
            "rule": found.rule or None,
            "at": found.at or None,
            "settled_by": match.explained.get(one.reading, []),
        }
    return made


def _decided(one: Decided, report: Report) -> dict[str, Any]:
    made: dict[str, Any] = {
        "property": one.prop.id,
        "verdict": one.verdict.name,
        "on_the_model": one.expected.name,
    }
    if not one.as_expected:
        made |= {
            "call": to_document(one.values),
            "missing_rule": one.rule or None,
            "place": report.places.get(one.rule, one.at) or None,
        }
    return made


SARIF = "https://json.schemastore.org/sarif-2.1.0.json"


def sarif(report: Report) -> str:
    """Return the report as SARIF 2.1.0: one result per difference, at its C line."""
    results = [
        _result(one)
        for one in report.match.comparisons
        if one.verdict not in AGREE or not one.in_balance
    ]
    results += [
        _finding("not-translated", "note", f"not translated: {one.why}", one.path, one.line)
        for one in report.statements
        if one.kind == UNREAD
    ]
    results += [
        _finding(
            one.prop.id,
            "error",
            f"{one.prop.sentence}: {one.verdict.name} on this tree; missing rule: {one.rule}",
            one.turn.path if one.turn else "kernel/fork.c",
            one.turn.line if one.turn else 1,
        )
        for one in report.decided
        if not one.as_expected
    ]
    rules = [{"id": name} for name in sorted({one["ruleId"] for one in results})]
    driver = {
        "name": "cloneproof",
        "informationUri": "https://www.kernel.org/doc/html/latest/",
        "rules": rules,
    }
    document = {
        "$schema": SARIF,
        "version": "2.1.0",
        "runs": [{"tool": {"driver": driver}, "results": results}],
    }
    return json.dumps(document, indent=2)


def _result(one: Comparison) -> dict[str, Any]:
    found = one.disagreement
    path, line = one.path or "kernel/fork.c", max(one.line, 1)
    message = one.reason or one.balance
    if found is not None:
        if found.turn is not None:
            path, line = found.turn.path, found.turn.line
        message = "; ".join(told(difference) for difference in found.differences)
        message += f" on {json.dumps(to_document(found.values))}"
        if found.rule:
            message += f"; model rule: {found.rule} ({found.at})"
    elif not one.in_balance:
        message = f"error ladder: {one.balance}"
    text = f"{one.reading}: {one.verdict}: {message}"
    return _finding(f"differs-{one.reading}", "error", text, path, line)


def _finding(rule: str, level: str, text: str, path: str, line: int) -> dict[str, Any]:
    place = {"artifactLocation": {"uri": path}, "region": {"startLine": line}}
    return {
        "ruleId": rule,
        "level": level,
        "message": {"text": text},
        "locations": [{"physicalLocation": place}],
    }


def drift_table(found: Drift) -> str:
    """Return what changed between two trees as text."""
    names = " -> ".join(
        f"{name} ({revision})" for name, revision in zip(found.names, found.revisions, strict=True)
    )
    lines = [f"{names}: {found.unchanged} rules read the same, {len(found.moved)} do not", ""]
    for moved in found.moved:
        lines += [f"{moved.kind}: {moved.rule}"[:WIDTH]]
        lines += [f"  - {shown(moved.before)}"[:WIDTH], f"  + {shown(moved.after)}"[:WIDTH]]
    lines += [f"only in {name}: {function}()" for name, function in found.only]
    lines += ["", f"{len(found.meanings)} functions mean something else"]
    for meaning in found.meanings:
        call = json.dumps(to_document(meaning.values))
        lines += textwrap.wrap(
            f"{meaning.function}: {call}", WIDTH, initial_indent="  ", subsequent_indent="    "
        )
        for difference in meaning.differences:
            one, other = difference.c, difference.model
            if difference.aspect == "errno":
                one, other = errno_name(one), errno_name(other)
            lines.append(f"    {difference.aspect}: {one}, then {other}"[:WIDTH])
        for mark, turn in (("-", meaning.before), ("+", meaning.after)):
            if turn is not None:
                lines.append(f"    {mark} {turn.path}:{turn.line}: {turn.text}"[:WIDTH])
    return "\n".join(lines)


def drift_json(found: Drift) -> str:
    """Return what changed between two trees as JSON."""
    return json.dumps(
        {
            "trees": list(found.names),
            "nearest": list(found.revisions),
            "unchanged_rules": found.unchanged,
            "changed_rules": [
                {
                    "rule": one.rule,
                    "at": one.at,
                    "kind": one.kind,
                    "before": shown(one.before),
                    "after": shown(one.after),
                    "fingerprints": [
                        line.fingerprint if line else None for line in (one.before, one.after)
                    ],
                }
                for one in found.moved
            ],
            "only": [{"tree": name, "function": function} for name, function in found.only],
            "changed_meanings": [
                {
                    "function": one.function,
                    "call": to_document(one.values),
                    "differences": [
                        {"aspect": each.aspect, "before": each.c, "after": each.model}
                        for each in one.differences
                    ],
                }
                for one in found.meanings
            ],
        },
        indent=2,
        default=str,
    )
