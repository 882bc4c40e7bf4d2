"""The run without a mutant: what every statement came to, and the call that shows it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from checker.calls.counterexample import parse
from checker.calls.documents import from_document
from checker.ground.problems import Problem
from checker.record.result import EVERY_SET, Result, Verdict
from model.kernel import Kernel
from model.revisions import REVISIONS, Revision

Facts = frozenset[tuple[str, Any]]


@dataclass(frozen=True, slots=True)
class ShownVerdict:
    """A verdict that holds on some kernels, with one call that shows it on all of them.

    ``facts`` are a counterexample where the verdict is REFUTED, a call with the premise where
    it is PROVED; ``every_set`` is whether it speaks of every admissible set of patches.
    """

    verdict: Verdict
    facts: Facts
    kernels: tuple[Kernel, ...]
    revisions: tuple[Revision, ...]
    every_set: bool = False


Baseline = dict[str, list[ShownVerdict]]
"""What was shown, by property."""


def baseline(results: Iterable[Result]) -> Baseline:
    """Return what a run without a mutant shows; refuse one with a verdict that is not declared.

    Nothing can be counted on a set-up that is broken to begin with: it would call every mutant
    noticed.
    """
    found: dict[str, dict[tuple[Verdict, Facts], list[Result]]] = {}
    for result in results:
        if not result.as_expected:
            raise Problem(
                f"{result.property} is {result.verdict.name} on {result.kernel} without any "
                f"mutant, not {result.expectation}: mend that first (cloneproof verify)"
            )
        key = result.verdict, _facts(result)
        found.setdefault(result.property, {}).setdefault(key, []).append(result)
    return {prop: [_shown(*key, of) for key, of in known.items()] for prop, known in found.items()}


def _facts(result: Result) -> Facts:
    if result.counterexample:
        return frozenset(parse(result.counterexample).values.items())
    return frozenset(from_document(result.witness).items())


def _shown(verdict: Verdict, facts: Facts, results: list[Result]) -> ShownVerdict:
    if results[0].kernel == EVERY_SET:
        shown_on = [parse(one.counterexample).kernel for one in results if one.counterexample]
        return ShownVerdict(verdict, facts, tuple(shown_on), (), every_set=True)
    revisions = tuple(REVISIONS[one.kernel] for one in results)
    return ShownVerdict(verdict, facts, tuple(one.kernel for one in revisions), revisions)
