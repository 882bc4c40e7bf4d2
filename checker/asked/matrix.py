"""All pairs of flags of an entry point: which can succeed, and which rule refuses the others.

A pair is accepted if some call with exactly these flags succeeds, whoever makes it and whatever
its other arguments are; that none does is proved.  The rules that are told are the one that
refuses it to a caller with all capabilities, and the one that refuses it to an ordinary caller.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import combinations_with_replacement

from checker.engines.sat import Constraint
from checker.questions.decide import Decider
from checker.readings.space import space
from checker.readings.subjects import RANGES, subject_of
from checker.smallest.cost import Values
from model.algebra import Truth, both
from model.call import Situation
from model.predict import predict
from model.records import build
from model.request import Entry
from model.revisions import Revision
from model.wellformed import well_formed
from model.words import CAP_FULL_SET, CSIGNAL, Flag

TAKE_FLAGS = (Entry.CLONE3, Entry.CLONE, Entry.UNSHARE)
"""The system calls of which a matrix can be made."""

_ROOT = {"current.real_cred.cap_effective": CAP_FULL_SET}


@dataclass(frozen=True)
class Cell:
    """Two flags (or one, twice): accepted, refused by a rule, or why that is not known.

    ``somehow`` is whether it takes more than a caller with all capabilities to be accepted.
    """

    flags: tuple[Flag, Flag]
    accepted: bool
    rule: str = ""
    ordinary: str = ""
    """The rule that refuses an ordinary caller."""
    somehow: bool = False
    unknown: str = ""


def matrix(
    kernel: Revision, entry: Entry, tool: Decider, progress: Callable[[int], None] = lambda _: None
) -> Iterator[Cell]:
    """Yield a cell for each pair of flags, each flag alone among them."""
    for one, other in combinations_with_replacement(flags_of(entry), 2):
        progress(1)
        yield _cell(kernel, entry, (one, other), tool)


def flags_of(entry: Entry) -> list[Flag]:
    """Return the flags that can be given: old clone() has 32 bits, and its exit signal in some."""
    old = entry is Entry.CLONE
    return [flag for flag in Flag if not old or (not flag & CSIGNAL and flag < 2**32)]


def _cell(kernel: Revision, entry: Entry, flags: tuple[Flag, Flag], tool: Decider) -> Cell:
    word = int(flags[0] | flags[1])
    call = {"request.entry": int(entry), "request.flags": word}
    rule, ordinary = (_rule(kernel, {**who, **call}) for who in (_ROOT, {}))
    if rule is None:
        return Cell(flags, accepted=True)
    answer = tool.engine.ask(*_succeeds(kernel, entry, word, tool))
    if answer.status == "unsat":
        return Cell(flags, accepted=False, rule=rule, ordinary=ordinary or "")
    if answer.values is None:
        return Cell(flags, accepted=False, unknown=answer.reason)
    found = predict(kernel.kernel, build(Situation, answer.values))
    if found.ok is not True:
        return Cell(flags, accepted=False, unknown="the two readings disagree")
    return Cell(flags, accepted=True, somehow=True)


def _rule(kernel: Revision, facts: Values) -> str | None:
    """Return the rule that refuses a call, ``None`` for one that succeeds.

    Nothing is said ("") of one that cannot be made.
    """
    start = build(Situation, facts)
    if well_formed(kernel.kernel, start) is not True:
        return ""
    outcome = predict(kernel.kernel, start)
    if outcome.ok is True:
        return None
    return next((row.name for row, first in outcome.hits if first is True), "")


def _succeeds(kernel: Revision, entry: Entry, word: int, tool: Decider) -> list[Constraint]:
    """Return that a call with exactly these flags succeeds on a kernel."""
    subject = subject_of(entry)
    outcome = tool.model.outcome(subject)
    start = space().start
    given = start.request.flags
    exactly: Truth = (given & (2**64 - 1 - CSIGNAL)) == word if entry is Entry.CLONE else (
        given == word)
    wanted = both(RANGES[subject].holds_for(start), start.request.entry == int(entry), exactly)
    return [
        tool.model.constraint(wanted), tool.model.constraint(outcome.ok),
        tool.model.whole, tool.any_of([kernel]),
    ]

