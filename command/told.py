"""What can be told of kernels and patches without deciding anything."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from model.patches import PATCHES
from model.revisions import REVISIONS, Revision


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


def patch_rows(kernels: list[Revision]) -> list[dict[str, Any]]:
    """Return the patches of one kernel, or those in which several kernels differ."""
    rows = []
    names = [one.name for one in kernels]
    for patch in PATCHES:
        there = {one.name: patch in one.patches for one in kernels}
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


if TYPE_CHECKING:
    from checker.calls.kernel_names import Resolved

_WIDTHS = {"basis": 26, "thin": 42, "title": 34, "rule": 26, "on": 8, "call": 24}


def kernel_text(rows: list[dict[str, Any]]) -> str:
    """Return rows as a text table of at most 100 columns."""
    from tabulate import tabulate

    if not rows:
        return "no difference"
    widths = [_WIDTHS.get(name) for name in rows[0]]
    return tabulate(rows, headers="keys", tablefmt="simple", maxcolwidths=widths)


def told_of(found: list[Resolved]) -> list[str]:
    """Return what is to be said of kernels that are not in the list, a paragraph each."""
    from reports.text import paragraph

    return [paragraph(f"{one.name}: {one.told}") for one in found if one.told]
