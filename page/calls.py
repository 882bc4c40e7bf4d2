"""Calls as data: entry points, and by subject the rules, the error, and what success leaves."""

from __future__ import annotations

from typing import Any

from checker.calls.answer import parts
from checker.readings.space import space, symbolic_outcome
from checker.readings.subjects import ENDS, subject_of
from model.due import as_truth
from model.entries import ENTRIES
from model.evaluate import Outcome
from model.read_where import FAILS, NO_STEP, READ_WHERE, STEP_WHERE
from model.rows import Rejection
from model.tables import tables
from model.vhost import VhostOutcome
from model.wellformed import ASSUMPTIONS
from model.words import Errno
from page.kernels import named_in
from page.leaves import leaf_document, of_record
from page.refusals import refusals
from page.table import Table
from page.walk import ladders, steps
from properties.claim import Subject


class Rules:
    """The rules of all subjects, each once; subjects name them by their places."""

    def __init__(self) -> None:
        self.rows: list[dict[str, Any]] = []
        self._places: dict[int, int] = {}

    def place(self, row: Rejection) -> int:
        """Return the place of a rule."""
        if id(row) not in self._places:
            self._places[id(row)] = len(self.rows)
            self.rows.append(_rule(row))
        return self._places[id(row)]


def _rule(row: Rejection) -> dict[str, Any]:
    made: dict[str, Any] = {"name": row.name, "doc": row.doc, "at": row.at}
    if isinstance(row.errno, int):
        made["errno"] = Errno(row.errno).name
    if named_in(row.where):
        made |= {"where": str(row.where), "patches": named_in(row.where)}
    if row.unwinds:
        made["unwinds"] = list(row.unwinds)
    return made


def entries(table: Table) -> list[dict[str, Any]]:
    """Return the entry points, by their numbers."""
    made = {}
    for entry, one in ENTRIES.items():
        made[int(entry)] = {
            "name": entry.name.lower(),
            "at": one.at,
            "takes": list(one.takes),
            "subject": subject_of(entry).name,
            "by_user": one.by_user,
            "since": named_in(one.since),
            "there": table.truth(space().kernel.stands(one.since)),
        }
    return [made[number] for number in sorted(made)]


def subject(of: Subject, table: Table, rules: Rules) -> dict[str, Any]:
    """Return what calls of a subject come to: the places of all that tells it."""
    outcome = symbolic_outcome(of)
    made: dict[str, Any] = {
        "name": of.value,
        "errno": table.word(outcome.errno, 16),
        "rules": [
            [rules.place(row), *map(table.truth, (first, refused, there))]
            for (row, first), (_, there, refused) in zip(
                outcome.hits, refusals(outcome), strict=True
            )
        ],
        "records": {name: _record(of, record, table) for name, record in parts(outcome)},
    }
    if isinstance(outcome, VhostOutcome):
        made["inside"] = table.word(outcome.creation, 16)
    if isinstance(outcome, Outcome):
        made |= {"steps": steps(outcome, table), "ladders": ladders(outcome, table)}
    return made


def _record(of: Subject, record: Any, table: Table) -> list[dict[str, Any]]:
    """Return the fields of what a call leaves: what each says, its place, what decides it."""
    every = [effect for one in tables().values() for effect in one.effects]
    mine = [*tables()[ENDS[of]].effects, *every]
    found = []
    for leaf in of_record(type(record)):
        effect = next(one for one in mine if one.field == leaf.path)
        node = table.fact(getattr(record, leaf.path), leaf.width)
        found.append({**leaf_document(leaf), "node": node, "why": effect.doc, "at": effect.at})
    return found


def assumptions(table: Table) -> list[dict[str, Any]]:
    """Return what every call satisfies that can be made: a sentence each, and its place."""
    found = []
    for one in ASSUMPTIONS:
        holds = as_truth(one(space().kernel, space().start))
        name = one.__name__.replace("_", " ")
        doc = " ".join((one.__doc__ or "").split())
        found.append({"name": name, "doc": doc, "node": table.truth(holds)})
    return found


def read_where(table: Table) -> dict[str, Any]:
    """Return which facts some kernels do not read, and which steps cannot fail there."""
    stands = space().kernel.stands
    return {
        "facts": [
            {"facts": list(one.facts), "there": table.truth(stands(one.where)),
             "instead": one.instead}
            for one in READ_WHERE
        ],
        "step": FAILS,
        "no_step": [str(int(step)) for step in NO_STEP],
        "steps": {str(int(step)): table.truth(stands(where)) for step, where in STEP_WHERE.items()},
    }
