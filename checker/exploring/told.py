"""Ways to break a statement, as people read them and as JSON writes them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from checker.calls.brief import brief
from checker.calls.counterexample import Counterexample
from checker.calls.documents import to_document
from checker.calls.story import fitted, story
from checker.exploring.terms import JOINING, Term, Terms
from checker.exploring.ways import Explored, Way
from checker.questions.deciding import SUCCESS
from checker.readings.concrete import outcome_on
from model.request import Entry
from model.words import errno_name, flag_names, pf_names
from properties.claim import Property, Verdict

_PLAIN = 100_000
"""The largest number that is told as it is: those beyond are masks and bounds."""
NOT_HELD = "not held against the declared verdict, and not kept"


def lines(prop: Property, found: Explored, skipped: int = 0) -> Iterator[str]:
    """Yield what there is on a kernel: each way with its call, and the claim term by term."""
    name = found.kernel.name
    under = f", where {found.assumed.text}" if found.assumed else ""
    yield from fitted(f"{prop.id} on {name}{under}: {_headline(found)}")
    shown = list(enumerate(found.ways, 1))[skipped:]
    for number, way in shown:
        if len(shown) == 1:
            yield from _way(prop, found, way, number)
        else:
            yield from fitted(f"  {number}. {brief(way.values)}: {_ends(prop, found, way)}")
    yield from _end(found, skipped)
    if len(shown) > 1:
        yield "  --next tells the second in full, --next --next the third; --save DIR keeps each"


def _headline(found: Explored) -> str:
    if not found.ways:
        reason = f": {found.reason}" if found.reason else ""
        return f"{found.verdict.name}{reason}"
    many = len(found.ways)
    ways = "1 way to break it" if many == 1 else f"{many} ways to break it"
    return f"{found.verdict.name}, {ways}{'' if found.complete else ' so far'}"


def _way(prop: Property, found: Explored, way: Way, number: int) -> Iterator[str]:
    least = "the smallest such call" if way.least else "such a call"
    yield from fitted(f"  {number}. {_ends(prop, found, way)}; {least}:")
    yield from (f"    {line}" for line in story(found.kernel.kernel, way.values))
    yield "    the claim, term by term:"
    yield "      the premise holds:"
    yield from _term(way.terms.premise, 8)
    yield "      the conclusion does not:"
    yield from _term(way.terms.conclusion, 8)


def _ends(prop: Property, found: Explored, way: Way) -> str:
    if way.decided_by == SUCCESS:
        return "the call succeeds"
    made = outcome_on(found.kernel.kernel, way.values, prop.subject)
    return f"the call fails with {errno_name(int(made.errno))}: {way.decided_by}"


def _term(term: Term, indent: int) -> Iterator[str]:
    """Yield a part of a claim with its value, and its own parts."""
    mark = {True: "yes", False: "no "}.get(term.value, str(term.value))
    if term.joined and term.parts:
        yield f"{' ' * indent}{mark}  {JOINING[term.joined]}:"
        for part in term.parts:
            yield from _term(part, indent + 5)
        return
    reads = ", ".join(
        f"{name} is {_value(name, value)}" for name, value in term.reads if name != term.text
    )
    yield from fitted(f"{' ' * indent}{mark}  {term.text}" + (f"    ({reads})" if reads else ""))


def _value(name: str, value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if name.endswith(("args.flags", "request.flags")):
        return flag_names(value)
    if name.endswith(("child.flags", "current.flags")):
        return pf_names(value)
    if name.endswith("errno"):
        return errno_name(value)
    if name.endswith("request.entry"):
        return Entry(value).name
    return str(value) if abs(value) < _PLAIN else hex(value)


def _end(found: Explored, skipped: int) -> Iterator[str]:
    if found.ways and skipped >= len(found.ways) and found.complete:
        yield f"  there is no other way: {len(found.ways)} shown before are all"
    elif found.ways and found.complete:
        yield from fitted(
            "  these are all: proved that every counterexample is decided as one of them, breaks "
            "what it breaks, and differs from an ordinary call in all its facts, or more"
        )
    elif found.reason and found.ways:
        yield from fitted(f"  whether there are others is not known: {found.reason}")
    if found.verdict is Verdict.PROVED and found.core:
        yield "  the proof rests on"
        yield from (f"    {entry}" for entry in found.core)
    if found.assumed:
        yield from fitted(f"  {NOT_HELD}: this is about the calls that are as assumed")


def claimed(terms: Terms | None) -> Iterator[str]:
    """Yield the claim term by term."""
    if terms is None:
        return
    yield "    the claim, term by term:"
    yield "      the premise holds:"
    yield from _term(terms.premise, 8)
    yield f"      the conclusion{':' if terms.conclusion.value else ' does not:'}"
    yield from _term(terms.conclusion, 8)


def file_name(kernel: str) -> str:
    """Return how a kernel stands in the name of a file."""
    return kernel.replace(" ", "-").replace("/", "-")


def rows(prop: Property, explored: list[Explored]) -> list[list[str]]:
    """Return a row per kernel and way."""
    made = []
    for found in explored:
        name = found.kernel.name
        for way in found.ways:
            made.append([name, found.verdict.name, brief(way.values), _ends(prop, found, way)])
        if not found.ways:
            made.append([name, found.verdict.name, "", found.reason])
    return made


def document(prop: Property, found: Explored, skipped: int = 0) -> dict[str, Any]:
    """Return what there is on a kernel as JSON writes it."""
    return {
        "property": prop.id,
        "kernel": found.kernel.name,
        "assumed": found.assumed.text or None,
        "verdict": found.verdict.name,
        "reason": found.reason or None,
        "complete": found.complete,
        "rests_on": list(found.core),
        "ways": [_document_of(prop, found, way) for way in found.ways[skipped:]],
    }


def _document_of(prop: Property, found: Explored, way: Way) -> dict[str, Any]:
    made = outcome_on(found.kernel.kernel, way.values, prop.subject)
    return {
        "call": to_document(way.values),
        "smallest": way.least,
        "errno": errno_name(int(made.errno)),
        "rule": None if way.decided_by == SUCCESS else way.decided_by,
        "premise": term_document(way.terms.premise),
        "conclusion": term_document(way.terms.conclusion),
    }


def term_document(term: Term) -> dict[str, Any]:
    """Return a term of a claim as JSON writes it."""
    return {
        "text": term.text,
        "holds": term.value,
        "joined": term.joined or None,
        "parts": [term_document(one) for one in term.parts],
        "reads": [{"fact": name, "value": value} for name, value in term.reads],
    }


def saved(prop: Property, explored: list[Explored]) -> dict[str, str]:
    """Return a file per way: ``PROPERTY@KERNEL.json``, the next ones with a number."""
    files = {}
    for found in explored:
        for number, way in enumerate(found.ways, 1):
            more = "" if number == 1 else f".{number}"
            kernel = file_name(found.kernel.name)
            one = Counterexample(prop.id, found.kernel.kernel, way.values, minimal=way.least)
            name = f"{prop.id}@{kernel}{more}.json"
            files[name] = json.dumps(one.document(), indent=2) + "\n"
    return files
