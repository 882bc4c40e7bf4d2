"""What can be told without deciding anything: properties, kernels, patches."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from functools import cache
from itertools import groupby
from typing import Any

from checker.ground.problems import Problem, nearest
from model.patches import PATCHES
from model.revisions import REVISIONS
from properties.catalogue import SAID_ONCE, once_shared
from properties.claim import Expectation, Kind, Property, Stated
from properties.nouns import NOUNS, nouns_of


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


def _histories(systems: list[Any]) -> str:
    return f"histories of {'; of '.join(system.about for system in systems)}"


def catalogue(statements: list[Stated]) -> Iterator[str]:
    """Yield the lines of ``cloneproof list``, two of each statement."""
    for one in statements:
        yield f"{one.id:<6} {one.kind.value[:4]}  {one.sentence}"[:100]
        yield f"             {expected(one)}"[:100]


def shown(one: Stated) -> list[str]:
    """Return the lines of ``cloneproof show``."""
    row = listed(one)
    how = f", {row['how']}" if row["how"] else ""
    rows = [
        f"{one.id}: {one.sentence}",
        "",
        f"  {one.doc}",
        "",
        f"  kind      {row['kind']}{how}, about {row['about']}",
        f"  subjects  {', '.join(row['subjects'])}",
        f"  source    {row['source']}",
        f"  expected  {row['expected']}",
    ]
    if one.truth:
        rows.append(f"  true form {one.truth}")
    other = once_shared(one.id)
    if other is not None:
        rows.append(f"  histories {other}, which once had this id, too")
    before = [name for name, today in SAID_ONCE.items() if today == one.id]
    if before:
        rows.append(f"  once      {', '.join(before)}, each of one system")
    module = inspect.getmodule(one.statement)
    rows += ["", f"  declared in {module.__name__ if module else '?'}", ""]
    return rows + [f"  {line}" for line in inspect.getsource(one.statement).splitlines()]


def about(statements: list[Stated], subject: str | None) -> list[Stated]:
    """Return the statements about a subject, written in any case; all of them for none.

    Raises :class:`Problem` for a subject that is none.
    """
    if subject is None:
        return statements
    noun = next((one for one in NOUNS if one.lower() == subject.lower()), None)
    if noun is None:
        hint = nearest(subject, list(NOUNS)) or "; `cloneproof list --subjects` lists them"
        raise Problem(f"unknown subject {subject!r}{hint}")
    return [one for one in statements if noun in nouns_of(one)]


def by_subject(statements: list[Stated]) -> dict[str, list[str]]:
    """Return the ids of the statements about each subject that there are any about."""
    found: dict[str, list[str]] = {}
    for noun in NOUNS:
        ids = [one.id for one in statements if noun in nouns_of(one)]
        if ids:
            found[noun] = ids
    return found


def index(statements: list[Stated]) -> Iterator[str]:
    """Yield the lines of an index: a subject, how many are about it, and their ids."""
    from reports.text import paragraph

    for noun, ids in by_subject(statements).items():
        yield paragraph(f"{noun} ({len(ids)}): {' '.join(ids)}")


def kernel_rows() -> list[dict[str, Any]]:
    """Return the kernels with their basis and what is thin about them."""
    return [
        {
            "kernel": name,
            "patches": len(found.patches),
            "basis": found.basis,
            "thin": found.thin,
        }
        for name, found in REVISIONS.items()
    ]


def patch_rows(names: list[str]) -> list[dict[str, Any]]:
    """Return the patches of one kernel, or those in which several kernels differ."""
    rows = []
    for patch in PATCHES:
        there = {name: patch in REVISIONS[name].patches for name in names}
        if (len(names) == 1 and there[names[0]]) or len(set(there.values())) > 1:
            marks = {name: "yes" if has else "no" for name, has in there.items()}
            shown_marks = marks if len(names) > 1 else {}
            rows.append(
                {
                    "patch": patch.name,
                    "commit": patch.commit,
                    "landed": patch.landed,
                    **shown_marks,
                    "title": patch.title,
                }
            )
    return rows


_WIDTHS = {"basis": 26, "thin": 42, "title": 34, "rule": 26, "on": 8, "call": 24}


def kernel_text(rows: list[dict[str, Any]]) -> str:
    """Return rows as a text table of at most 100 columns."""
    from tabulate import tabulate

    if not rows:
        return "no difference"
    widths = [_WIDTHS.get(name) for name in rows[0]]
    return tabulate(rows, headers="keys", tablefmt="simple", maxcolwidths=widths)
