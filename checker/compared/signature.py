"""What kind of difference a call shows between two kernels: few cases that cover all of them.

- it can be made on one of them only;
- another row decides: the earlier of the two in the kernel's order is what changed;
- the same row decides, or none: what differs of the errno, of what is done to others and of
  what a success leaves.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

from checker.compared.view import View, compared
from checker.readings.subjects import ENDS
from model.algebra import Truth, both, either, no, same
from model.copy_process import TABLE
from model.request import Entry
from model.rows import Rejection
from model.tables import tables
from model.vhost import AFTER, BEFORE, OPENING
from properties.claim import Subject

POSSIBLE, DECIDES, LEAVES = "possible", "decides", "leaves"
ENTRY = "the_kernel_has_the_entry_point"


@dataclass(frozen=True)
class Signature:
    """A kind of difference: an assumption or a row by its name, or the fields that differ."""

    kind: str
    names: tuple[str, ...]
    gains: bool = False
    """The call can be made, or the row refuses, on the second kernel and not on the first."""


def signature_of(left: View, right: View) -> Signature | None:
    """Return the kind of difference between two readings of one call; ``None`` for none."""
    if left.possible is not right.possible:
        within, without = (left, right) if left.possible else (right, left)
        return Signature(POSSIBLE, _broken(without), within is right)
    if not left.possible:
        return None
    one, other = left.deciding, right.deciding
    if one != other:
        places = {name: place for place, name in enumerate(order(left.subject))}
        earlier = min((one, other), key=lambda name: places.get(name, len(places)))
        return Signature(DECIDES, (earlier,), earlier == other)
    names = tuple(name for name, alike in compared(left, right) if alike() is not True)
    return Signature(LEAVES, names) if names else None


def has_one_of(left: View, right: View, known: Iterable[Signature]) -> Truth:
    """Return whether calls differ in a kind that is known; in fields, in no others than known."""
    found: list[Truth] = []
    shown: set[str] = set()
    for one in known:
        within, without = (right, left) if one.gains else (left, right)
        if one.kind == POSSIBLE:
            found.append(both(within.possible, _breaks(without, one.names)))
        elif one.kind == DECIDES:
            found.append(_preempts(one.names[0], within, without))
        else:
            shown |= set(one.names)
    if shown:
        others = (alike() for name, alike in compared(left, right) if name not in shown)
        found.append(both(left.possible, right.possible, decided_alike(left, right), *others))
    return either(*found)


@cache
def order(subject: Subject) -> tuple[str, ...]:
    """Return the names of the rows that decide calls of a subject, in the kernel's order."""
    rows = tables()[ENDS[subject]].rows
    if subject is Subject.VHOST:
        rows = [*OPENING, *BEFORE, *TABLE, *AFTER]
    return tuple(dict.fromkeys(row.name for row in rows if isinstance(row, Rejection)))


def _broken(view: View) -> tuple[str, ...]:
    """Return the first assumption that a call breaks, with its entry point if it is about that."""
    name = next(name for name, holds in view.assumed.items() if not holds)
    return (name, Entry(int(view.start.request.entry)).name) if name == ENTRY else (name,)


def _breaks(view: View, names: tuple[str, ...]) -> Truth:
    broken = no(view.assumed[names[0]])
    if len(names) == 1:
        return broken
    return both(broken, view.start.request.entry == int(Entry[names[1]]))


def _preempts(name: str, within: View, without: View) -> Truth:
    """Return whether a row decides on one kernel, and on the other a later one or none."""
    names = order(within.subject)
    before = names[: names.index(name) + 1]
    if within.is_one and without.is_one:
        decides = within.deciding == name and without.deciding not in before
        return both(within.possible, without.possible, decides)
    stopped = either(*(without.decides.get(one, False) for one in before))
    return both(
        within.possible, without.possible, within.decides.get(name, False), no(stopped)
    )


def decided_alike(left: View, right: View) -> Truth:
    """Return whether the same row decides, or none does."""
    if left.is_one and right.is_one:
        return left.deciding == right.deciding
    names = dict.fromkeys([*left.decides, *right.decides])
    return both(
        *(same(left.decides.get(one, False), right.decides.get(one, False)) for one in names)
    )
