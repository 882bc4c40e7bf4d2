"""The branch of a series that ``b4 review`` tracks: its commits are the patches, in order."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from checker.ground.problems import Problem
from source.patch.commits import Range
from source.patch.mail import mails, place_of

VARIABLE = "B4_TRACKING_FILE"
"""What ``b4 review`` hands its check commands in the environment: a JSON file."""

_NAME = re.compile(r"\w[\w./-]*")


def tracked(repository: Path, file: str) -> Range | None:
    """Return the commits of the series that a tracking file is about; nothing where none is.

    The branch's last commit holds b4's own notes and is left out.
    """
    series = _series(file)
    first, change = (str(series.get(key, "")) for key in ("first-patch-commit", "change-id"))
    if not (_NAME.fullmatch(first) and _NAME.fullmatch(change)):
        return None
    try:
        return Range(repository, f"{first}~1..b4/review/{change}~1")
    except Problem:
        return None


def _series(file: str) -> dict[str, Any]:
    try:
        read = json.loads(Path(file).read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    series = read.get("series") if isinstance(read, dict) else None
    return series if isinstance(series, dict) else {}


def commit_of(range_: Range, raw: bytes) -> str | None:
    """Return the commit that a mail of a tracked series is; nothing for its cover letter.

    Raises :class:`Problem` where the branch has other patches than the mail says.
    """
    found = mails(raw)
    number, total = place_of(found[0].subject) if found else (0, 0)
    commits = range_.commits
    if total == 0 and len(commits) == 1:
        return commits[0]
    if total != len(commits) or number > total:
        said = f"the mail is patch {number} of {total}, the branch of the series has"
        raise Problem(f"{said} {len(commits)} commits")
    return commits[number - 1] if number else None
