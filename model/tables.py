"""What an entry point ends in, one table each: rows, ladders, effects, record."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from model import child, copy_process, setns, unshare, vhost
from model.call import Call
from model.effects import every
from model.entries import ENTRIES, Ends
from model.evaluate import Outcome, outcome_of
from model.request import Entry
from model.rows import Effect, GivenBack
from model.total import total

Ladders = dict[str, list[tuple[str, list[GivenBack]]]]


@dataclass(frozen=True, slots=True)
class Table:
    """The rows that one kind of call goes down, its error ladders, and what it decides."""

    name: str
    rows: list[Any]
    ladders: Ladders
    effects: list[Effect]
    record: type[Any]
    outcome: Callable[[Call], Outcome | vhost.VhostOutcome]
    """Returns what a call comes to."""
    reads: Callable[[Call], Call]
    """Returns the call as the rows read it: with the flags that it implies."""


def _as_it_is(call: Call) -> Call:
    return call


def tables() -> dict[Ends, Table]:
    """Return every table of the model, as it stands."""
    waits = [*vhost.OPENING, *vhost.BEFORE, *vhost.AFTER]
    made = (
        Table(
            Ends.COPY_PROCESS.value,
            copy_process.TABLE,
            copy_process.LADDERS,
            every.EFFECTS,
            child.Child,
            outcome_of,
            _as_it_is,
        ),
        Table(
            Ends.UNSHARE.value,
            unshare.TABLE,
            unshare.LADDERS,
            unshare.EFFECTS,
            unshare.Unshared,
            unshare.unshare_outcome,
            unshare.with_implied_flags,
        ),
        Table(
            Ends.SETNS.value,
            setns.TABLE,
            setns.LADDERS,
            setns.EFFECTS,
            setns.Joined,
            setns.setns_outcome,
            setns.with_installed_flags,
        ),
        Table(
            Ends.VHOST.value,
            waits,
            {},
            vhost.EFFECTS,
            vhost.Worker,
            vhost.VhostOutcome,
            _as_it_is,
        ),
    )
    return total(Ends, {Ends(table.name): table for table in made})


def table_of(entry: Entry) -> Table:
    """Return the table of what an entry point ends in."""
    return tables()[ENTRIES[entry].ends]
