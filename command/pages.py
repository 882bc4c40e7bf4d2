"""What `cloneproof export pages` puts into its report."""

from __future__ import annotations

from properties.catalogue import by_id
from properties.wordings import READ, WORDINGS, Wording
from reports.pages import Sentence


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
