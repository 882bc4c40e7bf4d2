"""Where each rule of the model stands in a tree, found by running the C on a call it rejects.

No C is kept: a rule's fingerprint is a hash of the normalised conditions that lead to its line.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from checker.engines.sat import Constraint
from checker.readings.space import all_leaves, space
from checker.smallest.shrink import Check, not_default, shrink
from model.algebra import both
from model.call import Situation
from model.due import as_truth
from model.errors import number as error_number
from model.predict import call_of
from model.records import build
from model.rows import Rejection
from model.wellformed import well_formed
from model.words import Errno
from source.compare import Comparer, last_turn
from source.effects import as_64
from source.readings.entry_points import Filled
from source.readings.every import READINGS
from source.readings.reading import FunctionReading
from source.values import errno_of, word_of

TOP = (
    "sys_clone3",
    "sys_clone",
    "create_io_thread",
    "vhost_task_create",
    "kernel_clone",
    "copy_process",
    "ksys_unshare",
)
"""The comparisons whose rows, together, are all that creation and unshare() have."""


@dataclass(frozen=True)
class Line:
    """A rule's place in a tree: file, line, what the C says there, and its fingerprint."""

    rule: str
    at: str
    path: str
    function: str
    line: int
    conditions: tuple[str, ...]
    text: str
    fingerprint: str


def normalised(text: str) -> str:
    """Return C text without the blanks that mean nothing."""
    return re.sub(r"\s*([^\w\s])\s*", r"\1", " ".join(text.split()))


def fingerprint(conditions: tuple[str, ...], errno: int) -> str:
    """Return a hash of conditions and errno."""
    told = ";".join(normalised(one) for one in conditions) + f";{errno}"
    return hashlib.sha256(told.encode()).hexdigest()[:16]


def rule_lines(comparer: Comparer) -> dict[str, Line]:
    """Return, per rule that stands on this kernel and can decide a call, its line here."""
    found: dict[str, Line] = {}
    for reading in READINGS:
        if reading.name in TOP and comparer.program.readable(reading.function) is not None:
            for row, first in _hits(comparer, reading):
                line = _line(comparer, reading, row, first)
                if line is not None:
                    found.setdefault(f"{reading.name}: {row.name}", line)
    return found


def _hits(comparer: Comparer, reading: FunctionReading) -> list[tuple[Rejection, Any]]:
    made = reading.model(comparer.call)
    outcome = made.outcome if isinstance(made, Filled) else made
    hits: list[tuple[Rejection, Any]] = outcome.walk.hits
    return hits


def _decided_by(comparer: Comparer, reading: FunctionReading, row: Rejection) -> Check:
    """Return whether a row decides a call: small calls make the C take its shortest way there."""

    def check(values: dict[str, Any]) -> bool:
        start = build(Situation, values)
        if not (well_formed(comparer.kernel, start) and reading.holds_for(start)):
            return False
        decided: Any = reading.model(call_of(comparer.kernel, start)).rejected_by
        return decided is row

    return check


def _canonical(
    comparer: Comparer, sought: Constraint, values: dict[str, Any], decided: Check
) -> dict[str, Any]:
    """Return the call that deviates from the ordinary one as late as can be, leaf by leaf.

    A rule may have two lines in C; this way it is always the same one that is shown.
    """
    sat, constants = comparer.engine.sat, space().constants
    kept: list[Any] = []
    for leaf in all_leaves():
        plain = constants[leaf.path] == leaf.default
        if leaf.path in values and leaf.path not in _CHOSEN:
            answer = sat.ask(sought, sat.constraint(both(*kept, plain)))
            if answer.values is None:
                continue
            values = shrink(not_default(answer.values), decided)
        if leaf.path not in values:
            kept.append(plain)
    return values


_CHOSEN = ("request.entry", "request.flags")


def _line(comparer: Comparer, reading: FunctionReading, row: Rejection, first: Any) -> Line | None:
    ranged = as_truth(reading.holds_for(space().start))
    sought = comparer.engine.sat.constraint(both(ranged, as_truth(first)))
    sat = comparer.engine.sat
    plain = sat.constraint(space().constants["chance.errno"] == int(Errno.ENOMEM))
    answer = sat.ask(sought, plain)
    if answer.values is None:
        return None
    decided = _decided_by(comparer, reading, row)
    values = _canonical(comparer, sought, shrink(not_default(answer.values), decided), decided)
    call = call_of(comparer.kernel, build(Situation, values))
    machine, done = reading.run(comparer.program, call)
    outcome = reading.model(call)
    errno = errno_of(word_of(done.value))
    if errno == 0 or errno != as_64(error_number(outcome.errno)):
        return None
    turn = last_turn(machine)
    if turn is None:
        return None
    return Line(
        row.name,
        row.at,
        turn.path,
        turn.function,
        turn.line,
        turn.conditions,
        turn.text,
        fingerprint(turn.conditions, int(errno)),
    )


STORED = Path(__file__).with_name("fingerprints.json")


def stored() -> dict[str, dict[str, str]]:
    """Return the fingerprints of the trees that were read, by revision and rule."""
    known: dict[str, dict[str, str]] = json.loads(STORED.read_text())
    return known


def fingerprints(lines: dict[str, Line]) -> dict[str, str]:
    """Return the fingerprints alone, as they are kept."""
    return {rule: line.fingerprint for rule, line in sorted(lines.items())}
