"""Statements as data: what they say of themselves, and their claims term by term."""

from __future__ import annotations

from typing import Any

from checker.exploring.terms import Term, Terms, terms_of
from checker.over_time.symbolic import constant
from checker.readings.space import space, symbolic_outcome
from model.over_time.step import TransitionSystem
from model.records import build, leaves
from page.kernels import named_in
from page.table import Table
from properties import catalogue
from properties.claim import Property, Stated
from properties.over_time.claim import TimedProperty

BEFORE, AFTER = "before", "after"
"""The moments of a step: what the names of facts of a history end with, behind an ``@``."""


def statements(table: Table) -> list[dict[str, Any]]:
    """Return every statement of calls and of histories, in the order of the catalogue."""
    calls = [_of_calls(one, table) for one in catalogue.all_properties()]
    return [*calls, *(_of_histories(one, table) for one in catalogue.all_timed())]


def _said(one: Stated) -> dict[str, Any]:
    """Return what a statement says of itself."""
    made: dict[str, Any] = {
        "id": one.id, "sentence": one.sentence, "doc": one.doc, "source": one.source,
        "kind": one.kind.value, "patches": _declared(one),
    }
    return {**made, **({"truth": one.truth} if one.truth else {})}


def _declared(one: Stated) -> list[int]:
    """Return the patches that the declared verdict speaks of."""
    expect = one.expect
    named = (named_in(where) for where in (expect.where, expect.needs, expect.unending))
    return list(dict.fromkeys(place for some in named for place in some))


def _of_calls(one: Property, table: Table) -> dict[str, Any]:
    made = {**_said(one), "subject": one.subject.name}
    if one.of_patch is not None and (places := named_in(one.of_patch)):
        made["of_patch"] = places[0]
    terms = terms_of(one.statement, space().call, symbolic_outcome(one.subject))
    return {**made, "claim": _claim(terms, table)}


def _of_histories(one: TimedProperty, table: Table) -> dict[str, Any]:
    made = {**_said(one), "how": one.how.value, "systems": [p.system.name for p in one.by_system]}
    claims = {p.system.name: found for p in one.by_system if (found := _over_time(p, table))}
    return {**made, **({"claims": claims} if claims else {})}


def _over_time(one: TimedProperty, table: Table) -> list[dict[str, Any]]:
    """Return the claim about a system, one for each of its cases; none where it is plain Python."""
    states = [state(one.system, BEFORE), *([state(one.system, AFTER)] if one.how.of_steps else ())]
    cases: list[tuple[Any, ...]] = [(case,) for case in one.cases] or [()]
    try:
        return [
            _claim(terms_of(one.statement, space().kernel, *states, *case), table)
            for case in cases
        ]
    except Exception:  # plain Python decides there what is open: it may say so in any way
        return []


def state(system: TransitionSystem, when: str) -> Any:
    """Return a state of a system whose every fact is open."""
    values = {
        leaf.path: constant(leaf, f"{system.name}:{when}") for leaf in leaves(system.record)
    }
    return build(system.record, values)


def _claim(terms: Terms, table: Table) -> dict[str, Any]:
    return {"premise": _term(terms.premise, table), "conclusion": _term(terms.conclusion, table)}


def _term(term: Term, table: Table) -> dict[str, Any]:
    """Return a part of a claim: its text, its place, its own parts, the facts that it reads."""
    made: dict[str, Any] = {"text": term.text}
    node = table.any(term.value)
    if node is not None:
        made["node"] = node
    if term.parts:
        made |= {"joined": term.joined, "parts": [_term(part, table) for part in term.parts]}
    reads = [(text, table.any(value)) for text, value in term.reads]
    if any(node is not None for _, node in reads):
        made["reads"] = [[text, node] for text, node in reads if node is not None]
    return made
