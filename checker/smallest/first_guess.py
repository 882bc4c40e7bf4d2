"""First guesses: calls that are likely to be the answer, taken from what is kept of the last run.

A guess is believed by nobody.  It is evaluated on plain values like any call, and the solver
must prove that no smaller one breaks the property; a wrong or damaged file costs time only.
"""

from __future__ import annotations

from collections.abc import Iterable

from checker.calls.documents import leaves_by_path
from checker.calls.naming import number
from checker.ground.problems import Problem
from checker.record.hints import hints, lines
from checker.smallest.cost import Values, place_of
from model.patch import Patch
from model.patches import BY_NAME
from model.records import BOOL

LEAST = "counterexamples.md", "least call"
WITNESSES = "witnesses.md", "occurs on"
"""A kept table and the column of its calls."""

ON = ",on="
"""What stands between a call and the patches with which it breaks a property."""


def kept_calls(identity: str) -> list[Values]:
    """Return the calls that are kept for a property, the least first; none that cannot be read."""
    return sorted(_readable(dict.fromkeys(hints(*LEAST, identity).values())), key=place_of)


def kept_on_sets(identity: str) -> list[tuple[Values, frozenset[Patch]]]:
    """Return the calls that are kept of sets of patches without a name, each with its set.

    None that cannot be read.
    """
    kept = dict.fromkeys(hints(*LEAST, identity).values())
    words = (word.partition("#")[0].partition(ON) for word in kept)
    said = ((call, on.split("+")) for call, _, on in words if on)
    return [
        (values, frozenset(BY_NAME[name] for name in names))
        for call, names in said
        if BY_NAME.keys() >= set(names)
        for values in _readable([call])
    ]


def kept_witness(identity: str, kernel: str) -> list[Values]:
    """Return the calls that showed a property's premise; the one that did on a kernel is first.

    None that cannot be read.
    """
    words = hints(*WITNESSES, identity)
    here = words.get(kernel)
    return _readable(dict.fromkeys([*([here] if here else []), *reversed(words.values())]))


def kept_witnesses() -> list[Values]:
    """Return the calls that showed premises, in the order to be tried; none that cannot be read."""
    every = (word for line in lines(*WITNESSES) for word in hints(*WITNESSES, line).values())
    return _readable(dict.fromkeys(every))


def _readable(words: Iterable[str]) -> list[Values]:
    found = []
    for word in words:
        try:
            found.append(call_of_word(word))
        except (Problem, ValueError, KeyError):
            continue
    return found


def call_of_word(word: str) -> Values:
    """Return the call in a word of a table: ``clone3,request.flags=A+B,…#digest``.

    Raises :class:`Problem`, ``ValueError`` or ``KeyError`` for what is none.
    """
    entry, *facts = word.partition("#")[0].partition(ON)[0].split(",")
    values = {"request.entry": _value("request.entry", entry)}
    for fact in facts:
        path, _, said = fact.partition("=")
        values[path] = _value(path, said)
    return {path: value for path, value in values.items() if value != _default(path)}


def _default(path: str) -> int | bool:
    return leaves_by_path()[path].default


def _value(path: str, said: str) -> int | bool:
    leaf = leaves_by_path()[path]
    if leaf.width == BOOL:
        return {"True": True, "False": False}[said]
    return number(leaf, said.replace("all_but_", "all but ").replace("+", "|"))
