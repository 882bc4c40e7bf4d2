"""A review in the lines of checkpatch.pl --terse --showfile, and as b4 review's checks."""

from __future__ import annotations

import json
from typing import Any

from source.report.review import words
from source.report.review.findings import ERROR, WARNING, findings
from source.report.review.text import text
from source.verdict.promises import BREAKS
from source.verdict.record import NOTHING, SOMETHING, PatchVerdict, Review

_LEVEL = {ERROR: "ERROR", WARNING: "WARNING"}


def checkpatch(review: Review) -> str:
    """Return a line per finding (``path:line: WARNING:CHANGES: …``); nothing if there is none.

    A statement that breaks is an ERROR, a change a WARNING, what could not be told a CHECK.
    """
    lines = []
    for made in review.every:
        for one in findings(made):
            rule = one.rule.upper().replace("-", "_")
            lines.append(
                f"{one.path}:{one.line}: {_LEVEL.get(one.level, 'CHECK')}:{rule}: {one.text}"
            )
    return "\n".join(dict.fromkeys(lines))


def b4(review: Review) -> str:
    """Return the JSON that b4 review takes of a check command: one check per patch."""
    return json.dumps([_check(one, review) for one in review.every], indent=2, ensure_ascii=False)


def _check(made: PatchVerdict, review: Review) -> dict[str, Any]:
    broken = any(one.how == BREAKS for one in made.statements)
    status = {NOTHING: "pass", SOMETHING: "fail" if broken else "warn"}.get(made.verdict, "warn")
    alone = Review(review.tree, words.title(made), [made])
    return {
        "tool": words.TOOL,
        "status": status,
        "summary": words.headline(made),
        "url": "",
        "details": text(alone),
    }
