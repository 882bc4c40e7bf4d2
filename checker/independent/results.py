"""The second opinion on single calls as result records, on all processors."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from checker.calls.documents import to_document
from checker.ground.files import write_atomically
from checker.ground.scheduler import HERE, Scheduler
from checker.independent.decide import Opinion, SolverJudge
from checker.independent.solvers import by_bitwuzla
from checker.record.result import EVERY_SET, Result
from model.revisions import REVISIONS
from properties.catalogue import by_id
from properties.claim import Property, Verdict

AT_ONCE = 6
"""Properties that are decided in one go: neighbours share terms."""

Progress = Callable[[int], None]


@dataclass
class Exported:
    """A folder that gets each question as a file, named by its property and the answer."""

    folder: Path | None
    _counted: Counter[str] = field(default_factory=Counter)

    def keep(self, identity: str, status: str, text: str) -> None:
        """Write a question, if there is a folder."""
        self._counted[identity] += 1
        if self.folder is not None:
            name = f"{identity}-{self._counted[identity]}-{status}.smt2"
            write_atomically(self.folder / name, text)


def opinions(
    ids: list[str],
    kernels: list[str],
    *,
    export: Path | None = None,
    on: Scheduler = HERE,
    progress: Progress = lambda _count: None,
) -> list[Result]:
    """Return a result per property and kernel, in the catalogue's order."""
    parts = [ids[place : place + AT_ONCE] for place in range(0, len(ids), AT_ONCE)]
    found: dict[int, list[Result]] = {}
    for place, results in on.each(partial(_decided, kernels, export), parts):
        found[place] = results
        progress(len(parts[place]))
    return [one for place in sorted(found) for one in found[place]]


def _decided(kernels: list[str], export: Path | None, part: list[str]) -> list[Result]:
    judge = SolverJudge(by_bitwuzla, Exported(export).keep)
    return [one for name in part for one in results_of(by_id(name), kernels, judge)]


def results_of(prop: Property, kernels: list[str], judge: SolverJudge) -> list[Result]:
    """Return what a judge says of one property, in the order of the revisions."""
    said = judge.verdicts(prop, [REVISIONS[name] for name in kernels])
    order = {name: place for place, name in enumerate(REVISIONS)}
    return [
        _result(prop, name, said[name], order.get(name, 0))
        for name in sorted(said, key=lambda name: order.get(name, 0))
    ]


def _result(prop: Property, kernel: str, opinion: Opinion, place: int) -> Result:
    inside = kernel == EVERY_SET
    return Result(
        property=prop.id,
        name=prop.name,
        sentence=prop.sentence,
        kind=prop.kind.value,
        source=prop.source,
        kernel=kernel,
        verdict=opinion.verdict,
        expected=prop.expect.inside if inside else prop.expect.on(REVISIONS[kernel].kernel),
        reason=opinion.reason,
        witness=to_document(opinion.values) if opinion.verdict is Verdict.PROVED else {},
        place=place,
    )
