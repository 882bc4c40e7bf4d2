"""What can be told without deciding anything: properties, kernels, patches."""

from __future__ import annotations

import inspect
from functools import cache
from itertools import groupby
from typing import Any

from model.patches import PATCHES
from model.revisions import REVISIONS
from properties.claim import Expectation, Property


def expected(prop: Property) -> str:
    """Return the declared verdicts, neighbouring kernels together."""
    if prop.of_patch is not None:
        return f"{prop.expect.inside.name} under every admissible set of patches"
    return _spans(prop.expect)


@cache
def _spans(expect: Expectation) -> str:
    verdicts = [(name, expect.on(found.kernel).name) for name, found in REVISIONS.items()]
    told = []
    for verdict, group in groupby(verdicts, key=lambda pair: pair[1]):
        names = [name for name, _ in group]
        span = names[0] if len(names) == 1 else f"{names[0]}…{names[-1]}"
        told.append(f"{verdict} {span}")
    return ", ".join(told)


def listed(prop: Property) -> dict[str, Any]:
    """Return a property as JSON writes it."""
    return {
        "id": prop.id,
        "name": prop.name,
        "kind": prop.kind.value,
        "sentence": prop.sentence,
        "about": prop.subject.value,
        "claim": prop.doc,
        "source": prop.source,
        "expected": expected(prop),
        "strongest_true": prop.truth or None,
        "patch": prop.of_patch.name if prop.of_patch is not None else None,
    }


def shown(prop: Property) -> list[str]:
    """Return the lines of ``cloneproof show``."""
    row = listed(prop)
    lines = [
        f"{prop.id}: {prop.sentence}",
        "",
        f"  {prop.doc}",
        "",
        f"  kind      {row['kind']}, about {row['about']}",
        f"  source    {row['source']}",
        f"  expected  {row['expected']}",
    ]
    if prop.truth:
        lines.append(f"  true form {prop.truth}")
    module = inspect.getmodule(prop.statement)
    lines += ["", f"  declared in {module.__name__ if module else '?'}", ""]
    return lines + [f"  {line}" for line in inspect.getsource(prop.statement).splitlines()]


def history_lines() -> list[str]:
    """Return a line per property of histories."""
    from properties.catalogue import all_timed

    return [
        "",
        "Of histories (several steps; `cloneproof system`):",
        *(f"{one.id:<6} hist  {one.sentence}" for one in all_timed()),
    ]


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
