"""Which verdicts differ between two kernels: of calls, and of histories.

Of a property whose premise and conclusion are the same terms on both kernels, as are the
assumptions on states, the verdict is the same whatever it is, and nothing is decided.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from checker.compared.comparer import Comparer
from checker.compared.verdicts import Verdicts
from checker.questions.decide import Decider
from checker.readings.noted import answers_alike
from checker.smallest.cost import Values
from model.algebra import Truth
from model.kernel import Kernel
from model.revisions import Revision
from properties.catalogue import all_properties, all_timed
from properties.claim import ANSWERS, Claim, Property, Verdict

Progress = Callable[[int], None]


@dataclass(frozen=True)
class Turned:
    """A property whose verdict differs: on the first kernel, and on the second.

    ``call`` breaks it where it is refuted, if it is about calls; ``reason`` is the engine's.
    """

    id: str
    sentence: str
    before: Verdict
    after: Verdict
    call: Values = field(default_factory=dict)
    reason: str = ""

    @property
    def is_lost(self) -> bool:
        """Return whether a promise of the first kernel is none of the second."""
        return self.before is Verdict.PROVED

    @property
    def is_won(self) -> bool:
        """Return whether it is a promise of the second kernel only."""
        return self.after is Verdict.PROVED


@dataclass
class Compared:
    """How many properties read the same on both kernels, were decided, and which turned."""

    alike: int = 0
    decided: int = 0
    turned: list[Turned] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)
    kept: int = 0
    """How many are promises of both."""


def calls(
    before: Revision, after: Revision, comparer: Comparer, tool: Decider,
    progress: Progress = lambda _: None,
) -> Compared:
    """Return how the verdicts of properties of calls differ between two kernels."""
    found = Compared()
    for prop in of_calls():
        progress(1)
        if _reads_alike(prop, before.kernel, after.kernel, comparer):
            found.alike += 1
            continue
        found.decided += 1
        decided = Verdicts(prop, tool)
        verdicts = decided.verdicts([before, after])
        _note(found, prop, [verdicts[one.name] for one in (before, after)],
              decided.calls.get(after.name) or decided.calls.get(before.name) or {})
    return found


def of_calls() -> list[Property]:
    """Return the properties of calls that have a verdict on a kernel."""
    return [prop for prop in all_properties() if prop.of_patch is None]


def _note(found: Compared, prop: Any, verdicts: list[Verdict], call: Values) -> None:
    one, other = verdicts
    if not {one, other} <= set(ANSWERS):
        found.unknown.append(f"{prop.id}: {one.name}, {other.name}")
    elif one is not other:
        found.turned.append(Turned(prop.id, prop.sentence, one, other, call))
    elif one is Verdict.PROVED:
        found.kept += 1


def _reads_alike(prop: Property, one: Kernel, other: Kernel, comparer: Comparer) -> bool:
    """Return whether a property, and which calls can be made, plainly read the same."""
    left = _terms(prop, one, comparer)
    if answers_alike(other, comparer.view(one, prop.subject).seen):
        return True  # whoever answers alike to all that was looked up
    return all(a is b for a, b in zip(left, _terms(prop, other, comparer), strict=True))


def _terms(prop: Property, kernel: Kernel, comparer: Comparer) -> tuple[Truth, Truth, Truth]:
    claim = claim_on(prop, kernel, comparer)
    return comparer.view(kernel, prop.subject).possible, claim.premise, claim.conclusion


def claim_on(prop: Property, kernel: Kernel, comparer: Comparer) -> Claim:
    """Return what a property claims of every call on a kernel, as terms."""
    outcome = comparer.view(kernel, prop.subject).outcome
    return prop.statement(comparer.call(kernel, prop.subject), outcome)


def histories(
    before: Revision, after: Revision, jobs: int | None = None, progress: Progress = lambda _: None
) -> Compared:
    """Return how the verdicts of properties of histories differ between two kernels."""
    from checker.compared.alike_histories import AlikeHistories

    found, rest, alike = Compared(), [], AlikeHistories(before.kernel, after.kernel)
    for prop in all_timed():
        if alike.read(prop):
            found.alike += 1
            progress(1)
        else:
            rest.append(prop)
    decided = _decided([prop.id for prop in rest], [before.name, after.name], jobs, progress)
    for prop in rest:
        found.decided += 1
        _note(found, prop, [decided[prop.id, one.name] for one in (before, after)], {})
    return found


def _decided(
    ids: list[str], names: list[str], jobs: int | None, progress: Progress
) -> dict[tuple[str, str], Verdict]:
    """Return the verdict of statements of histories on kernels, by both."""
    if not ids:
        return {}
    from checker.over_time.results import verify_histories

    results = verify_histories(ids, names, jobs=jobs, progress=progress)
    return {(one.property, one.kernel): one.verdict for one in results}
