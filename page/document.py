"""All that the page knows, as one document."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from checker.record.result import Result
from model import complete
from page import calls, kernels, leaves, verdicts
from page.histories import systems
from page.statements import statements
from page.table import Table
from properties.claim import Subject

FORMAT = 1
"""The version of the document, and of what links say."""


def document(results: Sequence[Result], turns: verdicts.Turns, version: str) -> dict[str, Any]:
    """Return the model and what was decided of it, as JSON writes it."""
    return {**model_document(version), **verdicts.document(results, turns)}


def model_document(version: str) -> dict[str, Any]:
    """Return the model alone: kernels, facts, rules, systems, statements, and their table."""
    complete.check()
    table, rules = Table(), calls.Rules()
    made: dict[str, Any] = {
        "format": FORMAT,
        "version": version,
        "names": leaves.names(),
        "facts": leaves.facts(),
        "patches": kernels.patches(),
        "kernels": kernels.kernels(),
        "entries": calls.entries(table),
        "subjects": {one.name: calls.subject(one, table, rules) for one in Subject},
        "assumptions": calls.assumptions(table),
        "read_where": calls.read_where(table),
        "systems": systems(table),
        "statements": statements(table),
        "rules": rules.rows,
    }
    return {**made, "table": table.document()}
