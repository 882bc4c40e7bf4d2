"""What each place of the C holds when the call begins: the vocabulary of the reader.

``PLACES`` maps a place, written as the C writes it with every local pointer followed home,
to the model's state.  What is neither there nor harmless (harmless.py) is unknown, and said so.
"""

from __future__ import annotations

import re

from model.call import Call
from model.complete import demand
from source import values
from source.facts import arguments, cgroup, child, credentials, current, namespaces
from source.facts.making import Fact
from source.program import Program
from source.values import Value, truth, unknown

COPIES = (("p", "current"), ("new cred", "current cred"), ("new files", "current->files"))
"""A new object starts as a copy of another: its places read as the other's until written."""


def origin_of(key: str) -> str | None:
    """Return the place that an unwritten place of a copied object is a copy of."""
    for copy, original in COPIES:
        if key.startswith(f"{copy}->"):
            return original + key[len(copy) :]
    return None


_TABLES = (
    arguments.ARGUMENTS,
    current.CURRENT,
    child.CHILD,
    namespaces.NAMESPACES,
    cgroup.CGROUPS,
    credentials.CREDENTIALS,
)

PLACES: dict[str, Fact] = {place: held for table in _TABLES for place, held in table.items()}
"""Every place whose value when the call begins is a fact of the model."""

_TWICE = [one for one in PLACES if sum(one in table for table in _TABLES) > 1]

demand([f"source/facts: two files have {one!r}" for one in _TWICE])

_AROUND = frozenset(
    place[: arrow.start()] for place in PLACES for arrow in re.finditer("->", place)
)
"""What has fields that the model knows."""

NOTES = ("held:", "again:", "twice:", "taken:", "order:", "done:")
"""How the places begin that hold what a run did itself: nothing of it before the call."""


def initial(program: Program, call: Call, key: str) -> Value:
    """Return what a place holds when the call begins."""
    if key.startswith(NOTES):
        return truth(False)
    found = PLACES.get(key)
    if found is not None:
        return found(program, call)
    return unknown(key, key)


def embedded(target: values.Target) -> bool:
    """Return whether a place is a structure in another, of which the model knows some fields."""
    return isinstance(target, str) and target in _AROUND
