"""A mutation run: the baseline, the mutants that are asked for, and what became of each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property, partial
from typing import Any

from checker.ground.clock import worked
from checker.ground.pool import WorkerLost
from checker.ground.problems import INTERNAL
from checker.ground.scheduler import HERE, Scheduler
from checker.mutation.baseline import baseline
from checker.mutation.jobs import Job, Selection, jobs_of
from checker.mutation.kept import timed
from checker.mutation.told import MutantFate
from checker.over_time.results import verify_histories
from checker.questions.run import verify
from checker.record.result import Result
from model.revisions import REVISIONS
from properties.catalogue import all_properties, all_timed

Progress = Callable[[int], None]


@dataclass(frozen=True)
class MutationWork:
    """What all jobs of a run share: what was asked for, and the results without a mutant.

    It travels as that; the jobs are made where they are worked on, the same everywhere.
    """

    asked: Selection
    calls: list[Result]
    histories: list[Result]

    @cached_property
    def jobs(self) -> list[Job]:
        """Return the jobs; raise :class:`Problem` if a verdict is not the declared one."""
        return jobs_of(self.asked, baseline(self.calls), timed(self.histories))

    def __reduce__(self) -> tuple[Any, ...]:
        return MutationWork, (self.asked, self.calls, self.histories)


def mutate(
    asked: Selection,
    *,
    on: Scheduler = HERE,
    jobs: int | None = None,
    progress: Progress = lambda _count: None,
) -> list[MutantFate]:
    """Return what became of each mutant asked for; ``progress`` is told each tenth of a percent.

    Everything is decided without a mutant first, by so many processes here; raise
    :class:`Problem` if a verdict is not the declared one.  The mutants are decided ``on`` a
    scheduler's workers.
    """
    kernels = list(REVISIONS)
    calls = verify([prop.id for prop in all_properties()], kernels, jobs=jobs, blame=False)
    histories = verify_histories([prop.id for prop in all_timed()], kernels, jobs=jobs)
    work = MutationWork(asked, calls, histories)
    todo = [(place, job.name) for place, job in enumerate(work.jobs)]
    found: dict[int, list[MutantFate]] = {}
    for place, told in on.each(partial(run_job, work), todo):
        found[place] = told
        progress(1000 * len(found) // len(todo) - 1000 * (len(found) - 1) // len(todo))
    return [one for place in sorted(found) for one in found[place]]


def run_job(work: MutationWork, asked: tuple[int, str]) -> list[MutantFate]:
    """Return what became of the mutants of the job at a place, with an even share of its time."""
    place, name = asked
    job = work.jobs[place]
    if job.name != name:
        raise WorkerLost(f"job {place} is {name!r}, but {job.name!r} for a worker", INTERNAL)
    begun = worked()
    told = job.run()
    return [replace(one, seconds=(worked() - begun) / len(told)) for one in told]
