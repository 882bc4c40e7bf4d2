"""A run whose every verdict is what it was: its end and its table are those of the run before.

An edit seldom changes what comes out.  What a run says at its end, and its table, are made of the
verdicts, what these rest on and what breaks them; of the landmarks; and of texts that no
statement is read along: the kept tables, and all code but rules, effects, steps and statements.
Where all of that is what it was in the latest run of the record, so are they.
"""

from __future__ import annotations

import json

from checker.questions.landmarks import broken_by_calls
from checker.record.result import Result
from checker.record.runs import SAID
from command.kept import once
from command.recorded import Memory, Run
from command.settle import CatalogueHalf
from command.shelf import Shelf
from command.views import SCREEN, TABLE, Views
from model.revisions import REVISIONS

_TIMELESS = (TABLE, SCREEN)
"""Views that do not tell how long a verdict took."""


def came_as_before(
    memory: Memory, shelf: Shelf, halves: list[CatalogueHalf], found: list[list[Result]]
) -> Run | None:
    """Return a run that came to what the latest one did; nothing if it may end otherwise.

    ``found`` are the results of each half that do not stand in the record.
    """
    if shelf.latest is None or not all(half.book.asked.everything for half in halves):
        return None
    told = json.loads(shelf.latest.section(SAID) or b"{}")
    ids = [name for half in halves for name in half.ids]
    new = [one for some in found for one in some]
    if told.get("code") != 0 or told.get("beside") != memory.beside():
        return None
    if not shelf.came_as_before(ids, new) or broken_by_calls(REVISIONS, shelf.stands):
        return None

    def results() -> list[Result]:
        pairs = zip(halves, found, strict=True)
        return once([one for half, some in pairs for one in shelf.joined(half.ids, some)])

    return Run(
        Views(results, shelf.latest, of_record=_TIMELESS),
        lambda: (told["lines"], told["code"]),
        lambda: shelf.told_of(told["verdicts"], new),
        lambda: shelf.text_of(ids, new),
        shelf.landmarks,
        count=told["verdicts"],
    )
