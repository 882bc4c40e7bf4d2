"""One portion of a flood judged: no statement broken that is proved, no reading unlike another."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from checker.calls.answer import parts
from checker.calls.documents import leaves_of, to_document
from checker.flood.drawn import COUNT, Portion
from checker.flood.sample import differences
from checker.flood.told import Told
from checker.readings.columns import Many, truths
from checker.readings.concrete import can_lack
from checker.readings.subjects import subject_of
from model.algebra import is_column
from model.evaluate import Outcome, rejections
from model.kernel import Kernel
from model.revisions import REVISIONS
from properties.catalogue import all_properties
from properties.claim import Claim, Property, Subject, Verdict

SAMPLED = 4
"""Calls of a portion that are compared with the plain reading."""

TERMS = 16
"""In one portion of so many one call is compared with the terms, too."""


def judged(portion: Portion) -> Told:
    """Return what a portion comes to."""
    many, told = portion.calls(), Told(drawn=COUNT)
    if not many.count:
        return told
    subject = subject_of(portion.entry)
    name = many.kernel.name if many.kernel.name in REVISIONS else "any set"
    told.possible = many.count
    told.entries[portion.entry.name.lower()] = told.kernels[name] = many.count
    _of_outcome(many, subject, told)
    for prop in all_properties():
        if prop.subject is subject:
            _of_statement(many, prop, told)
    with_terms = portion.number % TERMS == 0
    for what, facts in differences(many, subject, SAMPLED, with_terms=with_terms):
        told.contradicts(what, _name(many.kernel), to_document(facts))
    told.sampled = min(SAMPLED, many.count)
    told.asked_of_terms = int(with_terms)
    return told


def _name(kernel: Kernel) -> str:
    """Return a kernel's name, or the patches of one without."""
    if kernel.name in REVISIONS:
        return kernel.name
    return " ".join(sorted(patch.name for patch in kernel.patches()))


def _of_outcome(many: Many, subject: Subject, told: Told) -> None:
    """Note which rules refuse, and between what the fields of successful calls lie."""
    outcome = many.outcome(subject)
    well = np.flatnonzero(truths(outcome.ok, many.count))
    if isinstance(outcome, Outcome):
        names = [row.name for row in rejections(outcome.table)]
        rule = np.broadcast_to(np.asarray(outcome.rule, dtype=np.intp), (many.count,))
        counts = np.bincount(rule, minlength=len(names))
        told.rules.update({f"{subject.name.lower()}: {name}": int(counts[place])
                           for place, name in enumerate(names)})
    for path, value in _fields(outcome) if len(well) else ():
        column = value[well] if is_column(value) else np.array([value])
        told.values[path] = int(column.min()), int(column.max())


def _fields(outcome: Any) -> Iterator[tuple[str, Any]]:
    for _name, record in parts(outcome):
        kind: Any = type(record)
        for leaf in leaves_of(kind):
            yield f"{kind.__name__}.{leaf.path}", getattr(record, leaf.path)


def _of_statement(many: Many, prop: Property, told: Told) -> None:
    """Note whether a statement's premise is met, and whether it is broken where it may not be."""
    expected = _expected(prop, many.kernel)
    if expected is None:
        return
    claim = many.claim(prop)
    met = truths(claim.premise, many.count)
    count = int(np.count_nonzero(met))
    if not count:
        return
    told.premises[prop.id] += count
    if expected is Verdict.VACUOUS:
        _contradicted(many, prop, expected, int(np.argmax(met)), told)
        return
    broken = _broken(claim, met)
    if broken is None:
        return
    if expected is Verdict.PROVED:
        _contradicted(many, prop, expected, broken, told)
    else:
        told.shown.add(f"{prop.id} {many.kernel.name}")


def _expected(prop: Property, kernel: Kernel) -> Verdict | None:
    """Return the verdict declared on a kernel; nothing where none is.

    What is said of a patch, under any set of the others, is asked on sets without a name.
    """
    named = kernel.name in REVISIONS
    if prop.of_patch is None:
        return prop.expect.on(kernel) if named else None
    return None if named or not can_lack(kernel, prop.of_patch) else prop.expect.on(kernel)


def _broken(claim: Claim, met: Any) -> int | None:
    """Return the first call that meets the premise and not the conclusion, if any does."""
    if claim.conclusion is True:
        return None
    wrong = np.logical_and(met, np.logical_not(truths(claim.conclusion, len(met))))
    first = int(np.argmax(wrong))
    return first if wrong[first] else None


def _contradicted(
    many: Many, prop: Property, expected: Verdict, row: int, told: Told
) -> None:
    what = f"{prop.id} is declared {expected.value}"
    told.contradicts(what, _name(many.kernel), to_document(many.one(row)))
