"""What a call takes on its way, and what its error path gives back, as truths of every call."""

from __future__ import annotations

from typing import Any

from model.algebra import both
from model.evaluate import Outcome, releases
from model.rows import Handed, Happens, Taken
from page.table import Table


def steps(outcome: Outcome, table: Table) -> list[dict[str, Any]]:
    """Return what stands between the rules: what is taken, handed over, done to others.

    ``after`` is how many rules stand before it; ``when`` whether it is so once the call gets there.
    """
    found: list[dict[str, Any]] = []
    rules = 0
    for row, _alive in outcome.walk.reached:
        if isinstance(row, Taken):
            there = both(outcome.call.kernel.stands(row.where), row.condition(outcome.call))
            found.append({"after": rules, "takes": row.resource, "at": row.at,
                          "when": table.truth(there)})
        elif isinstance(row, Handed):
            found.append({"after": rules, "hands": row.resource, "at": row.at})
        elif isinstance(row, Happens):
            found.append({"after": rules, "does": row.name, "at": row.at,
                          "when": table.truth(row.condition(outcome.call))})
        else:
            rules += 1
    return found


def ladders(outcome: Outcome, table: Table) -> list[dict[str, Any]]:
    """Return what the error labels give back, in their order, and whether a call has it done."""
    return [
        {"function": function, "label": label, "gives": back.resource, "when": table.truth(truth)}
        for function, label, back, truth in releases(outcome)
    ]
