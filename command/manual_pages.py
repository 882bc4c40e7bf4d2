"""What `cloneproof export pages` puts into its report."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from checker.ground.json_text import load
from checker.ground.problems import Problem
from properties.catalogue import by_id
from properties.wordings import READ, WORDINGS, Wording
from reports.manual_pages import Sentence


def sentences() -> list[Sentence]:
    """Return the sentences of the manual pages that have a wording, by page."""
    return [Sentence(one.id, one.page, _says(one), _truth(one), one.better) for one in WORDINGS]


def _says(wording: Wording) -> str:
    when = f"corrected by {wording.corrected}" if wording.corrected else f"so up to {READ[-1]}"
    return f"{wording.says} (man-pages {READ[0]}; {when})"


def _truth(wording: Wording) -> str:
    """Return what the statement says of its sentence, and the true one that was proved."""
    prop = by_id(wording.id)
    proved = f"  Proved is: {by_id(prop.truth).sentence} ({prop.truth})." if prop.truth else ""
    return f"{prop.doc}{proved}"


def shown_by(file: Path) -> list[dict[str, Any]]:
    """Return what a file says was replayed, kernel by kernel; raise ``Problem`` if it does not."""
    found: Any = load(file)
    if not isinstance(found, list) or not all(map(_is_campaign, found)):
        raise Problem(f"{file}: not what `replay --all --only calls --format json` writes")
    return found


def _is_campaign(one: Any) -> bool:
    some = one.get("replayed") if isinstance(one, dict) else None
    return isinstance(some, list) and all(map(_is_row, some))


def _is_row(row: Any) -> bool:
    wanted = "property", "release", "answer", "reason"
    return isinstance(row, dict) and all(isinstance(row.get(name), str) for name in wanted)
