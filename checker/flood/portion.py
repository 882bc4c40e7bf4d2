"""One portion of a flood judged: no statement broken that is proved, no reading unlike another."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np

from checker.calls.answer import parts
from checker.calls.documents import leaves_of, to_document
from checker.flood.drawn import COUNT, Portion
from checker.flood.observed import PREMISE, statements_of
from checker.flood.sample import differences
from checker.flood.told import Told
from checker.readings.columns import Many, truths
from checker.readings.concrete import can_lack
from checker.readings.subjects import subject_of
from model.algebra import both, is_column, no
from model.evaluate import Outcome, rejections
from model.kernel import Kernel
from model.request import Entry
from model.revisions import REVISIONS
from model.tables import table_of
from properties.claim import Property, Subject, Verdict

SAMPLED = 4
"""Calls of a portion that are compared with the plain reading."""

TERMS = 16
"""In one portion of so many one call is compared with the terms, too."""

_OK, _RULE, _BROKEN = "ok", "rule", "broken "


def judged(portion: Portion) -> Told:
    """Return what a portion comes to."""
    many, told = portion.calls(), Told(drawn=COUNT)
    if not many.count:
        return told
    subject = subject_of(portion.entry)
    name = many.kernel.name if many.kernel.name in REVISIONS else "any set"
    told.possible = many.count
    told.entries[portion.entry.name.lower()] = told.kernels[name] = many.count
    expected = _all_expected(subject, many.kernel)
    seen = many.asked(lambda every: _outcome(every, subject) | _statements(every, expected))
    _of_outcome(many, portion.entry, seen, told)
    for prop, verdict in expected.items():
        _of_statement(many, prop, verdict, seen, told)
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


def _outcome(many: Many, subject: Subject) -> dict[str, Any]:
    """Return what calls come to, by name."""
    outcome = many.outcome(subject)
    rule = {_RULE: outcome.rule} if isinstance(outcome, Outcome) else {}
    return {_OK: outcome.ok} | rule | dict(_fields(outcome))


def _statements(many: Many, props: Iterable[Property]) -> dict[str, Any]:
    """Return which calls meet the premise of statements, and which of them break these."""
    found = {}
    for prop in props:
        claim = many.claim(prop)
        found[PREMISE + prop.id] = claim.premise
        found[_BROKEN + prop.id] = both(claim.premise, no(claim.conclusion))
    return found


def _fields(outcome: Any) -> Iterator[tuple[str, Any]]:
    for _name, record in parts(outcome):
        kind: Any = type(record)
        for leaf in leaves_of(kind):
            yield f"{kind.__name__}.{leaf.path}", getattr(record, leaf.path)


def _of_outcome(many: Many, entry: Entry, seen: dict[str, Any], told: Told) -> None:
    """Note which rules refuse, and between what the fields of successful calls lie."""
    well = np.flatnonzero(truths(seen[_OK], many.count))
    if _RULE in seen:
        names = [row.name for row in rejections(table_of(entry).rows)]
        rule = np.broadcast_to(np.asarray(seen[_RULE], dtype=np.intp), (many.count,))
        counts = np.bincount(rule, minlength=len(names))
        subject = subject_of(entry).name.lower()
        told.rules.update({f"{subject}: {name}": int(counts[place])
                           for place, name in enumerate(names)})
    for path in (one for one in seen if "." in one) if len(well) else ():
        column = seen[path][well] if is_column(seen[path]) else np.array([seen[path]])
        told.values[path] = int(column.min()), int(column.max())


def _of_statement(
    many: Many, prop: Property, expected: Verdict, seen: dict[str, Any], told: Told
) -> None:
    """Note whether a statement's premise is met, and whether it is broken where it may not be."""
    met = truths(seen[PREMISE + prop.id], many.count)
    count = int(np.count_nonzero(met))
    if not count:
        return
    told.premises[prop.id] += count
    if expected is Verdict.VACUOUS:
        _contradicted(many, prop, expected, int(np.argmax(met)), told)
        return
    wrong = truths(seen[_BROKEN + prop.id], many.count)
    broken = int(np.argmax(wrong))
    if not wrong[broken]:
        return
    if expected is Verdict.PROVED:
        _contradicted(many, prop, expected, broken, told)
    else:
        told.shown.add(f"{prop.id} {many.kernel.name}")


def _all_expected(subject: Subject, kernel: Kernel) -> dict[Property, Verdict]:
    """Return the statements about a subject of which a verdict is declared on a kernel."""
    about = ((prop, _expected(prop, kernel)) for prop in statements_of(subject))
    return {prop: verdict for prop, verdict in about if verdict is not None}


def _expected(prop: Property, kernel: Kernel) -> Verdict | None:
    """Return the verdict declared on a kernel; nothing where none is.

    What is said of a patch, under any set of the others, is asked on sets without a name.
    """
    named = kernel.name in REVISIONS
    if prop.of_patch is None:
        return prop.expect.on(kernel) if named else None
    return None if named or not can_lack(kernel, prop.of_patch) else prop.expect.on(kernel)


def _contradicted(
    many: Many, prop: Property, expected: Verdict, row: int, told: Told
) -> None:
    what = f"{prop.id} is declared {expected.value}"
    told.contradicts(what, _name(many.kernel), to_document(many.one(row)))
