"""What each statement says of itself, as a row: made once for a tree that is loaded."""

from __future__ import annotations

from functools import cache
from inspect import unwrap
from itertools import groupby
from pathlib import Path
from typing import Any

from checker.record.sources import ROOT
from command.rows import Row
from model.patch import Patch, Patches, Without
from model.revisions import REVISIONS
from properties.catalogue import SAID_ONCE, once_shared
from properties.claim import Expectation, Kind, Property, Stated
from properties.nouns import nouns_of


def row(one: Stated) -> Row:
    """Return the row of a statement."""
    code = unwrap(one.statement).__code__
    file = Path(code.co_filename)
    return {
        "told": listed(one),
        "kinds": kinds(one),
        "module": one.statement.__module__,
        "file": str(file.relative_to(ROOT) if file.is_relative_to(ROOT) else file.absolute()),
        "line": code.co_firstlineno,
        "of_histories": once_shared(one.id),
        "once": [name for name, today in SAID_ONCE.items() if today == one.id],
    }


def listed(one: Stated) -> dict[str, Any]:
    """Return a statement as JSON writes it; what only calls or only histories have is null."""
    calls = one if isinstance(one, Property) else None
    systems = [part.system for part in getattr(one, "by_system", ())]
    patch = calls.of_patch if calls else None
    return {
        "id": one.id,
        "name": one.name,
        "kind": kinds(one)[0],
        "how": kinds(one)[-1] if systems else None,
        "sentence": one.sentence,
        "about": calls.subject.value if calls else _histories(systems),
        "subjects": list(nouns_of(one)),
        "claim": one.doc,
        "source": one.source,
        "expected": expected(one),
        "strongest_true": one.truth or None,
        "patch": patch.name if patch is not None else None,
        "system": ", ".join(system.name for system in systems) or None,
    }


def texts(one: Stated) -> list[tuple[int, str]]:
    """Return what is said of a statement, with how much it counts where somebody looks for it.

    Its sentence, its text, what it is about, its source, and the commits that its verdicts turn on;
    of histories also the steps of their systems.
    """
    told = listed(one)
    commits = " ".join(f"{patch.title} {patch.commit}" for patch in _turns_on(one))
    systems = [part.system for part in getattr(one, "by_system", ())]
    steps = " ".join(step.name for system in systems for step in system.steps)
    return [
        (6, f"{told['id']} {told['sentence']}"),
        (4, " ".join(told["subjects"])),
        (3, told["claim"]),
        (2, f"{told['source']} {told['about']} {commits}"),
        (1, steps),
    ]


def _turns_on(one: Stated) -> list[Patch]:
    """Return the commits that the declared verdicts turn on."""
    expect = one.expect
    return list(dict.fromkeys(_in(expect.where) + _in(expect.needs) + _in(expect.unending)))


def _in(patches: Patches) -> list[Patch]:
    if isinstance(patches, Patch):
        return [patches]
    if isinstance(patches, Without):
        return [patches.patch]
    return [patch for part in getattr(patches, "parts", ()) for patch in _in(part)]


def expected(one: Stated) -> str:
    """Return the declared verdicts, neighbouring kernels together."""
    if one.kind is Kind.PATCH:
        return f"{one.expect.inside.name} under every admissible set of patches"
    return _spans(one.expect)


@cache
def _spans(expect: Expectation) -> str:
    verdicts = [(name, expect.on(found.kernel).name) for name, found in REVISIONS.items()]
    told = []
    for verdict, group in groupby(verdicts, key=lambda pair: pair[1]):
        names = [name for name, _ in group]
        span = names[0] if len(names) == 1 else f"{names[0]}…{names[-1]}"
        told.append(f"{verdict} {span}")
    return ", ".join(told)


def kinds(one: Stated) -> tuple[str, ...]:
    """Return the kinds of a statement: where it comes from, or ``history`` and which of those."""
    if isinstance(one, Property):
        return (one.kind.value,)
    from properties.over_time.claim import TimedProperty

    assert isinstance(one, TimedProperty)
    return (one.kind.value, one.how.value.replace(" ", "-"))


def _histories(systems: list[Any]) -> str:
    return f"histories of {'; of '.join(system.about for system in systems)}"
