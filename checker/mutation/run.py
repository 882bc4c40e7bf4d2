"""A mutation run: the baseline, the mutants that are asked for, and what became of each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from checker.ground.clock import worked
from checker.ground.pool import each
from checker.mutation.baseline import baseline
from checker.mutation.jobs import Job, Selection, jobs_of
from checker.mutation.kept import timed
from checker.mutation.told import MutantFate
from checker.over_time.results import verify_histories
from checker.questions.run import verify
from model.revisions import REVISIONS
from properties.catalogue import all_properties, all_timed

Progress = Callable[[int], None]


def mutate(
    asked: Selection, *, jobs: int | None = None, progress: Progress = lambda _count: None
) -> list[MutantFate]:
    """Return what became of each mutant asked for; ``progress`` is told each tenth of a percent.

    Everything is decided without a mutant first; raise :class:`Problem` if a verdict is not the
    declared one.
    """
    kernels = list(REVISIONS)
    calls = verify([prop.id for prop in all_properties()], kernels, jobs=jobs, blame=False)
    known = baseline(calls)
    histories = timed(verify_histories([prop.id for prop in all_timed()], kernels, jobs=jobs))
    todo = jobs_of(asked, known, histories)
    found: dict[int, list[MutantFate]] = {}
    for place, told in each(_run, todo, jobs=jobs):
        found[place] = told
        progress(1000 * len(found) // len(todo) - 1000 * (len(found) - 1) // len(todo))
    return [one for place in sorted(found) for one in found[place]]


def _run(job: Job) -> list[MutantFate]:
    """Return what became of a job's mutants, with an even share of its time each."""
    begun = worked()
    told = job.run()
    return [replace(one, seconds=(worked() - begun) / len(told)) for one in told]
