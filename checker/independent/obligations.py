"""The obligations of single calls: what must not be possible, built from what is declared.

Each is one term: a well-formed state, a kernel of those named, a call of the property's
subject, its premise, and, unless the premise itself is the question, not its conclusion.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from checker.certificates.claims import CertifiedClaim
from checker.readings.space import space, symbolic_outcome
from checker.readings.subjects import RANGES
from checker.record.result import EVERY_SET
from model.algebra import both, no
from model.due import as_truth
from model.revisions import REVISIONS, Revision
from properties.claim import Property, Verdict

BROKEN = "a call that breaks it"
PREMISE = "a call with its premise"


@dataclass(frozen=True)
class Obligation:
    """A question about one property on kernels; none named means every set of patches."""

    prop: Property
    revisions: tuple[Revision, ...]
    asks: str

    def term(self) -> Any:
        """Return the question as one term."""
        return both(*self._terms())

    def _terms(self) -> list[Any]:
        found = space()
        claim = self.prop.statement(found.call, symbolic_outcome(self.prop.subject))
        terms = [
            found.well_formed,
            self._kernels(),
            as_truth(RANGES[self.prop.subject].holds_for(found.start)),
            as_truth(claim.premise),
        ]
        return terms if self.asks == PREMISE else [*terms, no(as_truth(claim.conclusion))]

    def _kernels(self) -> Any:
        patch, kernel = self.prop.of_patch, space().kernel
        if patch is None:
            return space().is_one_of(list(self.revisions))
        sides = (kernel.but(patch, there).admissible() for there in (True, False))
        return both(*(as_truth(one) for one in sides))

    @property
    def kernels(self) -> tuple[str, ...]:
        """Return the names of the kernels that it speaks of."""
        return tuple(one.name for one in self.revisions) or (EVERY_SET,)

    def claim(self) -> CertifiedClaim:
        """Return what it shows that the question has no answer."""
        verdict = Verdict.PROVED if self.asks == BROKEN else Verdict.VACUOUS
        return CertifiedClaim(
            self.prop.id, verdict.name, self.asks, self.prop.sentence, self.kernels
        )


def expected(prop: Property) -> dict[Verdict, tuple[Revision, ...]]:
    """Return the kernels on which each verdict is declared; none named for a patch statement."""
    if prop.of_patch is not None:
        return {prop.expect.inside: ()}
    found: dict[Verdict, tuple[Revision, ...]] = {}
    for revision in REVISIONS.values():
        verdict = prop.expect.on(revision.kernel)
        found[verdict] = (*found.get(verdict, ()), revision)
    return found


def to_refute(props: list[Property]) -> Iterator[Obligation]:
    """Yield the obligation of each PROVED and of each VACUOUS that is declared."""
    for prop in props:
        for verdict, revisions in expected(prop).items():
            if verdict in (Verdict.PROVED, Verdict.VACUOUS):
                asks = BROKEN if verdict is Verdict.PROVED else PREMISE
                yield Obligation(prop, revisions, asks)
