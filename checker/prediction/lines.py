"""JSON Lines in, JSON Lines out: many lines in columns, a few of them, or odd ones, one by one."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from checker.calls.answer import answer
from checker.calls.kernel_names import RUNNING
from checker.ground.json_text import decoded
from checker.ground.problems import Problem
from model import complete

if TYPE_CHECKING:
    from checker.seccomp.before import Filter

FEW = 64
"""Lines up to which a batch is answered without columns: numpy alone takes longer to load."""


@dataclass
class Bad:
    """The lines of a run that are no calls: how many, and what is wrong with the first."""

    count: int = 0
    first: str = ""

    def note(self, where: str, why: str) -> None:
        """Count one more."""
        self.count += 1
        self.first = self.first or f"{where}: {why}"


def predicted(
    batches: Iterable[list[bytes]],
    name: str,
    kernel: str = RUNNING,
    bad: Bad | None = None,
    before: Filter | None = None,
) -> Iterator[list[str]]:
    """Yield the answers to each batch of lines; ``kernel`` is that of lines that name none, and
    ``before`` a seccomp filter before all that name none.

    A line that is no call has an answer that says so, ``{"line": 3, "error": …}``, and is noted
    as ``bad``, with the ``name`` of what it stands in; an empty one has none.
    """
    complete.check()
    noted = bad or Bad()
    past = 0
    for lines in batches:
        many = len(lines) > FEW and before is None
        answers = _in_columns(lines, kernel) if many else [""] * len(lines)
        for place in (place for place, one in enumerate(answers) if not one):
            stands = _Place(name, past + place + 1, kernel, before)
            answers[place] = _answered(lines[place], stands, noted)
        yield answers
        past += len(lines)


def _in_columns(lines: list[bytes], kernel: str) -> list[str]:
    """Return the answers to the lines that plainly are calls, and can be made; "" to others."""
    from checker.prediction.facts import Sorted
    from checker.prediction.told import told

    found = Sorted(kernel)
    found.take(lines)
    answers = [""] * len(lines)
    for group in (group for group in found.groups.values() if group.lines):
        for places, texts in told(group):
            for place, text in zip(places, texts, strict=True):
                answers[place] = text
    return answers


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a line stands, and what holds for all that do not say otherwise."""

    name: str
    number: int
    kernel: str
    before: Filter | None


def _told(document: Any, place: _Place) -> dict[str, Any]:
    """Return the answer to a decoded line, with the filter that it or the command line names."""
    names = isinstance(document, dict) and ("seccomp" in document or "cap_add" in document)
    if not names and (place.before is None or not isinstance(document, dict)):
        return answer(document, place.kernel)
    from checker.prediction.filtered import answered

    return answered(document, place.kernel, place.before)


def _no_document(text: str, problem: Problem) -> str:
    """Return why a line is no JSON: a line of strace is asked about elsewhere."""
    from checker.strace.lines import line_of

    if line_of(text) is None:
        return str(problem)
    return "it is a line of strace, not JSON: `cloneproof why` takes those"


def _answered(line: bytes, place: _Place, bad: Bad) -> str:
    """Return the answer to one line, be it that it is no call; nothing to an empty one."""
    if not line.strip():
        return ""
    document: Any = None
    try:
        document = decoded(line.decode(), "it")
        return json.dumps(_told(document, place)) + "\n"
    except UnicodeDecodeError:
        why = "it is not text in UTF-8"
    except Problem as problem:
        why = str(problem) if document is not None else _no_document(line.decode(), problem)
    bad.note(f"{place.name}, line {place.number}", why)
    named = isinstance(document, dict) and isinstance(document.get("id"), str | int)
    own = {"id": document["id"]} if named else {}
    return json.dumps({**own, "line": place.number, "error": why}) + "\n"
