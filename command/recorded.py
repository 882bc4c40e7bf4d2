"""What a command line came to before, on the very same tree: kept, found again, told."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from checker.ground.sealed import Unusable
from checker.record.runs import CATALOGUE, MARKS, RESULTS, RUN, SAID, Runs, moment, record
from checker.record.sources import digest, surroundings
from command.output import say
from command.views import Views

if TYPE_CHECKING:
    from command.shelf import Shelf


@dataclass(frozen=True)
class Run:
    """What was asked for: its views, its end, and its results as the record keeps them."""

    views: Views
    end: Callable[[], tuple[list[str], int]]
    """Returns what is to be said of it, and the exit code."""
    note: Callable[[], list[str]]
    """Returns what is to be said of the record."""
    lines: Callable[[], bytes]
    marks: Callable[[], bytes]
    """Returns the keys of the landmarks that stand if the exit code is 0."""
    whole: bool = True
    """Whether each verdict came back once and says something: only then it is found again."""
    decided: float = 0.0
    """When it was decided, in seconds since the epoch; 0 for now."""
    count: int | None = None
    """How many verdicts it has, where that is known without looking at each."""

    def verdicts(self) -> int:
        """Return how many verdicts it has."""
        return len(self.views.results()) if self.count is None else self.count


@dataclass(frozen=True)
class Memory:
    """The record, and the question that this run asks."""

    runs: Runs
    kind: str
    asked: tuple[str, ...]
    recheck: bool

    def again(self) -> Run | None:
        """Return the same run if the record has it."""
        kept = None if self.recheck else self.runs.find(self.kind, *self.asked)
        said, lines = (kept.section(name) if kept else None for name in (SAID, RESULTS))
        if kept is None or said is None or lines is None:
            return None
        told = json.loads(said)
        note = (f"nothing changed: all {told['verdicts']} verdicts kept, from the record of "
                f"{moment(told['decided'])}; --recheck decides anew")
        return Run(
            Views(lambda: _results(lines), kept),
            lambda: (told["lines"], told["code"]),
            lambda: [note],
            lambda: lines,
            lambda: kept.section(MARKS) or b"[]",
            decided=told["decided"],
        )

    def shelf(self, halves: list[Any], options: Any) -> Shelf:
        """Return what is kept of single statements, for what was asked for."""
        from command.keys import shelf

        return shelf(self.runs, halves, options, self.recheck)

    def beside(self) -> str:
        """Return a digest of all that the end of a run rests on beside its verdicts."""
        from checker.reads.whole import beside_statements

        return digest(surroundings(), beside_statements(self.runs.tree), *self.asked)

    def keep(self, run: Run, lines: list[str], code: int) -> None:
        """Keep a run, or say why it cannot be kept.

        One that was found again is kept anew if it was shown in a way that the record lacks.
        """
        if run.decided and not run.views.new:
            return
        sections = {RESULTS: run.lines(), MARKS: b"[]" if code else run.marks()}
        if run.whole:
            told = {"lines": lines, "code": code, "verdicts": run.verdicts(),
                    "decided": run.decided or time.time(), "beside": self.beside()}
            sections[SAID] = json.dumps(told).encode()
        try:
            self.runs.keep(self.kind, self.asked, sections | run.views.sections())
        except (Unusable, OSError) as error:
            say(f"this run is not kept: {error}")


def memory(names: tuple[str, ...], *how: Any, recheck: bool) -> Memory | None:
    """Return what is kept for a question; nothing if there is no record, or none can be kept.

    With ``recheck`` nothing is found in it, and what is decided is kept.
    """
    kind = RUN if names else CATALOGUE
    try:
        runs = record()
    except Unusable as error:
        say(f"no record is kept: {error}")
        return None
    if runs is None:
        return None
    return Memory(runs, kind, tuple(map(repr, (names, *how))), recheck)


def _results(lines: bytes) -> list[Any]:
    import orjson

    from checker.record.packed import unpacked

    return [one for line in lines.split(b"\n") for one in unpacked(orjson.loads(line)[2])]
